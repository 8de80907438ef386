"""The source pane: an article in full, as HTML, the cited sentence marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from index import Document, Span
from qa.datatypes import Answer, Citation
from qa.output.permalink import Permalink
from qa.web.page.line_breaks import Piece, filling_breaks, pieces_of
from qa.web.page.quotes import Quoted, query_of
from qa.web.templates import render

EMPTY = '<p class="hint">The article of an answer opens here, at the sentence that is quoted.</p>'

MAX_SHOWN = 200_000
"""Characters of a text that are shown; of a longer one, those around the citation."""


@dataclass(frozen=True, slots=True)
class Run:
    """Some of an article. `is_cited`: it is a further sentence that was cited."""

    pieces: Sequence[Piece]
    is_cited: bool


def article_of(
    citation: Citation,
    answer: Answer | None = None,
    *,
    others: Sequence[Citation] = (),
    archive: str = "",
) -> str:
    """The article of a citation as one line of HTML.

    Args:
        citation: what is marked.
        answer: the answer, when `citation` is its first; its words are marked more strongly.
        others: further citations; those of the same article are marked weakly.
        archive: the archive's name, where there are several.
    """
    document = citation.document
    text = document.text
    first = max(0, min(citation.start - MAX_SHOWN // 2, len(text) - MAX_SHOWN))
    last = min(len(text), first + MAX_SHOWN)
    breaks = filling_breaks(text, first, last)
    spans = _apart(citation, [one for one in others if one.document.id == document.id])
    return render(
        "article.html",
        document=document,
        query=query_of(Permalink.of(citation), archive=archive),
        facts=_facts(document),
        count_before=first,
        count_after=len(text) - last,
        before=_runs(text, first, citation.start, spans, breaks),
        quoted=Quoted.of(citation, answer, breaks),
        after=_runs(text, citation.end, last, spans, breaks),
    )


def _apart(citation: Citation, others: Sequence[Citation]) -> list[Span]:
    """Where the others stand, in order, without those that overlap."""
    spans: list[Span] = []
    for start, end in sorted({(one.start, one.end) for one in others}):
        is_after = not spans or spans[-1].end <= start
        if is_after and (end <= citation.start or citation.end <= start):
            spans.append(Span(start, end))
    return spans


def _runs(
    text: str, first: int, last: int, spans: Sequence[Span], breaks: Sequence[Span]
) -> list[Run]:
    runs = []
    place = first
    for start, end in spans:
        if place <= start and end <= last:
            runs.append(Run(pieces_of(text, place, start, breaks), is_cited=False))
            runs.append(Run(pieces_of(text, start, end, breaks), is_cited=True))
            place = end
    return [*runs, Run(pieces_of(text, place, last, breaks), is_cited=False)]


def _facts(document: Document) -> list[tuple[str, str]]:
    """What is known of an article, by what it is called; nothing for what is not."""
    dates = [
        (name, "" if day is None else day.isoformat())
        for name, day in (
            ("Published", document.published),
            ("Changed", document.modified),
            ("Retrieved", document.retrieved),
        )
    ]
    where = document.path if document.line is None else f"{document.path}, line {document.line}"
    return [
        ("Source", document.source),
        *dates,
        ("By", ", ".join(document.authors)),
        ("Relays", document.relays),
        ("Dateline", document.dateline),
        ("Section", document.section),
        ("Language", document.language),
        ("Address", document.url),
        ("File", where),
    ]
