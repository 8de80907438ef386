"""JSON: an article or a list of them, in the words of schema.org, of ninjs, or as plain records.

ninjs is how news agencies send their stories: https://iptc.org/standards/ninjs/
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read import jsonld
from index.read.decode import decode
from index.read.markup import text_of
from index.read.metadata import TEXT_NAMES, Metadata, one_line, parse_date
from index.read.plain_values import article_address, bylines, language_tag, plain
from index.read.record import document_from, document_of
from index.read.source import Source

_PLAIN, _MARKED_UP = "body_text", ("body_html", "body_xhtml")
_BODIES = frozenset((_PLAIN, *_MARKED_UP, "bodies"))
_WRITTEN = ("", "text", "composite")
_OUTLETS = ("infosource", "infosources", "provider", "source", "copyrightholder")
_LONGEST_SHOWN = 40


def read_json(source: Source) -> Iterator[Document | Failure]:
    """The article, or each article of a list; what is none is reported by its number."""
    value = _value(decode(source.read()))
    records = _listed(value)
    if records is None:
        yield _document(value, source, number=None)
        return
    if not records:
        raise UnreadableFile("the list is empty")
    for number, record in enumerate(records, 1):
        try:
            yield _document(record, source, number=number)
        except UnreadableFile as error:
            yield Failure(path=source.path, line=number, reason=str(error))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"not JSON: {error}") from error


def _listed(value: Any) -> list[Any] | None:
    """The list that `value` is, or that it is made to hold, like `{"articles": […]}`."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) else None
    if _is_jsonld(value) or _is_ninjs(value) or _is_plain(value):
        return None
    if articles := jsonld.articles_in([value]):
        return list(articles)
    lists = (one for one in value.values() if isinstance(one, list))
    return next((one for one in lists if any(isinstance(each, dict) for each in one)), None)


def _is_jsonld(value: dict[str, Any]) -> bool:
    return jsonld.is_article(value) or "articleBody" in value


def _is_ninjs(value: dict[str, Any]) -> bool:
    return not _BODIES.isdisjoint(value) or ("versioncreated" in value and not _is_plain(value))


def _is_plain(value: dict[str, Any]) -> bool:
    return any(name.strip().lower() in TEXT_NAMES for name in value)


def _document(value: Any, source: Source, *, number: int | None) -> Document:
    if not isinstance(value, dict):
        raise UnreadableFile('an article is a JSON object, like {"text": "…"}')
    if _is_jsonld(value):
        text, said = jsonld.body_of(value), jsonld.said_by(value)
        name = value.get("@id")
        if not text:
            raise UnreadableFile("the article's “articleBody” is missing or empty")
    elif _is_ninjs(value):
        text, said = _ninjs_text(value), _said_by_ninjs(value)
        name = value.get("uri")
    elif "@type" in value and not _is_plain(value):
        kind = plain(value["@type"])[:_LONGEST_SHOWN]
        raise UnreadableFile(f"a {kind} of schema.org, which is no article")
    else:
        return document_from(value, source=source, line=number)
    part = one_line(name) or ("" if number is None else str(number))
    return replace(document_of(source, text, said, part=part), line=number)


def _ninjs_text(item: Mapping[str, Any]) -> str:
    """The text of an item: of ninjs 1, or of a later one, which lists its bodies."""
    kind = one_line(item.get("type"))
    if kind not in _WRITTEN:
        raise UnreadableFile(f"an item of the type “{kind[:_LONGEST_SHOWN]}”, which is no text")
    bodies = [(item.get(_PLAIN), True)]
    bodies += [(item.get(name), False) for name in _MARKED_UP]
    for body in _objects(item, "bodies"):
        is_plain = one_line(body.get("contenttype")).partition(";")[0] == "text/plain"
        bodies.insert(0 if is_plain else len(bodies), (body.get("value"), is_plain))
    for written, is_plain in bodies:
        if isinstance(written, str):
            text = written if is_plain else text_of(written)
            if text.strip():
                return text
    raise UnreadableFile("the item has neither a “body_text” nor a “body_html”")


def _said_by_ninjs(item: Mapping[str, Any]) -> Metadata:
    outlets = (one_line(item.get(name)) or _first(item, name, "name") for name in _OUTLETS)
    byline = one_line(item.get("byline")) or one_line(item.get("by"))
    return Metadata(
        title=plain(item.get("headline") or _first(item, "headlines", "value")),
        source=next(filter(None, outlets), ""),
        url=article_address(item.get("uri")),
        published=parse_date(item.get("versioncreated")),
        authors=bylines([byline] if byline else []),
        section=_first(item, "subject", "name") or _first(item, "subjects", "name"),
        language=language_tag(item.get("language")),
        dateline=one_line(item.get("located")),
        origin="ninjs",
    )


def _objects(item: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = item.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _first(item: Mapping[str, Any], name: str, of_each: str) -> str:
    """What the first object of a list says that says it."""
    return next(filter(None, (one_line(one.get(of_each)) for one in _objects(item, name))), "")
