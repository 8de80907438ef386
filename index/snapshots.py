"""The FAISS index on disk: derived, checked, replaceable.

To save: serialize, write `name.tmp`, fsync, rename, fsync the folder, then a manifest row in
SQLite. To open: the newest file whose SHA-256, count and encoder fit, else the older one, else
none; what SQLite has beyond it is added from there. Two files are kept.
After Lucene's commit and Lance's manifests.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import numpy as np

from index.database import sync_folder
from index.errors import ArchiveDamaged, ArchiveError, ArchiveFull
from index.store import Snapshot, Store
from index.vectors import VectorIndex
from index.writer import Writer

_KEPT = 2
_STALE_SHARE = 0.1
_ALWAYS_KEPT = 2_000
"""A snapshot is written when the last lacks more than a tenth of the archive less this much."""

_NAME = "passages-{:08}.faiss"


class Snapshots:
    """The snapshot files of the archive in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, store: Store, *, dimension: int, encoder_sha256: str) -> VectorIndex:
        """The index as it was at the newest snapshot that is whole, or an empty one."""
        for snapshot in store.snapshots():
            if snapshot.encoder_sha256 == encoder_sha256:
                with contextlib.suppress(ArchiveDamaged, OSError):
                    return self._read(snapshot, dimension)
        return VectorIndex(dimension)

    def save(self, store: Writer, index: VectorIndex, *, encoder_sha256: str) -> None:
        """Write the index out and put it in the manifest; only the newest files are kept.

        Raises:
            ArchiveFull: the disk is full. What was there before still is.
            ArchiveError: the file cannot be written.
        """
        older = store.snapshots()
        generation = 1 + max((snapshot.generation for snapshot in older), default=0)
        raw = index.to_bytes()
        name = _NAME.format(generation)
        self._write(name, raw)
        ids = index.ids()
        snapshot = Snapshot(
            generation=generation,
            file=name,
            sha256=hashlib.sha256(raw).hexdigest(),
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
        """Write the index out when the newest snapshot lacks much of the archive."""
        identity = store.encoder()
        if identity is None:
            return
        newest = next(iter(store.snapshots()), None)
        missing = store.passage_count_after(newest.last_passage if newest else 0)
        if not missing or missing < _STALE_SHARE * store.passage_count() - _ALWAYS_KEPT:
            return
        index = self.load(store, dimension=identity.dimension, encoder_sha256=identity.sha256)
        refresh(index, store)
        self.save(store, index, encoder_sha256=identity.sha256)

    def drop_all(self, store: Writer) -> None:
        """Forget every snapshot, and delete them: none may hold what was erased.

        Raises:
            ArchiveError: a file cannot be deleted.
        """
        with store.database.writing():
            store.forget_snapshots([one.generation for one in store.snapshots()])
        for path in self._unnamed(store):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise ArchiveError(
                    f"{path} cannot be deleted ({error.strerror}), and has vectors of what was "
                    "removed; delete it"
                ) from error

    def sweep(self, store: Store) -> None:
        """Delete the files that the manifest does not name: left by a crash, or out of date.

        What cannot be deleted now is left for the next time.
        """
        for path in self._unnamed(store):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _unnamed(self, store: Store) -> list[Path]:
        named = {snapshot.file for snapshot in store.snapshots()}
        return [path for path in self._folder.glob("passages-*.faiss*") if path.name not in named]

    def size_bytes(self, store: Store) -> int:
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

    def _read(self, snapshot: Snapshot, dimension: int) -> VectorIndex:
        raw = (self._folder / snapshot.file).read_bytes()
        if hashlib.sha256(raw).hexdigest() != snapshot.sha256:
            raise ArchiveDamaged("its SHA-256 is not the one in the manifest")
        index = VectorIndex.from_bytes(raw, dimension=dimension)
        if len(index) != snapshot.passages:
            raise ArchiveDamaged(f"it has {len(index)} vectors, the manifest {snapshot.passages}")
        return index

    def _write(self, name: str, raw: bytes) -> None:
        path = self._folder / name
        temporary = path.with_name(f"{name}.tmp")
        try:
            with temporary.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_folder(self._folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            if error.errno in (28, 122):  # ENOSPC, EDQUOT
                raise ArchiveFull(
                    f"no space left for {path}; the documents are safe, free some space"
                ) from error
            raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error


def refresh(index: VectorIndex, store: Store) -> None:
    """Make `index` hold exactly the passages that `store` has."""
    known = index.ids()
    last = int(known.max()) if len(known) else 0
    for ids, vectors in store.vectors_after(last):
        index.add(ids, vectors)
    if len(index) != store.passage_count():
        gone = np.setdiff1d(index.ids(), store.passage_ids())
        index.remove(gone)


__all__ = ["Snapshots", "refresh"]
