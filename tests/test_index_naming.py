"""One id in two files: an update where it is one article, and else two articles, both kept."""

import json
import os
import time
import zipfile

import pytest

from index import Document
from qa.output.json import export_json

EARLIER = time.time() - 3600
THALA = "The quarry at Thala was closed after a rockfall killed a foreman."
ZOO = "The zoo at Bizerte bought two lions from a circus."
BUS = "The bus to Kelibia will stop running in May."
STORM = (
    "A storm cut the road to the harbour on Monday night and left four villages without power for "
    "a day, the regional office said; the fishermen had brought their boats in by the afternoon, "
    "and the school at the river mouth stayed shut until the water had been pumped out of it."
)
STORM_LATER = STORM.replace("four villages", "seven villages")


def table(path, *rows, columns="id,text"):
    """A file of comma-separated records that has not changed for an hour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [columns, *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines))
    os.utime(path, (EARLIER, EARLIER))
    return path


def kept(archive):
    """The text of each article, by id."""
    return {one.id: one.text for one in archive.documents()}


@pytest.fixture(name="years")
def _years(tmp_path):
    """Two exports, each with its records numbered from 1."""
    return [
        table(tmp_path / "2019.csv", (1, THALA), (2, BUS)),
        table(tmp_path / "2020.csv", (1, ZOO)),
    ]


# Two articles


def test_records_of_two_files_with_one_id_are_both_kept(archive, years):
    """The later goes by an id that names its file, and the report says so."""
    report = archive.add(years)
    assert kept(archive) == {"1": THALA, "2": BUS, "1~2020.csv": ZOO}
    assert (report.added, report.updated) == (3, 0)
    assert report.as_json()["renamed"] == [
        {"id": "1", "kept_as": "1~2020.csv", "path": str(years[1]), "line": 2}
    ]
    assert archive.verify().is_clean


def test_committed_names_the_id_that_is_kept(archive, years, recorder):
    """What is acknowledged is what can be cited."""
    archive.add(years, progress=recorder)
    assert [one for one, _ in recorder.told] == ["1", "2", "1~2020.csv"]
    assert {one for one, _ in recorder.told} == kept(archive).keys()


@pytest.mark.parametrize("is_one_run", [True, False])
@pytest.mark.parametrize("order", [1, -1])
def test_the_same_files_again_are_unchanged(archive, years, order, is_one_run):
    """In whichever order they come, and whether they are read at once or one by one."""
    for run in [years] if is_one_run else [[one] for one in years]:
        archive.add(run)
    before = kept(archive)
    report = archive.add(years[::order], reread=True)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 3)
    assert report.renamed == ()
    assert kept(archive) == before


def test_a_third_file_of_the_same_name_is_kept_too(archive, tmp_path):
    """Its folder is named with it."""
    texts = (THALA, ZOO, BUS, STORM)
    for folder, text in zip("abcd", texts, strict=True):
        archive.add([table(tmp_path / folder / "articles.csv", (1, text))])
    assert kept(archive) == {
        "1": THALA,
        "1~articles.csv": ZOO,
        "1~c/articles.csv": BUS,
        "1~d/articles.csv": STORM,
    }
    report = archive.add([tmp_path / one for one in "dcba"], reread=True)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 4)


def test_a_record_whose_own_id_looks_like_another_is_not_replaced(archive, tmp_path):
    """An id that was given is never taken for one that was made, nor the other way round."""
    archive.add([table(tmp_path / "a.csv", ("1", THALA))])
    archive.add([table(tmp_path / "b.csv", ("1~b.csv", ZOO), ("1", BUS))])
    archive.add([table(tmp_path / "c.csv", ("1", STORM), ("1~c.csv", ZOO + " They roared."))])
    assert sorted(kept(archive).values()) == sorted([THALA, ZOO, BUS, STORM, ZOO + " They roared."])
    assert archive.add([tmp_path], reread=True).unchanged == 5


@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv", "zip"])
def test_records_of_every_kind_of_file_are_kept(archive, tmp_path, suffix):
    """JSON lines, lists in JSON, tables, and files within a packed one."""
    for name, text in (("one", THALA), ("two", ZOO)):
        record = {"id": "7", "text": text}
        path = tmp_path / f"{name}.{suffix}"
        match suffix:
            case "jsonl":
                path.write_text(json.dumps(record) + "\n")
            case "json":
                path.write_text(json.dumps([record]))
            case "csv":
                path.write_text(f"Id;Body\n7;{text}\n")
            case "zip":
                with zipfile.ZipFile(path, "w") as packed:
                    packed.writestr("x/articles.csv", f'id,text\n7,"{text}"\n')
    report = archive.add([tmp_path])
    assert report.failed == ()
    assert sorted(text.strip() for text in kept(archive).values()) == sorted([THALA, ZOO])
    assert len(report.renamed) == 1


def test_a_name_that_is_not_printable_makes_a_printable_id(archive, tmp_path):
    """What cannot be shown of a file's name is not in the id either."""
    archive.add([table(tmp_path / "a.csv", (1, THALA))])
    archive.add([table(tmp_path / "b\n\x07.csv", (1, ZOO))])
    (_, made) = kept(archive)
    assert made.isprintable()
    assert made.startswith("1~b")


# One article


def test_another_text_from_the_same_file_is_an_update(archive, years):
    """Of each file's own record, whichever of them has the plain id."""
    archive.add(years)
    table(years[1], (1, BUS + " It loses money."))
    report = archive.add(years)
    assert (report.added, report.updated) == (0, 1)
    assert kept(archive) == {"1": THALA, "2": BUS, "1~2020.csv": BUS + " It loses money."}
    assert [one.text for one in archive.versions("1~2020.csv")] == [ZOO]
    assert archive.verify().is_clean


def test_the_former_of_an_update_without_an_address_is_citable(archive, put):
    """It is no more searched, and goes by an id of its own."""
    put(id="a", text=THALA)
    put(id="a", text=ZOO)
    (former,) = archive.versions("a")
    assert archive.document(former.id).text == THALA
    assert archive.search('"rockfall"').hits == ()


def test_another_text_at_a_common_address_is_an_update(archive, tmp_path):
    """However little of it is the same, and with a mark of where it was shared."""
    columns = "id,text,url"
    address = "https://gazette.example/thala"
    archive.add([table(tmp_path / "a.csv", (1, THALA, address), columns=columns)])
    later = table(tmp_path / "b.csv", (1, ZOO, address + "?utm_source=x"), columns=columns)
    report = archive.add([later])
    assert (report.updated, report.renamed) == (1, ())
    assert kept(archive) == {"1": ZOO}
    assert [one.text for one in archive.versions("1")] == [THALA]


def test_a_near_copy_from_another_file_is_an_update(archive, tmp_path):
    """A later export has the article as it was corrected; adding both again changes nothing."""
    files = [table(tmp_path / "a.csv", (1, STORM)), table(tmp_path / "b.csv", (1, STORM_LATER))]
    assert [archive.add([one]).updated for one in files] == [0, 1]
    for order in (files, files[::-1]):
        report = archive.add(order, reread=True)
        assert (report.updated, report.unchanged) == (0, 2)
        assert kept(archive) == {"1": STORM_LATER}
    assert [one.text for one in archive.versions("1")] == [STORM]


def test_a_former_version_comes_back_when_the_later_file_is_gone(archive, tmp_path):
    """Its own file is still there: what that says is the article's text again."""
    archive.add([table(tmp_path / "news" / "a.csv", (1, STORM))])
    later = table(tmp_path / "news" / "b.csv", (1, STORM_LATER))
    archive.add([later])
    later.unlink()
    archive.add([tmp_path / "news"], prune=True)
    assert kept(archive) == {"1": STORM}


def test_a_file_that_goes_back_to_its_former_text_is_an_update(archive, tmp_path):
    """Its author took the change back."""
    for text in (STORM, STORM_LATER, STORM):
        archive.add([table(tmp_path / "a.csv", (1, text))], reread=True)
    assert kept(archive) == {"1": STORM}


# Files that move


def test_a_file_that_was_moved_keeps_its_ids(archive, years, tmp_path):
    """Those that name a file too."""
    archive.add([tmp_path])
    before = kept(archive)
    for file in years:
        file.rename(tmp_path / f"old-{file.name}")
    report = archive.add([tmp_path], prune=True)
    assert (report.added, report.updated, report.pruned) == (0, 0, 0)
    assert kept(archive) == before


@pytest.mark.parametrize("name", ["export.1.csv", "export.old.csv"])
def test_a_file_set_aside_for_one_of_its_name_loses_nothing(archive, tmp_path, name):
    """An export is renamed, and the next one written in its place with the same ids."""
    export = table(tmp_path / "export.csv", (1, THALA))
    archive.add([tmp_path])
    export.rename(tmp_path / name)
    table(export, (1, ZOO))
    archive.add([tmp_path], reread=True)
    assert sorted(kept(archive).values()) == sorted([THALA, ZOO])
    before = kept(archive)
    assert archive.add([tmp_path], reread=True).unchanged == 2
    table(export, (1, BUS))
    archive.add([tmp_path], reread=True)
    assert sorted(kept(archive).values()) == sorted([THALA, BUS])
    assert kept(archive).keys() == before.keys()


def test_removing_one_leaves_the_other(archive, years):
    """And what was removed comes back under its own id."""
    archive.add(years)
    archive.remove(["1"])
    assert kept(archive) == {"2": BUS, "1~2020.csv": ZOO}
    archive.add(years)
    assert kept(archive) == {"1": THALA, "2": BUS, "1~2020.csv": ZOO}


def test_pruning_a_file_removes_its_own(archive, years, tmp_path):
    """Not those of the other file."""
    archive.add([tmp_path])
    years[1].unlink()
    assert archive.add([tmp_path], prune=True).pruned == 1
    assert kept(archive) == {"1": THALA, "2": BUS}


# Exports of an archive


def exported(archive):
    return [export_json(one) for one in archive.documents(versions=True)]


def test_an_export_is_taken_back(archive, years, tmp_path, encoder, jsonl):
    """Ids, texts and former versions, of articles that go by another id too; and twice."""
    archive.add(years)
    table(years[1], (1, ZOO + " They roared."))
    archive.add(years)
    archive.remove(["1"])
    records = exported(archive)
    path = jsonl(tmp_path / "export.jsonl", records)
    with type(archive).open(tmp_path / "other", encoder=encoder) as other:
        for counts in ((3, 0), (0, 3)):
            report = other.add([path], reread=True)
            assert (report.added, report.unchanged) == counts
            assert report.renamed == ()
            assert exported(other) == records
    assert archive.add([path]).unchanged == 3
    assert exported(archive) == records


def test_an_export_into_an_archive_that_has_its_ids(archive, years, tmp_path, encoder, jsonl):
    """Former versions go with the article that they were of, not with the other of its id."""
    archive.add([years[0]])
    table(years[0], (1, THALA + " It stays shut."), (2, BUS))
    archive.add([years[0]])
    path = jsonl(tmp_path / "export.jsonl", exported(archive))
    with type(archive).open(tmp_path / "other", encoder=encoder) as other:
        other.add([years[1]])
        other.add([path])
        assert kept(other) == {"1": ZOO, "1~2019.csv": THALA + " It stays shut.", "2": BUS}
        assert other.versions("1") == []
        assert [one.text for one in other.versions("1~2019.csv")] == [THALA]
        assert other.add([path], reread=True).unchanged == 3
        assert other.verify().is_clean


def test_an_id_is_not_believed_to_be_of_another(archive, tmp_path, jsonl):
    """A record may say whose id it was given, but only where its own id tells the same."""
    record = {"id": "b", "given_id": "a", "text": THALA}
    archive.add([jsonl(tmp_path / "a.jsonl", [record])])
    (document,) = archive.documents()
    assert (document.id, document.given_id) == ("b", "")


def test_documents_that_were_read_elsewhere_follow_the_same_rule(archive):
    """A program that adds documents loses none either."""
    archive.add_documents([
        Document(id="1", text=THALA, path="/a.txt"),
        Document(id="1", text=ZOO, path="/b.txt"),
    ])  # fmt: skip
    assert kept(archive) == {"1": THALA, "1~b.txt": ZOO}
