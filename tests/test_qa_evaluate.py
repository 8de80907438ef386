"""Judged questions, and figures that can be reckoned by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Archive, InvalidInput, Span
from qa import Assistant, Reader
from qa.evaluate import _metric, evaluate, table, words_f1
from qa.judge import JudgedQuestion, load

HARBOUR = "It rained all night. The rebels seized the harbour of Zuwara on Monday."
BRIDGE = "The police closed the bridge of Sirte. Nobody crossed it."


@pytest.fixture(name="judged_file")
def _judged_file(tmp_path):
    """A function that writes a file, of text or of an object as JSON, and gives its path."""

    def judged_file(content):
        path = tmp_path / "judged.json"
        if not isinstance(content, bytes):
            text = content if isinstance(content, str) else json.dumps(content)
            content = text.encode()
        path.write_bytes(content)
        return path

    return judged_file


def squad(*paragraphs):
    """SQuAD's form: one article of paragraphs, each a context and its questions."""
    return {
        "version": "v2.0",
        "data": [
            {
                "title": "An article",
                "paragraphs": [{"context": context, "qas": asked} for context, asked in paragraphs],
            }
        ],
    }


def asked(number, question, context, *answers):
    return {
        "id": number,
        "question": question,
        "is_impossible": not answers,
        "answers": [{"text": one, "answer_start": context.index(one)} for one in answers],
    }


# What is read


def test_squad_gives_documents_and_places(judged_file):
    """Each paragraph is a document; each gold answer has its span, and each text is there once."""
    rows = [
        asked("q1", "Who seized it?", HARBOUR, "The rebels", "rebels", "The rebels"),
        asked("q2", "Who bought it?", HARBOUR),
    ]
    judged = load(judged_file(squad((HARBOUR, rows), (BRIDGE, []))))
    assert [one.text for one in judged.documents] == [HARBOUR, BRIDGE]
    first, second = judged.questions
    assert (first.id, first.text, first.document) == ("q1", "Who seized it?", "0-0")
    assert first.answers == ("The rebels", "rebels")
    assert first.spans == (Span(21, 31), Span(25, 31), Span(21, 31))
    assert first.is_answerable
    assert not second.is_answerable
    assert second.document == "0-0"


def test_plausible_answers_of_impossible_questions_are_none(judged_file):
    """What SQuAD marks as impossible has no answer, whatever stands beside it."""
    row = asked("q", "Who?", HARBOUR, "The rebels") | {"is_impossible": True}
    assert not load(judged_file(squad((HARBOUR, [row])))).questions[0].is_answerable


def test_squad_1_has_no_impossible_questions(judged_file):
    """Without the mark, a question is answerable."""
    row = asked("q", "Who?", HARBOUR, "The rebels")
    del row["is_impossible"]
    assert load(judged_file(squad((HARBOUR, [row])))).questions[0].is_answerable


def test_lines_of_json(judged_file):
    """A line has `answer`, `answers` or `sentence`, or nothing where nothing answers."""
    lines = [
        '{"question": "a?", "answer": "x", "id": 5}',
        "",
        '{"question": "b?", "answers": ["x", "y"]}',
        '{"question": "c?", "sentence": "It rained."}',
        '{"question": "d?"}',
        '{"question": "e?", "answer": null, "sentence": null}',
    ]
    judged = load(judged_file("\ufeff" + "\n".join(lines)))
    assert judged.documents == ()
    assert judged.questions == (
        JudgedQuestion(id="5", text="a?", answers=("x",)),
        JudgedQuestion(id="3", text="b?", answers=("x", "y")),
        JudgedQuestion(id="4", text="c?", sentence="It rained."),
        JudgedQuestion(id="5", text="d?"),
        JudgedQuestion(id="6", text="e?"),
    )
    assert [one.is_answerable for one in judged.questions] == [True, True, True, False, False]


def test_one_line_of_json_is_a_file(judged_file):
    """A single record is JSONL too, though it is JSON as a whole."""
    assert load(judged_file('{"question": "a?"}')).questions[0].text == "a?"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        "who claimed it?",
        "[]",
        "[1, 2]",
        "5",
        '{"data": 5}',
        '{"data": [{}]}',
        '{"data": []}',
        '{"data": [{"paragraphs": [{"context": "", "qas": []}]}]}',
        '{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": "1"}]}]}]}',
        '{"answer": "x"}',
        '{"question": 5}',
        '{"question": ""}',
        '{"question": "a?", "answers": 5}',
        '{"question": "a?", "answers": [5]}',
        '{"question": "a?", "sentence": 5}',
        '{"question": "a?"}\n{"question": ',
        b"\xff\xfe\x00",
    ],
)
def test_other_files_are_refused(judged_file, content):
    """A file of neither form is wrong input, in one line with its name, before it is asked."""
    path = judged_file(content)
    with pytest.raises(InvalidInput, match=r"judged\.json") as raised:
        load(path)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_refused(tmp_path):
    """A file that is not there is wrong input."""
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(tmp_path / "none.json")


# Words F1


@pytest.mark.parametrize(
    ("given", "gold", "f1"),
    [
        ("the rebels", "Rebels.", 1.0),
        ("A man, an ox, the plan", "man ox plan", 1.0),
        ("ISIS", "the ISIS fighters", 2 / 3),
        ("north of Sirte", "Sirte", 0.5),
        ("Sirte Sirte", "Sirte", 2 / 3),
        ("Sirte", "Kufra", 0.0),
        ("", "Sirte", 0.0),
        ("", "", 1.0),
        ("the", "a", 1.0),
        ("the", "Sirte", 0.0),
    ],
)
def test_words_f1(given, gold, f1):
    """Worked examples: articles, case and punctuation are left out; a word counts as often."""
    assert words_f1(given, gold) == pytest.approx(f1)
    assert words_f1(gold, given) == pytest.approx(f1)


@given(st.text(max_size=40))
def test_words_f1_of_itself_is_one(text):
    """Whatever is given, it is wholly right when it is the gold answer."""
    assert words_f1(text, text) == 1


# Intervals


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_interval_brackets_the_value(values):
    """The mean lies within its interval, and the interval within the extremes."""
    metric = _metric("x", values)
    assert metric.value == pytest.approx(np.mean(values))
    slack = 1e-9
    assert min(values) - slack <= metric.low <= metric.high <= max(values) + slack
    if len(values) > 5:
        assert metric.low - 0.05 <= metric.value <= metric.high + 0.05
    assert metric.count == len(values)


def test_the_interval_is_about_two_standard_errors():
    """Of 400 questions half right, the interval is 0.5 ± 0.049."""
    metric = _metric("x", [1.0, 0.0] * 200)
    assert metric.low == pytest.approx(0.451, abs=0.01)
    assert metric.high == pytest.approx(0.549, abs=0.01)


def test_the_interval_is_the_same_each_time():
    """The draws are seeded."""
    values = [1.0, 0.0, 0.25, 1.0]
    assert _metric("x", values) == _metric("x", values)


# The whole


@pytest.fixture(name="assistant")
def _assistant(archive, encoder, put):
    """An assistant over two articles."""
    put({"id": "harbour", "text": HARBOUR}, {"id": "bridge", "text": BRIDGE})
    return Assistant(archive, Reader(encoder))


def figures(assistant, *questions):
    """Value and count of each metric."""
    result = evaluate(assistant, questions)
    return {one.name: (pytest.approx(one.value), one.count) for one in result.metrics}


SEIZED = "Who seized the harbour of Zuwara?"


def test_a_right_answer(assistant):
    """A question that is answered rightly is right in every figure."""
    judged = JudgedQuestion(
        id="1", text=SEIZED, answers=("The rebels",), document="harbour", spans=(Span(21, 31),)
    )
    assert figures(assistant, judged) == {
        "refused, of answerable": (0, 1),
        "sentence accuracy at 1": (1, 1),
        "sentence accuracy at 3": (1, 1),
        "sentence accuracy at 5": (1, 1),
        "sentence MRR": (1, 1),
        "passage recall at 1": (1, 1),
        "passage recall at 10": (1, 1),
        "precision of answers": (1, 1),
        "words F1": (1, 1),
    }


def test_a_right_sentence_that_comes_later(assistant):
    """When the right one is second, accuracy at 1 is 0, at 3 is 1, and MRR a half."""
    by_rank = assistant.ask(SEIZED, top_k=9)
    inquiry = assistant.inquire(by_rank.question)
    second = inquiry.reading.sentences[1]
    judged = JudgedQuestion(
        id="1",
        text=SEIZED,
        answers=("x",),
        document=second.document.id,
        spans=(Span(second.start, second.end),),
    )
    found = figures(assistant, judged)
    assert found["sentence accuracy at 1"] == (0, 1)
    assert found["sentence accuracy at 3"] == (1, 1)
    assert found["sentence MRR"] == (0.5, 1)
    assert found["precision of answers"] == (0, 1)
    assert found["words F1"] == (0, 1)


def test_the_right_words_in_another_document_are_wrong(assistant):
    """Where the right document is known, the same words elsewhere do not count."""
    judged = JudgedQuestion(
        id="1", text=SEIZED, answers=("The rebels",), document="bridge", spans=(Span(0, 10),)
    )
    found = figures(assistant, judged)
    assert found["sentence accuracy at 1"] == (0, 1)
    assert found["passage recall at 1"] == (0, 1)
    assert found["passage recall at 10"] == (1, 1)


def test_what_is_never_found_is_right_at_no_depth(assistant):
    """A right sentence that is not among those read has no rank."""
    judged = JudgedQuestion(id="1", text=SEIZED, answers=("Zeiss",))
    found = figures(assistant, judged)
    assert [found[f"sentence accuracy at {depth}"] for depth in (1, 3, 5)] == [(0, 1)] * 3
    assert found["sentence MRR"] == (0, 1)


def test_a_copy_of_the_right_document_is_right(assistant, put):
    """A document that was folded into another as its copy counts as found."""
    put(id="copy", text=HARBOUR)
    judged = JudgedQuestion(
        id="1", text=SEIZED, answers=("The rebels",), document="copy", spans=(Span(21, 31),)
    )
    found = figures(assistant, judged)
    assert found["sentence accuracy at 1"] == (1, 1)
    assert found["passage recall at 1"] == (1, 1)


@pytest.mark.parametrize(
    ("judged", "accuracy"),
    [
        ({"answers": ("THE REBELS",)}, 1),
        ({"answers": ("police",)}, 0),
        ({"sentence": "The rebels seized the harbour of Zuwara on Monday."}, 1),
        ({"sentence": "rebels seized the harbour"}, 1),
        ({"sentence": "Nobody crossed it."}, 0),
    ],
)
def test_without_a_document_the_words_decide(assistant, judged, accuracy):
    """A sentence is right that holds a gold answer, in any case, or is the gold sentence."""
    found = figures(assistant, JudgedQuestion(id="1", text=SEIZED, **judged))
    assert found["sentence accuracy at 1"] == (accuracy, 1)
    assert "passage recall at 1" not in found
    assert ("words F1" in found) == ("answers" in judged)


def test_refusals_are_counted_apart(assistant):
    """A refusal is right of what nothing answers, and costs where something does."""
    unanswerable = "Which company bought the telescope patent?"
    found = figures(
        assistant,
        JudgedQuestion(id="1", text=unanswerable),
        JudgedQuestion(id="2", text=SEIZED),
        JudgedQuestion(id="3", text=unanswerable, answers=("Zeiss",)),
    )
    assert found["refused, of unanswerable"] == (0.5, 2)
    assert found["refused, of answerable"] == (1, 1)
    assert found["words F1"] == (0, 1)
    assert "precision of answers" not in found


def test_every_citation_is_checked(assistant):
    """Citations and nearest sentences are counted, and so are those found verbatim."""
    texts = [SEIZED, "Which company bought the telescope patent?"]
    result = evaluate(assistant, [JudgedQuestion(id=text, text=text) for text in texts])
    answers = [assistant.ask(text) for text in texts]
    assert result.citations == len(answers[0].citations) + len(answers[1].nearest)
    assert result.verbatim == result.citations > 3
    assert result.median_ms > 0


def test_no_questions_give_no_figures(assistant):
    """Nothing asked, nothing measured, and no error."""
    result = evaluate(assistant, [])
    assert (result.metrics, result.citations, result.median_ms) == ((), 0, 0.0)


def test_the_table_has_every_figure(assistant):
    """A row for each metric, and for the citations and the time."""
    result = evaluate(assistant, [JudgedQuestion(id="1", text=SEIZED, answers=("The rebels",))])
    assert table(result).row_count == len(result.metrics) + 2


# SQuAD 2.0 itself


@pytest.mark.slow
def test_squad_is_answered_as_well_as_is_said(tmp_path, real_encoder, test_data):
    """Of 646 paragraphs and every fifteenth answerable question: accuracy, recall, citations."""
    judged = load(test_data / "squad2" / "dev-half.json")
    assert (len(judged.documents), len(judged.questions)) == (646, 6078)
    with Archive.open(tmp_path / "squad", encoder=real_encoder) as archive:
        archive.add_documents(judged.documents)
        answerable = [one for one in judged.questions if one.is_answerable]
        result = evaluate(Assistant(archive, Reader(real_encoder)), answerable[::15])
    figures = {one.name: one for one in result.metrics}
    assert figures["sentence accuracy at 1"].value >= 0.70
    assert figures["passage recall at 10"].value >= 0.97
    assert figures["sentence accuracy at 1"].count == 194
    assert result.verbatim == result.citations > 300
