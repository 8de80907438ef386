"""Questions from the command line or a file of them, checked before the first is asked."""

import json
from collections.abc import Iterator
from pathlib import Path

from index import Filters, InvalidInput
from qa.datatypes import Question


def questions(
    single: str | None, file: Path | None, *, filters: Filters, top_k: int
) -> list[Question]:
    """The one question, or those of a file: one a line, or JSONL with `question` and `id`.

    Raises:
        InvalidInput: neither or both are given, or a line is no question.
    """
    if (single is None) == (file is None):
        raise InvalidInput('give one question, or --batch FILE: onrecord ask "who …?"')
    if single is not None:
        return [Question(text=single, filters=filters, top_k=top_k)]
    return [
        Question(text=text, id=question_id, filters=filters, top_k=top_k)
        for text, question_id in _lines(file or Path())
    ]


def _lines(path: Path) -> Iterator[tuple[str, str | int | None]]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield _question(line.strip(), f"{path}:{number}")


def _question(line: str, place: str) -> tuple[str, str | int | None]:
    if not line.startswith("{"):
        return line, None
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InvalidInput(f"{place} is not JSON: {error}") from error
    text, question_id = record.get("question", record.get("query")), record.get("id")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput(f"{place} has no “question”")
    if not isinstance(question_id, str | int | None):
        raise InvalidInput(f"{place} has an “id” that is neither text nor a whole number")
    return text, question_id
