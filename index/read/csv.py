"""CSV and TSV: a header that names the columns, then one article a row."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TextIO

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.decode import encoding_of
from index.read.lines import bounded_lines
from index.read.metadata import TEXT_NAMES
from index.read.record import document_from
from index.read.source import MAX_ARTICLE_BYTES, Source, too_long

_SAMPLE_BYTES = 1_000_000


def read_csv(source: Source) -> Iterator[Document | Failure]:
    """One article for each row. The columns are named as the fields of a JSONL record."""
    with source.open() as raw:
        sample = raw.read(_SAMPLE_BYTES)
    if not sample.strip():
        raise UnreadableFile("the file is empty")
    encoding = encoding_of(sample)
    csv.field_size_limit(MAX_ARTICLE_BYTES)
    with source.open() as raw:
        file = io.TextIOWrapper(raw, encoding=encoding, errors="surrogateescape", newline="")
        yield from _rows(source, file)


def _rows(source: Source, file: TextIO) -> Iterator[Document | Failure]:
    too_long_lines: list[Failure] = []
    lines = _short_lines(source, file, too_long_lines)
    first = next(lines, "")
    delimiter = max(",;\t|", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    if not any(name.strip().lower() in TEXT_NAMES for name in header):
        raise UnreadableFile(
            f"no column is named “text”; the first line is: {first[:80].strip()!r}"
        )
    rows = csv.reader(lines, delimiter=delimiter)
    is_empty = True
    while True:
        line = rows.line_num + len(too_long_lines) + 2
        try:
            row = next(rows, None)
            if row is None:
                break
            if any(row):
                is_empty = False
                yield document_from(_record(header, row), source=source, line=line)
        except (UnreadableFile, csv.Error) as error:
            is_empty = False
            yield Failure(path=source.path, line=line, reason=str(error))
    yield from too_long_lines
    if is_empty and not too_long_lines:
        raise UnreadableFile("the table has no row below its first line")


def _record(header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    if any(row[len(header) :]):
        raise UnreadableFile(
            f"the row has {len(row)} cells, and the first line only {len(header)}; "
            "put a text with separators in it in quotation marks"
        )
    return dict(zip(header, row, strict=False))


def _short_lines(source: Source, file: TextIO, too_long_lines: list[Failure]) -> Iterator[str]:
    """The lines of `file`, less those that are too long, which are put down instead."""
    for line in bounded_lines(file):
        if line.text is None:
            reason = too_long(line.length)
            too_long_lines.append(Failure(path=source.path, line=line.number, reason=reason))
        else:
            yield line.text
