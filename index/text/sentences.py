"""Document → sentences → passages, every one a slice of the text by its offsets.

Sentences come from `sentencex`, which knows abbreviations, and are then mended where news
defeats it: "3 p.m. Monday", "approx. 29", "“Go!” he said", "3. Oktober", lists, headings.
Passages are neighbouring whole sentences that fit the encoder's window. A sentence longer than
the window is cut at white space, so that no word is ever left out of the search.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import sentencex

from index.datatypes import Sentence, Span
from index.text.calendar import day_names, month_names, short_day_names, short_month_names

_WITH_DOT_AFTER_DAY = ("de", "de_AT", "da", "pl")
"""Languages that write “3. Oktober”, with a dot that ends no sentence."""

_ZONE = (
    "GMT|UTC|ET|EST|EDT|CT|CST|CDT|MT|MST|MDT|PT|PST|PDT|AST|CET|CEST|EET|EEST|BST|MSK|EAT|WAT|IST"
    "|HKT|SGT|JST|KST|AEST|AEDT|Eastern|Pacific"
    r"|(?!(?:This|That|The|Each|Every|Last|Next|First|Any|Some) )(?:[A-ZÀ-Þ][\w-]+ ){1,3}[Tt]ime"
)

_TITLE = (
    "Brig|Gen|Lt|Col|Maj|Capt|Cmdr|Sgt|Cpl|Pvt|Adm|Sen|Sens|Rep|Reps|Gov|Rev|Hon|St|Mt|Ft|Prof|Dr"
    "|Mr|Mrs|Ms|Messrs|Supt|Insp|Det|Pres|Amb|Atty|Asst|Dep|Sheikh"
)

_ENDS_IN_BRACKET = re.compile(r"[.!?][)\]]\s+(?=[\"“‘']?[A-ZÀ-Þ])")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*•‣◦·–—]|\(?\d{1,3}[.)])[ \t]+\S")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_CLOSERS_ONLY = re.compile(r"[\"”»’')\]」』\s]+\Z")
_AT_ONCE = 4_000
"""Characters given to sentencex at once: of nothing but quotation marks it takes n² time."""

_WRAP_COLUMN = 100
_HEADING_SHARE = 0.5


def split_sentences(text: str) -> list[Span]:
    """The sentences of `text` in order: spans that neither overlap nor begin or end in space."""
    spans: list[Span] = []
    for start, end in _lines_apart(text):
        for span in _pieces(text, start, end):
            if spans and _belongs_together(text, spans[-1], span):
                spans[-1] = Span(spans[-1].start, span.end)
            else:
                spans.append(span)
    return spans


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        pieces = sentencex.segment("en", text[start : min(end, start + _AT_ONCE)])
        if end - start > _AT_ONCE and len(pieces) > 1:
            pieces.pop()  # it may go on
        yield from _mended(text, start, pieces)
        start += sum(map(len, pieces))


def _mended(text: str, position: int, pieces: Sequence[str]) -> Iterator[Span]:
    for piece in pieces:
        piece_end = position + len(piece)
        cuts = [found.end() for found in _ENDS_IN_BRACKET.finditer(text, position, piece_end)]
        for piece_start, cut in zip([position, *cuts], [*cuts, piece_end], strict=True):
            if span := _trimmed(text, piece_start, cut):
                yield span
        position = piece_end


def _trimmed(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    bare = piece.strip()
    if not bare:
        return None
    start += len(piece) - len(piece.lstrip())
    return Span(start, start + len(bare))


def _belongs_together(text: str, before: Span, after: Span) -> bool:
    gap = text[before.end : after.start]
    if _BLANK_LINE.search(gap):
        return False
    if _CLOSERS_ONLY.match(text[after.start : after.end]):
        return True
    if "\n" in gap and _LIST_ITEM.match(text, after.start):
        return False
    tail = text[max(before.start, before.end - 24) : before.end]
    head = text[after.start : after.start + 24]
    return any(end.search(tail) and beginning.match(head) for end, beginning in _no_break())


@cache
def _no_break() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Pairs of an end and a beginning between which no sentence ends."""
    month = "|".join((*short_month_names(), *month_names()))
    numbered = "|".join(name for one in _WITH_DOT_AFTER_DAY for name in month_names(one))
    day = "|".join((*short_day_names(), *day_names()))
    return tuple(
        (re.compile(rf"(?:{end})$"), re.compile(rf"(?:{beginning})"))
        for end, beginning in (
            (r"\b[AaPp]\.\s?[Mm]\.", rf"(?:{day}|{month}|{_ZONE})\b|\("),
            (
                r"\b(?:[Aa]pprox|[Nn]os?|[Cc]a|[Cc]irca|[Vv]ol|[Aa]rt|[Ss]ec|[Ff]ig|[Pp]p?|[Ee]st)\.",
                r"\d",
            ),
            (rf"\b(?:{month})\.", r"\d"),
            (
                rf"\b(?:{_TITLE})\.",
                r"[\"“‘']?[A-ZÀ-Þ]",
            ),
            (r"\b\d{1,2}\.", rf"(?:{numbered})\b"),
            (r"[.!?…][\"”»’')\]]*", r"[a-zß-öø-ÿ]+(?![A-Z\w])"),
            (r"[」』]", r"[と]"),
            (r"\A\s*\(?\d{1,3}[.)]", r"\S"),
        )
    )


def _lines_apart(text: str) -> Iterator[Span]:
    """Cut where the layout says that one thing ends: list items, headings, one line a paragraph.

    A line break within a paragraph set to a column is no such place.
    """
    start = 0
    widest = max((len(line) for line in text.splitlines()), default=0)
    line_start = 0
    while (newline := text.find("\n", line_start)) != -1:
        line = text[line_start:newline].rstrip()
        following = text[newline + 1 : newline + 200]
        if line and following and _is_break(line, following, widest):
            yield Span(start, newline + 1)
            start = newline + 1
        line_start = newline + 1
    if start < len(text):
        yield Span(start, len(text))


def _is_break(line: str, following: str, widest: int) -> bool:
    if _LIST_ITEM.match(following):
        return True
    if not following.lstrip()[:1].isupper() and following.lstrip()[:1] not in "\"“‘'«":
        return False
    return widest > _WRAP_COLUMN or len(line) < _HEADING_SHARE * widest


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPassage:
    """A passage before it is stored: its span, and the spans of its sentences."""

    start: int
    end: int
    sentences: tuple[Span, ...]


def split_passages(
    text: str,
    *,
    window: int,
    count_tokens: Callable[[Sequence[str]], Sequence[int]],
) -> list[SplitPassage]:
    """The passages of `text`, in order, each of at most `window` tokens and about as long.

    Args:
        window: the tokens that the encoder has for the text of a passage.
        count_tokens: how many tokens the encoder makes of each of some texts.
    """
    spans = split_sentences(text)
    counts = count_tokens([text[span.start : span.end] for span in spans])
    fitting = list(_cut_to_fit(text, spans, counts, window, count_tokens))
    total = sum(count for _, count in fitting)
    even = total / max(1, -(-total // window))
    passages: list[SplitPassage] = []
    gathered: list[Span] = []
    used = 0
    for span, count in fitting:
        if gathered and (used + count > window or used + count / 2 > even):
            passages.append(_passage_of(gathered))
            gathered, used = [], 0
        gathered.append(span)
        used += count
    if gathered:
        passages.append(_passage_of(gathered))
    return passages


def _passage_of(spans: list[Span]) -> SplitPassage:
    return SplitPassage(start=spans[0].start, end=spans[-1].end, sentences=tuple(spans))


def _cut_to_fit(
    text: str,
    spans: Sequence[Span],
    counts: Sequence[int],
    window: int,
    count_tokens: Callable[[Sequence[str]], Sequence[int]],
) -> Iterator[tuple[Span, int]]:
    for span, count in zip(spans, counts, strict=True):
        if count <= window or span.end - span.start == 1:
            yield span, count
            continue
        pieces = _in_pieces(text, span, -(-count // window) + 1)
        counted = count_tokens([text[piece.start : piece.end] for piece in pieces])
        yield from _cut_to_fit(text, pieces, counted, window, count_tokens)


def _in_pieces(text: str, span: Span, number: int) -> list[Span]:
    """Cut `span` into about `number` pieces of like length, at white space where there is some."""
    length = max(1, (span.end - span.start) // number)
    pieces: list[Span] = []
    start = span.start
    while start < span.end:
        end = min(span.end, start + length)
        if end < span.end:
            space = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
            end = space if space > start else end
        if piece := _trimmed(text, start, end):
            pieces.append(piece)
        start = end
    return pieces


def sentences_in(text: str, spans: Sequence[Span], *, first: int) -> tuple[Sentence, ...]:
    """The sentences at `spans` of `text`, numbered from `first`."""
    return tuple(
        Sentence(
            ordinal=first + place, start=span.start, end=span.end, text=text[span.start : span.end]
        )
        for place, span in enumerate(spans)
    )
