"""JSON-LD: what an article says of itself in the words of schema.org.

The same words stand in a page's scripts and in files of their own. What is written there by hand
or by a template is often a little broken: wrapped in a comment, escaped as HTML, with a comma too
many. What can be mended without guessing is.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from index.read.markup import text_of
from index.read.metadata import Metadata
from index.read.plain_values import (
    article_address,
    bylines,
    date_told,
    language_tag,
    outlet_name,
    plain,
    without_tags,
)

_ARTICLE = re.compile(r"(?:.*[/:])?(?:\w*Article|BlogPosting|LiveBlogPosting|Report|ClaimReview)")
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
"""Where the article itself may be; what lies elsewhere, as under `hasPart`, is another."""

_DEEPEST = 8
_LONGEST_MENDED = 1_000_000
_MOST_SIGNS = 4
_OPENINGS = ("//", "/*", "*/", "<!--", "<![CDATA[")
_CLOSINGS = ("//", "/*", "*/", "-->", "]]>", ";")
_BETWEEN = re.compile(r"[\s,;]*+")
_COMMA_TOO_MANY = re.compile(r'("(?:\\.|[^"\\]++)*+")|,(?=\s*+[}\]])', re.DOTALL)
_ESCAPE = re.compile(r"\\([\\\"/bfnrt]|u[0-9a-fA-F]{4})|\\")
_PARTS_OF_NAMES = ("givenName", "familyName")
_ESCAPED_TAG = re.compile(r"\s*&lt;[a-z]", re.IGNORECASE)


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


def articles_in(values: Iterable[Any]) -> list[dict[str, Any]]:
    """The articles that JSON-LD tells of, in order, with references by `@id` put in place."""
    values = list(values)
    named: dict[str, Any] = {}
    for value in values:
        _collect_named(value, named, 0)
    return [
        {name: _put_in_place(one, named) for name, one in article.items()}
        for value in values
        for article in _articles(value, 0)
    ]


def is_article(value: Mapping[str, Any]) -> bool:
    """Whether the object says that it is an article."""
    kinds = (kind for kind in _listed(value.get("@type")) if isinstance(kind, str))
    return any(map(_ARTICLE.fullmatch, kinds))


def said_by(article: Mapping[str, Any]) -> Metadata:
    """What an article says of itself."""
    publishers = [*_names(article.get("publisher")), *_names(article.get("sourceOrganization"))]
    sections = map(plain, _listed(article.get("articleSection")))
    return Metadata(
        title=plain(article.get("headline")) or plain(article.get("name")),
        source=next(filter(None, map(outlet_name, publishers)), ""),
        url=_address(article.get("url")) or _address(article.get("mainEntityOfPage")),
        published=date_told(article.get("datePublished")) or date_told(article.get("dateCreated")),
        modified=date_told(article.get("dateModified")),
        authors=bylines(_names(article.get("author")) or _names(article.get("creator"))),
        section=next(filter(None, sections), ""),
        language=_language(article.get("inLanguage")),
        dateline=plain(article.get("dateline")),
        origin="JSON-LD",
    )


def body_of(article: Mapping[str, Any]) -> str:
    """The text of the article where it is given whole or in part, paragraphs as there."""
    body = next((one for one in _listed(article.get("articleBody")) if isinstance(one, str)), "")
    if _ESCAPED_TAG.match(body):
        body = html.unescape(body)
    if without_tags(body) != body:
        return text_of(body)
    lines = (" ".join(line.split()) for line in html.unescape(body).splitlines())
    return "\n\n".join(filter(None, lines))


def _unwrapped(text: str) -> str:
    """`text` without the signs that hide it from old browsers."""
    for _ in range(_MOST_SIGNS):
        text = text.strip().strip("\ufeff")
        for sign in _OPENINGS:
            text = text.removeprefix(sign)
        for sign in _CLOSINGS:
            text = text.removesuffix(sign)
    return text.strip()


def _mendings(text: str) -> Iterator[str]:
    if text.startswith(("{&", "[&")):
        text = html.unescape(text)
    yield text
    text = _COMMA_TOO_MANY.sub(lambda found: found[1] or "", text)
    yield text
    yield _ESCAPE.sub(lambda found: found[0] if found[1] else "", text)


def _values(text: str) -> Any:
    # Line ends within strings are wrong, and common.
    decoder = json.JSONDecoder(strict=False)
    values = []
    place = 0
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        values.append(value)
        if between := _BETWEEN.match(text, place):
            place = between.end()
    return values[0] if len(values) == 1 else values


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


def _collect_named(value: Any, named: dict[str, Any], depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if len(value) > 1 and isinstance(name := value.get("@id"), str):
            named.setdefault(name, value)
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            _collect_named(one, named, depth + 1)


def _put_in_place(value: Any, named: Mapping[str, Any]) -> Any:
    """What a value, or each of a list, refers to where it is but a reference."""
    if isinstance(value, list):
        return [_referred(one, named) for one in value]
    return _referred(value, named)


def _referred(value: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
        return named.get(str(value.get("@id")), value)
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _names(value: Any) -> list[str]:
    """The names of people or organisations, however they are given."""
    names: list[str] = []
    for one in _listed(value):
        parts = _listed(one)
        if isinstance(one, dict):
            whole = " ".join(filter(None, (plain(one.get(part)) for part in _PARTS_OF_NAMES)))
            parts = _listed(one.get("name") or one.get("@value") or whole)
        names += filter(None, map(plain, parts))
    return names


def _address(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url")
    return article_address(value)


def _language(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    return language_tag(value)
