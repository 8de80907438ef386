"""The lines of a file of many records, however long one of them is."""

from collections.abc import Iterator
from typing import NamedTuple, TextIO

from index.read.source import MAX_ARTICLE_BYTES

_LONGEST_LINE = MAX_ARTICLE_BYTES + 1_000_000
_SKIP = 1 << 20


class Line(NamedTuple):
    """A line's number, from 1, its length in characters, and its text: None when too long."""

    number: int
    length: int
    text: str | None


def bounded_lines(file: TextIO) -> Iterator[Line]:
    """Each line of `file`, holding no more of it in memory than one article may have."""
    number = 0
    while text := file.readline(_LONGEST_LINE):
        number += 1
        length = len(text)
        if length < _LONGEST_LINE or text.endswith("\n"):
            yield Line(number, length, text)
            continue
        while rest := file.readline(_SKIP):
            length += len(rest)
            if rest.endswith("\n"):
                break
        yield Line(number, length, None)
