"""The archive of a `cluster.toml`: a `Backend` on servers.

PostgreSQL is the truth. Milvus follows: after each commit, before its documents are acknowledged,
it is given the new passages and told which are gone; `followed` and `gone` in PostgreSQL say how
far it is, so that whoever writes next goes on where a crash was.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

import numpy as np

from index.backend import Sizes
from index.cluster.milvus import Collection, MilvusFinder
from index.cluster.postgres import Postgres
from index.cluster.settings import ClusterSettings
from index.errors import NoArchive
from index.models.encoder import EncoderIdentity
from index.storage.passages import FLOAT_BYTES
from index.storage.protocol import TermRow
from index.storage.store import Store
from index.storage.writer import Writer

_FOLLOWED_AT_ONCE = 2_000
_LOOKED_AT_ONCE = 10_000


class Cluster:
    """A `Backend` on the servers of a `cluster.toml`. Threads may share it."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: Collection | None = None

    @property
    def _collection(self) -> Collection:
        with self._lock:
            if self._made is None:
                self._made = Collection(self._settings)
            return self._made

    def exists(self) -> bool:
        database = Postgres(self._settings)
        try:
            return database.exists()
        finally:
            database.close()

    def create(self) -> None:
        self._collection  # noqa: B018 - a server that cannot be used is refused before
        database = Postgres(self._settings)
        try:
            with database.locked(timeout_seconds=10):
                database.create()
        finally:
            database.close()

    def connect(self) -> Postgres:
        database = Postgres(self._settings)
        try:
            if not database.exists():
                raise NoArchive(f"no archive at {database.address}; make one: onrecord add PATH")
            database.migrate()
        except BaseException:
            database.close()
            raise
        return database

    @contextlib.contextmanager
    def writing(self, *, timeout_seconds: float = 0) -> Iterator[Writer]:
        database = self.connect()
        try:
            with database.locked(timeout_seconds=timeout_seconds):
                store = Writer(database)
                self.follow(store)
                yield store
        finally:
            database.close()

    def finder(self, store: Store, encoder: Callable[[], EncoderIdentity]) -> MilvusFinder:
        return MilvusFinder(
            store, self._collection, encoder(), has_words=not self._settings.dense_only
        )

    def follow(self, store: Writer) -> None:
        encoder = store.encoder()
        if encoder is None:
            return
        ((followed,),) = store.database.execute("SELECT passage FROM followed")
        gone = [row[0] for row in store.database.execute("SELECT passage FROM gone")]
        if not followed:
            self._collection.create(encoder)
        if gone:
            self._collection.take_out(encoder, gone)
        last = followed
        for ids, vectors in store.vectors_after(followed, at_once=_FOLLOWED_AT_ONCE):
            words = {row.passage: row for row in self._words(store, ids[0], ids[-1])}
            # A passage without terms is damaged: `verify` says so, and no search may find it.
            is_whole = np.isin(ids, list(words))
            self._collection.put(
                encoder,
                ids[is_whole],
                vectors[is_whole],
                [words[passage] for passage in ids[is_whole].tolist()],
            )
            last = int(ids[-1])
        if gone or last != followed:
            with store.database.writing():
                store.database.execute("UPDATE followed SET passage = ?", (last,))
                store.database.execute("DELETE FROM gone")

    @staticmethod
    def _words(store: Store, first: int, last: int) -> Iterator[TermRow]:
        for (content,) in store.database.execute(
            "SELECT DISTINCT content FROM passages WHERE passage BETWEEN ? AND ?",
            (int(first), int(last)),
        ):
            yield from store.term_rows(content)

    def keep(self, store: Writer) -> None:
        """Milvus keeps itself."""

    def erase(self, store: Writer, *, documents: int) -> None:  # noqa: ARG002 - a face of several
        self.follow(store)
        if isinstance(store.database, Postgres):
            store.database.vacuum()

    def start_anew(self, store: Writer) -> None:
        self._collection.drop_all()
        with store.database.writing():
            store.database.execute("UPDATE followed SET passage = 0")
            store.database.execute("DELETE FROM gone")
        self.follow(store)

    def settle(self, *, is_waiting: bool = False) -> None:
        """Milvus makes its indexes by itself."""

    def damage(self, store: Store) -> list[str]:
        encoder = store.encoder()
        if encoder is None:
            return []
        if not self._collection.exists(encoder):
            return [f"Milvus has no collection {self._collection.name(encoder)}"]
        ids = store.passage_ids().tolist()
        missing = [
            one
            for start in range(0, len(ids), _LOOKED_AT_ONCE)
            for one in self._collection.missing(encoder, ids[start : start + _LOOKED_AT_ONCE])
        ]
        more = self._collection.count(encoder) - (len(ids) - len(missing))
        found = [f"Milvus lacks {len(missing):,} of {len(ids):,} passages"] if missing else []
        return [*found, *([f"Milvus has {more:,} passages too many"] if more else [])]

    def sizes(self, store: Store) -> Sizes:
        encoder = store.encoder()
        numbers = store.passage_count() * (encoder.dimension if encoder else 0)
        return Sizes(
            store_bytes=store.database.size_bytes() if isinstance(store.database, Postgres) else 0,
            vector_bytes=numbers * FLOAT_BYTES,
            tier=f"Milvus {self._collection.version}",
        )

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None
