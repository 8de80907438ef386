"""One connection to an archive's tables, and the state that is seen through it."""

import contextlib
from collections.abc import Iterator, Sequence

from index.models.encoder import EncoderIdentity
from index.storage.protocol import Row, Tables

_AT_ONCE = 500
"""So many ids are given to one statement."""


class State:
    """What stays the same as long as one state is seen: its change and its encoder."""

    def __init__(self, database: Tables) -> None:
        self.database = database
        self._is_reading = False
        self._state: Row | None = None
        """The change and the encoder, which stay the same as long as one state is seen."""

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the archive throughout, whatever is written meanwhile."""
        if self._is_reading:
            yield
            return
        with self.database.reading():
            self._is_reading = True
            try:
                yield
            finally:
                self._is_reading, self._state = False, None

    def _state_now(self) -> Row:
        if self._state is not None:
            return self._state
        (state,) = self.database.execute(
            "SELECT change, name, sha256, dimension, pooling FROM state LEFT JOIN encoder ON TRUE"
        )
        if self._is_reading:
            self._state = state
        return state

    def among(
        self, select: str, ids: Sequence[int], rest: str = "", bindings: tuple[str, ...] = ()
    ) -> Iterator[Row]:
        """The rows of `select IN (…) rest` for these ids alone, some hundreds at a time.

        Args:
            select: a SELECT up to the column that holds the ids.
            ids: what it may hold.
            rest: what follows.
            bindings: the values of `rest`.
        """
        for start in range(0, len(ids), _AT_ONCE):
            some = tuple(ids[start : start + _AT_ONCE])
            marks = ", ".join("?" * len(some))
            yield from self.database.execute(f"{select} IN ({marks}){rest}", (*some, *bindings))

    def change(self) -> int:
        """A number that grows with every transaction."""
        return int(self._state_now()[0])

    def encoder(self) -> EncoderIdentity | None:
        """The encoder that the archive's vectors come from; none before the first document."""
        _, name, sha256, dimension, pooling = self._state_now()
        if name is None:
            return None
        return EncoderIdentity(name=name, sha256=sha256, dimension=dimension, pooling=pooling)
