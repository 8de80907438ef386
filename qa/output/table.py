"""Answers as a table: one row a question, as CSV or as a spreadsheet.

What a spreadsheet program would run as a formula is text here. In CSV, which cannot say so, a cell
that begins like one begins with an apostrophe instead. Source: OWASP, "CSV Injection".
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext

from index import InvalidInput
from qa.assistant import Assistant
from qa.datatypes import Answer, NoAnswer, Question

Cell = str | int | float
Row = tuple[Cell, ...]

COLUMNS = (
    *("id", "question", "answered", "answer", "sentence", "confidence", "source", "title"),
    *("published", "url", "document", "start", "end", "reason"),
)
"""The columns, in order. `start` and `end` are of the sentence in the document's text."""

CSV_MARK = "\ufeff"
"""What a CSV begins with, so that spreadsheet programs read it as UTF-8."""

_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@＝＋－＠]|[\t\r\n]")
_WIDTHS = {"question": 40, "answer": 30, "sentence": 60, "title": 30, "url": 30}
_MOST_IN_A_CELL = 32_767
_EXACT = 2**53
_SURROGATE = re.compile("[\ud800-\udfff]")


def answer_all(
    assistant: Assistant,
    questions: Iterable[Question],
    *,
    is_cancelled: Callable[[], bool] = bool,
    turn: AbstractContextManager[object] = nullcontext(),  # noqa: B008 - it has no state
) -> Iterator[Answer | NoAnswer]:
    """Ask one question after the other, until it is cancelled; each answer as it comes.

    `turn` is taken for each question, where several of those who ask take turns.
    """
    for question in questions:
        if is_cancelled():
            return
        with turn:
            answer = assistant.ask(question)
        yield answer


def writer_for(name: str) -> Callable[[Iterable[Row]], bytes]:
    """What writes a table as the ending of its file's name says.

    Raises:
        InvalidInput: the ending is another than `.csv` or `.xlsx`.
    """
    for ending, write in ((".csv", write_csv), (".xlsx", write_xlsx)):
        if name.lower().endswith(ending):
            return write
    raise InvalidInput(f"{name}: a table of answers is a .csv or an .xlsx; name it so")


def row_of(answer: Answer | NoAnswer) -> Row:
    """The row of one answer, with the cells of `COLUMNS`; unknown is empty."""
    asked = answer.question
    start: Row = ("" if asked.id is None else asked.id, asked.text)
    if isinstance(answer, NoAnswer):
        return (*start, "no", *[""] * (len(COLUMNS) - 4), answer.reason.value)
    citation = answer.citations[0]
    document = citation.document
    return (
        *start,
        "yes",
        answer.text,
        answer.sentence,
        round(answer.confidence, 4),
        document.source,
        document.title,
        "" if document.published is None else document.published.isoformat(),
        document.url,
        document.id,
        citation.start,
        citation.end,
        "",
    )


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """A CSV, line by line: the header, then each row as it comes. All text is quoted."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in _with_header(rows):
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()


def write_csv(rows: Iterable[Row]) -> bytes:
    """The CSV whole, in UTF-8 with its mark."""
    return (CSV_MARK + "".join(csv_lines(rows))).encode("utf-8", "backslashreplace")


def write_xlsx(rows: Iterable[Row]) -> bytes:
    """The spreadsheet (Office Open XML): text is text, and the first row stays in sight.

    A text that is longer than a cell may be is cut, and ends in "…".
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet("Answers")
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.set_row(0, None, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(COLUMNS):
            sheet.set_column(place, place, _WIDTHS.get(name, 12), wrapped)
        for line, row in enumerate(_with_header(rows)):
            for place, cell in enumerate(row):
                if isinstance(cell, str) or abs(cell) > _EXACT:
                    sheet.write_string(line, place, _fitting(str(cell)))
                else:
                    sheet.write_number(line, place, cell)
    return stream.getvalue()


def _with_header(rows: Iterable[Row]) -> Iterator[Row]:
    yield COLUMNS
    yield from rows


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _fitting(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", text)
    # Excel counts UTF-16.
    if len(text.encode("utf-16-le")) <= 2 * _MOST_IN_A_CELL:
        return text
    cut = text.encode("utf-16-le")[: 2 * (_MOST_IN_A_CELL - 1)].decode("utf-16-le", "ignore")
    return f"{cut}…"
