"""Where an archive can be, what is no archive, and what the system refuses."""

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import apsw
import pytest

from index import Archive, Document, OnRecordError, status_of
from index.errors import ArchiveFull, ArchiveReadOnly, NoArchive, UnsupportedArchive
from index.folders import FILE_NAME

ROOT = Path(__file__).parent.parent


def ids(archive, query, **fields):
    return [hit.document.id for hit in archive.search(query, **fields).hits]


def test_no_archive(tmp_path):
    """An archive that is not there is not made when it is not to be."""
    with pytest.raises(NoArchive, match="onrecord add"):
        Archive.open(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()


def test_status_of_no_archive(tmp_path):
    """The status of an archive that is not there is zeros, and it is still not there."""
    status = status_of(tmp_path / "none")
    assert (status.exists, status.documents, status.sentences) == (False, 0, 0)
    assert not (tmp_path / "none").exists()


def test_status(archive, put, encoder):
    """The status counts, names the encoder and the dates, and loads no model."""
    put(
        {
            "id": "a",
            "text": "One died. Two fled.",
            "source": "AP",
            "published": dt.date(2018, 1, 2),
        },
        {
            "id": "b",
            "text": "One died. Two fled.",
            "source": "ap",
            "published": dt.date(2019, 1, 2),
        },
        {"id": "c", "text": "Three came."},
    )
    status = status_of(archive.folder)
    assert (status.documents, status.texts, status.sentences, status.passages) == (3, 2, 3, 2)
    assert (status.undated, status.first_published, status.last_published) == (
        1,
        "2018-01-02",
        "2019-01-02",
    )
    assert (status.encoder, status.dimension, status.pooling) == ("words", 32, "mean")
    assert status.encoder_sha256 == encoder.identity.sha256
    assert sorted(status.sources.values()) == [1, 2]
    assert status.store_bytes > 0
    assert status.vector_bytes > 0


@pytest.mark.in_a_folder
def test_newer_archive_is_refused(archive):
    """Tables of a newer version are refused, with both versions and what to do."""
    archive.close()
    connection = apsw.Connection(str(archive.folder / FILE_NAME))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (archive.folder / FILE_NAME).read_bytes()
    with pytest.raises(UnsupportedArchive, match=r"version 99.*pip install --upgrade"):
        Archive.open(archive.folder)
    assert (archive.folder / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("kind", ["sqlite", "text", "random"])
@pytest.mark.in_a_folder
def test_foreign_file_is_refused_untouched(tmp_path, kind):
    """A file that is no archive is refused, and not a byte of it changed."""
    path = tmp_path / FILE_NAME
    if kind == "sqlite":
        connection = apsw.Connection(str(path))
        connection.execute("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)")
        connection.close()
    else:
        path.write_bytes(b"no archive at all\n" * 99 if kind == "text" else os.urandom(9000))
    before = path.read_bytes()
    with pytest.raises(UnsupportedArchive, match="is not an On Record archive"):
        Archive.open(tmp_path)
    assert path.read_bytes() == before


def test_empty_file_becomes_an_archive(tmp_path, encoder):
    """A file of no bytes, left by a crash at the very beginning, is made an archive."""
    (tmp_path / FILE_NAME).touch()
    with Archive.open(tmp_path, encoder=encoder) as archive:
        assert archive.verify().is_clean


@pytest.mark.in_a_folder
def test_file_in_the_place_of_the_folder(tmp_path):
    """Where the folder cannot be made, that is said."""
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveReadOnly, match="--archive"):
        Archive.open(tmp_path / "file" / "archive")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "with space",
            "ünï",
            "日本",
            "a'b",
            'a"b',
            "a?b",
            "a#b",
            "a%20b",
            "a;b",
            "-a",
            "~a",
            "file:x",
        ),
        *("a\nb", "\U0001f600", "a&mode=memory", ":memory:", "..a", "a\\b", "x" * 200),
    ],
)
@pytest.mark.in_a_folder
def test_archive_in_any_folder(tmp_path, encoder, name):
    """An archive may lie in a folder of any name, and lies nowhere else."""
    folder = tmp_path / name / "archive"
    with Archive.open(folder, encoder=encoder) as archive:
        archive.add_documents([Document(id="a", text="One died.", path="/a")])
    assert (folder / FILE_NAME).is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert status_of(folder).documents == 1


@pytest.mark.parametrize("name", ["x" * 300, "~nobody-of-that-name/a", "a\x00b"])
@pytest.mark.in_a_folder
def test_folder_that_cannot_be(tmp_path, monkeypatch, name):
    """A path that can be no folder is an error of ours, to open and to ask for its status."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OnRecordError, match=name[:1]):
        Archive.open(name)
    with pytest.raises(OnRecordError, match=name[:1]):
        status_of(name)


# What the system refuses


def said_by(script, *args):
    """What a process of its own prints, which ends well and without a warning."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(name="open_folder")
def _open_folder():
    """A folder that any user of the machine may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.in_a_folder
def test_read_only_folder(open_folder, encoder):
    """In a folder that may not be written, reading goes on and writing is refused."""
    if os.name == "nt":
        pytest.skip("permissions are not modes there")
    folder = open_folder / "archive"
    with Archive.open(folder, encoder=encoder) as archive:
        archive.add_documents([Document(id="a", text="One died.", path="/a")])
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    script = """
import os, runpy, sys
import numpy.random  # the user that we become may not read it
from index import Archive, Document, status_of
from index.errors import ArchiveReadOnly
encoder = runpy.run_path("tests/conftest.py")["WordEncoder"]()
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
archive = Archive.open(sys.argv[1], encoder=encoder)
assert [hit.document.id for hit in archive.search("died").hits] == ["a"]
assert archive.verify().is_clean
assert status_of(sys.argv[1]).documents == 1
for write in (
    lambda: archive.add_documents([Document(id="b", text="Two fled.", path="/b")]),
    lambda: archive.remove(["a"]),
    lambda: Archive.open(sys.argv[1] + "/deeper", encoder=encoder),
):
    try:
        write()
    except ArchiveReadOnly as error:
        print(error)
"""
    said = said_by(script, folder)
    refused = said.splitlines()
    assert len(refused) == 3
    assert all(str(folder) in line for line in refused)


@pytest.mark.in_a_folder
def test_folder_that_may_not_be_entered(open_folder):
    """It is reported; what came from it before is not taken for gone."""
    if os.name == "nt":
        pytest.skip("permissions are not modes there")
    news = open_folder / "news"
    news.mkdir()
    (news / "a.txt").write_text("One died.")
    (open_folder / "archive").mkdir(mode=0o777)
    (open_folder / "archive").chmod(0o777)
    script = """
import os, runpy, sys
import numpy.random  # the user that we become may not read it
from pathlib import Path
from index import Archive
encoder = runpy.run_path("tests/conftest.py")["WordEncoder"]()
with Archive.open(sys.argv[1] + "/archive", encoder=encoder) as archive:
    archive.add([sys.argv[1] + "/news"])
for path in Path(sys.argv[1], "archive").iterdir():
    path.chmod(0o666)
Path(sys.argv[1], "news").chmod(0)
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
with Archive.open(sys.argv[1] + "/archive", encoder=encoder) as archive:
    report = archive.add([sys.argv[1] + "/news"], prune=True)
print(len(report.failed), report.vanished, report.pruned, report.documents)
"""
    said = said_by(script, open_folder)
    assert said.strip() == "1 () 0 1"


@pytest.mark.parametrize("log_mode", [0o444, 0], ids=["readable", "closed"])
@pytest.mark.in_a_folder
def test_read_only_folder_with_a_log(open_folder, log_mode):
    """What a crash left in the log is missed where the log cannot be used, never passed by."""
    if os.name == "nt":
        pytest.skip("permissions are not modes there")
    folder = open_folder / "archive"
    script = """
import os, runpy, sys
from index import Archive, Document, status_of
from index.errors import ArchiveReadOnly
folder, step = sys.argv[1:]
encoder = runpy.run_path("tests/conftest.py")["WordEncoder"]()
if step == "crash":
    Archive.open(folder, encoder=encoder).add_documents([Document(id="a", text="One.", path="/a")])
    os._exit(0)
import numpy.random  # the user that we become may not read it
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
for read in (lambda: Archive.open(folder, encoder=encoder), lambda: status_of(folder)):
    try:
        read()
    except ArchiveReadOnly as error:
        print(error)
"""
    said_by(script, folder, "crash")
    log = folder / "archive.sqlite-wal"
    assert log.stat().st_size
    (folder / "archive.sqlite-shm").unlink()
    for path in folder.iterdir():
        path.chmod(0o444)
    log.chmod(log_mode)
    folder.chmod(0o555)
    refused = said_by(script, folder, "read").splitlines()
    assert len(refused) == 2
    assert all(str(log) in line and "onrecord verify" in line for line in refused)


def _long_articles(count):
    for number in range(count):
        text = "".join(f"Word{number}x{n} came. " for n in range(300))
        yield Document(id=f"d{number}", text=text, path="/a")


@pytest.mark.in_a_folder
def test_full_disk(tmp_path, encoder, recorder, monkeypatch):
    """On a full disk the error says so, reading goes on, and nothing acknowledged is lost."""
    monkeypatch.setattr("index.intake.ingest._BATCH_DOCUMENTS", 1)
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only a superuser who may mount can fill a disk of 1 MB")
    try:
        with Archive.open(disk / "archive", encoder=encoder) as archive:
            with pytest.raises(ArchiveFull, match="space"):
                archive.add_documents(_long_articles(200), progress=recorder)
            acknowledged = [document_id for document_id, _ in recorder.told]
            assert len(acknowledged) > 3
            assert [one.id for one in archive.documents()] == acknowledged
            assert ids(archive, "word1x5", top_k=1) == ["d1"]
        with Archive.open(disk / "archive", encoder=encoder) as archive:
            assert archive.verify().is_clean
            subprocess.run(
                ["mount", "-o", "remount,size=8m", str(disk)], check=True, capture_output=True
            )
            archive.add_documents([Document(id="more", text="One died.", path="/a")])
            assert archive.verify().is_clean
            assert archive.document("more").text == "One died."
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


@pytest.mark.in_a_folder
def test_full_database(archive, put):
    """When SQLite has no room for a transaction, none of it is kept and the rest is."""
    put(id="a", text="One died.")
    with archive._backend.writing() as store:
        ((pages,),) = store.database.execute("PRAGMA page_count")
        store.database.execute(f"PRAGMA max_page_count = {pages}")
        store.database.execute("CREATE TEMP TABLE large AS SELECT hex(randomblob(100000)) AS text")
        with pytest.raises(ArchiveFull), store.database.writing():
            store.database.execute("UPDATE contents SET text = (SELECT text FROM large)")
    assert archive.verify().is_clean
    assert ids(archive, "died") == ["a"]
