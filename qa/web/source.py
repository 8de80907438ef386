"""The source pane: an article in full, as HTML, the cited sentence marked."""

from index import Document
from qa.datatypes import Answer, Citation
from qa.render import document_name
from qa.web.escape import escape
from qa.web.messages import sentence_of

EMPTY = '<p class="hint">The article opens here, at the sentence that was quoted.</p>'

MAX_SHOWN = 200_000
"""Characters of a text that are shown; of a longer one, those around the citation."""


def pane_of(citation: Citation, answer: Answer | None) -> str:
    """The article of a citation as one line of HTML.

    Args:
        citation: what is marked.
        answer: the answer, when `citation` is its first; its words are marked more strongly.
    """
    document = citation.document
    first = max(0, min(citation.start - MAX_SHOWN // 2, len(document.text) - MAX_SHOWN))
    last = min(len(document.text), first + MAX_SHOWN)
    return "".join(
        [
            f'<div class="head"><h2 dir="auto">{escape(document_name(document))}</h2>',
            f"{_facts(document)}</div>",
            _left_out(first, "before"),
            '<div class="article" dir="auto">',
            escape(document.text[first : citation.start]),
            f'<mark class="cited">{sentence_of(citation, answer)}</mark>',
            escape(document.text[citation.end : last]),
            "</div>",
            _left_out(len(document.text) - last, "after"),
        ]
    )


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
        "Address": document.url,
        "File": where,
    }
    rows = "".join(
        f'<li><b>{name}</b> <span dir="auto">{escape(value)}</span></li>'
        for name, value in facts.items()
        if value
    )
    return f'<ul class="facts">{rows}</ul>'


def _left_out(count: int, where: str) -> str:
    if count <= 0:
        return ""
    return f'<p class="hint">The {count:,} characters {where} this are not shown.</p>'
