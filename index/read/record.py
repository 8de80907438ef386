"""Text and what is known of it → a `Document`, with its id. Every reader ends here."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from index.datatypes import MADE_FROM, Document
from index.errors import InvalidInput, UnreadableFile
from index.read.dateline import said_in
from index.read.dates import date_in_name
from index.read.metadata import (
    Metadata,
    canonical_form,
    combined,
    metadata_of,
    named,
    one_line,
)
from index.read.source import Source

_IN_NO_NAME = re.compile("[\0\ud800-\udfff]")


def document_of(
    source: Source,
    text: str,
    *found: Metadata,
    pages: Sequence[int] = (),
    part: str = "",
) -> Document:
    """The document that a file is, or a part of it.

    Args:
        source: the file.
        text: the article's, untouched from here on.
        found: what is said of it within, the most trusted first. What is known of the file from
            outside comes next, then the date in its name, then what the text itself says.
        pages: the offsets in `text` at which printed pages begin.
        part: what tells the article from the others of the file, where there are any.

    Raises:
        UnreadableFile: there is no text, or it cannot be kept.
    """
    if not text.strip():
        raise UnreadableFile("the file holds no text")
    check_encodable(text)
    values, origins = combined([*found, source.known, _said_by_name(source), said_in(text)])
    address = _own_address(values)
    identity = f"path:{source.identity}" + (f"#{part}" if part else "")
    try:
        return Document(
            id=document_id(url=address, identity=identity),
            text=text,
            path=source.path,
            pages=tuple(pages),
            origins=origins,
            **values,
        )
    except InvalidInput as error:
        raise UnreadableFile(str(error)) from error


def document_from(record: Mapping[str, object], *, source: Source, line: int | None) -> Document:
    """The document that a record describes.

    Raises:
        UnreadableFile: there is no text, or the text or the id cannot be kept.
    """
    given = named(record)
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        found = "is not text" if text and not isinstance(text, str) else "is missing or empty"
        raise UnreadableFile(f"the record's “text” {found}")
    check_encodable(text)
    chosen = given.get("id")
    if isinstance(chosen, bool) or not isinstance(chosen, str | int | None):
        raise UnreadableFile("the record's “id” is neither text nor a whole number")
    # What is known of a file is so of the one article in it: not of many, nor of an exported one.
    is_own = line is None and "path" not in given
    of_file = [source.known, _said_by_name(source)] if is_own else []
    values, origins = combined([metadata_of(given, origin="record"), *of_file, said_in(text)])
    identity = f"path:{source.identity}" + ("" if line is None else f"#{line}")
    kept_as = one_line(chosen) or document_id(url=_own_address(values), identity=identity)
    given_id = one_line(given.get("given_id"))
    try:
        return Document(
            id=kept_as,
            text=text,
            given_id=given_id if kept_as.startswith(f"{given_id}{MADE_FROM}") else "",
            # An exported record says where its article was first read, and its fields were found.
            path=_path(given.get("path")) or source.path,
            line=line,
            pages=_whole_numbers(given.get("pages")),
            superseded_by=one_line(record.get("superseded_by")),
            origins=_texts(given.get("origins")) or origins,
            **values,
        )
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


def document_id(*, url: str, identity: str) -> str:
    """16 hexadecimal digits made from the canonical url, or without one from `identity`."""
    kept = f"url:{canonical_form(url)}" if url else identity
    return hashlib.sha256(kept.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _said_by_name(source: Source) -> Metadata:
    return Metadata(published=date_in_name(PurePosixPath(source.path).name), origin="file name")


def _own_address(values: dict[str, object]) -> str:
    """The address that an article goes by, put into `url` where only the canonical is known."""
    canonical, url = str(values.get("canonical_url", "")), str(values.get("url", ""))
    if canonical and not url:
        values["url"] = canonical
    return canonical or url


def _path(value: object) -> str:
    """A path as it is written, spaces and all, but for what no file's name can have."""
    is_path = isinstance(value, str) and bool(value.strip())
    return _IN_NO_NAME.sub("\ufffd", str(value)) if is_path else ""


def _whole_numbers(value: object) -> tuple[int, ...]:
    listed = value if isinstance(value, list) else []
    return tuple(one for one in listed if isinstance(one, int) and not isinstance(one, bool))


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {one_line(name): one_line(place) for name, place in value.items()}
