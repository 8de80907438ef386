"""Passage vectors in FAISS: the only module that imports it.

Scores are dot products of unit vectors, so cosines: higher is better, 1 the most. An index is exact
until it is trained; then its vectors lie in lists, a byte a number, and it finds nearly what an
exact one finds, with scores that are nearly right. `tiers` says which is made when.
"""

import math
import threading
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol, cast

import faiss
import numpy as np
import numpy.typing as npt

from index.errors import ArchiveDamaged
from index.models.encoder import Vector
from index.search.tiers import Tier

Ids = npt.NDArray[np.int64]

_PROBED_A_ROOT = 4
_LEAST_PROBED = 64
"""Lists searched: four times the root of their number, and these at the least.

Source: `docs/adr/0012-index-tiers.md`.
"""

_NPROBE_GROWTH = 4
_ITERATIONS = 10
_READ_AT_ONCE = 1 << 20


class Target(Protocol):
    """What an index is written to."""

    def write(self, data: bytes, /) -> int:
        """Write all of `data`, and say how much that is."""


class Found(NamedTuple):
    """Passage ids and their cosines, best first; both of length at most k."""

    ids: Ids
    scores: Vector


class VectorIndex:
    """Passage vectors, each under its passage's id.

    Threads may share it: searches and changes take turns.
    """

    def __init__(self, dimension: int) -> None:
        self._turn = threading.Lock()
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._mapped: Any = None
        self._gone: set[int] = set()

    @classmethod
    def trained(cls, sample: Vector, *, lists: int) -> "VectorIndex":
        """An empty index of so many lists, whose centroids are those of `sample`, `(n, dim)`."""
        dimension = sample.shape[1]
        trained = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension),
            dimension,
            lists,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        trained.cp.niter = _ITERATIONS
        trained.cp.spherical = True
        trained.train(np.ascontiguousarray(sample, dtype=np.float32))
        index = cls(dimension)
        index._index = trained
        return index

    @classmethod
    def read(cls, file: BinaryIO, *, dimension: int) -> "VectorIndex":
        """What `write` wrote. The caller has checked its SHA-256: FAISS checks nothing.

        Raises:
            ArchiveDamaged: FAISS cannot make an index of `dimension` of it.
        """
        reader = faiss.PyCallbackIOReader(  # type: ignore[attr-defined]
            file.read, _READ_AT_ONCE
        )
        index = cls(dimension)
        index._index = _loaded(reader, 0, dimension)
        return index

    @classmethod
    def map(cls, path: Path, *, dimension: int) -> "VectorIndex":
        """What `write` wrote to `path`, of which no more is read than what a search needs.

        Raises:
            ArchiveDamaged: FAISS cannot make an index of `dimension` of it.
        """
        loaded = _loaded(str(path), faiss.IO_FLAG_MMAP_IFC, dimension)
        if not isinstance(loaded, faiss.IndexIVFScalarQuantizer):
            raise ArchiveDamaged("an exact snapshot is not searched on disk")
        index = cls(dimension)
        index._mapped = loaded
        index._index = _like(loaded)
        return index

    def write(self, file: Target) -> None:
        """Write all of it, some at a time.

        Raises:
            OSError: the file cannot be written.
            ValueError: part of it is left on disk.
        """
        if self._mapped is not None:
            raise ValueError("an index that is mapped from a file is written nowhere else")
        writer = faiss.PyCallbackIOWriter(  # type: ignore[attr-defined]
            file.write, _READ_AT_ONCE
        )
        faiss.write_index(self._index, writer)

    def __len__(self) -> int:
        mapped = 0 if self._mapped is None else int(self._mapped.ntotal) - len(self._gone)
        return int(self._index.ntotal) + mapped

    @property
    def tier(self) -> Tier:
        if self._mapped is not None:
            return Tier.MAPPED
        return Tier.LISTS if self.lists else Tier.EXACT

    @property
    def lists(self) -> int:
        """How many lists there are; none when it is exact."""
        return 0 if isinstance(self._index, faiss.IndexIDMap2) else int(self._index.nlist)

    def ids(self) -> Ids:
        """The ids that are in it, in no order that matters."""
        own = _ids(self._index)
        if self._mapped is None:
            return own
        mapped = _ids(self._mapped)
        return np.concatenate([mapped[~np.isin(mapped, list(self._gone))], own])

    def add(self, ids: Ids, vectors: Vector) -> None:
        """`ids`: `(n,)`, none of them in the index; `vectors`: `(n, dim)` float32, unit norm."""
        with self._turn:
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: Ids) -> None:
        """Take these ids out; those that are not in it are passed over."""
        with self._turn:
            self._index.remove_ids(faiss.IDSelectorBatch(np.ascontiguousarray(ids)))
            if self._mapped is not None:
                self._gone.update(np.intersect1d(_ids(self._mapped), ids).tolist())

    def search(
        self, vector: Vector, *, k: int, allowed: Ids | None = None, nprobe_factor: int = 1
    ) -> Found:
        """The `k` nearest passages, of those allowed if that is given; fewer if there are fewer.

        Args:
            vector: what they are to be near to, of unit norm.
            k: how many.
            allowed: the ids that may be found.
            nprobe_factor: how many times as many lists are probed, for a `k` so many times as deep.
        """
        k = min(k, len(self) if allowed is None else len(allowed))
        if k <= 0 or not len(self):
            return Found(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        with self._turn:
            return (
                self._exactly(vector, k, allowed)
                if not self.lists
                else self._in_lists(vector, k, allowed, nprobe_factor)
            )

    def _exactly(self, vector: Vector, k: int, allowed: Ids | None) -> Found:
        selector = None if allowed is None else _only(allowed)
        scores, ids = self._index.search(
            vector.reshape(1, -1),
            k,
            params=faiss.SearchParameters(sel=selector),  # type: ignore[call-arg]
        )
        return _real(ids[0], scores[0])

    def _in_lists(self, vector: Vector, k: int, allowed: Ids | None, nprobe_factor: int) -> Found:
        """Search some lists: more when few ids are allowed, all when these give too few."""
        nprobe = nprobe_factor * max(_LEAST_PROBED, round(_PROBED_A_ROOT * math.sqrt(self.lists)))
        if allowed is not None:
            nprobe = nprobe * len(self) // len(allowed)
        while True:
            nprobe = min(nprobe, self.lists)
            found = self._probe(vector, k, allowed, nprobe)
            if len(found.ids) == k or nprobe == self.lists:
                return found
            nprobe *= _NPROBE_GROWTH

    def _probe(self, vector: Vector, k: int, allowed: Ids | None, nprobe: int) -> Found:
        parts = []
        for index in (self._index, self._mapped):
            if index is None:
                continue
            selector = None if allowed is None else _only(allowed)
            if index is self._mapped and self._gone:
                gone = np.fromiter(self._gone, dtype=np.int64)
                selector = (
                    faiss.IDSelectorNot(_only(gone))
                    if allowed is None
                    else _only(np.setdiff1d(allowed, gone))
                )
            scores, ids = index.search(
                vector.reshape(1, -1),
                k,
                params=faiss.SearchParametersIVF(nprobe=nprobe, sel=selector),  # type: ignore[call-arg]
            )
            parts.append(_real(ids[0], scores[0]))
        ids = np.concatenate([part.ids for part in parts])
        scores = np.concatenate([part.scores for part in parts])
        order = np.argsort(-scores, kind="stable")[:k]
        return Found(ids[order], scores[order])


def _real(ids: Ids, scores: Vector) -> Found:
    is_real = ids >= 0  # FAISS fills up with -1
    return Found(ids[is_real], scores[is_real])


def _only(ids: Ids) -> Any:
    """A selector of these ids: a bit for each id up to the largest."""
    bits = np.zeros(int(ids.max(initial=0)) + 1, dtype=np.bool_)
    bits[ids] = True
    packed: Any = np.packbits(bits, bitorder="little")
    return faiss.IDSelectorBitmap(packed)  # type: ignore[call-arg]


def _ids(index: Any) -> Ids:
    if isinstance(index, faiss.IndexIDMap2):
        return cast("Ids", faiss.vector_to_array(index.id_map))
    lists = index.invlists
    kept = [
        faiss.rev_swig_ptr(lists.get_ids(number), size).copy()
        for number in range(index.nlist)
        if (size := lists.list_size(number))
    ]
    return np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)


def _like(trained: Any) -> Any:
    """An empty index with the centroids of another, which it needs to be kept."""
    empty = faiss.IndexIVFScalarQuantizer(
        trained.quantizer,
        trained.d,
        trained.nlist,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        trained.by_residual,
    )
    empty.sq = trained.sq
    empty.is_trained = True
    return empty


def _loaded(source: Any, flags: int, dimension: int) -> Any:
    try:
        loaded = faiss.read_index(source, flags)
    except RuntimeError as error:
        raise ArchiveDamaged(f"FAISS cannot read a snapshot: {error}") from error
    if loaded.d != dimension:
        raise ArchiveDamaged(f"a snapshot has vectors of {loaded.d} numbers, not {dimension}")
    if not isinstance(loaded, faiss.IndexIDMap2 | faiss.IndexIVFScalarQuantizer):
        raise ArchiveDamaged(f"a snapshot is a {type(loaded).__name__}, which none is written as")
    return loaded
