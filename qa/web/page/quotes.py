"""A citation as HTML: the sentence, the words in it that answer, and whose it is."""

import datetime as dt
from urllib.parse import urlencode

from index import Document
from qa.datatypes import Answer, Citation
from qa.output.permalink import Permalink
from qa.output.wording import copies_text, document_name, relaying
from qa.web.escape import escape


def sentence_of(citation: Citation, answer: Answer | None) -> str:
    """The citation's sentence; in the sentence of `answer`, its words are strong."""
    text, start, end = citation.document.text, citation.start, citation.end
    if answer is None:
        return escape(citation.quote)
    words = f"<strong>{escape(text[answer.start : answer.end])}</strong>"
    return f"{escape(text[start : answer.start])}{words}{escape(text[answer.end : end])}"


def byline_of(citation: Citation) -> str:
    """The outlet, the date, the article's title and page, and how many copies it has."""
    document = citation.document
    page = document.page(citation.start)
    parts = [
        f'<b dir="auto">{escape(document.source)}</b>' if document.source else "",
        day_of(document.published),
        f'<cite dir="auto">{escape(document_name(document))}</cite>',
        f"page {page}" if page else "",
        escape(relaying(document)),
        escape(copies_text(citation.copies)),
    ]
    return " · ".join(part for part in parts if part)


def day_of(day: dt.date | None) -> str:
    """A day as it is read, "27 November 2019", or that there is none."""
    return "no date" if day is None else f"{day.day} {day:%B %Y}"


def link_to(citation: Citation, words: str, *, archive: str = "") -> str:
    """A link that opens the page at this citation again.

    Args:
        citation: where it leads.
        words: what it says, as HTML.
        archive: the archive's name, where there are several.
    """
    return way_to(Permalink.of(citation), words, archive=archive)


def way_to(link: Permalink, words: str, *, archive: str = "") -> str:
    """A permalink as HTML; the arguments are those of `link_to`."""
    named = f"&amp;{urlencode({'archive': archive})}" if archive else ""
    query = link.query.replace("&", "&amp;")
    return f'<a class="permalink" href="?{query}{named}">{words}</a>'


def lang_of(document: Document) -> str:
    """The attribute that says which language an article is in; nothing when it is not known."""
    language = document.language
    is_tag = language.isascii() and language.replace("-", "").isalnum()
    return f' lang="{language}"' if is_tag else ""
