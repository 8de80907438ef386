"""What a reader is given: bytes that can be opened, and what is known of them from outside."""

import errno
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.metadata import Metadata

MAX_ARTICLE_BYTES = 10_000_000
"""The longest article that is taken in: about 1,500 printed pages."""


class Position:
    """Opens a file, and says how much of it has been read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._furthest = 0.0

    def open(self) -> BinaryIO:
        self._file = self._path.open("rb")
        return self._file

    def share(self) -> float | None:
        """Less than 1, and never less than before; None at the end, and where nobody knows."""
        if self._file is None or self._file.closed:
            return None
        try:
            share = self._file.tell() / os.fstat(self._file.fileno()).st_size
        except (OSError, ZeroDivisionError):  # one that cannot be sought, an empty one
            return None
        # A reader of an archive goes back and forth in it.
        self._furthest = max(self._furthest, share)
        return self._furthest if self._furthest < 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file, or a file within one.

    `path` is what is shown of it, `identity` what tells it from every other, `known` what is known
    from outside, like the address at which it was retrieved. `depth` counts the files that it lies
    in.
    """

    path: str
    identity: str
    open: Callable[[], BinaryIO]
    known: Metadata = field(default_factory=Metadata)
    depth: int = 0

    @classmethod
    def of(cls, path: Path, position: Position | None = None) -> "Source":
        position = position or Position(path)
        return cls(path=shown(path), identity=str(path), open=position.open)

    @property
    def suffix(self) -> str:
        """The end of the name, in lower case with its dot, or empty."""
        return Path(self.path).suffix.lower()

    def member(self, name: str, raw: bytes, known: Metadata | None = None) -> "Source":
        """A file that this one holds."""
        name = name.replace("\\", "/").lstrip("/")
        printable = "".join(char if char.isprintable() else "\ufffd" for char in name)
        return Source(
            path=f"{self.path}/{printable}",
            identity=f"{self.identity}/{name}",
            open=lambda: io.BytesIO(raw),
            known=known or Metadata(),
            depth=self.depth + 1,
        )

    def read(self) -> bytes:
        """All of it, unless it is empty or larger than an article may be.

        Raises:
            UnreadableFile: it is empty, or larger than `MAX_ARTICLE_BYTES`.
            OSError: it cannot be opened.
        """
        with self.open() as file:
            raw = file.read(MAX_ARTICLE_BYTES + 1)
            if len(raw) > MAX_ARTICLE_BYTES:
                raise UnreadableFile(too_long(file.seek(0, os.SEEK_END)))
        if not raw:
            raise UnreadableFile("the file is empty")
        return raw


Format = Callable[[Source], Iterator[Document | Failure | Source]]
"""Yields each article, each record that is none, and each file within, which is read in turn.

Raises `UnreadableFile` when the file as a whole cannot be read.
"""


def shown(path: Path) -> str:
    """`path` as text. What in a file's name is no UTF-8 becomes U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


_NEXT_STEPS = {
    errno.EACCES: "let your user read it and enter its folder, then add it again",
    errno.EPERM: "let your user read it and enter its folder, then add it again",
    errno.ENAMETOOLONG: "move it to where its path is shorter",
    errno.ENOENT: "it went away meanwhile; add its folder again",
    errno.ENOTDIR: "it went away meanwhile; add its folder again",
    errno.ELOOP: "a link that leads back to itself; delete it",
    errno.EIO: "check the disk",
    errno.ESTALE: "check the disk, or the network to it",
}


def why_closed(error: OSError) -> str:
    """The reason given for what cannot be opened, and what to do about it."""
    next_step = _NEXT_STEPS.get(error.errno or 0, "")
    return f"cannot be opened: {error.strerror or error}{next_step and f'; {next_step}'}"


def is_there(path: Path) -> bool:
    """Whether a file is there, or the one that it lies in, or nobody lets us look."""
    try:
        return path.exists() or any(parent.is_file() for parent in path.parents)
    except OSError:
        return True


def too_long(size: int) -> str:
    """The reason given for an article or record of `size` bytes that is too long."""
    return (
        f"{size / 1e6:.1f} MB is longer than the {MAX_ARTICLE_BYTES / 1e6:.0f} MB "
        "that one article may have"
    )
