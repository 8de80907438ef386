"""What the store, the writer and the marks need of a database, whichever it is.

Their SQL is what SQLite and PostgreSQL both understand, with `?` and `:name` for values. What the
two do differently is behind these faces: transactions, the words of the passages, the check of the
database's own files.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

Row = tuple[Any, ...]


class TermRow(NamedTuple):
    """The terms that a passage is found by, joined by spaces: its headline's and its own."""

    passage: int
    headline: str
    text: str


class Lexicon(Protocol):
    """Which terms the passages have. Changes belong in a transaction of `Tables.writing`."""

    def put(self, rows: Iterable[TermRow]) -> None:
        """Add passages."""

    def take_out(self, rows: Iterable[TermRow]) -> None:
        """Forget passages, by naming what was put in of them."""

    def clear(self) -> None:
        """Forget all."""

    def optimize(self) -> None:
        """Write it anew, in one piece, which leaves nothing of what was taken out."""

    def is_made_of(self, rows: Iterable[TermRow]) -> bool:
        """Whether it holds exactly what these put in."""

    def occurrences(self, terms: Sequence[str]) -> dict[str, int]:
        """How often each term stands in the archive; absent terms are left out."""

    def beginning(self, letters: Sequence[str]) -> Iterator[str]:
        """The terms that begin with one of these letters."""


class Tables(Protocol):
    """One connection to the tables of `index.storage.schema`."""

    @property
    def lexicon(self) -> Lexicon:
        """The terms of the passages."""

    def execute(self, sql: str, bindings: tuple[object, ...] | dict[str, object] = ()) -> list[Row]:
        """Every row of one statement."""

    def stream(self, sql: str, bindings: tuple[object, ...] = ()) -> Iterator[Row]:
        """The rows of one statement, one at a time."""

    def insert(self, sql: str, bindings: tuple[object, ...]) -> int:
        """Run one INSERT and return the row's number."""

    def changes(self) -> int:
        """How many rows the last statement changed."""

    def writing(self) -> AbstractContextManager[None]:
        """One transaction: all of it is kept, or nothing."""

    def reading(self) -> AbstractContextManager[None]:
        """See one state of the archive throughout, whatever is written meanwhile."""

    def damage(self) -> Iterator[str]:
        """What is wrong with the database's own files, as far as it can tell."""

    def lost_parents(self) -> Iterator[str]:
        """The rows that name a row that is not there."""

    def close(self) -> None:
        """Let go of it."""
