"""Where an archive is kept and what finds its passages: the one seam below `index.archive`.

`index.embedded` keeps it in one folder, with SQLite, FTS5 and FAISS; `index.cluster` on servers.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from index.models.encoder import EncoderIdentity
from index.search.candidates import Finder
from index.storage.protocol import Tables
from index.storage.store import Store
from index.storage.writer import Writer


class Sizes(NamedTuple):
    """Bytes on disk, and the form of the vector index."""

    store_bytes: int
    vector_bytes: int
    tier: str


class Backend(Protocol):
    """Keeps one archive."""

    def exists(self) -> bool:
        """Whether there is an archive."""

    def create(self) -> None:
        """Make an empty one. Raises: ArchiveReadOnly."""

    def connect(self) -> Tables:
        """A connection of its own, with tables of the newest form."""

    def writing(self, *, timeout_seconds: float) -> AbstractContextManager[Writer]:
        """Hold the right to write, which one process has at a time. Raises: ArchiveLocked."""

    def finder(self, store: Store, encoder: Callable[[], EncoderIdentity]) -> Finder:
        """What finds the passages that `store` sees, for one search."""

    def follow(self, store: Writer) -> None:
        """Called after each commit, before its documents are acknowledged."""

    def keep(self, store: Writer) -> None:
        """Called once an `add` has committed the last of its documents."""

    def erase(self, store: Writer, *, documents: int) -> None:
        """Leave nothing of what the tables have no more. Raises: ArchiveError."""

    def start_anew(self, store: Writer) -> None:
        """Make what finds passages anew from the tables."""

    def settle(self, *, is_waiting: bool = False) -> None:
        """Begin what may be done in the background; wait for it, if asked to."""

    def damage(self, store: Store) -> list[str]:
        """What is wrong with what finds passages."""

    def sizes(self, store: Store) -> Sizes:
        """How large it is."""

    def close(self) -> None:
        """Wait for what is done in the background, and let go. Raises: ArchiveError."""
