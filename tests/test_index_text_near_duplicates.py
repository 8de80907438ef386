"""Near-copies that are one cluster, and former versions that stay on record."""

import datetime as dt
import json

import pytest

from index import Document, Filters
from index.errors import NoDocument
from index.storage import writer
from index.text.near_duplicates import ALIKE, likeness, signature
from qa.output.json import export_json

WIRE = (
    "ISIS killed nine people and injured ten others in an attack on Tazerbo in the southern desert "
    "on November 25. The town’s residents fought for hours with the militants, who took over the "
    "police station before being expelled. The commander of the Kufra military district said that "
    "the army had managed to defeat the remnants of the extremist groups and to expel them more "
    "than 400 kilometers from the town, which lies far from the coast."
)
REPRINT = WIRE.replace("the militants", "the gunmen") + " Reporting by our own correspondent."
OTHER = (
    "The permanent military court in Benghazi sentenced three people to death in absentia and one "
    "person to life in prison, without mentioning their names or the charges issued against them. "
    "The trials took place in the presence of the defendants’ lawyers, Mismari told reporters."
)
URL = "https://example.org/tazerbo"


def ids(archive, query, **fields):
    hits = archive.search(query, **fields).hits
    return list(dict.fromkeys((hit.document.id, hit.copies) for hit in hits))


# Signatures


def test_a_text_is_like_itself():
    """The same words, whatever their case and marks, have the same signature."""
    assert signature(WIRE) == signature(WIRE.upper().replace(",", ";"))


@pytest.mark.parametrize(("other", "is_alike"), [(REPRINT, True), (OTHER, False)])
def test_likeness_tells_a_reprint_from_another_cluster(other, is_alike):
    """A reprint is above the mark, another report of the same desk below."""
    found = likeness(signature(WIRE), signature(other))
    assert (found >= ALIKE) is is_alike


@pytest.mark.parametrize("text", ["", "Nine died.", "one two three four five six seven eight"])
def test_a_short_text_has_no_signature(text):
    """Of so few words nothing can be told."""
    assert signature(text) is None


# Clusters


def test_a_reprint_is_in_the_same_cluster(archive, put):
    """Ten outlets with one report are one hit, with nine copies; each stays a document."""
    put(*[
        {"id": f"o{n}", "text": WIRE if n % 2 else REPRINT, "source": f"Outlet {n}"}
        for n in range(10)
    ])  # fmt: skip
    ((first, copies),) = ids(archive, "who attacked Tazerbo")
    assert {first, *copies} == {f"o{n}" for n in range(10)}
    assert archive.status().documents == 10
    assert archive.document("o7").source == "Outlet 7"


def test_another_cluster_is_another(archive, put):
    """What is no near-copy is found by itself."""
    put({"id": "a", "text": WIRE}, {"id": "b", "text": OTHER})
    assert sorted(ids(archive, "people")) == [("a", ()), ("b", ())]


def test_of_near_copies_that_fit_alike_the_first_is_found(archive, put):
    """The document that came first, also where its text was put right after the other's."""
    first, second = (f"Nothing new. {WIRE} {end} died." for end in ("Nine", "Ten"))
    put({"id": "a", "text": OTHER}, {"id": "b", "text": second})
    put(id="a", text=first)
    assert ids(archive, "nothing new")[0] == ("a", ("b",))


def test_of_near_copies_the_one_that_fits_is_found(archive, put):
    """A word that only one of them has leads to that one."""
    put({"id": "a", "text": WIRE}, {"id": "b", "text": REPRINT})
    assert ids(archive, "gunmen") == [("b", ("a",))]
    assert ids(archive, "fought with the militants") == [("a", ("b",))]


def test_short_texts_are_one_cluster_only_when_they_are_the_same(archive, put):
    """Two short notes that differ in one word are two; the same note twice is one."""
    put({"id": "a", "text": "Nine died."}, {"id": "b", "text": "Ten died."})
    put({"id": "c", "text": "Nine died.", "title": "Attack"})
    found = dict(ids(archive, "who died"))
    assert found.pop("b") == ()
    ((one, copies),) = found.items()
    assert {one, *copies} == {"a", "c"}


def test_a_filter_admits_a_copy(archive, put):
    """Under a source's filter the copy of that source is cited, and the others are its copies."""
    put({"id": "a", "text": WIRE, "source": "One"}, {"id": "b", "text": REPRINT, "source": "Two"})
    filters = Filters(sources=("two",))
    assert ids(archive, "Tazerbo", filters=filters) == [("b", ("a",))]


def test_a_cluster_outlives_its_first_text(archive, put):
    """When the first of three is removed, the two others are still one cluster."""
    put(*[{"id": one, "text": f"{WIRE} {one}"} for one in ("ax", "bx", "cx")])
    archive.remove(["ax"])
    ((first, copies),) = ids(archive, "Tazerbo")
    assert {first, *copies} == {"bx", "cx"}


def test_repair_finds_the_stories_anew(archive, put):
    """A cluster that is damaged is found out, and mended by a repair."""
    put({"id": "a", "text": WIRE}, {"id": "b", "text": REPRINT})
    with archive._backend.writing() as store, store.database.writing():
        store.database.execute("UPDATE contents SET cluster = 77 WHERE content = 2")
    (finding,) = archive.verify().findings
    assert finding.remedy == "onrecord verify --repair"
    assert archive.verify(repair=True).is_clean
    ((first, copies),) = ids(archive, "Tazerbo")
    assert {first, *copies} == {"a", "b"}


def table(number):
    """A version of a table of prices, of which three of forty rows are new each time."""
    rows = [f"{n}: wheat of mill {n} costs {n * 37 % 101} dinars a sack" for n in range(40)]
    for n in range(3):
        rows[(number * 3 + n) % 40] += f", and {number} millimes"
    return ". ".join(rows) + "."


@pytest.fixture(name="compared")
def _compared(monkeypatch):
    """How often two texts were compared."""
    calls = []
    monkeypatch.setattr(
        writer.near_duplicates,
        "likeness",
        lambda one, other: calls.append(1) or likeness(one, other),
    )
    return calls


def test_versions_of_one_table_are_not_all_compared(put, compared):
    """The last of two hundred cost about as much as the twenty-first did."""
    counts = []
    for start in range(0, 200, 20):
        compared.clear()
        put(*({"id": f"t{n}", "text": table(n)} for n in range(start, start + 20)))
        counts.append(len(compared))
    assert counts[-1] < 2 * counts[1]
    assert max(counts) <= 20 * 16 * 2 * 8  # of sixteen bands, eight texts from either end


@pytest.mark.parametrize("is_repaired", [False, True])
def test_versions_of_one_table_are_one_cluster(archive, put, is_repaired):
    """Two hundred of them, as ten are, and another table is another cluster."""
    put({"id": "other", "text": OTHER}, *({"id": f"t{n}", "text": table(n)} for n in range(200)))
    if is_repaired:
        assert archive.verify(repair=True).is_clean
    assert len(archive.copies("t0")) == len(archive.copies("t199")) == 199
    assert archive.copies("other") == ()


def test_a_reprint_is_found_in_a_crowd_that_shares_its_form(archive, put):
    """Hundreds of notices of one long form hide no near-copy of one that came in their midst."""
    form = " ".join(f"Clause{n} binds the holder." for n in range(30))
    said = [
        f"{form} " + " ".join(f"Lot{n}x{m} went." for m in range(30 + n % 3)) for n in range(300)
    ]
    put(*({"id": f"n{n}", "text": text} for n, text in enumerate(said)))
    crowd = archive._store().database.execute(
        "SELECT content - 1 FROM cluster_bands WHERE band = (SELECT band FROM cluster_bands"
        " GROUP BY band ORDER BY count(*) DESC, band LIMIT 1) ORDER BY content"
    )
    assert len(crowd) > 50
    (middle,) = crowd[len(crowd) // 2]
    put(id="again", text=said[middle] + " The sale is final.")
    assert archive.copies("again") == (f"n{middle}",)
    assert archive.copies("n0") == ()


# Versions


def test_a_later_version_supersedes_the_former(archive, put):
    """At the same address another text is found; the former is cited by an id of its own."""
    put(id="a", url=URL, text=WIRE, title="Attack")
    report = put(id="a", url=URL, text=OTHER, title="Trial")
    assert (report.updated, report.documents) == (1, 1)
    assert ids(archive, "Tazerbo attack") == [("a", ())]
    assert archive.document("a").text == OTHER
    (former,) = archive.versions("a")
    assert (former.text, former.title, former.superseded_by) == (WIRE, "Attack", "a")
    assert archive.document(former.id) == former
    assert former.id.startswith("a@")
    assert archive.verify().is_clean


@pytest.mark.parametrize("said", ["retrieved", "modified"])
def test_an_earlier_version_that_comes_later_is_a_former_one(archive, put, said):
    """An old crawl added after a new one changes nothing of what is searched, and is citable."""
    new = {"id": "a", "url": "https://x.example/1", "text": OTHER, said: dt.date(2020, 1, 2)}
    old = new | {"text": WIRE, said: dt.date(2019, 1, 2)}
    put(new)
    assert put(old).updated == 0
    assert put(old).unchanged == 1
    assert archive.document("a").text == OTHER
    assert [one.text for one in archive.versions("a")] == [WIRE]
    assert put(new | {"text": WIRE + " More.", said: dt.date(2021, 1, 2)}).updated == 1
    assert archive.document("a").text == WIRE + " More."
    assert archive.verify().is_clean


def test_a_version_is_not_searched(archive, put):
    """A phrase of the former text is not found."""
    put(id="a", url=URL, text=WIRE)
    put(id="a", url=URL, text=OTHER)
    assert ids(archive, '"police station"') == []
    assert archive.status().texts == 1


def test_a_text_that_comes_back_is_searched_again(archive, put):
    """The first version once more: it is found, and the second is a former one too."""
    put(id="a", url=URL, text=WIRE)
    put(id="a", url=URL, text=OTHER)
    put(id="a", url=URL, text=WIRE)
    assert ids(archive, '"police station"') == [("a", ())]
    assert [one.text for one in archive.versions("a")] == [WIRE, OTHER]
    assert archive.verify().is_clean


@pytest.mark.parametrize("is_repaired", [False, True])
def test_a_text_that_comes_back_joins_its_cluster_again(archive, put, is_repaired):
    """Its reprints are found with it, though they came while it was a former version."""
    put(id="a", url=URL, text=WIRE)
    put(id="a", url=URL, text=OTHER)
    if is_repaired:
        assert archive.verify(repair=True).is_clean
    put(id="b", text=REPRINT)
    put(id="a", url=URL, text=WIRE)
    assert archive.verify().is_clean
    ((first, copies),) = ids(archive, "Tazerbo")
    assert {first, *copies} == {"a", "b"}


def test_a_version_that_was_taken_back_joins_its_cluster_again(archive, put):
    """A former version came with an export, a reprint of it, and then its text once more."""
    former = Document(id="a@1", superseded_by="a", url=URL, text=WIRE, path="/a.txt")
    archive.add_documents([former])
    put({"id": "b", "text": REPRINT}, {"id": "a", "url": URL, "text": WIRE})
    ((first, copies),) = ids(archive, "Tazerbo")
    assert {first, *copies} == {"a", "b"}


def test_another_headline_is_no_version(archive, put):
    """With the text as it was nothing has to be kept of it."""
    put(id="a", url=URL, text=WIRE, title="Attack")
    put(id="a", url=URL, text=WIRE, title="Attack, corrected")
    assert archive.versions("a") == []


def test_a_copy_that_is_still_there_is_still_searched(archive, put):
    """The former text of one is the text of another: it is found as that one's."""
    put({"id": "a", "url": URL, "text": WIRE}, {"id": "b", "text": WIRE})
    put(id="a", url=URL, text=OTHER)
    assert ids(archive, '"police station"') == [("b", ())]
    assert len(archive.versions("a")) == 1


def test_removing_removes_the_versions(archive, put):
    """What is erased is erased in all its versions; one version can be erased by its id."""
    for text in (WIRE, OTHER, REPRINT):
        put(id="a", url=URL, text=text)
    first, second = (one.id for one in archive.versions("a"))
    assert archive.remove([first]) == 1
    assert [one.id for one in archive.versions("a")] == [second]
    assert archive.remove(["a"]) == 1
    for gone in ("a", second):
        with pytest.raises(NoDocument):
            archive.document(gone)
    assert archive.verify().is_clean
    archive._release()
    data = b"".join(one.read_bytes() for one in archive.folder.rglob("*") if one.is_file())
    assert b"police station" not in data


def test_an_export_is_taken_back_with_its_versions(archive, put, tmp_path, encoder):
    """Ids, texts, versions and answers are the same in an archive made of an export."""
    told = {"url": "JSON-LD"}
    put({"id": "a", "url": URL, "text": WIRE, "section": "World", "origins": told})
    put({"id": "b", "text": REPRINT, "pages": (0, 20), "language": "en", "origins": told})
    put(id="a", url=URL, text=OTHER, relays="aawsat.com", origins=told)
    records = [export_json(one) for one in archive.documents(versions=True)]
    path = tmp_path / "export.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    with type(archive).open(tmp_path / "other", encoder=encoder) as other:
        report = other.add([path])
        assert report.failed == ()
        exported = [export_json(one) for one in other.documents(versions=True)]
        assert exported == records
        assert [one.text for one in other.versions("a")] == [WIRE]
        assert ids(other, "Tazerbo") == ids(archive, "Tazerbo")
        again = other.add([path], reread=True)
        assert (again.added, again.updated, again.unchanged) == (0, 0, 3)
