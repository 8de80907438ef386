"""Adding again: only what changed is read; what vanished is told, and removed on demand."""

import json
import os
import time
from pathlib import Path

import pytest

from index.archive import adding
from index.intake import sync

EARLIER = time.time() - 3600


@pytest.fixture(name="news")
def _news(tmp_path):
    """A folder of three articles that have not changed for an hour."""
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in (("a", "One died."), ("b", "Two fled."), ("c", "Three came.")):
        write(folder / f"{name}.txt", text)
    return folder


def write(path, text, *, at=EARLIER):
    path.write_text(text)
    os.utime(path, (at, at))


@pytest.fixture(name="read")
def _read(monkeypatch):
    """The names of the files that were read, in order."""
    names = []
    read_all = adding.read_all

    def listen(files, progress):
        names.extend(Path(getattr(file, "path", file)).name for file in files)
        return read_all(files, progress)

    monkeypatch.setattr(adding, "read_all", listen)
    return names


def texts(archive):
    return sorted(document.text for document in archive.documents())


def test_what_is_unchanged_is_not_read(archive, news, read):
    """The second time no file is opened, and all are reported as unchanged."""
    archive.add([news])
    read.clear()
    report = archive.add([news])
    assert read == []
    assert (report.unchanged, report.added, report.documents) == (3, 0, 3)


def test_what_changed_is_read(archive, news, read):
    """Another time or another size of the file is enough."""
    archive.add([news])
    read.clear()
    write(news / "a.txt", "One fled.", at=EARLIER + 1)
    write(news / "b.txt", "Two fled by sea.")
    report = archive.add([news])
    assert read == ["a.txt", "b.txt"]
    assert (report.updated, report.unchanged) == (2, 1)
    assert texts(archive) == ["One fled.", "Three came.", "Two fled by sea."]


def test_what_has_just_changed_is_read_again(archive, news, read):
    """A file may change twice within the clock's tick: one that is new is not trusted."""
    # By a clock that is behind, it is new however long this takes.
    write(news / "a.txt", "Now died.", at=time.time() + 3600)
    archive.add([news])
    read.clear()
    archive.add([news])
    assert read == ["a.txt"]


def test_reread_reads_everything(archive, news, read):
    """When asked to, it reads files that have not changed, and finds so."""
    archive.add([news])
    read.clear()
    report = archive.add([news], reread=True)
    assert len(read) == 3
    assert report.unchanged == 3


def test_what_failed_is_tried_again(archive, news, read):
    """A bad file is listed as long as it is bad, and read each time."""
    write(news / "bad.txt", "")
    archive.add([news])
    (failure,) = archive.failures()
    assert failure.path == str(news / "bad.txt")
    assert "empty" in failure.reason
    read.clear()
    archive.add([news])
    assert read == ["bad.txt"]
    assert archive.failures() == [failure]
    write(news / "bad.txt", "Four left.")
    assert archive.add([news]).added == 1
    assert archive.failures() == []


def test_bad_records_are_listed_with_their_lines(archive, tmp_path):
    """Of a file of many the lines that failed are listed, in order."""
    write(tmp_path / "a.jsonl", 'x\n{"text": "One died."}\n{"text": 1}\n')
    archive.add([tmp_path / "a.jsonl"])
    assert [failure.line for failure in archive.failures()] == [1, 3]


def test_a_failure_goes_with_its_file(archive, news):
    """A bad file that was deleted is no longer listed."""
    write(news / "bad.txt", "")
    archive.add([news])
    (news / "bad.txt").unlink()
    write(news / "d.txt", "Four left.")
    archive.add([news])
    assert archive.failures() == []


def test_a_failure_goes_when_nothing_else_changed(archive, news):
    """It is forgotten too when no other file is new."""
    write(news / "bad.txt", "")
    archive.add([news])
    (news / "bad.txt").unlink()
    archive.add([news])
    assert archive.failures() == []


def test_a_folder_that_cannot_be_opened_is_listed_until_it_can(archive, news, monkeypatch):
    """It is told again later, as files are, and forgotten when it has been opened."""
    shut = news / "shut"
    shut.mkdir()
    real = os.scandir

    def scandir(path):  # a superuser is refused nothing
        if os.fspath(path) == os.fspath(shut):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", scandir)
        for _ in range(2):
            (failure,) = archive.add([news]).failed
            assert archive.failures() == [failure]
            assert failure.path == str(shut)
    archive.add([news])
    assert archive.failures() == []


def test_files_that_failed_are_looked_for_once(archive, news, monkeypatch):
    """However many transactions an `add` takes."""
    write(news / "bad.txt", "")
    archive.add([news])
    looked = []
    monkeypatch.setattr(sync, "is_there", lambda path: looked.append(path) or True)
    monkeypatch.setattr("index.intake.ingest._BATCH_DOCUMENTS", 1)
    for name in ("a.txt", "b.txt", "c.txt"):
        write(news / name, f"Changed was {name}.")
    archive.add([news])
    assert looked.count(news / "bad.txt") == 1


def test_a_removed_document_is_added_again(archive, news):
    """What was removed comes back with its file, unchanged as that is."""
    archive.add([news])
    (first, *_) = archive.documents()
    archive.remove([first.id])
    report = archive.add([news])
    assert (report.added, report.unchanged) == (1, 2)


def test_vanished_files_are_told(archive, news):
    """Their documents stay until they are pruned."""
    archive.add([news])
    (news / "b.txt").unlink()
    report = archive.add([news])
    assert report.vanished == (str(news / "b.txt"),)
    assert (report.pruned, report.documents) == (0, 3)
    report = archive.add([news], prune=True)
    assert (report.pruned, report.documents) == (1, 2)
    assert texts(archive) == ["One died.", "Three came."]


def page(path, address, says="Nine came."):
    """A saved page, whose article is known by its address and not by its path."""
    path.parent.mkdir(exist_ok=True)
    write(
        path,
        f"<!doctype html><html><head><link rel='canonical' href='{address}'></head><body>"
        f"<article><h1>A bridge opens</h1><p>{says} {'The mayor opened it on Monday. ' * 9}</p>"
        "</article></body></html>",
    )


def test_a_page_that_was_moved_is_not_pruned(archive, tmp_path):
    """It is known by its address: its document goes with the file to the other path."""
    page(tmp_path / "pages" / "a.html", "https://x.example/1")
    archive.add([tmp_path / "pages"])
    (tmp_path / "pages" / "a.html").rename(tmp_path / "pages" / "b.html")
    report = archive.add([tmp_path / "pages"], prune=True)
    assert (report.vanished, report.pruned, report.documents) == ((), 0, 1)
    assert [Path(one.path).name for one in archive.documents()] == ["b.html"]
    assert archive.verify().is_clean


def test_a_page_that_was_saved_twice_is_not_pruned_with_one_of_its_files(archive, tmp_path):
    """As long as one of them is there, its document is."""
    for name in ("a.html", "b.html", "c.html"):
        page(tmp_path / "pages" / name, "https://x.example/1")
    archive.add([tmp_path / "pages"])
    for name in ("c.html", "a.html"):
        (tmp_path / "pages" / name).unlink()
        report = archive.add([tmp_path / "pages"], prune=True)
        assert (report.vanished, report.documents) == ((), 1)
    (tmp_path / "pages" / "b.html").unlink()
    report = archive.add([tmp_path / "pages"], prune=True)
    assert (report.pruned, report.documents) == (1, 0)


def test_a_removed_document_is_added_again_from_any_file_that_has_it(archive, tmp_path, jsonl):
    """Whatever path its record names, and whichever of its files is left."""
    record = {"id": "one", "text": "One died.", "path": "/elsewhere/one.txt"}
    write(jsonl(tmp_path / "export.jsonl", [record]), json.dumps(record))
    page(tmp_path / "pages" / "a.html", "https://x.example/1")
    page(tmp_path / "pages" / "b.html", "https://x.example/1")
    given = [tmp_path / "export.jsonl", tmp_path / "pages"]
    archive.add(given)
    (tmp_path / "pages" / "b.html").unlink()
    archive.remove([one.id for one in archive.documents()])
    report = archive.add(given)
    assert (report.added, report.unchanged, report.documents) == (2, 0, 2)


def test_a_former_version_is_added_again_when_the_later_is_pruned(archive, tmp_path):
    """Its own file is still there, and is read the next time."""
    page(tmp_path / "pages" / "a.html", "https://x.example/1", "Nine came.")
    page(tmp_path / "pages" / "b.html", "https://x.example/1", "Twelve came.")
    archive.add([tmp_path / "pages"])
    (tmp_path / "pages" / "b.html").unlink()
    archive.add([tmp_path / "pages"], prune=True)
    archive.add([tmp_path / "pages"])
    (document,) = archive.documents()
    assert "Nine came." in document.text


def test_of_other_folders_nothing_is_pruned(archive, news, tmp_path):
    """What came from elsewhere, or from a folder of a longer name, is left alone."""
    other = tmp_path / "news2"
    other.mkdir()
    write(other / "d.txt", "Four left.")
    archive.add([news, other])
    (other / "d.txt").unlink()
    assert archive.add([news], prune=True).vanished == ()
    assert archive.status().documents == 4


def test_a_folder_that_is_gone_prunes_nothing(archive, news, tmp_path):
    """A disk that is not mounted is no reason to forget what was on it."""
    archive.add([news])
    news.rename(tmp_path / "elsewhere")
    report = archive.add([news], prune=True)
    assert len(report.failed) == 1
    assert (report.vanished, report.documents) == ((), 3)


def test_patterns_choose_files(archive, news):
    """Of a folder only what is included is taken, and nothing that is excluded."""
    (news / "old").mkdir()
    write(news / "old" / "d.txt", "Four left.")
    write(news / "e.md", "Five won.")
    archive.add([news], include=["*.txt"], exclude=["old/*", "a.*"])
    assert texts(archive) == ["Three came.", "Two fled."]


@pytest.mark.parametrize("pattern", ["old", "old/", "old/older", "older", "o*", "old/*"])
def test_a_folder_can_be_left_out_or_taken_alone(archive, news, pattern):
    """A pattern may name a folder as well as a file."""
    (news / "old" / "older").mkdir(parents=True)
    write(news / "old" / "older" / "d.txt", "Four left.")
    archive.add([news], exclude=[pattern])
    assert "Four left." not in texts(archive)
    archive.add([news], include=[pattern])
    assert "Four left." in texts(archive)


def test_a_link_out_of_a_folder_is_listed_later(archive, news, tmp_path):
    """As long as it is there."""
    write(tmp_path / "secret.txt", "Nobody came.")
    (news / "link").symlink_to(tmp_path / "secret.txt")
    (failure,) = archive.add([news]).failed
    assert "a link out of its folder" in failure.reason
    assert list(archive.failures()) == [failure]
    (news / "link").unlink()
    assert archive.add([news]).failed == ()
    assert archive.failures() == []


def test_an_interrupted_add_goes_on(archive, news):
    """Of a file whose documents are not all safe nothing is noted."""
    lines = "".join(f'{{"id": "{n}", "text": "Man {n} came."}}\n' for n in range(300))
    write(news / "many.jsonl", lines)
    asked = iter(range(10_000))
    report = archive.add([news], is_cancelled=lambda: next(asked) > 200)
    assert report.interrupted
    assert report.documents < 303
    report = archive.add([news])
    assert report.documents == 303
    assert report.added + report.unchanged == 303


def test_a_file_that_cannot_be_seen_is_not_known(tmp_path):
    """Where there is no file there is nothing to know it by."""
    assert sync.stat_of(tmp_path / "none") is None


def test_a_file_within_another_is_there_with_it(tmp_path):
    """The path of an article in an archive file is no file's, but that file is there."""
    write(tmp_path / "a.zip", "x")
    assert sync.is_there(tmp_path / "a.zip" / "news" / "a.html")
    assert not sync.is_there(tmp_path / "b.zip" / "news" / "a.html")
