"""JSON lines: one record, one article. Of a bad line only that line is lost."""

import io
import json
import re
from collections.abc import Iterator

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.decode import marked
from index.read.lines import Line, bounded_lines
from index.read.record import document_from
from index.read.source import Source, too_long

_UNDECODED = re.compile("[\udc80-\udcff]")


def read_jsonl(source: Source) -> Iterator[Document | Failure]:
    """One article for each line that is not empty; UTF-8, as JSON is, unless a mark says other."""
    is_empty = True
    with source.open() as raw:
        encoding = marked(raw.read(4)) or "utf-8"
    with source.open() as raw:
        file = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="\n")
        for line in bounded_lines(file):
            if line.text is not None and not line.text.strip():
                continue
            is_empty = False
            try:
                yield document_from(_record(line), source=source, line=line.number)
            except UnreadableFile as error:
                yield Failure(path=source.path, line=line.number, reason=str(error))
    if is_empty:
        raise UnreadableFile("the file is empty")


def _record(line: Line) -> dict[str, object]:
    if line.text is None:
        raise UnreadableFile(too_long(line.length))
    if bad := _UNDECODED.search(line.text):
        raise UnreadableFile(f"not UTF-8 at character {bad.start()} of the line")
    try:
        record = json.loads(line.text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"not JSON: {error}") from error
    if not isinstance(record, dict):
        raise UnreadableFile('a record is a JSON object, like {"text": "…"}')
    return record
