"""Questions from the command line or a file of them, checked before the first is asked.

A file is a CSV with a column `question` and perhaps one `id`; or has one question a line, each as
text or as JSON with `question` and perhaps `id`.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from index import Filters, InvalidInput
from index.errors import UnreadableFile
from index.read import decode
from qa.datatypes import Question

_DELIMITERS = ",;\t"
_COLUMN = "question"
_STANDARD_INPUT = Path("-")


class _Line(NamedTuple):
    """A question, its asker's id for it, and the line of the file that it is on."""

    text: str
    id: str | int | None
    number: int


def questions(
    single: str | None, file: Path | None, *, filters: Filters, top_k: int
) -> list[Question]:
    """The one question, or those of a file.

    Raises:
        InvalidInput: neither or both are given, or a line is no question.
    """
    if (single is None) == (file is None):
        raise InvalidInput('give one question, or --batch FILE: onrecord ask "who …?"')
    if single is not None:
        return [Question(text=single, filters=filters, top_k=top_k)]
    path = file or Path()
    if path == _STANDARD_INPUT:
        raw, name = sys.stdin.buffer.read(), "standard input"
    else:
        raw, name = _content(path), str(path)
    return questions_in(raw, name, filters=filters, top_k=top_k)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error


def questions_in(
    raw: bytes, name: str, *, filters: Filters, top_k: int, most: int | None = None
) -> list[Question]:
    """The questions of a file's content.

    Args:
        raw: the content.
        name: what the file is called in messages; that of a CSV ends in `.csv` or `.tsv`.
        filters: which documents may answer.
        top_k: at most this many citations each.
        most: at most this many questions; None for no limit.

    Raises:
        InvalidInput: the content cannot be read, a line is no question, or there are too many.
    """
    found: list[Question] = []
    for line in _lines(raw, name):
        try:
            found.append(Question(text=line.text, id=line.id, filters=filters, top_k=top_k))
        except InvalidInput as error:
            raise InvalidInput(f"{name}:{line.number}: {error}") from error
        if most is not None and len(found) > most:
            raise InvalidInput(
                f"{name} has more than {most:,} questions; ask them in parts, or with: "
                "onrecord ask --batch FILE --out answers.xlsx"
            )
    return found


def _lines(raw: bytes, name: str) -> Iterator[_Line]:
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Spreadsheet programs write other encodings, and a header that says that one did.
        content = _guessed(raw)
        if not _delimiter(content):
            raise InvalidInput(f"{name} cannot be read: {error}") from error
    if delimiter := _delimiter(content):
        yield from _csv(content, name, delimiter)
        return
    if name.lower().endswith((".csv", ".tsv")):
        raise InvalidInput(
            f"{name} has no column “{_COLUMN}”; its first line is: {_first_line(content)[:80]!r}"
        )
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield _Line(*_question(line.strip(), f"{name}:{number}"), number)


def _guessed(raw: bytes) -> str:
    try:
        return decode(raw)
    except UnreadableFile:
        return ""


def _first_line(content: str) -> str:
    return content.lstrip("\r\n").split("\n", 1)[0].strip()


def _delimiter(content: str) -> str:
    """What stands between the cells of a CSV with a column for questions; else nothing."""
    first = _first_line(content)
    return next((one for one in _DELIMITERS if _COLUMN in _header(first, one)), "")


def _header(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lower() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _csv(content: str, name: str, delimiter: str) -> Iterator[_Line]:
    header = _header(_first_line(content), delimiter)
    rows = csv.reader(io.StringIO(content.lstrip("\r\n")), delimiter=delimiter)
    column = header.index(_COLUMN)
    id_column = header.index("id") if "id" in header else len(header)
    try:
        next(rows)
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if column >= len(cells) or not cells[column]:
                raise InvalidInput(f"{name}:{rows.line_num} has no “{_COLUMN}”")
            given = cells[id_column] if id_column < len(cells) else ""
            yield _Line(cells[column], given or None, rows.line_num)
    except csv.Error as error:
        raise InvalidInput(f"{name}:{rows.line_num} is no CSV: {error}") from error


def _question(line: str, place: str) -> tuple[str, str | int | None]:
    if not line.startswith("{"):
        return line, None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{place} is not JSON: {error}") from error
    text, question_id = record.get("question", record.get("query")), record.get("id")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput(f"{place} has no “question”")
    if not isinstance(question_id, str | int | None):
        raise InvalidInput(f"{place} has an “id” that is neither text nor a whole number")
    return text, question_id
