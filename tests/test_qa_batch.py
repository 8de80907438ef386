"""Lists of questions in, tables of answers out; no cell is a formula."""

import csv
import datetime as dt
import io
import zipfile

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Filters, InvalidInput, Searched
from qa import Answer, Assistant, Citation, NoAnswer, Question, Reason, Role
from qa.batch import questions_in
from qa.output.table import COLUMNS, answer_all, row_of, write_csv, write_xlsx, writer_for

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "＝1",
    "=cmd|' /C calc'!A0",
]


def asked(content, name="questions.txt", **options):
    raw = content if isinstance(content, bytes) else content.encode()
    found = questions_in(raw, name, filters=Filters(), top_k=5, **options)
    return [(one.id, one.text) for one in found]


@pytest.mark.parametrize(
    "content",
    [
        'question,id\nWho?,a\n"What, then?",b\n',
        "id;Question\na;Who?\nb;What, then?\n",
        "note\t id \tQUESTION \r\n1\ta\tWho?\r\n\t\t\r\n2\tb\tWhat, then?\r\n",
        "\ufeffquestion,id\nWho?,a\n,\nWhat, then?,b\n".replace("What, then?", '"What, then?"'),
        '\n\nquestion,id\n Who? , a \n"What, then?",b',
    ],
)
def test_a_csv(content):
    """Comma, semicolon or tab; the column's name in any case; blank rows left out."""
    assert asked(content, "questions.csv") == [("a", "Who?"), ("b", "What, then?")]


def test_a_csv_of_one_column():
    """Commas belong to the question only between quotation marks."""
    assert asked('question\nWho?\n"What, then?"\n') == [(None, "Who?"), (None, "What, then?")]


def test_a_row_is_shorter_than_the_header():
    """A missing id is none."""
    assert asked("question,id\nWho?\n") == [(None, "Who?")]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_csv_as_spreadsheet_programs_write_it(encoding):
    """Their other encodings are read by what the file says."""
    text = "question\nWas geschah in München, während die Straße gesperrt wurde?\n".replace(",", "")
    assert asked(text.encode(encoding)) == [(None, text.split("\n")[1])]


def test_a_list_of_lines():
    """Each line is a question, commas and all; the word "question" in the first makes no header."""
    content = "Is this the question, id?\r\n\nWho?\n"
    assert asked(content) == [(None, "Is this the question, id?"), (None, "Who?")]


def test_lines_of_json():
    """`question` and `id`, mixed with plain lines."""
    assert asked('{"question": "Who?", "id": 5}\nWhat?') == [(5, "Who?"), (None, "What?")]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (
            "who,id\nWho?,a\n",
            "q.csv",
            "q.csv has no column “question”; its first line is: 'who,id'",
        ),
        ("question,id\n ,a\n", "q.csv", "q.csv:2 has no “question”"),
        ("id,question\na\n", "q.csv", "q.csv:2 has no “question”"),
        ('question\n"' + "x" * 10_000_001 + '"\n', "q.csv", "q.csv:2 is no CSV"),
        ("question\n" + "x" * 10_001, "q.csv", "q.csv:2: the question has 10001 characters"),
        (b"\xff\xfe\x00w", "q.txt", "q.txt cannot be read"),
        (b"question\n\xff\x00\x01\x02", "q.csv", "q.csv cannot be read"),
        ("a?\n" * 4, "q.txt", "q.txt has more than 3 questions"),
        ("a?\n" + '{"question":' * 100_000, "q.jsonl", "q.jsonl:2 is not JSON: "),
    ],
)
def test_what_is_no_list_of_questions(content, name, reason):
    """It is refused with its place, before anything is asked."""
    with pytest.raises(InvalidInput) as raised:
        asked(content, name, most=3)
    assert str(raised.value).startswith(reason)


def test_as_many_as_are_allowed():
    """The limit itself is within it."""
    assert len(asked("a?\n" * 3, most=3)) == 3


# Tables


def answered(text="ISIS did it.", question="Who did it?", question_id=None, **fields):
    document = Document(id="a1", text=text, path="/a.txt", **fields)
    citation = Citation(
        role=Role.ANSWER, document=document, start=0, end=len(text), quote=text, score=1.0
    )
    return Answer(
        question=Question(text=question, id=question_id),
        interpreted=question,
        text=text[:4],
        start=0,
        end=len(text[:4]),
        confidence=0.87654,
        sentence_confidence=0.87654,
        citations=(citation,),
        searched=Searched(documents=1, sentences=1),
        elapsed_ms=1.0,
    )


def refused(question="Who?"):
    return NoAnswer(
        question=Question(text=question, id="n"),
        interpreted=question,
        reason=Reason.NOT_IN_ARCHIVE,
        nearest=(),
        searched=Searched(documents=1, sentences=1),
        elapsed_ms=1.0,
    )


def from_csv(raw):
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def from_xlsx(raw):
    """The cells of the one sheet, as text or number, by a reader of its bare XML."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        names = packed.namelist()
        strings = [
            "".join(part.text or "" for part in item.iter(f"{SHEET}t"))
            for item in ElementTree.fromstring(packed.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    assert not any("link" in name.lower() or "rels/sheet" in name for name in names)
    assert not list(sheet.iter(f"{SHEET}f"))
    assert not list(sheet.iter(f"{SHEET}hyperlink"))
    return [
        [
            strings[int(cell[0].text)] if cell.get("t") == "s" else float(cell[0].text)
            for cell in row
            if len(cell)
        ]
        for row in sheet.iter(f"{SHEET}row")
    ]


def test_a_row():
    """Each column of an answer, in order."""
    answer = answered(
        question_id=7,
        source="Gazette",
        title="The attack",
        url="https://a.example/",
        published=dt.date(2019, 11, 27),
    )
    assert dict(zip(COLUMNS, row_of(answer), strict=True)) == {
        "id": 7,
        "question": "Who did it?",
        "answered": "yes",
        "answer": "ISIS",
        "sentence": "ISIS did it.",
        "confidence": 0.8765,
        "source": "Gazette",
        "title": "The attack",
        "published": "2019-11-27",
        "url": "https://a.example/",
        "document": "a1",
        "start": 0,
        "end": 12,
        "reason": "",
    }


def test_a_row_of_no_answer():
    """It says so and why, and cites nothing."""
    row = dict(zip(COLUMNS, row_of(refused()), strict=True))
    assert {name for name, cell in row.items() if cell} == {"id", "question", "answered", "reason"}
    assert (row["answered"], row["reason"]) == ("no", "not-in-archive")


def test_a_table_as_csv_and_as_a_spreadsheet():
    """Both have the header and the same cells; numbers are numbers."""
    rows = [row_of(answered()), row_of(refused())]
    expected = [list(COLUMNS), *([str(cell) for cell in row] for row in rows)]
    assert from_csv(write_csv(rows)) == expected
    sheet = from_xlsx(write_xlsx(rows))
    assert sheet[0] == list(COLUMNS)
    assert [cell for cell in sheet[1] if isinstance(cell, float)] == [0.8765, 0.0, 12.0]
    assert b',0.8765,"' in write_csv(rows)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula):
    """In a CSV an apostrophe stands before it; in a spreadsheet it is text, to the letter."""
    row = row_of(answered(text=f"{formula} x", question=f"{formula} x", title=formula))
    cells = from_csv(write_csv([row]))[1]
    for name in ("question", "answer", "sentence", "title"):
        cell = cells[COLUMNS.index(name)]
        assert cell == f"'{row[COLUMNS.index(name)]}"
    sheet = from_xlsx(write_xlsx([row]))[1]
    assert f"{formula} x".replace("\r", "_x000D_") in sheet


def test_a_separator_opens_no_cell():
    """All text is quoted, so that a program that splits at semicolons finds no formula either."""
    raw = write_csv([row_of(answered(text='a;=1+1;"b",=2'))]).decode("utf-8-sig")
    assert '"a;=1+1;""b"",=2"' in raw


@given(text=st.text(min_size=1, max_size=30).filter(str.strip))
def test_any_words_come_back(text):
    """Whatever the words, a CSV reader gives them back, and a spreadsheet can be written."""
    row = ("x", text, "'", 5)
    (_, cells) = from_csv(write_csv([row]))
    assert cells[1].removeprefix("'") == text.removeprefix("'")
    assert zipfile.ZipFile(io.BytesIO(write_xlsx([row]))).testzip() is None


def test_what_is_too_long_for_a_cell_is_cut():
    """Excel's limit counts UTF-16; the cut shows."""
    for text in ("x" * 40_000, "🌍" * 20_000):
        (_, cells) = from_xlsx(write_xlsx([("", text)]))
        (cell,) = (one for one in cells if one)
        assert cell.endswith("…")
        assert len(cell.encode("utf-16-le")) // 2 in (32_766, 32_767)


def test_half_a_surrogate_pair_and_a_huge_number():
    """Neither stops a table: the one gets a sign, the other stays exact as text."""
    row = (2**60, "who \ud800?")
    assert "who \ufffd?" in from_xlsx(write_xlsx([row]))[1]
    assert str(2**60) in from_xlsx(write_xlsx([row]))[1]
    assert b"who \\ud800?" in write_csv([row])


# Asking


@pytest.fixture(name="assistant")
def _assistant(archive, put, real_reader):
    put(id="a", text="It rained all night. The rebels seized the harbour of Zuwara on Monday.")
    return Assistant(archive, real_reader)


def test_all_are_answered_in_order(assistant):
    """Each question has its answer, or none."""
    texts = ["Who seized the harbour of Zuwara?", "Which company bought the telescope patent?"]
    answers = answer_all(assistant, [Question(text=text) for text in texts])
    assert [(one.question.text, isinstance(one, Answer)) for one in answers] == [
        (texts[0], True),
        (texts[1], False),
    ]


def test_a_batch_is_cancelled_between_questions(assistant):
    """What was answered before stays."""
    stops = iter([False, False, True])
    questions = [Question(text="Who seized the harbour?")] * 5
    assert len(list(answer_all(assistant, questions, is_cancelled=lambda: next(stops)))) == 2


@pytest.mark.parametrize(("name", "write"), [("a.csv", write_csv), ("A.XLSX", write_xlsx)])
def test_the_ending_says_what_is_written(name, write):
    """In any case."""
    assert writer_for(name) is write


@pytest.mark.parametrize("name", ["answers", "answers.xls", "csv", "answers.csv.txt"])
def test_another_ending_is_refused(name):
    """The message says which there are."""
    with pytest.raises(InvalidInput, match=r"\.csv or an \.xlsx"):
        writer_for(name)
