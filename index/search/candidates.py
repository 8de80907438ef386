"""What finds passages: by their vectors, by their words. Derived, and replaceable."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from index.datatypes import Filters
from index.models.encoder import Vector
from index.search.vectors import VectorIndex
from index.storage.filtering import passages_within
from index.storage.passages import Ids
from index.storage.store import Store
from index.text import analysis

_LISTED = 5_000
"""The passages of so many texts are listed to search among them; when a filter admits more, …"""
_DEEPEST = 16_384
"""… so many of all passages are looked at before that, for as many as are wanted."""
_DEEPER = 4


class Finder(Protocol):
    """Finds the passages of one state of an archive, for one search.

    `is_partial`: part of the archive has not answered what was asked so far.
    """

    @property
    def is_partial(self) -> bool: ...

    def nearest(self, vector: Vector, filters: Filters, *, k: int) -> list[int]:
        """The passages whose vectors are nearest, best first."""

    def with_any(self, terms: Mapping[str, float], filters: Filters, *, k: int) -> dict[int, float]:
        """The passages that have any of these terms, each with its BM25, best first.

        Args:
            terms: each with its weight in the query.
            filters: which documents to look among.
            k: at most so many.
        """

    def with_phrases(self, phrases: Sequence[str], filters: Filters, *, k: int) -> list[int]:
        """At most `k` passages that may have all of these phrases, which the text then decides.

        Beyond `k` some that have them may be missing; on servers these are the `k` with most of the
        phrases' words.
        """


def deepened(
    find: Callable[[int], Mapping[int, float]],
    admitted: Callable[[Sequence[int]], frozenset[int]],
    *,
    k: int,
    deepest: int,
) -> tuple[dict[int, float], bool]:
    """The best of those that are admitted, from looking ever deeper until they are `k`.

    Args:
        find: gives so many passages with their scores, best first; fewer when there are no more.
        admitted: which of some passages are.
        k: how many are wanted.
        deepest: the most that `find` is asked for.

    Returns:
        At most `k` passages, and whether there may be more of them.
    """
    depth = k
    while True:
        found = find(depth)
        those = admitted([*found])
        kept = [(passage, score) for passage, score in found.items() if passage in those][:k]
        if len(kept) == k or len(found) < depth or depth == deepest:
            return dict(kept), len(kept) < k and len(found) == depth
        depth = min(_DEEPER * depth, deepest)


class LocalFinder:
    """FAISS and FTS5, beside the tables that they are derived from."""

    is_partial = False

    def __init__(self, store: Store, index: Callable[[], VectorIndex]) -> None:
        self._store = store
        self._index = index

    def nearest(self, vector: Vector, filters: Filters, *, k: int) -> list[int]:
        def find(depth: int, allowed: Ids | None = None) -> dict[int, float]:
            found = self._index().search(vector, k=depth, allowed=allowed, nprobe_factor=depth // k)
            return dict(zip(found.ids.tolist(), found.scores.tolist(), strict=True))

        def among() -> dict[int, float]:
            return find(k, self._store.passage_ids(filters))

        return [*self._best(find, among, filters, k)]

    def _best(
        self,
        find: Callable[[int], dict[int, float]],
        among: Callable[[], dict[int, float]],
        filters: Filters,
        k: int,
    ) -> dict[int, float]:
        """The best `k` of what the filters admit.

        `find` gives the best of all; `among` looks among the admitted alone, which it lists.
        """
        if not filters:
            return find(k)
        if self._store.totals(filters).texts > _LISTED:
            found, is_short = deepened(
                find, lambda ids: self._store.admitted(ids, filters), k=k, deepest=max(k, _DEEPEST)
            )
            if not is_short:
                return found
        return among()

    def with_any(self, terms: Mapping[str, float], filters: Filters, *, k: int) -> dict[int, float]:
        return self._match(analysis.match_any(terms), filters, k) if terms else {}

    def with_phrases(self, phrases: Sequence[str], filters: Filters, *, k: int) -> list[int]:
        expressions = [match for phrase in phrases if (match := analysis.match_phrase(phrase))]
        if not expressions:
            return []
        return [*self._match(" AND ".join(expressions), filters, k)]

    def _match(self, expression: str, filters: Filters, k: int) -> dict[int, float]:
        def find(depth: int, among: str = "", *bindings: str) -> dict[int, float]:
            rows = self._store.database.execute(
                f"SELECT rowid, -bm25(terms) FROM terms WHERE terms MATCH ?{among}"
                " ORDER BY bm25(terms), rowid LIMIT ?",
                (expression, *bindings, depth),
            )
            return {row[0]: row[1] for row in rows}

        def among() -> dict[int, float]:
            within, bindings = passages_within(filters)
            # For the plus, SQLite looks each match up in the list, not each of the list in FTS5.
            return find(k, f" AND +rowid IN ({within})", *bindings)

        return self._best(find, among, filters, k)
