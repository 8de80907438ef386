"""An archive in one folder: SQLite and FTS5 in one file, FAISS's snapshots beside it."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from index.backend import Sizes
from index.errors import ArchiveBusy, ArchiveReadOnly
from index.folders import FILE_NAME
from index.models.encoder import EncoderIdentity
from index.search.candidates import LocalFinder
from index.search.retraining import Retraining
from index.search.snapshots import Snapshots, refresh
from index.search.vectors import VectorIndex
from index.storage.database import Database
from index.storage.lock import writer_lock
from index.storage.store import Store
from index.storage.writer import Writer


class Embedded:
    """A `Backend` that is a folder. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE_NAME
        self._snapshots = Snapshots(folder)
        self._retraining = Retraining(
            self._snapshots, reading=self._reading_apart, writing=self.writing
        )
        self._lock = threading.RLock()
        self._index: VectorIndex | None = None
        self._index_change = -1

    def exists(self) -> bool:
        try:
            return self._path.is_file()
        except OSError as error:
            raise ArchiveReadOnly(
                f"{self._folder} cannot be opened ({error.strerror}); name another with --archive"
            ) from error

    def create(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveReadOnly(
                f"{self._folder} cannot be made ({error.strerror}); name another with --archive"
            ) from error
        with writer_lock(self._folder, timeout_seconds=10):
            Database(self._path, create=True).close()
            self.connect().close()

    def connect(self) -> Database:
        database = Database(self._path)
        database.migrate()
        return database

    @contextlib.contextmanager
    def writing(self, *, timeout_seconds: float = 0) -> Iterator[Writer]:
        with contextlib.ExitStack() as stack:
            with self._retraining.turn:
                stack.enter_context(writer_lock(self._folder, timeout_seconds=timeout_seconds))
            database = self.connect()
            try:
                store = Writer(database)
                self._snapshots.sweep(store)
                yield store
            finally:
                database.close()

    @contextlib.contextmanager
    def _reading_apart(self) -> Iterator[Store]:
        """A connection for reading that no other thread has, whichever this one is."""
        database = Database(self._path)
        try:
            yield Store(database)
        finally:
            database.close()

    def finder(self, store: Store, encoder: Callable[[], EncoderIdentity]) -> LocalFinder:
        return LocalFinder(store, lambda: self.current_index(store, encoder()))

    def current_index(self, store: Store, encoder: EncoderIdentity) -> VectorIndex:
        """The vector index with all that `store` sees."""
        with self._lock:
            change = store.change()
            if self._index is None or change > self._index_change:
                if self._index is None or self._snapshots.is_better(self._index, store):
                    self._index = self._snapshots.load(
                        store,
                        dimension=encoder.dimension,
                        encoder_sha256=encoder.sha256,
                        may_map=True,
                    )
                refresh(self._index, store)
                self._index_change = change
            return self._index

    def follow(self, store: Writer) -> None:
        """What finds passages follows when it is asked."""

    def keep(self, store: Writer) -> None:
        self._snapshots.keep(store)

    def erase(self, store: Writer, *, documents: int) -> None:
        self._snapshots.erase(store)
        if not self._flush_log(store):
            raise ArchiveBusy(
                f"{documents} documents are removed, but another program that reads "
                "the archive holds its log, where their text still stands; close it, then "
                "run: onrecord verify --repair"
            )

    def start_anew(self, store: Writer) -> None:
        with self._lock:
            self._index = None
        self._snapshots.drop_all(store)
        self._snapshots.keep(store)
        self._flush_log(store)

    @staticmethod
    def _flush_log(store: Writer) -> bool:
        """Move the write-ahead log into the file; false when a reader holds it."""
        database = store.database
        return not isinstance(database, Database) or database.flush_log()

    def settle(self, *, is_waiting: bool = False) -> None:
        with self._reading_apart() as store:
            self._retraining.start_if_due(store)
        if is_waiting:
            self._retraining.wait()

    def damage(self, store: Store) -> list[str]:
        identity = store.encoder()
        if identity is None:
            return []
        found = self._snapshots.damage(store, dimension=identity.dimension)
        return [f"snapshot {one}" for one in found]

    def sizes(self, store: Store) -> Sizes:
        return Sizes(
            store_bytes=self._path.stat().st_size,
            vector_bytes=self._snapshots.size_bytes(store),
            tier=self._snapshots.tier(store),
        )

    def close(self) -> None:
        try:
            self._retraining.wait()
        finally:
            with self._lock:
                self._index = None
                self._index_change = -1
