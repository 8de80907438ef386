"""No input ends an `add`: what cannot be looked at is reported, and the rest goes in."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index import Failure
from index.intake import uploads
from index.read import find_files, read

ROOT = Path(__file__).parents[1]

_ADD_TWICE = """
import json, sys
from index import Archive
from tests.conftest import WordEncoder
with Archive.open(sys.argv[1], encoder=WordEncoder()) as archive:
    reports = [archive.add(sys.argv[2:]).as_json() for _ in range(2)]
    left = [one.as_json() for one in archive.failures()]
print(json.dumps([*reports, left]))
"""


@pytest.fixture(name="add_as_user", scope="session")
def _add_as_user(tmp_path_factory):
    """A function that adds paths twice in a process that permissions hold for.

    It returns both reports, and the failures that are remembered.
    """
    without_power = []
    if os.name == "nt" or not os.getuid():
        without_power = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        closed = tmp_path_factory.mktemp("closed")
        closed.chmod(0)
        listing = [*without_power, "ls", str(closed)]
        if not shutil.which("setpriv") or not subprocess.run(listing, check=False).returncode:
            pytest.skip("permissions hold for nobody here")

    def add(archive, *paths, cwd=ROOT):
        ran = subprocess.run(
            [*without_power, sys.executable, "-c", _ADD_TWICE, str(archive), *map(str, paths)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return add


@pytest.fixture(name="news")
def _news(tmp_path):
    """A folder with an article, and one in it with a file and a folder of another file."""
    folder = tmp_path / "news"
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("One died.")
    (folder / "closed" / "b.txt").write_text("Two fled.")
    (folder / "closed" / "inner" / "c.txt").write_text("Three came.")
    yield folder
    if (folder / "closed").exists():
        (folder / "closed").chmod(0o755)


@pytest.mark.parametrize(
    ("mode", "unread"),
    [
        (0o444, ["closed/b.txt", "closed/inner"]),  # may be listed, and not entered
        (0o000, ["closed"]),
        (0o111, ["closed"]),  # may be entered, and not listed
    ],
)
def test_a_folder_that_is_closed_is_reported(news, tmp_path, add_as_user, mode, unread):
    """What lies in it is named with the reason, as often as it is added; the rest is in."""
    (news / "closed").chmod(mode)
    *reports, left = add_as_user(tmp_path / "archive", news)
    for report in reports:
        assert report["documents"] == 1
        assert {one["path"] for one in report["failed"]} == {str(news / one) for one in unread}
        for failure in report["failed"]:
            assert "Permission denied; let your user" in failure["reason"]
        assert sorted(left, key=str) == sorted(report["failed"], key=str)


def test_a_file_that_may_not_be_read_is_reported(news, tmp_path, add_as_user):
    """As a folder is."""
    (news / "a.txt").chmod(0)
    for report in add_as_user(tmp_path / "archive", news)[:2]:
        (failure,) = report["failed"]
        assert failure["path"] == str(news / "a.txt")
        assert "Permission denied; let your user" in failure["reason"]
        assert report["documents"] == 2


def test_a_path_in_a_closed_folder_is_reported(news, tmp_path, add_as_user):
    """As one that cannot be opened, and not as one that is not there."""
    (news / "closed").chmod(0)
    report, _, _ = add_as_user(tmp_path / "archive", news / "closed" / "b.txt", news / "a.txt")
    (failure,) = report["failed"]
    assert failure["reason"].startswith("cannot be opened: Permission denied")
    assert report["documents"] == 1


def test_a_folder_that_was_opened_is_read(news, tmp_path, add_as_user):
    """Its articles go in, and no failure is left."""
    (news / "closed").chmod(0o444)
    add_as_user(tmp_path / "archive", news)
    (news / "closed").chmod(0o755)
    report, _, left = add_as_user(tmp_path / "archive", news)
    assert (report["documents"], report["failed"], left) == (3, [], [])


def test_a_closed_folder_can_be_left_out(news, monkeypatch):
    """A pattern that leaves it out spares its report; one that takes others does not."""
    refuse(monkeypatch, "scandir", news / "closed", errno.EACCES)
    assert list(find_files([news], exclude=["closed"])) == [news / "a.txt"]
    found, closed = find_files([news], include=["*.txt"])
    assert found == news / "a.txt"
    assert closed.path == str(news / "closed")


def refuse(monkeypatch, name, refused, code):
    """Let a function of the system fail for one path, as it does for nobody with power."""
    real = getattr(os, name)

    def fails(path, *args, **more):
        if not isinstance(path, int) and Path(os.fspath(path)) == refused:
            raise OSError(code, os.strerror(code), os.fspath(path))
        return real(path, *args, **more)

    monkeypatch.setattr(os, name, fails)


@pytest.mark.parametrize(
    ("code", "next_step"),
    [
        (errno.EACCES, "let your user read it"),
        (errno.ENAMETOOLONG, "path is shorter"),
        (errno.EIO, "check the disk"),
        (errno.EOVERFLOW, ""),
    ],
)
def test_a_file_that_cannot_be_looked_at_is_reported(news, monkeypatch, code, next_step):
    """With the reason and what to do, where that is known."""
    refused = news / "closed" / "b.txt"
    refuse(monkeypatch, "stat", refused, code)
    found = [
        one
        for file in find_files([news])
        for one in ([file] if isinstance(file, Failure) else read(file))
    ]
    (failure,) = (one for one in found if isinstance(one, Failure))
    assert failure.path == str(refused)
    assert failure.reason.startswith(f"cannot be opened: {os.strerror(code)}")
    assert next_step in failure.reason
    assert len(found) == 3


def test_a_folder_that_breaks_off_gives_what_was_listed(news, monkeypatch):
    """Of a failing disk the names that came are read, and that it failed is told."""
    real = os.scandir

    class Broken:
        def __init__(self, path):
            self.entries = real(path)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.entries.close()

        def __iter__(self):
            yield from self.entries
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "scandir", Broken)
    found = list(find_files([news]))
    assert [one for one in found if isinstance(one, Path)] == [
        news / "a.txt",
        news / "closed" / "b.txt",
        news / "closed" / "inner" / "c.txt",
    ]
    assert all("check the disk" in one.reason for one in found if isinstance(one, Failure))
    assert len(found) == 6


@pytest.mark.parametrize("target", ["nothing.txt", "../nothing.txt", "link.txt"])
def test_a_link_to_nothing_is_reported(news, archive, target):
    """Whether it would lead out of the folder, or into it, or to itself."""
    (news / "link.txt").symlink_to(target)
    report = archive.add([news])
    (failure,) = report.failed
    assert failure.path == str(news / "link.txt")
    assert "delete it" in failure.reason
    assert report.documents == 3
    assert archive.failures() == [failure]
    (named,) = archive.add([news / "link.txt"]).failed
    assert named == failure
    (news / "link.txt").unlink()
    archive.add([news])
    assert archive.failures() == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_names_that_are_no_text_are_read_or_reported(news, archive):
    """A name in another encoding is a file's like any other's; one of a link is shown so."""
    name = os.fsdecode("café.txt".encode("latin-1"))
    (news / name).write_text("Four left.")
    (news / os.fsdecode(b"\xff")).mkdir()
    (news / os.fsdecode(b"\xff") / name).write_text("Five stayed.")
    (news / os.fsdecode(b"\xfe")).symlink_to("nothing")
    report = archive.add([news])
    assert report.documents == 5
    (failure,) = report.failed
    assert failure.path == f"{news}/\ufffd"
    assert archive.add([news]).documents == 5


@pytest.mark.parametrize("depth", [1100, 2500])
def test_folders_in_folders_without_end(news, archive, depth):
    """Deeper than Python calls functions, and than the system takes a path: no error."""
    deep = news / "deep"
    make = (
        "import os\nfor _ in range(%d): os.mkdir('d'); os.chdir('d')\nopen('e.txt','w').write('E.')"
    )
    deep.mkdir()
    subprocess.run([sys.executable, "-c", make % depth], cwd=deep, check=True)
    try:
        report = archive.add([news])
        is_too_long = depth > 2000
        assert report.documents == 3 + (not is_too_long)
        assert len(report.failed) == is_too_long
        assert all("path is shorter" in one.reason for one in report.failed)
        assert len(archive.add([news]).failed) == is_too_long
    finally:
        subprocess.run(["rm", "-rf", deep], check=True)


def test_what_goes_away_while_it_is_looked_for(news, archive, monkeypatch):
    """A file and a folder that were listed and are gone: reported, and the rest is in."""
    real = os.scandir

    def scandir(path):
        if not isinstance(path, int) and Path(path) == news / "closed" / "inner":
            monkeypatch.undo()
            shutil.rmtree(news / "closed")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = archive.add([news])
    assert report.documents == 1
    assert {one.path for one in report.failed} == {
        str(news / "closed" / "b.txt"),
        str(news / "closed" / "inner"),
    }
    assert all("went away" in one.reason for one in report.failed)


def test_what_changes_while_it_is_read(tmp_path, archive, monkeypatch):
    """A file that has become a folder, a pipe, or nothing since it was found."""
    files = [tmp_path / f"{name}.txt" for name in ("folder", "gone", "kept", "pipe")]
    for file in files:
        file.write_text("One died.")
    real = uploads.own_among

    def change(folder, paths):
        for file in (files[0], files[1], files[3]):
            file.unlink()
        files[0].mkdir()
        os.mkfifo(files[3])
        return real(folder, paths)

    found = list(files)
    monkeypatch.setattr("index.archive.adding.find_files", lambda *args, **more: iter(found))
    monkeypatch.setattr(uploads, "own_among", change)
    report = archive.add([tmp_path])
    assert report.documents == 1
    assert [Path(one.path).stem for one in report.failed] == ["folder", "gone", "pipe"]


def test_a_folder_that_is_gone_from_under_us(tmp_path, monkeypatch, archive):
    """A path that starts from a working folder that was deleted is a failure."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    (failure,) = archive.add(["a.txt"]).failed
    assert failure.reason.startswith("no such file or folder")
