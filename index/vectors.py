"""Passage vectors in FAISS: the only module that imports it.

Scores are dot products of unit vectors, so cosines: higher is better, 1 the most.
"""

import threading
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from index.encoder import Vector
from index.errors import ArchiveDamaged

Ids = npt.NDArray[np.int64]


class Found(NamedTuple):
    """Passage ids and their cosines, best first; both of length at most k."""

    ids: Ids
    scores: Vector


class VectorIndex:
    """Exact search over passage vectors, each under its passage's id.

    Threads may share it: searches and changes take turns.
    """

    def __init__(self, dimension: int) -> None:
        self._turn = threading.Lock()
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    @classmethod
    def from_bytes(cls, raw: bytes, *, dimension: int) -> "VectorIndex":
        """What `to_bytes` gave. The caller has checked its SHA-256: FAISS checks nothing.

        Raises:
            ArchiveDamaged: FAISS cannot make an index of `dimension` of it.
        """
        index = cls(dimension)
        try:
            loaded = faiss.deserialize_index(np.frombuffer(raw, dtype=np.uint8))
        except RuntimeError as error:
            raise ArchiveDamaged(f"FAISS cannot read a snapshot: {error}") from error
        if loaded.d != dimension or not isinstance(loaded, faiss.IndexIDMap2):
            raise ArchiveDamaged(f"a snapshot has vectors of {loaded.d} numbers, not {dimension}")
        index._index = loaded
        return index

    def to_bytes(self) -> bytes:
        serialized: bytes = faiss.serialize_index(self._index).tobytes()
        return serialized

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def ids(self) -> Ids:
        """The ids that are in it, in no order that matters."""
        ids: Ids = faiss.vector_to_array(self._index.id_map)
        return ids

    def add(self, ids: Ids, vectors: Vector) -> None:
        """`ids`: `(n,)`, none of them in the index; `vectors`: `(n, dim)` float32, unit norm."""
        with self._turn:
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: Ids) -> None:
        """Take these ids out; those that are not in it are passed over."""
        with self._turn:
            self._index.remove_ids(faiss.IDSelectorBatch(np.ascontiguousarray(ids)))

    def search(self, vector: Vector, *, k: int, allowed: Ids | None = None) -> Found:
        """The `k` nearest passages, of those allowed if that is given; fewer if there are fewer."""
        k = min(k, len(self) if allowed is None else len(allowed))
        if k <= 0 or not len(self):
            return Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        selected = (
            None
            if allowed is None
            else faiss.SearchParameters(  # type: ignore[call-arg]
                sel=faiss.IDSelectorBatch(np.ascontiguousarray(allowed))
            )
        )
        with self._turn:
            scores, ids = self._index.search(vector.reshape(1, -1), k, params=selected)
        is_real = ids[0] >= 0  # FAISS fills up with -1
        return Found(ids[0][is_real], scores[0][is_real])
