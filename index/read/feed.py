"""Feeds: RSS, Atom, RDF and CDF, well-formed or nearly. Each entry is an article."""

import codecs
import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import feedparser

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.decode import encoding_of
from index.read.markup import text_of
from index.read.metadata import Metadata, one_line, parse_date
from index.read.plain_xml import parse_plain
from index.read.record import document_of
from index.read.source import Source

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WITHOUT_MARK = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]*?\bencoding=[\"']([\w.:-]+)[\"']")
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_NAMES_ITS_TYPE = re.compile(r"<!DOCTYPE[^\[\]<>]*>", re.IGNORECASE)
_ROOT = re.compile(r"<\w")
_SITEMAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)\b")
_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)\b", re.IGNORECASE)
_MOST_ENTRIES = 10_000
_FEW = 0.001
"""So small a part of the bytes may be wrong without casting doubt on the encoding."""

_HTML = ("text/html", "application/xhtml+xml")
_LONGEST_SHOWN = 60


def read_feed(source: Source) -> Iterator[Document | Failure]:
    """One article for each entry that has a text, if only a summary."""
    text = _DECLARATION.sub("", _decoded(source.read()))
    root = _ROOT.search(text)
    head = text[: root.start()] if root else text
    # To name a document type, as RSS 0.91 does, is harmless; what is declared in it is not.
    raw = (_NAMES_ITS_TYPE.sub("", head) + text[len(head) :]).encode("utf-8", "replace")
    if len(_ENTRY.findall(raw)) > _MOST_ENTRIES:
        raise UnreadableFile(f"a feed of more than {_MOST_ENTRIES} entries; split it first")
    is_whole = parse_plain(raw)
    feed: Any = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    if not feed.entries:
        raise UnreadableFile(_why_empty(text, feed.version, is_whole=is_whole))
    addresses = Counter(_address(entry) for entry in feed.entries)
    for number, entry in enumerate(feed.entries, 1):
        said = _said_of(entry, feed, is_own=addresses[_address(entry)] == 1)
        part = one_line(entry.get("id")) or str(number)
        try:
            if not (text := _text(entry)):
                raise UnreadableFile("it holds no text")
            yield document_of(source, text, said, part=part)
        except UnreadableFile as error:
            shown = f" “{said.title[:_LONGEST_SHOWN]}”" if said.title else ""
            yield Failure(path=source.path, reason=f"entry {number}{shown}: {error}")


def _decoded(raw: bytes) -> str:
    """The text of `raw`, in the encoding that it declares where that can be."""
    if raw.startswith(_MARKS):
        return raw.decode(encoding_of(raw), "replace")
    for beginning, encoding in _WITHOUT_MARK:
        if raw.startswith(beginning):
            return raw.decode(encoding, "replace")
    found = _DECLARED.match(raw)
    declared = found[1].decode("ascii").lower() if found else "utf-8"
    try:
        text = raw.decode("gb18030" if declared == "gb2312" else declared, "replace")
    except (LookupError, UnicodeError):
        return raw.decode(encoding_of(raw))
    if text.count("\ufffd") > _FEW * len(text):
        return raw.decode(encoding_of(raw), "replace")
    return text


def _why_empty(text: str, version: str, *, is_whole: bool) -> str:
    if _SITEMAP.search(text):
        return "a sitemap, which lists pages but does not hold them"
    if version:
        return "a feed without entries"
    if is_whole:
        return "XML of another kind than a feed; save its articles as HTML or text"
    return "XML that is not well-formed, and in which no feed is to be found"


def _said_of(entry: Any, feed: Any, *, is_own: bool) -> Metadata:
    published, modified = _date(entry, "published"), _date(entry, "updated")
    if feed.version.startswith("rss") and published is None:
        # RSS has no such thing as an update: this is what its `dc:date` becomes.
        published, modified = modified, None
    tags = [one_line(tag.get("term")) for tag in _listed(entry, "tags")]
    within = entry.get("source")
    return Metadata(
        title=_title(entry),
        source=_title(within if isinstance(within, Mapping) else {}) or _title(feed.feed),
        url=_address(entry) if is_own else "",
        published=published,
        modified=modified,
        authors=_authors(entry),
        section=next(filter(None, tags), ""),
        language=one_line(feed.feed.get("language")),
        origin="feed",
    )


def _text(entry: Any) -> str:
    """The longest of what the entry has: its content, in one or more forms, and its summary."""
    given = [*_listed(entry, "content"), entry.get("summary_detail")]
    texts = [_shown(each) for each in given if isinstance(each, Mapping)]
    return max(texts, key=len, default="") or _shown({"value": entry.get("summary", "")})


def _shown(given: Mapping[str, Any]) -> str:
    kind, value = str(given.get("type") or _HTML[0]), given.get("value")
    if not isinstance(value, str) or not (kind in _HTML or kind.startswith("text/")):
        return ""
    return text_of(value) if kind in _HTML else value.strip()


def _title(given: Any) -> str:
    detail = given.get("title_detail")
    return one_line(_shown(detail) if isinstance(detail, Mapping) else given.get("title"))


def _address(entry: Any) -> str:
    address = one_line(entry.get("feedburner_origlink") or entry.get("link"))
    return address if address.lower().startswith(("http://", "https://")) else ""


def _authors(entry: Any) -> tuple[str, ...]:
    named = [one_line(one.get("name") or one.get("email")) for one in _listed(entry, "authors")]
    return tuple(dict.fromkeys(filter(None, named or [one_line(entry.get("author"))])))


def _date(entry: Any, name: str) -> dt.date | None:
    """The day that the entry says. What feedparser makes of half a date is not believed."""
    return parse_date(entry[name]) if name in entry else None


def _listed(entry: Any, name: str) -> list[Any]:
    found = entry.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
