"""Who reads and writes an archive at the same time: processes, threads, what each sees."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index import Archive, Document, status_of
from index.errors import ArchiveLocked
from index.storage.store import Store

ROOT = Path(__file__).parent.parent
ADDRESS = "https://a.example/"


def ids(archive, query, **fields):
    return [hit.document.id for hit in archive.search(query, **fields).hits]


@pytest.fixture(name="locked")
def _locked(archive, put):
    """An archive with one article, to which another process is writing."""
    put(id="a", text="One died.")
    script = """
import sys
from pathlib import Path
from index.storage.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(archive.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield archive, process
        process.stdin.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda archive: archive.add_documents([]),
        lambda archive: archive.remove(["a"]),
        lambda archive: archive.verify(repair=True),
        lambda archive: archive.reencode(archive.encoder),
    ],
    ids=["add", "remove", "repair", "reencode"],
)
@pytest.mark.in_a_folder
def test_second_writer_is_told_who_writes(locked, write):
    """Whatever would write is refused at once, with the number of the process that does."""
    archive, process = locked
    with pytest.raises(ArchiveLocked, match=f"locked by process {process.pid}"):
        write(archive)


@pytest.mark.in_a_folder
def test_readers_are_not_locked_out(locked, encoder):
    """While another process writes, the archive is opened, searched, verified and counted."""
    archive, _ = locked
    assert ids(archive, "died") == ["a"]
    assert archive.verify().is_clean
    with Archive.open(archive.folder, encoder=encoder, create=False) as other:
        assert ids(other, "died") == ["a"]
    assert status_of(archive.folder).documents == 1


@pytest.mark.in_a_folder
def test_lock_dies_with_its_holder(locked):
    """When the process that writes is killed, the next may write at once."""
    archive, process = locked
    process.kill()
    process.wait()
    assert archive.add_documents([]).documents == 1


@pytest.mark.in_a_folder
def test_second_thread_is_refused(archive, put):
    """Two threads of one process are two writers."""
    with archive._backend.writing(), pytest.raises(ArchiveLocked, match=str(os.getpid())):
        put(id="a", text="One died.")


def test_readers_see_the_state_before_an_open_transaction(archive, put, encoder):
    """What is not committed is seen by nobody else, and hinders nobody."""
    put(id="a", text="One died.")
    with archive._backend.writing() as store, store.database.writing():
        store.remove("a")
        with Archive.open(archive.folder, encoder=encoder) as other:
            assert ids(other, "died") == ["a"]


def test_threads_that_ended_leave_no_connections(archive, put):
    """Each thread that reads has a connection, and the next one closes those of ended threads."""
    put(id="a", text="One died.")
    for _ in range(5):
        thread = threading.Thread(target=archive.status)
        thread.start()
        thread.join()
    assert len(archive._opened) == 2
    assert ids(archive, "died") == ["a"]


def test_threads_search_while_another_adds(archive, put, encoder):
    """Searches in two threads are right throughout what a third one adds."""
    put(id="d0", text="Number 0 died.")
    wrong, stop = [], threading.Event()

    def is_right(hit):
        text = f"Number {hit.document.id[1:]} died."
        cosine = float(encoder.vector(f" {text}") @ encoder.vector("who died?"))
        return hit.document.text == text and abs(hit.cosine - cosine) < 1e-5

    def search():
        try:
            while not stop.is_set():
                hits = archive.search("who died?", top_k=50).hits
                wrong.extend(hit for hit in hits if not is_right(hit))
        except Exception as error:  # noqa: BLE001 - a thread's error would be lost
            wrong.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 25):
        put(id=f"d{number}", text=f"Number {number} died.")
        if number % 6 == 0:
            archive.remove([f"d{number - 1}"])
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(ids(archive, "who died?", top_k=50)) == 21


def test_listing_leaves_out_what_is_removed_meanwhile(archive, put):
    """Documents are listed one by one; what another removes before its turn is not among them."""
    put(*({"id": one, "text": f"Number {one} died."} for one in "abc"))
    listing = archive.documents()
    assert next(listing).id == "a"
    archive.remove(["b"])
    assert [one.id for one in listing] == ["c"]


def test_listing_while_another_updates(archive, put, encoder, monkeypatch):
    """A document whose text another changes as it is read is the former one, whole."""
    put(id="a", text="One died.", url=ADDRESS)
    real = Store.text

    def text_after_an_update(store, content):
        monkeypatch.setattr(Store, "text", real)
        with Archive.open(archive.folder, encoder=encoder) as other:
            later = Document(id="a", text="Two died.", path="/a.txt", url=ADDRESS)
            other.add_documents([later])
        return real(store, content)

    monkeypatch.setattr(Store, "text", text_after_an_update)
    assert [one.text for one in archive.documents()] == ["One died."]
    assert [one.text for one in archive.documents()] == ["Two died."]
