"""`onrecord ask --batch`: many questions, their answers as lines of JSON or a table."""

import csv
import io
import signal
import sys
from pathlib import Path

import pytest

from qa import Assistant
from tests.cli.articles import WHO
from tests.reckoned import assert_same


def test_a_batch_of_lines(seeded, tmp_path):
    """One question a line, blank lines left out; one line of JSON each, in order."""
    file = tmp_path / "questions.txt"
    file.write_bytes("\ufeffWho won the 2018 World Cup?\r\n\n  \n".encode() + WHO.encode())
    ran = seeded("ask", "--batch", file, "--json")
    assert ran.code == 0
    assert [record["question"] for record in ran.records] == ["Who won the 2018 World Cup?", WHO]
    assert [record["answered"] for record in ran.records] == [False, True]
    assert [record["id"] for record in ran.records] == [None, None]


def test_a_batch_of_records(seeded, jsonl, tmp_path):
    """JSONL: each record's id, text or number, is handed back, in order."""
    asked = [
        {"question": WHO, "id": "b"},
        {"question": "Who won the 2018 World Cup?", "id": 7},
        {"question": WHO},
        {"id": "a", "question": "Which city did ISIS lose in 2016?", "more": [1]},
    ]
    ran = seeded("ask", "--batch", jsonl(tmp_path / "q.jsonl", asked), "--json", "--top-k", 1)
    assert [record["id"] for record in ran.records] == ["b", 7, None, "a"]
    assert [record["question"] for record in ran.records] == [one["question"] for one in asked]
    assert [len(record["citations"]) for record in ran.records] == [1, 0, 1, 1]


def test_a_batch_gives_what_single_questions_give(seeded, tmp_path):
    """Asked one by one or all at once, the answers are the same, their numbers nearly."""
    questions = [WHO, "Who won the 2018 World Cup?", '"police station"']
    (tmp_path / "q.txt").write_text("\n".join(questions))
    batch = seeded("ask", "--batch", tmp_path / "q.txt", "--json").records
    single = [seeded("ask", question, "--json").record for question in questions]
    for one, other in zip(batch, single, strict=True):
        assert_same(one, other)


def test_a_batch_for_people_repeats_the_questions(seeded, tmp_path):
    """Without --json each answer stands under its question."""
    (tmp_path / "q.txt").write_text(f"{WHO}\nWho won the 2018 World Cup?\n")
    lines = seeded("ask", "--batch", tmp_path / "q.txt").out.splitlines()
    assert lines[:2] == [WHO, "ISIS"]
    assert "Who won the 2018 World Cup?" in lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": "a?"', ":2 is not JSON"),
        ('{"id": 1}', ":2 has no “question”"),
        ('{"question": "  "}', ":2 has no “question”"),
        ('{"question": ["a?"]}', ":2 has no “question”"),
        ('{"question": "a?", "id": {}}', ":2 has an “id” that is neither text nor"),
        ('{"question": "a?", "id": 1.5}', ":2 has an “id” that is neither text nor"),
        ("x" * 10_001, "at most 10000"),
    ],
)
def test_a_bad_batch_is_refused_before_the_first_question(seeded, tmp_path, line, reason):
    """A line that is no question: exit 2, its place, and nothing on standard output."""
    (tmp_path / "q.jsonl").write_text(f"{WHO}\n{line}\n")
    ran = seeded("ask", "--batch", tmp_path / "q.jsonl", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert reason in ran.err


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00w"])
def test_a_batch_that_cannot_be_read_is_refused(seeded, tmp_path, content):
    """A missing file, or one that is no UTF-8: exit 2, and its name."""
    file = tmp_path / "q.txt"
    if content is not None:
        file.write_bytes(content)
    ran = seeded("ask", "--batch", file, "--json")
    assert (ran.code, ran.out) == (2, "")
    assert f"{file} cannot be read" in ran.err


def test_a_batch_from_standard_input(seeded, monkeypatch):
    """`-` reads the questions from a pipe."""
    given = io.TextIOWrapper(io.BytesIO(f"question,id\n{WHO},a\n".encode()))
    monkeypatch.setattr(sys, "stdin", given)
    ran = seeded("ask", "--batch", "-", "--json")
    assert (ran.code, ran.record["id"], ran.record["answered"]) == (0, "a", True)


def test_a_batch_without_a_question(seeded, tmp_path):
    """Nothing is asked, and it is said."""
    (tmp_path / "q.txt").write_text(" \n")
    ran = seeded("ask", "--batch", tmp_path / "q.txt", "--json")
    assert (ran.code, ran.out) == (0, "")
    assert "q.txt has no question" in ran.err


@pytest.mark.parametrize("name", ["answers.csv", "answers.xlsx"])
def test_a_table_of_answers(seeded, tmp_path, name):
    """--out writes a new table, and standard output stays empty."""
    (tmp_path / "q.csv").write_text(f"id,question\n1,{WHO}\n2,Who won the 2018 World Cup?\n")
    ran = seeded("ask", "--batch", tmp_path / "q.csv", "--out", tmp_path / name)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.rstrip().endswith(f"2 questions, 1 answered: {tmp_path / name}")
    assert (tmp_path / name).read_bytes()[:2] == (b"PK" if name.endswith("xlsx") else b"\xef\xbb")


def test_a_table_and_json(seeded, tmp_path):
    """Both may be had at once."""
    (tmp_path / "q.txt").write_text(f"{WHO}\n")
    ran = seeded("ask", "--batch", tmp_path / "q.txt", "--json", "--out", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["answer"] == ran.record["answer"]["text"] == "ISIS"


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--batch", "q.txt", "--out", "a.xls"], "a table of answers is a .csv or an .xlsx"),
        (["--batch", "q.txt", "--out", "there.csv"], "there.csv is there already"),
        (["--batch", "q.txt", "--out", "no/such/a.csv"], "a.csv cannot be written"),
        (["who?", "--out", "a.csv"], "--out goes with --batch"),
    ],
)
def test_a_table_that_cannot_be_written_is_refused(seeded, tmp_path, monkeypatch, args, reason):
    """Before the first question, and nothing is overwritten."""
    monkeypatch.chdir(tmp_path)
    Path("q.txt").write_text("who?\n")
    Path("there.csv").write_text("kept")
    ran = seeded("ask", *args)
    assert (ran.code, ran.out) == (2, "")
    assert reason in ran.err
    assert Path("there.csv").read_text() == "kept"


def test_a_stopped_batch_keeps_what_is_done(seeded, tmp_path, monkeypatch):
    """Ctrl-C during the second question: it is still answered, the third is not; exit 130."""
    inquire = Assistant.inquire
    asked = []

    def interrupted(assistant, question, **given):
        asked.append(question.text)
        if len(asked) == 2:
            signal.raise_signal(signal.SIGINT)
        return inquire(assistant, question, **given)

    monkeypatch.setattr(Assistant, "inquire", interrupted)
    (tmp_path / "q.txt").write_text(f"{WHO}\n" * 5)
    ran = seeded("ask", "--batch", tmp_path / "q.txt", "--out", tmp_path / "a.csv")
    assert ran.code == 130
    assert "Stopped after 2 of 5" in ran.err
    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") == 3


def test_half_a_surrogate_pair_is_valid_json(seeded, tmp_path):
    """A question that is no Unicode, as JSON can write it, comes back as JSON can write it."""
    (tmp_path / "q.jsonl").write_text('{"question": "who \\ud800 claimed it?", "id": "\\udfff"}\n')
    ran = seeded("ask", "--batch", tmp_path / "q.jsonl", "--json")
    assert ran.code == 0
    assert ran.record["question"] == "who \ud800 claimed it?"
    assert ran.record["id"] == "\udfff"
    assert seeded("ask", "--batch", tmp_path / "q.jsonl").code == 0
