"""What a citation says of an article besides its text, and where each part of it was found."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from index.read.dates import date_of

_NAMES = {
    "text": ("text", "body", "content"),
    "id": ("id",),
    "title": ("title", "headline"),
    "source": ("source", "outlet", "publisher"),
    "url": ("url", "link"),
    "published": ("published", "date", "pubdate"),
    "authors": ("authors", "author", "byline"),
    "path": ("path",),
    "canonical_url": ("canonical_url", "canonical"),
    "modified": ("modified", "updated"),
    "section": ("section", "category"),
    "language": ("language", "lang"),
    "dateline": ("dateline",),
    "relays": ("relays",),
    "retrieved": ("retrieved",),
    "pages": ("pages",),
    "given_id": ("given_id",),
    "origins": ("origins",),
}
"""A document's fields, and the names that records give them, the first of which wins."""

TEXT_NAMES = _NAMES["text"]

_RANKS = {
    theirs: (ours, rank) for ours, names in _NAMES.items() for rank, theirs in enumerate(names)
}

_TRACKING = ("utm_", "fbclid", "gclid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What one place says of an article. Absent is empty or None.

    `origin` names the place, in words that a user is shown: "JSON-LD", "file name".
    """

    title: str = ""
    source: str = ""
    url: str = ""
    canonical_url: str = ""
    published: dt.date | None = None
    modified: dt.date | None = None
    authors: tuple[str, ...] = ()
    section: str = ""
    language: str = ""
    dateline: str = ""
    relays: str = ""
    retrieved: dt.date | None = None
    origin: str = field(default="", compare=False)


_FIELDS = tuple(one.name for one in fields(Metadata) if one.name != "origin")


def combined(found: Iterable[Metadata]) -> tuple[dict[str, Any], dict[str, str]]:
    """Each field as the first place that knows it says, and the names of these places."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for one in found:
        for name in _FIELDS:
            if name not in values and (value := getattr(one, name)):
                values[name] = value
                if one.origin:
                    origins[name] = one.origin
    return values, origins


def metadata_from(record: Mapping[str, object], *, origin: str = "") -> Metadata:
    """Read the fields of `record` that `Metadata` has, whatever they are called there."""
    return metadata_of(named(record), origin=origin)


def metadata_of(given: Mapping[str, object], *, origin: str = "") -> Metadata:
    """The same of fields that go by our names."""
    return Metadata(
        title=one_line(given.get("title")),
        source=one_line(given.get("source")),
        url=one_line(given.get("url")),
        canonical_url=one_line(given.get("canonical_url")),
        published=parse_date(given.get("published")),
        modified=parse_date(given.get("modified")),
        authors=people(given.get("authors")),
        section=one_line(given.get("section")),
        language=one_line(given.get("language")),
        dateline=one_line(given.get("dateline")),
        relays=one_line(given.get("relays")),
        retrieved=parse_date(given.get("retrieved")),
        origin=origin,
    )


def named(record: Mapping[str, object]) -> dict[str, object]:
    """The fields of a record that are known, by our names, without those that are empty."""
    given: dict[str, object] = {}
    ranks: dict[str, int] = {}
    for name, value in record.items():
        ours, rank = _RANKS.get(str(name).strip().lower(), ("", 0))
        if ours and value not in (None, "") and rank < ranks.get(ours, len(_RANKS)):
            given[ours] = value
            ranks[ours] = rank
    return given


def canonical_form(url: str) -> str:
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
    kept = parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", urlencode(query), ""
    return urlunsplit(kept).strip()


def parse_date(value: object) -> dt.date | None:
    """The calendar date that `value` says, or None where that cannot be told."""
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    return date_of(one_line(value))


def one_line(value: object) -> str:
    """`value` as one line of printable text; empty when it is no text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    joined = " ".join(str(value).split())
    if joined.isprintable():
        return joined
    return "".join(char if char.isprintable() else "\ufffd" for char in joined)


def people(value: object) -> tuple[str, ...]:
    """Names, from a list of them or from a line with `;` between them."""
    listed = value if isinstance(value, list | tuple) else one_line(value).split(";")
    return tuple(name for name in (one_line(one) for one in listed) if name)
