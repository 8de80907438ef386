"""BibTeX entries, for LaTeX with BibTeX or biblatex.

Written here, and not by pybtex, whose writer takes text for LaTeX: a brace of a headline ends its
field, and an en dash becomes two hyphens. Its parser is the judge in the tests.
"""

import hashlib
import re
from collections.abc import Sequence

from index import Document
from qa.datatypes import Citation
from qa.output.cite.articles import by_article, on_one_line, text_id, web_address
from qa.output.wording import document_name

# Braces by name: BibTeX counts those that are escaped, too.
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        **{sign: f"\\{sign}" for sign in "%&#$_"},
    }
)
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9.:-]+")


def bibtex(citations: Sequence[Citation]) -> str:
    """One entry for each article: `@article` where its outlet is known, else `@misc`."""
    return "\n".join(_entry(document, quotes) for document, quotes in by_article(citations))


def _entry(document: Document, quotes: Sequence[Citation]) -> str:
    # A second pair of braces keeps capitals as they are, and a name whole.
    fields = {
        "author": " and ".join(f"{{{escaped(name)}}}" for name in document.authors),
        "title": f"{{{escaped(document_name(document))}}}",
        "journal": escaped(document.source),
    }
    if published := document.published:
        fields |= {
            "date": published.isoformat(),
            "year": str(published.year),
            "month": str(published.month),
        }
    fields["url"] = web_address(document)  # a field that is read as it stands
    if document.retrieved and fields["url"]:
        fields["urldate"] = document.retrieved.isoformat()
    fields["note"] = escaped(f"On Record {text_id(document)}")
    fields["annote"] = " ".join(f"``{escaped(one.quote)}''" for one in quotes)
    kind = "article" if document.source else "misc"
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{_key(document.id)},\n{lines}}}\n"


def escaped(text: str) -> str:
    """`text` as LaTeX that prints it, on one line."""
    return on_one_line(text).translate(_ESCAPES)


def _key(document_id: str) -> str:
    """The document's id, where it can be a key; else what can, with a part of its SHA-256."""
    bare = _NOT_IN_KEYS.sub("-", document_id)
    if bare == document_id:
        return bare
    return f"{bare}-{hashlib.sha256(document_id.encode()).hexdigest()[:8]}"
