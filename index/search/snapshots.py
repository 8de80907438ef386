"""The FAISS index on disk: derived, checked, replaceable.

To save: write `name.tmp`, fsync, rename, fsync the folder, then a manifest row in SQLite. To open:
the newest file whose SHA-256, count and encoder fit, else the older one, else none; what SQLite has
beyond it is added from there. Two files are kept; the name of one says how many lists it has.
After Lucene's commit and Lance's manifests.
"""

import contextlib
import errno
import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np

from index.errors import ArchiveDamaged, ArchiveError, ArchiveFull
from index.models.encoder import Vector
from index.search.tiers import SAMPLE_A_LIST, Tier, fits_in_memory, is_outgrown, lists_for
from index.search.vectors import Ids, VectorIndex
from index.storage.database import sync_folder
from index.storage.store import Snapshot, Store
from index.storage.writer import Writer

_KEPT = 2
_STALE_SHARE = 0.1
_ALWAYS_KEPT = 2_000
"""A snapshot is written when the last lacks more than a tenth of the archive less this much."""

_NAME = "passages-{:08}.faiss"
_NAME_OF_LISTS = "passages-{:08}-{}-lists.faiss"
_READ_AT_ONCE = 500
_LISTS = re.compile(r"-(\d+)-lists\.faiss$")


class Snapshots:
    """The snapshot files of the archive in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(
        self, store: Store, *, dimension: int, encoder_sha256: str, may_map: bool = False
    ) -> VectorIndex:
        """The index as it was at the newest snapshot that is whole, or an empty one.

        With `may_map`, one that memory has no room for is searched where it lies on disk.
        """
        for snapshot in store.snapshots():
            if snapshot.encoder_sha256 == encoder_sha256:
                with contextlib.suppress(ArchiveDamaged, OSError):
                    return self._read(snapshot, dimension, may_map=may_map)
        return VectorIndex(dimension)

    def save(self, store: Writer, index: VectorIndex, *, encoder_sha256: str) -> None:
        """Write the index out and put it in the manifest; only the newest files are kept.

        Raises:
            ArchiveFull: the disk is full. What was there before still is.
            ArchiveError: the file cannot be written.
        """
        older = store.snapshots()
        generation = 1 + max((snapshot.generation for snapshot in older), default=0)
        lists = index.lists
        name = (_NAME_OF_LISTS if lists else _NAME).format(generation, lists)
        ids = index.ids()
        snapshot = Snapshot(
            generation=generation,
            file=name,
            sha256=self._write(name, index),
            passages=len(index),
            last_passage=int(ids.max()) if len(ids) else 0,
            encoder_sha256=encoder_sha256,
        )
        stale = older[_KEPT - 1 :]
        with store.database.writing():
            store.add_snapshot(snapshot)
            store.forget_snapshots([one.generation for one in stale])
        self.sweep(store)

    def keep(self, store: Writer) -> None:
        """Write the index out when the newest snapshot lacks much of the archive.

        One that is outgrown is not written again: `trained` makes another.
        """
        identity = store.encoder()
        if identity is None or self.is_outgrown(store):
            return
        newest = _newest(store)
        missing = store.passage_count_after(newest.last_passage if newest else 0)
        if not missing or missing < _STALE_SHARE * store.passage_count() - _ALWAYS_KEPT:
            return
        index = self.load(store, dimension=identity.dimension, encoder_sha256=identity.sha256)
        refresh(index, store)
        self.save(store, index, encoder_sha256=identity.sha256)

    def erase(self, store: Writer) -> None:
        """Put one snapshot in the place of all, so that none holds what SQLite has no more.

        Raises:
            ArchiveError: a file cannot be deleted.
        """
        identity = store.encoder()
        if identity is None:
            return
        index = self.load(store, dimension=identity.dimension, encoder_sha256=identity.sha256)
        self.drop_all(store)
        refresh(index, store)
        if len(index) and not is_outgrown(index.lists, len(index)):
            self.save(store, index, encoder_sha256=identity.sha256)

    def is_outgrown(self, store: Store) -> bool:
        """Whether the newest snapshot has too few lists for what the archive has, or too many."""
        return is_outgrown(_lists_of(_newest(store)), store.passage_count())

    def is_better(self, index: VectorIndex, store: Store) -> bool:
        """Whether `index` is outgrown, and the newest snapshot has other lists."""
        lists = _lists_of(_newest(store))
        return lists != index.lists and is_outgrown(index.lists, store.passage_count())

    def tier(self, store: Store) -> Tier:
        """What the newest snapshot is, when it is opened to be searched."""
        newest = _newest(store)
        if newest is None or not _lists_of(newest):
            return Tier.EXACT
        path = self._folder / newest.file
        is_small = not path.is_file() or fits_in_memory(path.stat().st_size)
        return Tier.LISTS if is_small else Tier.MAPPED

    def drop_all(self, store: Writer) -> None:
        """Forget every snapshot, and delete them: none may hold what was erased.

        Raises:
            ArchiveError: a file cannot be deleted.
        """
        with store.database.writing():
            store.forget_snapshots([one.generation for one in store.snapshots()])
        path = self._folder
        try:
            for path in self._unnamed(store):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"{path} cannot be emptied ({error.strerror}) of vectors of what was removed; "
                "mend that, then run: onrecord verify --repair"
            ) from error

    def sweep(self, store: Store) -> None:
        """Delete the files that the manifest does not name: left by a crash, or out of date.

        What cannot be deleted now is left for the next time.
        """
        with contextlib.suppress(OSError):
            for path in self._unnamed(store):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _unnamed(self, store: Store) -> list[Path]:
        named = {snapshot.file for snapshot in store.snapshots()}
        return [path for path in self._folder.glob("passages-*.faiss*") if path.name not in named]

    def size_bytes(self, store: Store) -> int:
        """How large the files are together."""
        paths = [self._folder / snapshot.file for snapshot in store.snapshots()]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def damage(self, store: Store, *, dimension: int) -> list[str]:
        """What is wrong with each snapshot file that is."""
        wrong = []
        for snapshot in store.snapshots():
            try:
                self._read(snapshot, dimension)
            except (ArchiveDamaged, OSError) as error:
                wrong.append(f"{snapshot.file}: {error}")
        return wrong

    def _read(self, snapshot: Snapshot, dimension: int, *, may_map: bool = False) -> VectorIndex:
        path = self._folder / snapshot.file
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != snapshot.sha256:
                raise ArchiveDamaged("its SHA-256 is not the one in the manifest")
            if may_map and _lists_of(snapshot) and not fits_in_memory(file.tell()):
                index = VectorIndex.map(path, dimension=dimension)
            else:
                file.seek(0)
                index = VectorIndex.read(file, dimension=dimension)
        if len(index) != snapshot.passages:
            raise ArchiveDamaged(f"it has {len(index)} vectors, the manifest {snapshot.passages}")
        return index

    def _write(self, name: str, index: VectorIndex) -> str:
        """Write the index to a file of this name, and say its SHA-256."""
        path = self._folder / name
        temporary = path.with_name(f"{name}.tmp")
        try:
            with temporary.open("wb") as file:
                hashing = _Hashing(file)
                index.write(hashing)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_folder(self._folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ArchiveFull(
                    f"no space left for {path}; the documents are safe, free some space"
                ) from error
            raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error
        return hashing.sha256()


class _Hashing:
    """Writes to a file, and knows the SHA-256 of what it has written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def sha256(self) -> str:
        return self._digest.hexdigest()


def trained(store: Store, *, dimension: int) -> VectorIndex:
    """An index of all passages that `store` has, in the form that suits their number.

    It takes minutes when there are a million. What is drawn is drawn by the number of passages:
    the same archive, the same index.
    """
    ids = store.passage_ids()
    lists = lists_for(len(ids))
    if lists:
        drawn = np.random.default_rng(len(ids)).choice(
            ids, min(len(ids), SAMPLE_A_LIST * lists), replace=False
        )
        index = VectorIndex.trained(_vectors_of(np.sort(drawn), store), lists=lists)
    else:
        index = VectorIndex(dimension)
    refresh(index, store)
    return index


def refresh(index: VectorIndex, store: Store) -> None:
    """Make `index` hold exactly the passages that `store` has."""
    known = index.ids()
    last = int(known.max()) if len(known) else 0
    for ids, vectors in store.vectors_after(last):
        index.add(ids, vectors)
    if len(index) != store.passage_count():
        gone = np.setdiff1d(index.ids(), store.passage_ids())
        index.remove(gone)


def _vectors_of(ids: Ids, store: Store) -> Vector:
    """The vectors of these passages, `(n, dim)`, few passages in memory at a time."""
    parts = [
        np.stack([one.vector for one in store.passages(some.tolist()).values()])
        for some in np.array_split(ids, -(-len(ids) // _READ_AT_ONCE))
    ]
    return np.concatenate(parts)


def _newest(store: Store) -> Snapshot | None:
    return next(iter(store.snapshots()), None)


def _lists_of(snapshot: Snapshot | None) -> int:
    found = _LISTS.search(snapshot.file) if snapshot else None
    return int(found[1]) if found else 0


__all__ = ["Snapshots", "refresh", "trained"]
