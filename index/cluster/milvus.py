"""What finds passages in Milvus: a collection with the vector of each, and its words.

Words are a sparse vector: each term a dimension, its weight what BM25 makes of how often it stands
in the passage; the question's has the terms' inverse document frequencies, so that the product of
both is BM25, with the terms of `index.text` whatever the server takes for a word. This is the
only module that knows pymilvus. `docs/adr/0014-cluster.md` has what else was looked at.

Leaves out: filters within Milvus. PostgreSQL says which passages a filter admits, and Milvus is
given their ids, or asked for more than is needed when they are many. Phrases: Milvus gives the
passages with most of the words, and the text decides; so of very many with such words, one that has
the phrase may be missing.
"""

import contextlib
import re
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from grpc import RpcError
from pymilvus import DataType, MilvusClient, MilvusException

from index.cluster.settings import ClusterSettings
from index.datatypes import Filters
from index.errors import ArchiveError, UnsupportedArchive
from index.models.encoder import EncoderIdentity, Vector
from index.search.candidates import deepened
from index.search.vectors import Ids
from index.storage.protocol import TermRow
from index.storage.store import Store
from index.text import analysis
from index.text.weights import bm25_weight

_WITH_WORDS = (2, 4)
_ID = "id"
"""What the primary key is called; servers before 2.4 do not say, and their client takes this."""

_LISTED = 20_000
"""Passages that a filter admits are named to Milvus, so many at a time, …"""
_MOST_LISTED = 20_000
"""… when they are of no more texts; else Milvus is asked for more until enough are admitted."""
_DEEPEST = 16_384
"""Milvus gives no more hits to one search."""
_GRAPH = {"M": 32, "efConstruction": 400}
_LOOKED_AT = 800
"""So many vectors of the graph a search looks at; left to itself, it finds .94 of the nearest."""
_WITNESSES = 8
_OWN_COSINE = 0.999
_READ_AT_ONCE = 10_000
_GRPC = {
    # Its servers hang up on who asks more often whether they are there.
    "grpc.keepalive_time_ms": 400_000,
    # A server that comes back is found at once: otherwise up to two minutes late, and a new
    # connection to the same address waits with the old one.
    "grpc.max_reconnect_backoff_ms": 1_000,
    "grpc.use_local_subchannel_pool": 1,
}
_NOT_LOADED = 101
"""Milvus's code for a collection that it has not read yet since it was started."""
_NOT_THERE = (1, 2)
"""Its client's codes for a server that does not answer."""

Answer = TypeVar("Answer")


class Collection:
    """The collections of one archive, one for each encoder. Threads may share it."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings
        self._replacing = threading.Lock()
        with self._translated():
            self._client = self._connected()
            self.version = str(self._client.get_server_version())
        found = re.search(r"(\d+)\.(\d+)", self.version)
        is_old = not found or (int(found[1]), int(found[2])) < _WITH_WORDS
        if is_old and not settings.dense_only:
            self._client.close()
            raise UnsupportedArchive(
                f"Milvus {self.version} at {settings.milvus} cannot search for words, which takes "
                "2.4 or newer; upgrade it, or put dense_only = true into cluster.toml"
            )

    def _connected(self) -> MilvusClient:
        return MilvusClient(
            self._settings.milvus,
            token=self._settings.token,
            timeout=self._settings.timeout_seconds,
            dedicated=True,
            grpc_options=_GRPC,
        )

    def close(self) -> None:
        self._client.close()

    def name(self, encoder: EncoderIdentity) -> str:
        return f"{self._settings.name}_{encoder.sha256[:12]}"

    def exists(self, encoder: EncoderIdentity) -> bool:
        return bool(self._ask(encoder, lambda client: client.has_collection(self.name(encoder))))

    def create(self, encoder: EncoderIdentity) -> None:
        """Make the collection, where there is none yet."""
        if self.exists(encoder):
            return
        with self._translated():
            schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field(_ID, DataType.INT64, is_primary=True)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=encoder.dimension)
            indexes = self._client.prepare_index_params()
            indexes.add_index("vector", index_type="HNSW", metric_type="IP", params=_GRAPH)
            if not self._settings.dense_only:
                schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
                indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
            self._client.create_collection(
                self.name(encoder),
                schema=schema,
                index_params=indexes,
                consistency_level="Strong",
            )

    def drop_all(self) -> None:
        """Delete the archive's collections, those of former encoders included."""
        with self._translated():
            for name in self._client.list_collections():
                if re.fullmatch(rf"{self._settings.name}_[0-9a-f]{{12}}", name):
                    self._client.drop_collection(name)

    def put(
        self, encoder: EncoderIdentity, ids: Ids, vectors: Vector, words: Sequence[TermRow]
    ) -> None:
        """Write passages, each with its vector and its terms; those that are there are replaced."""
        rows: list[dict[str, Any]] = [
            {_ID: int(passage), "vector": vector}
            for passage, vector in zip(ids, vectors, strict=True)
        ]
        if not self._settings.dense_only:
            for row, one in zip(rows, words, strict=True):
                row["words"] = _sparse(one)
        for start in range(0, len(rows), self._settings.rows_at_once):
            some = rows[start : start + self._settings.rows_at_once]
            self._ask(
                encoder, partial(MilvusClient.upsert, collection_name=self.name(encoder), data=some)
            )

    def take_out(self, encoder: EncoderIdentity, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), _READ_AT_ONCE):
            some = list(ids[start : start + _READ_AT_ONCE])
            self._ask(
                encoder,
                partial(MilvusClient.delete, collection_name=self.name(encoder), ids=some),
            )

    def missing(self, encoder: EncoderIdentity, ids: Sequence[int]) -> list[int]:
        """Of these passages those that it has not."""
        rows = self._ask(
            encoder,
            lambda client: client.query(
                self.name(encoder),
                filter=f"{_ID} in {list(ids)}",
                output_fields=[_ID],
                limit=len(ids),
            ),
        )
        return sorted({*ids} - {int(row[_ID]) for row in rows})

    def count(self, encoder: EncoderIdentity) -> int:
        rows = self._ask(
            encoder,
            lambda client: client.query(self.name(encoder), filter="", output_fields=["count(*)"]),
        )
        return int(rows[0]["count(*)"])

    def search(
        self, encoder: EncoderIdentity, field: str, queries: Sequence[Any], *, k: int, among: str
    ) -> list[list[tuple[int, float]]]:
        """For each query the ids of the best `k` passages, with their products, best first."""
        params = {"ef": max(k, _LOOKED_AT)} if field == "vector" else {}
        found = self._ask(
            encoder,
            lambda client: client.search(
                self.name(encoder),
                data=list(queries),
                anns_field=field,
                limit=k,
                filter=among,
                search_params={"metric_type": "IP", "params": params},
                output_fields=[_ID],  # of none named, some give all
                consistency_level="Strong",
            ),
        )
        return [[(int(hit[_ID]), float(hit["distance"])) for hit in hits] for hits in found]

    def _ask(self, encoder: EncoderIdentity, question: Callable[[MilvusClient], Answer]) -> Answer:
        """Put a question to a server that may have been started anew since the last."""
        client = self._client
        with self._translated():
            try:
                return question(client)
            except MilvusException as error:
                if error.code == _NOT_LOADED:
                    client.load_collection(self.name(encoder))
                elif error.code in _NOT_THERE:
                    self._replace(client)
                    if self._client.has_collection(self.name(encoder)):
                        self._client.load_collection(self.name(encoder))
                else:
                    raise
            except ValueError:  # gRPC's word for a channel that is closed
                if client is self._client:
                    raise
            return question(self._client)

    def _replace(self, client: MilvusClient) -> None:
        """Connect anew, unless another thread has done so since it was given this client."""
        with self._replacing:
            if client is self._client:
                self._client = self._connected()
                client.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (MilvusException, RpcError) as error:
            raise ArchiveError(
                f"Milvus at {self._settings.milvus} failed "
                f"({' '.join(str(error).split())[:300]}); check that it is running, then try "
                "again: the documents are safe"
            ) from error


class MilvusFinder:
    """Finds the passages that `store` has, for one search.

    Milvus may answer in part when one of its nodes is gone, and say nothing of it. Each search by
    vectors therefore asks for some passages by their own vectors too, which must be found.
    """

    def __init__(
        self, store: Store, collection: Collection, encoder: EncoderIdentity, *, has_words: bool
    ) -> None:
        self._store = store
        self._collection = collection
        self._encoder = encoder
        self._has_words = has_words
        self._is_short = False

    @property
    def is_partial(self) -> bool:
        return self._is_short or not self._has_followed()

    def _has_followed(self) -> bool:
        """Whether Milvus was given all that the tables have."""
        ((last,),) = self._store.database.execute("SELECT coalesce(max(passage), 0) FROM passages")
        ((followed,),) = self._store.database.execute("SELECT passage FROM followed")
        return bool(followed >= last)

    def nearest(self, vector: Vector, filters: Filters, *, k: int) -> list[int]:
        witnesses = self._witnesses()
        queries = [vector, *(one for _, one in witnesses)]
        hits, *own = self._collection.search(self._encoder, "vector", queries, k=k, among="")
        for (passage, _), found in zip(witnesses, own, strict=True):
            if not any(one == passage or score > _OWN_COSINE for one, score in found):
                self._is_short = True
        if len(hits) < self._count(most=k):
            self._is_short = True
        if not filters:
            return [passage for passage, _ in hits]
        known = dict(hits)

        def find(depth: int, among: str = "") -> dict[int, float]:
            is_known = depth == k and not among
            return known if is_known else self._find("vector", vector, depth, among)

        return list(self._admitted(find, filters, k))

    def _witnesses(self) -> list[tuple[int, Vector]]:
        """Passages from all over the archive, with their vectors."""
        ((first, last),) = self._store.database.execute(
            "SELECT coalesce(min(passage), 0), coalesce(max(passage), 0) FROM passages"
        )
        drawn = np.linspace(first, last, num=_WITNESSES).round().astype(int)
        found = self._store.passages(sorted({int(one) for one in drawn}))
        return [(one.id, one.vector) for one in found.values()]

    def _count(self, *, most: int) -> int:
        rows = self._store.database.execute(
            "SELECT count(*) FROM (SELECT 1 FROM passages LIMIT ?) AS counted", (most,)
        )
        return int(rows[0][0])

    def with_any(self, terms: Mapping[str, float], filters: Filters, *, k: int) -> dict[int, float]:
        if not terms or not self._has_words:
            return {}
        query = {_dimension(term): weight for term, weight in terms.items() if weight > 0}
        find = partial(self._find, "words", query)
        return self._admitted(find, filters, k) if filters else find(k)

    def with_phrases(self, phrases: Sequence[str], filters: Filters, *, k: int) -> list[int]:
        if not self._has_words:
            raise UnsupportedArchive(
                "this archive's search server knows no words (dense_only in cluster.toml); ask "
                "without quotation marks"
            )
        terms = dict.fromkeys((term for one in phrases for term in analysis.terms(one)), 1.0)
        return list(self.with_any(terms, filters, k=min(k, _DEEPEST)))

    def _find(self, field: str, query: Any, depth: int, among: str = "") -> dict[int, float]:
        (hits,) = self._collection.search(self._encoder, field, [query], k=depth, among=among)
        return dict(hits)

    def _admitted(
        self, find: Callable[..., dict[int, float]], filters: Filters, k: int
    ) -> dict[int, float]:
        """The best `k` of the passages that the filters admit; `find` gives the best of any."""
        if self._store.totals(filters).texts > _MOST_LISTED:
            found, _ = deepened(
                find, lambda ids: self._store.admitted(ids, filters), k=k, deepest=_DEEPEST
            )
        else:
            found = {}
            allowed = self._store.passage_ids(filters)
            for start in range(0, len(allowed), _LISTED):
                found |= find(k, f"{_ID} in {allowed[start : start + _LISTED].tolist()}")
        best = sorted(found.items(), key=lambda one: (-one[1], one[0]))
        return dict(best[:k])


def _sparse(row: TermRow) -> dict[int, float]:
    """The words of a passage as a vector; one word of no meaning where there are none."""
    found = Counter([*row.headline.split(), *row.text.split()])
    length = found.total()
    return {_dimension(term): bm25_weight(often, length) for term, often in found.items()} or {
        0: 1.0
    }


def _dimension(term: str) -> int:
    """The dimension of a term: 31 bits, so that two terms hardly ever share one."""
    return zlib.crc32(term.encode()) & 0x7FFF_FFFF


__all__ = ["Collection", "MilvusFinder"]
