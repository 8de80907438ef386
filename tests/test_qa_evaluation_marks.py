"""Marks become judged questions, and an evaluation takes them."""

import json

import pytest

from index import Verdict
from qa import Assistant
from qa.evaluation.evaluate import evaluate
from qa.evaluation.judged_questions import judged_json, load

HARBOUR = "It rained all night. The rebels seized the harbour of Zuwara on Monday."
SEIZED = "Who seized the harbour of Zuwara?"
RIGHT = {"start": 21, "end": 71, "answer": "The rebels"}
WRONG = {"start": 0, "end": 20, "answer": "night"}


@pytest.fixture(name="marked")
def _marked(archive, put):
    """A function that marks a sentence of the one article."""
    put(id="harbour", text=HARBOUR)

    def marked(verdict, *, question=SEIZED, **fields):
        return archive.mark(verdict, question=question, document_id="harbour", **fields)

    return marked


def test_a_right_mark(archive, marked):
    """It gives the question, the words and the sentence."""
    mark = marked(Verdict.RIGHT, **RIGHT)
    assert judged_json(archive.marks()) == [
        {
            "id": str(mark.number),
            "question": SEIZED,
            "answers": ["The rebels"],
            "sentences": ["The rebels seized the harbour of Zuwara on Monday."],
        }
    ]


def test_a_wrong_mark(archive, marked):
    """It gives the sentence that is wrong, and does not say that nothing answers."""
    mark = marked(Verdict.WRONG, **WRONG)
    assert judged_json(archive.marks()) == [
        {"id": str(mark.number), "question": SEIZED, "wrong": ["It rained all night."]}
    ]


def test_marks_of_one_question_are_one_record(archive, marked):
    """What several users said of several sentences is put together, each once."""
    marked(Verdict.WRONG, who="ann", **WRONG)
    marked(Verdict.WRONG, who="bob", **WRONG)
    marked(Verdict.RIGHT, who="ann", **RIGHT)
    marked(Verdict.RIGHT, who="bob", **RIGHT)
    marked(Verdict.RIGHT, question="What rained?", **WRONG)
    first, second = judged_json(archive.marks())
    assert first["wrong"] == ["It rained all night."]
    assert first["answers"] == ["The rebels"]
    assert second["question"] == "What rained?"


def test_right_outweighs_wrong(archive, marked):
    """Where users disagree on a sentence, it is not counted as wrong."""
    marked(Verdict.WRONG, who="ann", **RIGHT)
    marked(Verdict.RIGHT, who="bob", **RIGHT)
    (record,) = judged_json(archive.marks())
    assert "wrong" not in record
    assert len(record["sentences"]) == 1


def test_an_evaluation_takes_marks(archive, marked, real_reader, tmp_path):
    """From the answer to the mark, to the file, to the figures."""
    assistant = Assistant(archive, real_reader)
    for question, verdict in (
        (SEIZED, Verdict.RIGHT),
        ("Who took the harbour?", Verdict.WRONG),
    ):
        answer = assistant.ask(question)
        cited = answer.citations[0]
        marked(verdict, question=question, start=cited.start, end=cited.end, answer=answer.text)
    path = tmp_path / "marks.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in judged_json(archive.marks())))
    found = evaluate(assistant, load(path).questions)
    metrics = {one.name: (one.value, one.count) for one in found.metrics}
    assert metrics["sentence accuracy at 1"] == (1, 1)
    assert metrics["words F1"] == (1, 1)
    assert metrics["marked wrong, given again"] == (1, 1)
