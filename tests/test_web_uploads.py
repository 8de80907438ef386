"""Files dropped on the page: contained, kept whole, added, and told of."""

import errno
import html
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import AddReport, ArchiveError, Failure, Outcome
from index.errors import ArchiveFull, ArchiveLocked
from qa.web.uploads import Bar, add_uploads, keep, report_line, safe_name

HOSTILE = [
    "../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "/etc/shadow",
    "C:\\autoexec.bat",
    "a/../../b.txt",
    "..",
    ".",
    "",
    " ",
    ".bashrc",
    "-rf.txt",
    "con.txt",
    "NUL",
    "a\x00b.txt",
    "a\nb.txt",
    "evil\u202etxt.exe",
    "<img src=x onerror=alert(1)>.txt",
    "$(reboot).txt",
    "`id`.txt",
    "a|b;c&d.txt",
    "*.txt",
    "~root.txt",
    "x" * 5000 + ".txt",
    "a." + "x" * 5000,
    "é" * 300 + ".txt",
    "a.txt:stream",
    "\ud800.txt",
]


@pytest.fixture(name="upload")
def _upload(tmp_path):
    """A function that makes an uploaded file, each in a folder of its own, as gradio does."""

    def upload(name: str, text: str = "The mayor resigned on Monday.") -> Path:
        folder = tmp_path / f"upload-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return upload


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_in_the_folder(name, tmp_path):
    """Whatever a file is called, its copy is a plain, visible file right in the folder."""
    target = tmp_path / safe_name(name)
    target.write_text("x")
    assert target.resolve().parent == tmp_path.resolve()
    assert [file.name for file in tmp_path.iterdir()] == [target.name]
    assert not target.name.startswith((".", "-"))
    assert target.stem.casefold() not in {"con", "nul"}


@given(st.text(max_size=300))
def test_any_name_becomes_a_safe_one(name):
    """No name leads to a separator, a control character or one that is too long."""
    safe = safe_name(name)
    assert safe
    assert safe.strip(". ") == safe
    assert safe.isprintable()
    assert not set(safe) & set('/\\:*?"<>|')
    assert len(safe.encode()) <= 200


def test_two_names_never_become_one():
    """Names that differ only in what is not allowed are still two files."""
    names = ["a?b.txt", "a*b.txt", "a_b.txt", "x/a_b.txt"]
    assert len({safe_name(name) for name in names}) == len(names)


def test_a_good_name_is_kept():
    """A file keeps the name that its reader knows, letters of every script with it."""
    for name in ["report.txt", "Bericht (2).txt", "تقرير.txt", "a-b_c.jsonl"]:
        assert safe_name(name) == name


def test_the_same_name_again_is_the_same_article(archive, upload):
    """A file dropped again under its name updates its article and makes no second one."""
    first = add_uploads(archive, [str(upload("a.txt"))], tell=lambda share, line: None)
    again = add_uploads(archive, [str(upload("a.txt"))], tell=lambda share, line: None)
    changed = add_uploads(
        archive, [str(upload("a.txt", "The mayor stayed."))], tell=lambda share, line: None
    )
    assert (first.added, again.unchanged, changed.updated) == (1, 1, 1)
    assert changed.documents == 1


def test_two_files_of_one_name_dropped_together_are_both_kept(upload, tmp_path):
    """Neither of two files from two folders is lost to the other."""
    kept = keep([upload("a.txt", "one"), upload("a.txt", "two")], tmp_path / "uploads")
    assert [file.read_text() for file in kept] == ["one", "two"]


@pytest.mark.parametrize(
    ("code", "kind"), [(errno.ENOSPC, ArchiveFull), (errno.EROFS, ArchiveError)]
)
def test_files_that_cannot_be_kept_are_an_error(upload, tmp_path, monkeypatch, code, kind):
    """A full disk, and a folder that cannot be written, are told in one line; no part is left."""

    def fail(source, target):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("qa.web.uploads.shutil.copyfile", fail)
    with pytest.raises(kind, match=r"uploads cannot be written .*nothing was added") as raised:
        keep([upload("a.txt", "one")], tmp_path / "uploads")
    assert type(raised.value) is kind
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_link_in_the_folder_is_replaced_and_not_followed(upload, tmp_path):
    """A link under the file's name does not lead the copy out of the folder."""
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "a.txt").symlink_to(outside)
    (kept,) = keep([upload("a.txt", "theirs")], tmp_path / "uploads")
    assert outside.read_text() == "mine"
    assert kept.read_text() == "theirs"
    assert not kept.is_symlink()


def test_uploads_are_deleted(archive, upload):
    """What the browser sent is kept once: the copy in the temporary folder goes."""
    file = upload("a.txt")
    add_uploads(archive, [str(file)], tell=lambda share, line: None)
    assert not file.exists()
    assert (archive.folder / "uploads" / "a.txt").is_file()


def test_uploads_are_deleted_when_adding_fails(archive, upload, monkeypatch):
    """An error on the way leaves nothing behind in the temporary folder."""

    def locked(*_args, **_named):
        raise ArchiveLocked("locked by process 1")

    monkeypatch.setattr(archive, "add", locked)
    file = upload("a.txt")
    with pytest.raises(ArchiveLocked):
        add_uploads(archive, [str(file)], tell=lambda share, line: None)
    assert not file.exists()


def test_a_file_that_failed_is_not_kept(archive, upload):
    """A file that no article came out of does not stay in the archive's folder."""
    report = add_uploads(archive, [str(upload("empty.txt", ""))], tell=lambda share, line: None)
    assert len(report.failed) == 1
    assert list((archive.folder / "uploads").iterdir()) == []


def test_progress_goes_up_to_the_end(archive, upload):
    """The bar never goes back, and tells of every file."""
    told: list[tuple[float, str]] = []
    files = [str(upload(f"{number}.txt", f"Article number {number}.")) for number in range(3)]
    add_uploads(archive, files, tell=lambda share, line: told.append((share, line)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert told[-1][0] == 1
    assert told[-1][1].startswith("3 of 3 files read, 3 articles")


def test_the_bar_says_what_was_read_and_kept():
    """Half of the way is that files are read; a part of a long file is on it."""
    told = []
    bar = Bar(lambda share, line: told.append((share, line)))
    bar.files(2)
    bar.part_done("a.jsonl", 0.5)
    bar.committed("a", Outcome.ADDED)
    bar.file_done("a.jsonl")
    assert told == [
        (0, "0 of 2 files read, 0 articles"),
        (0.125, "0 of 2 files read, 0 articles"),
        (0.25, "0 of 2 files read, 1 article"),
        (0.375, "1 of 2 files read, 1 article"),
    ]


def test_a_bar_over_nothing_is_not_full():
    """No files are no progress, and no error."""
    told: list[float] = []
    Bar(lambda share, _: told.append(share)).files(0)
    assert told == [0]


def report(**counts) -> AddReport:
    fields = {"added": 0, "updated": 0, "unchanged": 0, "duplicates": 0, "failed": ()}
    return AddReport(**fields | counts, documents=1, sentences=1, seconds=0.1)


def test_the_report_names_what_happened():
    """Added, duplicates and failures are counted, with the reasons, escaped."""
    failed = (Failure(path="/x/<b>.txt", reason="no text"),)
    line = report_line(report(added=38, duplicates=3, failed=failed))
    assert "<b>" not in line
    assert html.unescape(line) == (
        '<p class="report">38 added, 3 duplicates, 1 failed (<b>.txt: no text)</p>'
    )


def test_of_many_failures_the_first_reasons_are_given():
    """And how many more there are; where nothing was added, only they are told."""
    failed = tuple(Failure(path=f"/x/{number}", reason="no text") for number in range(1_007))
    line = html.unescape(report_line(report(failed=failed)))
    assert line.startswith('<p class="report">0 changed, 1,007 failed (0: no text; 1: no text; ')
    assert line.endswith("; 4: no text; and 1,002 more)</p>")


def test_nothing_new_is_said_so():
    """Adding the same files again says that nothing changed."""
    assert "0 changed, 38 unchanged" in html.unescape(report_line(report(unchanged=38)))
