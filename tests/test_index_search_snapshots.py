"""FAISS files are derived: damaged, deleted or exchanged, the answers are the same."""

import contextlib
import errno
import hashlib
import io
import random
import threading
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest

from index import Archive, ArchiveError, Document, Silent
from index.errors import ArchiveFull, ArchiveLocked
from index.search.retraining import Retraining
from index.search.snapshots import Snapshots
from index.search.tiers import Tier, fits_in_memory, is_outgrown, lists_for
from index.search.vectors import VectorIndex

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
        assert len(VectorIndex.read(io.BytesIO(raw), dimension=32)) == passages


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
    assert files
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


def test_folder_that_cannot_be_listed(folder, encoder, monkeypatch):
    """What may be swept later is; what must go now is an error that names the folder."""

    def no_handles(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    with Archive.open(folder, encoder=encoder) as archive, monkeypatch.context() as patch:
        patch.setattr(Path, "glob", no_handles)
        archive.add_documents([Document(id="new", text="New people came.", path="/n")])
        with pytest.raises(ArchiveError, match="Too many open files") as caught:
            archive.remove(["new"])
        assert str(folder) in str(caught.value)
        assert "new" not in [hit.document.id for hit in archive.search("new").hits]


def test_small_additions_do_not_write_a_snapshot(folder, encoder, monkeypatch):
    """Few new passages stay the tail that SQLite gives; many make a new snapshot."""
    monkeypatch.setattr("index.search.snapshots._ALWAYS_KEPT", 0)
    monkeypatch.setattr("index.search.snapshots._STALE_SHARE", 0.1)
    before = snapshot_files(folder)
    with Archive.open(folder, encoder=encoder) as archive:
        archive.add_documents(documents(60, 3))
        assert snapshot_files(folder) == before
        assert archive.search("word61", top_k=1).hits[0].document.id == "d61"
        archive.add_documents(documents(63, 30))
        assert snapshot_files(folder) != before


def test_full_disk_costs_the_snapshot_alone(folder, encoder, expected):
    """When the disk is full for a snapshot, the documents are in and the old one remains."""

    class Full(Silent):
        """Points the next snapshot at a device that is always full."""

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


@pytest.mark.parametrize(("code", "quota"), [(28, 122), (122, 122), (69, 69)])
def test_full_disk_by_any_number(folder, encoder, monkeypatch, code, quota):
    """A full disk and a used-up quota are told as such, by Linux's number and by macOS's."""

    def fail(handle):
        raise OSError(code, "no room")

    monkeypatch.setattr(errno, "EDQUOT", quota)
    with Archive.open(folder, encoder=encoder) as archive:
        archive.remove(["d1"])
        monkeypatch.setattr("index.search.snapshots.os.fsync", fail)
        with pytest.raises(ArchiveFull, match="documents are safe"):
            archive.verify(repair=True)


def test_snapshot_that_cannot_be_written(folder, encoder):
    """Another reason for which a snapshot cannot be written is an error with the path."""
    with Archive.open(folder, encoder=encoder) as archive, archive._backend.writing() as store:
        with pytest.raises(ArchiveError, match="cannot be written"):
            Snapshots(folder / "no such folder")._write("x", VectorIndex(32))
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
        assert sorted(reader._backend.current_index(store, reader.encoder.identity).ids()) == list(
            store.passage_ids()
        )


# Tiers


@pytest.mark.parametrize(
    ("passages", "lists"),
    [(0, 0), (50_000, 0), (50_001, 1_024), (1_000_000, 4_096), (10**7, 16_384), (10**9, 16_384)],
)
def test_lists_grow_with_the_archive(passages, lists):
    """Small archives have no lists; large ones about four times the root of their passages."""
    assert lists_for(passages) == lists


def test_outgrown_after_fourfold_growth():
    """Lists are made anew at each fourfold growth, and given up when half of the least is left."""
    changes = [
        count
        for count in range(1_000, 4_000_000, 1_000)
        if is_outgrown(lists_for(count - 1_000), count)
    ]
    assert changes == [51_000, 132_000, 525_000, 2_098_000]
    assert not is_outgrown(1_024, 25_000)
    assert is_outgrown(1_024, 24_000)


@pytest.mark.parametrize(
    ("said", "fits"), [("100000000\n", False), ("max\n", True), ("9223372036854771712\n", True)]
)
def test_a_containers_limit_counts(monkeypatch, tmp_path, said, fits):
    """An index of 50 MB is held in memory, but not by a container that may have 100 MB."""
    monkeypatch.setattr(
        "index.search.tiers.CONTAINER_LIMITS", (tmp_path / "none", tmp_path / "limit")
    )
    assert fits_in_memory(50_000_000)
    (tmp_path / "limit").write_text(said)
    assert fits_in_memory(50_000_000) is fits


@pytest.fixture(name="small_tiers")
def _small_tiers(monkeypatch):
    """Archives of more than 100 passages have lists, and few of these are searched."""
    monkeypatch.setattr("index.search.tiers.EXACT_UP_TO", 100)
    monkeypatch.setattr("index.search.vectors._LEAST_PROBED", 16)


def tier(folder):
    with Archive.open(folder) as archive:
        return archive.status().tier


@pytest.fixture(name="large")
def _large(tmp_path, encoder, small_tiers):
    """An archive of 400 passages, which has lists."""
    with Archive.open(tmp_path / "large", encoder=encoder) as archive:
        archive.add_documents(documents(0, 400))
    return tmp_path / "large"


@pytest.fixture(name="exactly")
def _exactly(tmp_path, encoder, monkeypatch):
    """What an archive of the same documents answers that has no lists."""
    with monkeypatch.context() as patch:
        patch.setattr("index.search.tiers.EXACT_UP_TO", 10_000)
        with Archive.open(tmp_path / "exact", encoder=encoder) as archive:
            archive.add_documents(documents(0, 400))
            return answers(archive)


def alike(found, expected):
    """The share of the ten best hits of each query that are the same."""
    shares = [
        len({hit[:2] for hit in some[:10]} & {hit[:2] for hit in others[:10]}) / 10
        for some, others in zip(found, expected, strict=True)
    ]
    return sum(shares) / len(shares)


def test_archive_that_grows_gets_lists(large, encoder, exactly):
    """When it is closed after an `add`, an archive has the form that suits its size."""
    assert tier(large) == Tier.LISTS
    assert [path.name for path in snapshot_files(large)] == ["passages-00000001-64-lists.faiss"]
    with Archive.open(large, encoder=encoder) as archive:
        assert alike(answers(archive), exactly) >= 0.97
        assert (
            archive._backend.current_index(archive._store(), archive.encoder.identity).tier
            == Tier.LISTS
        )
        assert archive.verify().is_clean


def test_scores_are_the_same_in_every_tier(large, encoder, exactly):
    """Lists choose what is scored; the scores are those of the exact vectors."""
    scores = {hit[:2]: hit[2:] for some in exactly[:1] for hit in some}
    with Archive.open(large, encoder=encoder) as archive:
        found = {hit[:2]: hit[2:] for hit in answers(archive, QUERIES[:1])[0]}
    both = scores.keys() & found.keys()
    assert len(both) >= 15
    assert all(scores[one] == found[one] for one in both)


def test_archive_that_shrinks_is_exact_again(large, encoder):
    """Lists are given up when few passages are left."""
    with Archive.open(large, encoder=encoder) as archive:
        archive.remove([f"d{number}" for number in range(40, 400)])
    assert tier(large) == Tier.EXACT
    with Archive.open(large, encoder=encoder) as archive:
        assert archive.search("word7", top_k=1).hits[0].document.id == "d7"
        assert archive.verify().is_clean


def test_removal_keeps_the_lists(large, encoder):
    """After a removal one snapshot is left, of the same lists, without what was removed."""
    with Archive.open(large, encoder=encoder) as archive:
        archive.remove(["d7"])
        (path,) = snapshot_files(large)
        assert path.name == "passages-00000001-64-lists.faiss"
        index = archive._backend._snapshots.load(
            archive._store(), dimension=32, encoder_sha256=encoder.identity.sha256
        )
        assert len(index) == 399
        assert "d7" not in [hit.document.id for hit in archive.search("word7", top_k=400).hits]


def test_lists_are_made_anew_after_growth(large, encoder):
    """Four times the passages are twice the lists; what came since the last is found before."""
    with Archive.open(large, encoder=encoder) as archive:
        archive.add_documents(documents(400, 100))
        assert archive.search("word450", top_k=1).hits[0].document.id == "d450"
        archive.add_documents(documents(500, 500))
    assert snapshot_files(large)[-1].name.endswith("-128-lists.faiss")
    with Archive.open(large, encoder=encoder) as archive:
        for number in (3, 450, 999):
            found = archive.search(f"word{number}", top_k=1).hits[0]
            assert found.document.id == f"d{number}"


def test_open_archive_goes_over_to_the_lists(tmp_path, encoder, small_tiers):
    """Who has an archive open answers from the old index, then from the new one, all the same."""
    folder = tmp_path / "a"
    with Archive.open(folder, encoder=encoder) as reader:
        with Archive.open(folder, encoder=encoder) as writer:
            writer.add_documents(documents(0, 90))
        assert reader.search("word7", top_k=1).hits[0].document.id == "d7"
        assert reader._backend._index.tier == Tier.EXACT
        with Archive.open(folder, encoder=encoder) as writer:
            writer.add_documents(documents(90, 310))
        assert reader.search("word399", top_k=1).hits[0].document.id == "d399"
        assert reader._backend._index.tier == Tier.LISTS


def test_questions_while_lists_are_made(tmp_path, encoder, small_tiers, monkeypatch):
    """The archive answers and is written to while its lists are being made."""
    begun, go_on = threading.Event(), threading.Event()
    real = VectorIndex.trained.__func__

    def slowly(cls, sample, *, lists):
        begun.set()
        assert go_on.wait(60)
        return real(cls, sample, lists=lists)

    monkeypatch.setattr(VectorIndex, "trained", classmethod(slowly))
    with Archive.open(tmp_path / "a", encoder=encoder) as archive:
        archive.add_documents(documents(0, 300))
        assert begun.wait(60)
        assert archive.search("word7", top_k=1).hits[0].document.id == "d7"
        archive.remove(["d7"])
        archive.add_documents(documents(300, 20))
        assert archive.search("word310", top_k=1).hits[0].document.id == "d310"
        assert archive._backend._index.tier == Tier.EXACT
        go_on.set()
        archive._backend._retraining.wait()
        assert "d7" not in [hit.document.id for hit in archive.search("word7", top_k=400).hits]
        assert archive.search("word310", top_k=1).hits[0].document.id == "d310"
        assert archive._backend._index.tier == Tier.LISTS
        assert sorted(archive._backend._index.ids()) == list(archive._store().passage_ids())


def test_two_threads_that_find_lists_due_make_them_once(monkeypatch):
    """However many threads search, one index is made at a time, and `wait` waits for it."""
    both, go_on, begun = threading.Barrier(2), threading.Event(), []

    class Due:
        def is_outgrown(self, store):
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(0.5)  # where two may ask at a time, both are told so
            return True

    monkeypatch.setattr(Retraining, "_run", lambda self: begun.append(go_on.wait(60)))
    nothing = contextlib.nullcontext
    retraining = Retraining(Due(), reading=nothing, writing=nothing)
    store = SimpleNamespace(encoder=object)
    threads = [
        threading.Thread(target=retraining.start_if_due, args=[store]) for _ in range(both.parties)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    go_on.set()
    retraining.wait()
    assert begun == [True]


def test_lists_wait_for_another_writer(tmp_path, encoder, small_tiers, monkeypatch):
    """Lists that are ready while somebody writes are kept afterwards."""
    with Archive.open(tmp_path / "a", encoder=encoder) as archive:
        with archive._backend.writing() as store:
            monkeypatch.setattr("index.search.retraining._PATIENCE_SECONDS", 0)
            archive._backend._retraining.wait()
            assert store.snapshots() == []
        archive.add_documents(documents(0, 300))
        with contextlib.suppress(ArchiveLocked), archive._backend.writing():
            archive._backend._retraining.wait()
        archive._backend._retraining.start_if_due(archive._store())
    assert tier(tmp_path / "a") == Tier.LISTS


def test_full_disk_while_lists_are_made(tmp_path, encoder, small_tiers):
    """Lists that find no room on the disk are an error when the archive is closed, and no loss."""
    folder = tmp_path / "a"
    archive = Archive.open(folder, encoder=encoder)
    (folder / "passages-00000001-64-lists.faiss.tmp").symlink_to("/dev/full")
    monkey = archive._backend._snapshots.sweep
    archive._backend._snapshots.sweep = lambda store: None
    archive.add_documents(documents(0, 300))
    with pytest.raises(ArchiveFull, match="documents are safe"):
        archive.close()
    archive._backend._snapshots.sweep = monkey
    with Archive.open(folder, encoder=encoder) as archive:
        assert archive.search("word7", top_k=1).hits[0].document.id == "d7"
        assert archive.verify(repair=True).is_clean
    assert tier(folder) == Tier.LISTS


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("std::bad_alloc")])
def test_no_memory_for_lists(tmp_path, encoder, small_tiers, monkeypatch, error):
    """Lists that memory has no room to make are an error when the archive is closed, no loss."""

    def fail(cls, sample, *, lists):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(VectorIndex, "trained", classmethod(fail))
        archive = Archive.open(tmp_path / "a", encoder=encoder)
        archive.add_documents(documents(0, 300))
        with pytest.raises(ArchiveError, match="documents are safe") as caught:
            archive.close()
    assert caught.value.__cause__ is error
    with Archive.open(tmp_path / "a", encoder=encoder) as archive:
        assert archive.search("word7", top_k=1).hits[0].document.id == "d7"


@pytest.mark.parametrize("kind", ["flip", "truncate", "longer"])
def test_damaged_lists_are_never_used(large, encoder, exactly, kind):
    """Without whole lists every vector of SQLite is compared, until they are made anew."""
    numbers = random.Random(kind)
    (path,) = snapshot_files(large)
    whole = path.read_bytes()
    for _ in range(4):
        path.write_bytes(_damage(kind, whole, numbers))
        with Archive.open(large, encoder=encoder) as archive:
            assert answers(archive) == exactly
            assert [one.what.split(":")[0] for one in archive.verify().findings] == [
                f"snapshot {path.name}"
            ]
    with Archive.open(large, encoder=encoder) as archive:
        assert archive.verify(repair=True).is_clean
    assert tier(large) == Tier.LISTS


def test_lists_too_large_for_memory_stay_on_disk(large, encoder, exactly, monkeypatch):
    """Lists that memory has no room for are searched on disk, with what came since in memory."""
    monkeypatch.setattr("index.search.tiers.MAPPED_SHARE", 0.0)
    assert tier(large) == Tier.MAPPED
    with Archive.open(large, encoder=encoder) as archive:
        assert alike(answers(archive), exactly) >= 0.97
        assert archive._backend._index.tier == Tier.MAPPED
        archive.add_documents(documents(400, 20))
        assert archive.search("word410", top_k=1).hits[0].document.id == "d410"
        archive.remove(["d7", "d410"])
        for gone in ("d7", "d410"):
            found = archive.search(f"word{gone[1:]}", top_k=500).hits
            assert gone not in [hit.document.id for hit in found]
        assert archive.verify().is_clean
