"""JSON-LD: what an article says of itself in the words of schema.org.

The same words stand in a page's scripts and in files of their own. What is written there by hand
or by a template is often a little broken: wrapped in a comment, escaped as HTML, with a comma too
many. What can be mended without guessing is.
"""

import datetime as dt
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from index.read.markup import text_of
from index.read.metadata import Metadata, one_line, parse_date

_ARTICLE = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report|ClaimReview)$")
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
"""Where the article itself may be; what lies elsewhere, as under `hasPart`, is another."""

_OPENINGS = ("//", "/*", "*/", "<!--", "<![CDATA[")
_CLOSINGS = ("//", "/*", "*/", "-->", "]]>", ";")
_MOST_SIGNS = 4
_COMMA_TOO_MANY = re.compile(r'("(?:\\.|[^"\\]++)*+")|,(?=\s*+[}\]])', re.DOTALL)
_BETWEEN = re.compile(r"[\s,;]*+")
_NO_ESCAPE = re.compile(r"\\(\\|[\"/bfnrt]|u[0-9a-fA-F]{4})|\\", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BY = re.compile(r"by\s+|(?:von|par|por|di|door|av|af)\s+(?=\S+\s+\S)", re.IGNORECASE)
"""What a byline begins with. “Von Trotha” is a name, “Von Anna Poe” is not."""

_AND = re.compile(r"\s*[,;]\s+|\s+(?:and|und|&)\s+")
_PERHAPS_AND = re.compile(r"\s+(?:et|y|e|og|och|en)\s+")
_NOBODY = re.compile(r"\d*|\S+@\S+\.\S+|(?:https?:|www\.|@|/)\S*|[\[(].*|.{100,}", re.DOTALL)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_EXAMPLES = ("https://google.com/article", "https://example.com/article")
"""What stands in search engines' instructions, and was copied from there."""

_LEADING_DATE = re.compile(r"(?!1970-01-01)\d{4}-\d\d-\d\d(?=[T ])")
_DEEPEST = 8
_LONGEST_MENDED = 1_000_000


def loads(text: str) -> Any:
    """The value that `text` is in JSON, mended where it is a little broken; None where it is none.

    Several values one after another are a list of them.
    """
    text = _unwrapped(text)
    for mended in _mendings(text) if len(text) < _LONGEST_MENDED else (text,):
        try:
            return _values(mended)
        except (ValueError, RecursionError):
            continue
    return None


def _unwrapped(text: str) -> str:
    """`text` without the signs that hide it from old browsers."""
    for _ in range(_MOST_SIGNS):
        text = text.strip().strip("\ufeff")
        for sign in _OPENINGS:
            text = text.removeprefix(sign)
        for sign in _CLOSINGS:
            text = text.removesuffix(sign)
    return text


def _mendings(text: str) -> Iterator[str]:
    if text.startswith(("{&", "[&")):
        text = html.unescape(text)
    yield text
    text = _COMMA_TOO_MANY.sub(lambda found: found[1] or "", text)
    yield text
    yield _NO_ESCAPE.sub(lambda found: found[0] if found[1] else "", text)


def _values(text: str) -> Any:
    # Line ends within strings are wrong, and common.
    decoder = json.JSONDecoder(strict=False)
    values = []
    place = 0
    while place < len(text):
        value, end = decoder.raw_decode(text, place)
        values.append(value)
        place = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
    return values[0] if len(values) == 1 else values


def articles_in(values: Iterable[Any]) -> list[dict[str, Any]]:
    """The articles that JSON-LD tells of, in order, with references by `@id` put in place."""
    values = list(values)
    named: dict[str, dict[str, Any]] = {}
    for value in values:
        _collect_named(value, named, 0)
    return [_resolved(found, named) for value in values for found in _articles(value, 0)]


def is_article(value: dict[str, Any]) -> bool:
    """Whether the object says that it is an article."""
    return any(
        isinstance(kind, str) and _ARTICLE.match(_last(kind))
        for kind in _listed(value.get("@type"))
    )


def _last(name: str) -> str:
    """The name of a type without its vocabulary, like that of `http://schema.org/Article`."""
    return name.rpartition("/")[2].rpartition(":")[2]


def _articles(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _articles(one, depth + 1)
    elif isinstance(value, dict):
        if is_article(value):
            yield value
        else:
            for name in _WITHIN:
                yield from _articles(value.get(name), depth + 1)


def _collect_named(value: Any, named: dict[str, dict[str, Any]], depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            _collect_named(one, named, depth + 1)
    elif isinstance(value, dict):
        name = value.get("@id")
        if isinstance(name, str) and len(value) > 1:
            named.setdefault(name, value)
        for one in value.values():
            _collect_named(one, named, depth + 1)


def _resolved(article: dict[str, Any], named: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: _put_in_place(value, named) for name, value in article.items()}


def _put_in_place(value: Any, named: dict[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_put_in_place(one, named) for one in value]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
        return named.get(str(value.get("@id")), value)
    return value


def said_by(article: dict[str, Any]) -> Metadata:
    """What an article says of itself."""
    publisher = _names(article.get("publisher")) or _names(article.get("sourceOrganization"))
    return Metadata(
        title=plain(article.get("headline")) or plain(article.get("name")),
        source=outlet(next(iter(publisher), "")),
        url=_address(article.get("url")) or _address(article.get("mainEntityOfPage")),
        published=date_of(article.get("datePublished")) or date_of(article.get("dateCreated")),
        modified=date_of(article.get("dateModified")),
        authors=bylines(_names(article.get("author")) or _names(article.get("creator"))),
        section=next(filter(None, map(plain, _listed(article.get("articleSection")))), ""),
        language=language(article.get("inLanguage")),
        dateline=plain(article.get("dateline")),
        origin="JSON-LD",
    )


def body_of(article: dict[str, Any]) -> str:
    """The text of the article where it is given whole or in part, paragraphs as there."""
    body = next((one for one in _listed(article.get("articleBody")) if isinstance(one, str)), "")
    if re.match(r"\s*&lt;\w", body):
        body = html.unescape(body)
    if _TAG.search(body):
        return text_of(body)
    lines = (" ".join(line.split()) for line in html.unescape(body).splitlines())
    return "\n\n".join(filter(None, lines))


def plain(value: Any) -> str:
    """One line of text from a value that may hold HTML, escaped once or twice."""
    text = one_line(_first_text(value))
    for _ in range(2):
        text = html.unescape(text)
    return one_line(_TAG.sub("", text))


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


def date_of(value: Any) -> dt.date | None:
    """The calendar date, where it is written, that a machine wrote as it liked."""
    text = one_line(_first_text(value))
    if found := parse_date(text):
        return found
    leading = _LEADING_DATE.match(text)
    return parse_date(leading[0]) if leading else None


def _first_text(value: Any) -> Any:
    """The first of a list, and of an object with the value and its language the value."""
    while isinstance(value, list | dict):
        value = value.get("@value") if isinstance(value, dict) else next(iter(value), None)
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _names(value: Any) -> list[str]:
    """The names of people or organisations, however they are given; no addresses."""
    names: list[str] = []
    for one in _listed(value):
        if isinstance(one, dict):
            given = one.get("name") or " ".join(
                part for part in (plain(one.get("givenName")), plain(one.get("familyName"))) if part
            )
            names += [plain(name) for name in _listed(given)]
        elif isinstance(one, str):
            names.append(plain(one))
    return [name for name in names if name]


def _address(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return article_address(one_line(_first_text(value)))


def article_address(address: str) -> str:
    """`address` where it may be an article's, and not that of a site's front page."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_front_page = parts.path in ("", "/") and not parts.query
    if parts.scheme not in ("http", "https") or is_front_page or address in _EXAMPLES:
        return ""
    return address


def outlet(name: str) -> str:
    """`name` where it is one, and not an address."""
    return "" if name.startswith(("http://", "https://", "@")) else name


def language(value: Any) -> str:
    """The tag of a language, like “de-AT”, however it is given."""
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    tag = one_line(_first_text(value)).replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""
