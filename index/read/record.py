"""One record of JSONL or CSV, or a file's metadata → a `Document`, with its id."""

import datetime as dt
import email.utils
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from index.datatypes import Document
from index.errors import InvalidInput, UnreadableFile

_NAMES = {
    "text": ("text", "body", "content"),
    "id": ("id",),
    "title": ("title", "headline"),
    "source": ("source", "outlet", "publisher"),
    "url": ("url", "link"),
    "published": ("published", "date", "pubdate"),
    "authors": ("authors", "author", "byline"),
    "path": ("path",),
}
"""A document's fields, and the names that records give them, the first of which wins."""

TEXT_NAMES = _NAMES["text"]

_DATE_FORMATS = ("%Y/%m/%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y")
_TRACKING = ("utm_", "fbclid", "gclid")


class Metadata(NamedTuple):
    """What a citation says of an article besides its text. Absent is empty."""

    title: str = ""
    source: str = ""
    url: str = ""
    published: dt.date | None = None
    authors: tuple[str, ...] = ()


def metadata_from(record: Mapping[str, object]) -> Metadata:
    """Read the fields of `record` that `Metadata` has, whatever they are called there."""
    fields = _fields(record)
    return Metadata(
        title=_line(fields.get("title")),
        source=_line(fields.get("source")),
        url=_line(fields.get("url")),
        published=parse_date(fields.get("published")),
        authors=_people(fields.get("authors")),
    )


def document_from(record: Mapping[str, object], *, path: Path, line: int | None) -> Document:
    """The document that a record describes.

    Raises:
        UnreadableFile: there is no text, or the text or the id cannot be kept.
    """
    fields = _fields(record)
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        found = "is not text" if text and not isinstance(text, str) else "is missing or empty"
        raise UnreadableFile(f"the record's “text” {found}")
    check_encodable(text)
    metadata = metadata_from(record)
    given = fields.get("id")
    if isinstance(given, bool) or not isinstance(given, str | int | None):
        raise UnreadableFile("the record's “id” is neither text nor a whole number")
    # An exported record says where its article was first read.
    origin = _line(fields.get("path")) or shown(path)
    identity = f"path:{path}" if line is None else f"path:{path}#{line}"
    chosen = _line(given) or document_id(url=metadata.url, identity=identity)
    try:
        return Document(id=chosen, text=text, path=origin, line=line, **metadata._asdict())
    except InvalidInput as error:
        raise UnreadableFile(str(error)) from error


def check_encodable(text: str) -> None:
    """Refuse half a surrogate pair, which JSON can write and no file can hold.

    Raises:
        UnreadableFile: with the place of the character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnreadableFile(
            f"character {error.start} is half a surrogate pair, which is no character"
        ) from error


def shown(path: Path) -> str:
    """`path` as text. What in a file's name is no UTF-8 becomes U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def document_id(*, url: str, identity: str) -> str:
    """16 hexadecimal digits made from the canonical url, or without one from `identity`."""
    named = f"url:{canonical_url(url)}" if url else identity
    return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def canonical_url(url: str) -> str:
    """`url` without fragment and tracking parameters, scheme and host in lower case."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not name.lower().startswith(_TRACKING)
    ]
    return urlunsplit(
        (parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", urlencode(query), "")
    )


def parse_date(value: object) -> dt.date | None:
    """The calendar date that `value` says, or None where that cannot be told apart."""
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    text = _line(value)
    if text.isdigit() and len(text) != 8:  # a count of seconds, or half a date
        return None
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for form in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    try:
        return email.utils.parsedate_to_datetime(text).date()
    except (ValueError, IndexError, OverflowError, TypeError):
        return None


def _fields(record: Mapping[str, object]) -> dict[str, object]:
    lowered = {str(name).strip().lower(): value for name, value in record.items()}
    fields: dict[str, object] = {}
    for field, names in _NAMES.items():
        for name in names:
            if lowered.get(name) not in (None, ""):
                fields[field] = lowered[name]
                break
    return fields


def _line(value: object) -> str:
    """`value` as one line of printable text; empty when it is no text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    joined = " ".join(str(value).split())
    return "".join(char if char.isprintable() else "\ufffd" for char in joined)


def _people(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list | tuple) else _line(value).split(";")
    return tuple(name for name in (_line(one) for one in listed) if name)
