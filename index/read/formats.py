"""The table of formats, and the one way in which each of them is read."""

import importlib
import stat
from collections.abc import Iterator
from pathlib import Path

from index.datatypes import Document, Failure
from index.errors import InvalidInput, UnreadableFile
from index.read.kind import HEAD_BYTES, kind_of
from index.read.metadata import one_line
from index.read.source import Format, Position, Source, shown, why_closed

FORMATS = {
    "text": "text.read_text",
    "markdown": "markdown.read_markdown",
    "jsonl": "jsonl.read_jsonl",
    "csv": "csv.read_csv",
    "html": "html.read_html",
    "json": "json.read_json",
    "pdf": "pdf.read_pdf",
    "docx": "docx.read_docx",
    "odt": "odt.read_odt",
    "mail": "mail.read_mail",
    "msg": "msg.read_msg",
    "feed": "feed.read_feed",
    "warc": "warc.read_warc",
    "gzip": "gzip.read_packed",
    "zstd": "gzip.read_packed",
    "zip": "zip.read_zip",
}
"""Each kind that `kind_of` tells, and its reader: imported when the first such file comes."""

DEEPEST = 3
"""A mail in a zip in a WARC is read, and what is attached to it; nothing further in."""


def reader_of(kind: str) -> Format:
    """The function that reads files of a kind."""
    module, _, function = FORMATS[kind].partition(".")
    reader: Format = getattr(importlib.import_module(f"index.read.{module}"), function)
    return reader


def read_source(source: Source) -> Iterator[Document | Failure]:
    """The articles in one file and in the files within it, in order.

    Never raises for what a file contains: a bad file is one `Failure`, a bad record another.
    """
    kind = "text"
    try:
        if source.depth > DEEPEST:
            raise UnreadableFile("a file within a file within a file; unpack it first")
        with source.open() as file:
            head = file.read(HEAD_BYTES)
        if not head:
            raise UnreadableFile("the file is empty")
        kind = kind_of(head, source.path)
        if kind not in FORMATS:
            raise UnreadableFile(f"a file of the kind {kind}, which cannot be read")
        for found in reader_of(kind)(source):
            if isinstance(found, Source):
                yield from read_source(found)
            else:
                yield found
    except Exception as error:  # noqa: BLE001 - what a library makes of a bad file may be anything
        yield Failure(path=source.path, reason=_reason(error, kind))


def _reason(error: Exception, kind: str) -> str:
    match error:
        case UnreadableFile() | InvalidInput():
            return str(error)
        case UnicodeDecodeError():
            return f"looks like {error.encoding}, but the bytes at {error.start} are not"
        case MemoryError():
            return "takes more memory than a reader may have"
        case RecursionError():
            return "is nested too deeply to be read"
        case OSError():
            return why_closed(error)
    detail = one_line(f"{type(error).__name__}: {error}")[:200]
    return f"cannot be read as {kind}: {detail}"


def read(path: Path, position: Position | None = None) -> Iterator[Document | Failure]:
    """The articles in the file at `path`, as `read_source`; `position` tells how far it is."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:  # gone, a name that is too long, a folder that is closed to us
        yield Failure(path=shown(path), reason=why_closed(error))
        return
    if not is_file:
        yield Failure(path=shown(path), reason="not a regular file")
    else:
        yield from read_source(Source.of(path, position))
