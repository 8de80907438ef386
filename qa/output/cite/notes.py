"""Footnotes, as plain text and as Markdown."""

import datetime as dt
import re
from collections.abc import Sequence

from index import Document
from index.text import month_names
from qa.datatypes import Citation
from qa.output.cite.articles import on_one_line, text_id, web_address
from qa.output.wording import document_name

_SIGNS = re.compile(
    r"[\\`*_\[\]<>&|~$@]|(?<![^\W_])[#+-]"
    r"|:(?=//)|(?<=www)\."  # what becomes a link by itself
)
_NUMBERED = re.compile(r"^([0-9]+)([.)])")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def footnotes(citations: Sequence[Citation]) -> str:
    """“The quoted sentence.” Author, “Title,” Outlet, November 27, 2019, page 3, address [ID:1-9].

    One a line. Nothing in it can turn a line around or command a terminal.
    """
    return "".join(f"{_footnote(one)}\n" for one in citations)


def markdown(citations: Sequence[Citation]) -> str:
    """Each sentence as a quotation, and under it where it stands, the title linked."""
    return "\n".join(_quotation(one) for one in citations)


def _footnote(citation: Citation) -> str:
    document = citation.document
    authors, after = _around(citation)
    where = ", ".join((*authors, f"{_quoted_name(document)} {after[0]}", *after[1:]))
    address = web_address(document)
    accessed = f", accessed {_in_words(document.retrieved)}" if document.retrieved else ""
    web = f", {address}{accessed}" if address else ""
    return _shown(f"“{citation.quote}” {where}{web} [{_place(citation)}]")


def _quoted_name(document: Document) -> str:
    """The title in quotation marks, which first words that stand for one have, and a comma."""
    name = document_name(document)
    is_quoted = not document.title and name.startswith("“")
    return f"{name[:-1]},”" if is_quoted else f"“{name},”"


def _quotation(citation: Citation) -> str:
    document = citation.document
    authors, after = _around(citation)
    title = _escaped(document_name(document))
    if address := web_address(document):
        # Round brackets would end the address.
        title = f"[{title}]({address.replace('(', '%28').replace(')', '%29')})"
    where = ", ".join((*map(_escaped, authors), title, *map(_escaped, after)))
    return f"> {_escaped(citation.quote)}\n>\n> — {where} ({_escaped(_place(citation))})\n"


def _around(citation: Citation) -> tuple[list[str], list[str]]:
    """What stands before the title, and after it; of the latter there is always something."""
    document = citation.document
    page = document.page(citation.start)
    after = [
        document.source,
        _in_words(document.published) if document.published else "undated",
        "" if page is None else f"page {page}",
    ]
    authors = (
        " and ".join(document.authors)
        if len(document.authors) < 3
        else (f"{document.authors[0]} and others")
    )
    return [authors] if authors else [], [one for one in after if one]


def _place(citation: Citation) -> str:
    return f"{text_id(citation.document)}:{citation.start}-{citation.end}"


def _in_words(date: dt.date) -> str:
    return f"{month_names()[date.month - 1]} {date.day}, {date.year}"


def _escaped(text: str) -> str:
    """`text` on one line, as Markdown that shows it and does nothing."""
    return _NUMBERED.sub(r"\1\\\2", _SIGNS.sub(lambda found: f"\\{found[0]}", _shown(text)))


def _shown(text: str) -> str:
    """`text` on one line, with a sign for what would turn around the words after it."""
    return _TURNING.sub("\ufffd", on_one_line(text))
