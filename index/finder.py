"""What finds passages: by their vectors, by their words. Derived, and replaceable."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from index import lexical
from index.datatypes import Filters
from index.encoder import Vector
from index.store import Store, passages_within
from index.vectors import VectorIndex


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
        """Passages that may have all of these phrases, and all that do if they are so many."""


class LocalFinder:
    """FAISS and FTS5, beside the tables that they are derived from."""

    is_partial = False

    def __init__(self, store: Store, index: Callable[[], VectorIndex]) -> None:
        self._store = store
        self._index = index

    def nearest(self, vector: Vector, filters: Filters, *, k: int) -> list[int]:
        allowed = self._store.passage_ids(filters) if filters else None
        return [int(one) for one in self._index().search(vector, k=k, allowed=allowed).ids]

    def with_any(self, terms: Mapping[str, float], filters: Filters, *, k: int) -> dict[int, float]:
        return dict(self._match(lexical.match_any(terms), filters, k)) if terms else {}

    def with_phrases(self, phrases: Sequence[str], filters: Filters, *, k: int) -> list[int]:
        expressions = [match for phrase in phrases if (match := lexical.match_phrase(phrase))]
        if not expressions:
            return []
        return [passage for passage, _ in self._match(" AND ".join(expressions), filters, k)]

    def _match(self, expression: str, filters: Filters, k: int) -> list[tuple[int, float]]:
        within, bindings = passages_within(filters) if filters else ("", ())
        # For the plus, SQLite looks each match up in the list, not each of the list in FTS5.
        among = f" AND +rowid IN ({within})" if within else ""
        rows = self._store.database.execute(
            f"SELECT rowid, -bm25(terms) FROM terms WHERE terms MATCH ?{among}"
            " ORDER BY bm25(terms), rowid LIMIT ?",
            (expression, *bindings, k),
        )
        return [(row[0], row[1]) for row in rows]
