"""Which line breaks of an article only fill a column, as wire copy is set.

Such a line break is shown as the space between words that it stands for, so that the text fills
whatever it is shown in. Blank lines, indents, lists, tables, and the ends of paragraphs that are a
line each stay as they are. The text itself is never changed: it is cut into pieces, some of which
are such line breaks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import Span

WIDEST_COLUMN = 100
"""Characters of a line; what is longer is a paragraph."""

LOOKED_AT = 4_000
"""Characters before and after a sentence that tell how its article is set."""

_FULL_SHARE = 0.5
"""Where sentences go on after a line break, at least so many of the lines before it are full in a
text that is set to a column."""

_SINGLE = re.compile(r"(?<=\S)[ \t]*\r?\n(?=\S)")
_LIST_ITEM = re.compile(r"(?:[-*•‣◦·–—]|\(?\d{1,3}[.)])[ \t]+\S")
_SENTENCE_END = re.compile(r"[.!?…:؟۔。！？][\"'”’»)\]]*$")
_CELLS = re.compile(r"\S(?: {3,}|[ \t]*\t[ \t]*)\S")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a text. `is_filling`: it is a line break that only fills a column."""

    text: str
    is_filling: bool


@dataclass(frozen=True, slots=True)
class _Break:
    """A single line break, and the lines before and after it."""

    span: Span
    before: str
    after: str

    @property
    def may_fill(self) -> bool:
        """The lines are of a column's width, and neither is of a list or a table."""
        lines = (self.before, self.after)
        return (
            max(map(len, lines)) <= WIDEST_COLUMN
            and not _LIST_ITEM.match(self.after)
            and not any(map(_CELLS.search, lines))
        )

    @property
    def is_before_a_small_letter(self) -> bool:
        return self.after[0].islower()

    @property
    def is_after_a_sentence(self) -> bool:
        return _SENTENCE_END.search(self.before) is not None

    def is_after_a_full_line(self, column: int) -> bool:
        """The next line's first word would not have fitted."""
        return len(self.before) + 1 + len(self.after.split(maxsplit=1)[0]) > column


def filling_breaks(text: str, start: int, end: int) -> list[Span]:
    """The line breaks of `text[start:end]` that only fill a column, in order.

    Where a line ends short of the column, the next word would have fitted: something ends there.
    """
    if "\n" not in text[start:end]:
        return []
    first = max(0, start - LOOKED_AT)
    breaks = [one for one in _breaks(text, first, end + LOOKED_AT) if one.may_fill]
    column = max((len(line) for one in breaks for line in (one.before, one.after)), default=0)
    is_set = _is_set(breaks, column)
    return [
        one.span
        for one in breaks
        if start <= one.span.start and one.span.end <= end
        if one.is_before_a_small_letter or (is_set and one.is_after_a_full_line(column))
    ]


def _is_set(breaks: Sequence[_Break], column: int) -> bool:
    """Whether the lines are those of a column, not paragraphs of a line each."""
    full = [one.is_after_a_full_line(column) for one in breaks if not one.is_after_a_sentence]
    return bool(full) and sum(full) >= _FULL_SHARE * len(full)


def _breaks(text: str, first: int, last: int) -> list[_Break]:
    found = []
    for match in _SINGLE.finditer(text, first, last):
        line_start = text.rfind("\n", 0, match.start()) + 1
        line_end = text.find("\n", match.end())
        after = text[match.end() : line_end if line_end >= 0 else len(text)]
        found.append(_Break(Span(*match.span()), text[line_start : match.start()], after.rstrip()))
    return found


def pieces_of(text: str, start: int, end: int, breaks: Sequence[Span]) -> list[Piece]:
    """`text[start:end]`, cut at those of the line breaks that lie in it."""
    pieces = []
    for found in breaks:
        if start <= found.start and found.end <= end:
            pieces += [Piece(text[start : found.start], is_filling=False)]
            pieces += [Piece(text[found.start : found.end], is_filling=True)]
            start = found.end
    return [*pieces, Piece(text[start:end], is_filling=False)]
