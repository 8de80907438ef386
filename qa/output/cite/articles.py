"""What every form of a citation needs to know of an article."""

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

from index import Document
from qa.datatypes import Citation

_HOST = re.compile(r"[\w.:@%\[\]-]+")
_URL_SIGNS = "!#$%&'()*+,/:;=?@[]~"


def by_article(citations: Sequence[Citation]) -> list[tuple[Document, list[Citation]]]:
    """The articles that are cited, in order, each with its quotations."""
    found: dict[str, tuple[Document, list[Citation]]] = {}
    for citation in citations:
        document = citation.document
        found.setdefault(document.id, (document, []))[1].append(citation)
    return list(found.values())


def web_address(document: Document) -> str:
    """Where a browser finds the article, in ASCII but for the host; else nothing."""
    return next((url for one in (document.url, document.canonical_url) if (url := _web(one))), "")


def _web(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and parts.hostname and url.isprintable()
    except ValueError:
        return ""
    if not is_web or not _HOST.fullmatch(parts.netloc):
        return ""
    path, query, fragment = (quote(part, safe=_URL_SIGNS) for part in parts[2:])
    return urlunsplit((parts.scheme, parts.netloc, path, query, fragment))


def text_id(document: Document) -> str:
    """The article and its very text, as the archive has them: `5cd5…@0a1b2c3d`."""
    suffix = f"@{document.sha256[:8]}"
    return document.id if document.id.endswith(suffix) else document.id + suffix


def on_one_line(text: str) -> str:
    """`text` with single spaces, and a sign for each character that no text editor shows.

    Marks of direction stay here: they belong to the words of right-to-left languages.
    """
    folded = " ".join(text.split())
    return "".join("\ufffd" if unicodedata.category(one) in {"Cc", "Cs"} else one for one in folded)
