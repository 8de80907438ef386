"""What programs write of an article, for other programs, as a reader of a citation wants it.

The same few kinds of values come in JSON-LD, in the tags of pages and in agencies' JSON: text with
markup in it, bylines, dates by many clocks, addresses, languages.
"""

import datetime as dt
import html
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from index.read.metadata import one_line, parse_date

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BY = re.compile(r"by\s+|(?:von|par|por|di|door|av|af)\s+(?=\S+\s+\S)", re.IGNORECASE)
"""What a byline begins with. “Von Trotha” is a name, “Von Anna Poe” is not."""

_AND = re.compile(r"\s*[,;]\s+|\s+(?:and|und|&)\s+")
_PERHAPS_AND = re.compile(r"\s+(?:et|y|e|og|och|en)\s+")
_NOBODY = re.compile(r"\d*|\S+@\S+\.\S+|(?:https?:|www\.|@|/)\S*|[\[(].*|.{100,}", re.DOTALL)
_LEADING_DATE = re.compile(r"(?!1970-01-01)\d{4}-\d\d-\d\d(?=[T ])")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_EXAMPLES = ("https://google.com/article", "https://example.com/article")
"""What stands in search engines' instructions, and was copied from there."""


def first_text(value: Any) -> str:
    """The first text in a value: of a list, or of JSON-LD's objects of a text and its language."""
    while isinstance(value, list | dict):
        value = value.get("@value") if isinstance(value, dict) else next(iter(value), None)
    return one_line(value)


def plain(value: Any) -> str:
    """One line of text from a value that may hold HTML, escaped once or twice."""
    return one_line(without_tags(html.unescape(html.unescape(first_text(value)))))


def without_tags(text: str) -> str:
    """`text` without what can only be tags: “a < b” stays."""
    return _TAG.sub("", text)


def bylines(names: Iterable[str]) -> tuple[str, ...]:
    """Who wrote an article, of what is given as names: “By Ann Poe and Bo Lee” is two of them."""
    people: dict[str, None] = {}
    for name in names:
        by = _BY.match(name)
        for one in _AND.split(name[by.end() :] if by else name):
            parts = _PERHAPS_AND.split(one)
            # “Le Monde et agences” is one name, and so is “Ortega y Gasset”.
            people |= dict.fromkeys(parts if all(" " in part for part in parts) else [one])
    return tuple(one for one in people if not _NOBODY.fullmatch(one))


def date_told(value: Any) -> dt.date | None:
    """The calendar date of a value, as it stands there, whatever comes after it."""
    text = first_text(value)
    leading = _LEADING_DATE.match(text)
    return parse_date(text) or (parse_date(leading[0]) if leading else None)


def article_address(value: Any) -> str:
    """An address where it may be an article's, and not that of a site's front page."""
    address = first_text(value)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_front_page = parts.path in ("", "/") and not parts.query
    if parts.scheme not in ("http", "https") or is_front_page or address in _EXAMPLES:
        return ""
    return address


def outlet_name(value: Any) -> str:
    """The name of an outlet, where it is one and not an address."""
    name = plain(value)
    return "" if name.startswith(("http://", "https://", "@")) else name


def language_tag(value: Any) -> str:
    """The tag of a language, like “de-AT”."""
    tag = first_text(value).replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""
