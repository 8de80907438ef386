"""FAISS files are derived: damaged, deleted or exchanged, the answers are the same."""

import hashlib
import random

import apsw
import pytest

from index import Archive, ArchiveError, ArchiveFull, Document
from index.snapshots import Snapshots
from index.vectors import VectorIndex

QUERIES = ["militants attack town", "army desert pursuit", "court sentence", "word7", "nothing"]


def documents(first, count):
    """Articles of words that no two share in the same numbers."""
    numbers = random.Random(first)
    words = "army desert militants attack town court sentence pursuit police city".split()
    for number in range(first, first + count):
        picked = " ".join(numbers.choices(words, k=12))
        text = f"The {picked} word{number}. Then {numbers.choice(words)} came."
        yield Document(id=f"d{number}", text=text, path=f"/{number}.txt")


def answers(archive, queries=QUERIES):
    """What a user sees of a search: documents, places and exact scores, in order."""
    return [
        [
            (hit.document.id, hit.passage.start, hit.score, hit.sentence_cosines)
            for hit in archive.search(query, top_k=20).hits
        ]
        for query in queries
    ]


def snapshot_files(folder):
    return sorted(folder.glob("passages-*"))


@pytest.fixture(name="folder")
def _folder(tmp_path, encoder):
    """An archive with two snapshots, of 30 and of 60 documents, and its answers."""
    with Archive.open(tmp_path / "a", encoder=encoder) as archive:
        archive.add_documents(documents(0, 30))
        archive.add_documents(documents(30, 30))
    return tmp_path / "a"


@pytest.fixture(name="expected")
def _expected(folder, encoder):
    with Archive.open(folder, encoder=encoder) as archive:
        return answers(archive)


def test_two_snapshots_are_kept(folder, encoder):
    """However often is added, the newest two files are kept, and the manifest names them."""
    with Archive.open(folder, encoder=encoder) as archive:
        for first in (60, 65, 70):
            archive.add_documents(documents(first, 5))
        report = archive.verify()
    assert report.snapshots == 2
    assert report.is_clean
    rows = apsw.Connection(str(folder / "archive.sqlite")).execute(
        "SELECT file, sha256, passages FROM snapshots ORDER BY generation"
    )
    named = {file: (sha256, passages) for file, sha256, passages in rows}
    files = snapshot_files(folder)
    assert [path.name for path in files] == sorted(named)
    for path in files:
        raw = path.read_bytes()
        sha256, passages = named[path.name]
        assert hashlib.sha256(raw).hexdigest() == sha256
        assert len(VectorIndex.from_bytes(raw, dimension=32)) == passages


def test_deleted_snapshots_make_no_difference(folder, encoder, expected):
    """With every FAISS file deleted, the archive answers the same."""
    for path in snapshot_files(folder):
        path.unlink()
    with Archive.open(folder, encoder=encoder) as archive:
        assert answers(archive) == expected
        assert archive.verify().findings[0].remedy == "onrecord verify --repair"
        assert archive.verify(repair=True).is_clean
        assert answers(archive) == expected
    assert len(snapshot_files(folder)) == 1


def test_missing_newest_falls_back_on_the_older(folder, encoder, expected, monkeypatch):
    """Without the newest file the older one is used, with the tail from SQLite."""
    snapshot_files(folder)[-1].unlink()
    loaded = []
    real = Snapshots.load

    def load(self, store, **fields):
        index = real(self, store, **fields)
        loaded.append(len(index))
        return index

    monkeypatch.setattr(Snapshots, "load", load)
    with Archive.open(folder, encoder=encoder) as archive:
        assert answers(archive) == expected
    assert loaded == [30]


def _damage(kind, raw, numbers):
    if kind == "flip":
        damaged = bytearray(raw)
        place = numbers.randrange(len(raw))
        damaged[place] ^= 1 << numbers.randrange(8)
        return bytes(damaged)
    if kind == "truncate":
        return raw[: numbers.randrange(len(raw))]
    if kind == "zeros":
        place = numbers.randrange(len(raw))
        return raw[:place] + bytes(len(raw[place : place + 512])) + raw[place + 512 :]
    return raw + b"x"


@pytest.mark.parametrize("kind", ["flip", "truncate", "longer"])
def test_damaged_snapshot_is_never_used(folder, encoder, expected, kind):
    """A file that is not what was written is passed over, found by `verify`, and mended."""
    numbers = random.Random(kind)
    files = snapshot_files(folder)
    whole = [path.read_bytes() for path in files]
    for _ in range(8):
        for path, raw in zip(files, whole, strict=True):
            path.write_bytes(_damage(kind, raw, numbers))
        with Archive.open(folder, encoder=encoder) as archive:
            assert answers(archive) == expected
            found = {finding.what.split(":")[0] for finding in archive.verify().findings}
            assert found == {f"snapshot {path.name}" for path in files}


def test_swapped_snapshots_are_not_used(folder, encoder, expected):
    """Two whole files under each other's names are passed over."""
    one, two = snapshot_files(folder)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    with Archive.open(folder, encoder=encoder) as archive:
        assert answers(archive) == expected
        assert len(archive.verify().findings) == 2


def test_snapshot_of_another_archive_is_not_used(folder, encoder, expected, tmp_path):
    """A whole file from elsewhere is passed over."""
    with Archive.open(tmp_path / "b", encoder=encoder) as other:
        other.add_documents(documents(500, 60))
    foreign = snapshot_files(tmp_path / "b")[-1].read_bytes()
    for path in snapshot_files(folder):
        path.write_bytes(foreign)
    with Archive.open(folder, encoder=encoder) as archive:
        assert answers(archive) == expected


def test_folder_in_the_place_of_a_snapshot(folder, encoder, expected):
    """A folder under a snapshot's name hinders nobody."""
    path = snapshot_files(folder)[-1]
    path.unlink()
    path.mkdir()
    with Archive.open(folder, encoder=encoder) as archive:
        assert answers(archive) == expected


def test_leftover_files_are_swept(folder, encoder):
    """Files that the manifest does not name, from a crash, go with the next writing."""
    leftovers = ["passages-00000009.faiss", "passages-00000009.faiss.tmp"]
    for name in leftovers:
        (folder / name).write_bytes(b"half")
    (folder / "notes.txt").write_bytes(b"mine")
    with Archive.open(folder, encoder=encoder) as archive:
        archive.add_documents(documents(60, 1))
    assert not any((folder / name).exists() for name in leftovers)
    assert (folder / "notes.txt").exists()


def test_small_additions_do_not_write_a_snapshot(folder, encoder, monkeypatch):
    """Few new passages stay the tail that SQLite gives; many make a new snapshot."""
    monkeypatch.setattr("index.snapshots._ALWAYS_KEPT", 0)
    monkeypatch.setattr("index.snapshots._STALE_SHARE", 0.1)
    before = snapshot_files(folder)
    with Archive.open(folder, encoder=encoder) as archive:
        archive.add_documents(documents(60, 3))
        assert snapshot_files(folder) == before
        assert archive.search("word61", top_k=1).hits[0].document.id == "d61"
        archive.add_documents(documents(63, 30))
        assert snapshot_files(folder) != before


def test_full_disk_costs_the_snapshot_alone(folder, encoder, expected):
    """When the disk is full for a snapshot, the documents are in and the old one remains."""

    class Full:
        """Points the next snapshot at a device that is always full."""

        def files(self, total): ...

        def file_done(self, path): ...

        def committed(self, document_id, outcome):
            (folder / "passages-00000003.faiss.tmp").symlink_to("/dev/full")

    with Archive.open(folder, encoder=encoder) as archive:
        with pytest.raises(ArchiveFull, match="documents are safe"):
            archive.add_documents(documents(60, 1), progress=Full())
        assert archive.document("d60").id == "d60"
        assert answers(archive) != expected
        assert archive.verify().is_clean
        assert len(snapshot_files(folder)) == 2
        archive.add_documents(documents(61, 1))
        assert archive.verify().is_clean


def test_snapshot_that_cannot_be_written(folder, encoder):
    """Another reason for which a snapshot cannot be written is an error with the path."""
    with Archive.open(folder, encoder=encoder) as archive, archive._writing() as store:
        with pytest.raises(ArchiveError, match="cannot be written"):
            Snapshots(folder / "no such folder")._write("x", b"")
        assert len(store.snapshots()) == 2


def test_newest_snapshot_of_another_encoder_is_passed_over(folder, encoder, expected):
    """A snapshot made with another encoder is never loaded."""
    connection = apsw.Connection(str(folder / "archive.sqlite"))
    connection.execute("UPDATE snapshots SET encoder_sha256 = 'other'")
    connection.close()
    with Archive.open(folder, encoder=encoder) as archive:
        assert answers(archive) == expected


def test_search_sees_what_another_connection_removed(folder, encoder):
    """An archive that is open drops from its index what another one has removed."""
    with Archive.open(folder, encoder=encoder) as reader:
        assert reader.search("word7", top_k=1).hits[0].document.id == "d7"
        with Archive.open(folder, encoder=encoder) as writer:
            writer.remove(["d7"])
            writer.add_documents(documents(60, 2))
        found = [hit.document.id for hit in reader.search("word7", top_k=100).hits]
        assert "d7" not in found
        assert len(found) == 61
        store = reader._store()
        assert sorted(reader._current_index(store).ids()) == list(store.passage_ids())
