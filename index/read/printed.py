"""Lines as they were printed, page by page → paragraphs of running text.

A paragraph ends where the next line is set off from it: by space, by indentation, in another size
of type, or after a line that is short. Words that were divided at a line's end are put together
again. What stands at the top or foot of most pages is no part of the text.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise
from statistics import median
from typing import NamedTuple

_SET_OFF = 1.3
"""So many times the usual space from line to line is more than usual."""

_FAR = 3
_OTHER_SIZE = 1.12
_INDENTED = 0.8
_SHORT, _VERY_SHORT = 0.75, 0.5
"""Parts of a usual line: shorter is the last of a paragraph, where a sentence ends; or anyway."""

_FEWEST_PAGES = 3
_AT_EDGE = 2
_OFTEN = 0.4
"""On so many of the pages, as left and right ones may differ and the first is often without."""

_LEAST_KEPT = 0.7
_SHORTEST = 3
_SOFT_HYPHEN = "\u00ad"
_HYPHENS = ("-", "\u2010", _SOFT_HYPHEN)
_ENDS = re.compile(r"[.!?…:。？！؟।][”’\"'»)\]]*$")
_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERS_AT_END = re.compile(r"[^\W\d_]+$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\f\v]+")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f]|\u00ad(?!$)")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_PARAGRAPH = "\n\n"


class Line(NamedTuple):
    """A printed line: where it begins and stands, in points from the page's lower left corner.

    `size` is its type's. All three are 0 where they are not known.
    """

    text: str
    left: float = 0
    base: float = 0
    size: float = 0


def cleaned(text: str) -> str:
    """A line's text with each ligature as its letters, and without what cannot be seen."""
    return _SPACE.sub(" ", _UNSEEN.sub("", text.translate(_LIGATURES))).strip()


def running_text(pages: Sequence[Sequence[Line]]) -> tuple[str, list[int]]:
    """The text of `pages`, and the offset in it at which each of them begins."""
    pages = [_without_number(page, number) for number, page in enumerate(pages, 1)]
    pages = _without_edges(pages)
    words = _words(pages)
    pieces: list[str] = []
    begins: list[int] = []
    length = 0
    before: Line | None = None
    for page in pages:
        measures = _Measures.of(page)
        for number, line in enumerate(page):
            between = ""
            if before is not None:
                dropped = 0
                between = _PARAGRAPH
                if not _is_set_off(before, line, measures, is_new_page=not number):
                    dropped, between = _joint(before.text, line.text, words)
                pieces[-1] = pieces[-1][: len(pieces[-1]) - dropped]
                length += len(between) - dropped
            if not number:
                begins.append(length)
            pieces += (between, line.text)
            length += len(line.text)
            before = line
        if not page:
            begins.append(length)
    return "".join(pieces), begins


class _Measures(NamedTuple):
    """What is usual on a page: the space from line to line in points, and characters in a line."""

    leading: float
    width: float

    @classmethod
    def of(cls, page: Sequence[Line]) -> "_Measures":
        gaps = [
            before.base - line.base
            for before, line in pairwise(page)
            if 0 < before.base - line.base < _FAR * max(before.size, line.size)
        ]
        lengths = sorted(len(line.text) for line in page)
        return cls(
            leading=median(gaps) if gaps else 0,
            width=lengths[len(lengths) * 4 // 5] if lengths else 0,
        )


def _is_set_off(before: Line, line: Line, usual: _Measures, *, is_new_page: bool) -> bool:
    """Whether `line` begins a paragraph after `before`."""
    ends = bool(_ENDS.search(before.text))
    goes_on = not ends and line.text[0].islower()
    if goes_on or (len(before.text) == 1 and before.size > line.size):  # a drop cap
        return False
    length = len(before.text)
    if length < _VERY_SHORT * usual.width or (ends and length < _SHORT * usual.width):
        return True
    if before.size and max(before.size, line.size) > _OTHER_SIZE * min(before.size, line.size):
        return True
    gap = before.base - line.base
    if is_new_page or gap < 0:  # the next page or column says nothing of space
        return ends
    if usual.leading and gap > _SET_OFF * usual.leading:
        return True
    return ends and line.left - before.left > _INDENTED * line.size > 0


def _joint(before: str, after: str, words: set[str]) -> tuple[int, str]:
    """How many characters go from the end of `before`, and what comes between the two."""
    head = _LETTERS.match(after)
    tail = _LETTERS_AT_END.search(before[:-1])
    if not before.endswith(_HYPHENS) or head is None or tail is None:
        return 0, " "
    if before.endswith(_SOFT_HYPHEN):
        return 1, ""
    first, second = tail[0].casefold(), head[0].casefold()
    is_compound = f"{first}-{second}" in words or (
        {first, second} <= words and min(len(first), len(second)) >= _SHORTEST
    )
    if head[0][0].isupper() or (is_compound and first + second not in words):
        return 0, ""
    return 1, ""


def _words(pages: Sequence[Sequence[Line]]) -> set[str]:
    """The words that stand whole in a line."""
    words: set[str] = set()
    is_divided = False
    for line in chain.from_iterable(pages):
        found = [word.casefold() for word in _WORD.findall(line.text)]
        if is_divided:
            found = found[1:]
        is_divided = line.text.endswith(_HYPHENS)
        words.update(found[:-1] if is_divided else found)
    return words


def _edges(page: Sequence[Line]) -> list[Line]:
    """The lines that stand highest and lowest, or where that is not known, first and last."""
    if any(line.base for line in page):
        page = sorted(page, key=lambda line: -line.base)
    return [*page[:_AT_EDGE], *page[-_AT_EDGE:]]


def _without_number(page: Sequence[Line], number: int) -> Sequence[Line]:
    says_so = re.compile(
        rf"\W*(?:page|seite|p\.)?\s*{number}(?:\s*(?:of|/|von)\s*\d+)?\W*", re.IGNORECASE
    )
    numbers = [line for line in _edges(page) if says_so.fullmatch(line.text)]
    return [line for line in page if line not in numbers]


def _without_edges(pages: Sequence[Sequence[Line]]) -> Sequence[Sequence[Line]]:
    """The pages without what stands at the top or foot of many, but for the numbers in it."""
    if len(pages) < _FEWEST_PAGES:
        return pages
    counts = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
    least = max(2, _OFTEN * len(pages))
    kept = []
    for page in pages:
        repeated = [line for line in _edges(page) if counts[_key(line)] >= least]
        kept.append([line for line in page if line not in repeated])
    if _letters(kept) < _LEAST_KEPT * _letters(pages):
        return pages  # whole pages are alike: that is no header
    return kept


def _letters(pages: Sequence[Sequence[Line]]) -> int:
    return sum(len(line.text) for page in pages for line in page)


def _key(line: Line) -> str:
    return _DIGITS.sub("#", line.text).casefold()
