"""The source pane: an article in full, as HTML, the cited sentence marked."""

from collections.abc import Sequence

from index import Document
from qa.datatypes import Answer, Citation
from qa.output.wording import document_name
from qa.web.escape import escape
from qa.web.page.quotes import day_of, lang_of, link_to, sentence_of

EMPTY = '<p class="hint">The article of an answer opens here, at the sentence that is quoted.</p>'

MAX_SHOWN = 200_000
"""Characters of a text that are shown; of a longer one, those around the citation."""


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
    first = max(0, min(citation.start - MAX_SHOWN // 2, len(document.text) - MAX_SHOWN))
    last = min(len(document.text), first + MAX_SHOWN)
    link = link_to(citation, "Link to this sentence", archive=archive)
    spans = _apart(citation, [one for one in others if one.document.id == document.id])
    return "".join(
        [
            f'<div class="head"><h2 dir="auto">{escape(document_name(document))}</h2>',
            f'<p class="byline">{_byline(document)}{link}</p>',
            f"{_facts(document)}</div>",
            _left_out(first, "before"),
            f'<div class="article" dir="auto"{lang_of(document)}>',
            _marked(document.text, first, citation.start, spans),
            f'<mark class="cited">{sentence_of(citation, answer)}</mark>',
            _marked(document.text, citation.end, last, spans),
            "</div>",
            _left_out(len(document.text) - last, "after"),
        ]
    )


def _apart(citation: Citation, others: Sequence[Citation]) -> list[tuple[int, int]]:
    """Where the others stand, in order, without those that overlap."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted({(one.start, one.end) for one in others}):
        is_after = not spans or spans[-1][1] <= start
        if is_after and (end <= citation.start or citation.end <= start):
            spans.append((start, end))
    return spans


def _marked(text: str, first: int, last: int, spans: Sequence[tuple[int, int]]) -> str:
    parts = []
    place = first
    for start, end in spans:
        if place <= start and end <= last:
            parts += [escape(text[place:start]), '<span class="also">', escape(text[start:end])]
            parts.append("</span>")
            place = end
    return "".join([*parts, escape(text[place:last])])


def _byline(document: Document) -> str:
    source = f'<b dir="auto">{escape(document.source)}</b> · ' if document.source else ""
    return f'<span class="whose">{source}{day_of(document.published)}</span>'


def _facts(document: Document) -> str:
    dates = {
        name: "" if day is None else day.isoformat()
        for name, day in (
            ("Published", document.published),
            ("Changed", document.modified),
            ("Retrieved", document.retrieved),
        )
    }
    where = document.path if document.line is None else f"{document.path}, line {document.line}"
    facts = {
        "Source": document.source,
        **dates,
        "By": ", ".join(document.authors),
        "Relays": document.relays,
        "Dateline": document.dateline,
        "Section": document.section,
        "Language": document.language,
        "Address": document.url,
        "File": where,
    }
    rows = "".join(
        f'<li><b>{name}</b> <span dir="auto">{escape(value)}</span></li>'
        for name, value in facts.items()
        if value
    )
    return (
        f'<details class="about"><summary>About this article</summary><ul class="facts">{rows}'
        "</ul></details>"
    )


def _left_out(count: int, where: str) -> str:
    if count <= 0:
        return ""
    return f'<p class="hint">The {count:,} characters {where} this are not shown.</p>'
