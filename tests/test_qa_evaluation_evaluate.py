"""Judged questions, and figures that can be reckoned by hand."""

import json
from dataclasses import replace

import pytest

from index import Archive, InvalidInput, Span
from qa import Assistant, NoAnswer
from qa.evaluation.evaluate import evaluate, read_alone, without_article
from qa.evaluation.judged_questions import Judged, JudgedQuestion, load
from qa.evaluation.metrics import auroc
from qa.evaluation.report import table, tables
from qa.reading.results import TextReading

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
    assert (first.id, first.text, first.documents) == ("q1", "Who seized it?", ("0-0",))
    assert first.answers == ("The rebels", "rebels")
    assert first.spans == (Span(21, 31), Span(25, 31), Span(21, 31))
    assert first.is_answerable
    assert not second.is_answerable
    assert second.documents == ("0-0",)


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
        JudgedQuestion(id="4", text="c?", sentences=("It rained.",)),
        JudgedQuestion(id="5", text="d?"),
        JudgedQuestion(id="6", text="e?"),
    )
    assert [one.is_answerable for one in judged.questions] == [True, True, True, False, False]


def test_lines_that_name_documents(judged_file):
    """A line may say in which documents the answer is, what type it is of, and what denies it."""
    lines = [
        '{"question": "a?", "answer": "x", "documents": ["d", "e"], "type": "who", "denies": []}',
        '{"question": "b?", "documents": [], "type": null, "denies": "It is not known."}',
    ]
    assert load(judged_file("\n".join(lines))).questions == (
        JudgedQuestion(id="1", text="a?", answers=("x",), documents=("d", "e"), type="who"),
        JudgedQuestion(id="2", text="b?", denies=("It is not known.",)),
    )


def test_lines_of_wrong_sentences(judged_file):
    """A line may say what is no answer, beside what is, or alone; alone, nothing else is known."""
    lines = [
        '{"question": "a?", "wrong": ["It rained."], "sentences": ["It snowed.", "It hailed."]}',
        '{"question": "b?", "wrong": "It rained."}',
    ]
    judged = load(judged_file("\n".join(lines))).questions
    assert judged[0].sentences == ("It snowed.", "It hailed.")
    assert [one.wrong for one in judged] == [("It rained.",)] * 2
    assert [one.is_judged for one in judged] == [True, False]
    assert [one.is_answerable for one in judged] == [True, False]


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
        '{"question": "a?", "wrong": [5]}',
        '{"question": "a?", "answers": [5]}',
        '{"question": "a?", "sentence": 5}',
        '{"question": "a?", "type": 5}',
        '{"question": "a?", "denies": [5]}',
        '{"question": "a?", "answer": "x", "documents": [5]}',
        '{"question": "a?", "documents": ["d"]}',
        '{"question": "a?"}\n{"question": ',
        '{"question":' * 100_000,
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


# Articles and parts


@pytest.fixture(name="four")
def _four(judged_file):
    """Four articles of one paragraph and one question each."""
    article = squad((HARBOUR, [asked("q", "Who?", HARBOUR, "The rebels")]))["data"][0]
    return load(judged_file({"data": [article] * 4}))


def test_each_question_knows_its_article(four):
    """Documents are kept by article, and each question names its own."""
    assert [one.article for one in four.questions] == list(four.articles)
    assert [[one.id for one in some] for some in four.articles.values()] == [
        ["0-0"],
        ["1-0"],
        ["2-0"],
        ["3-0"],
    ]


@pytest.mark.parametrize(
    ("part", "articles"),
    [("1/2", "02"), ("2/2", "13"), ("1/1", "0123"), ("3/3", "2"), ("1/3", "03")],
)
def test_a_part_is_every_nth_article(four, part, articles):
    """The parts of a split share no article, leave none out, and keep every document."""
    taken = four.part(part)
    assert [one.article for one in taken.questions] == list(articles)
    assert taken.documents == four.documents


@pytest.mark.parametrize("part", ["", "1", "0/2", "3/2", "1/5", "-1/2", "1/2/2", "a/b", "1/0"])
def test_what_is_no_part_is_refused(four, part):
    """Anything else is wrong input, with what was given."""
    with pytest.raises(InvalidInput, match=r"a part is like 1/2") as raised:
        four.part(part)
    assert repr(part) in str(raised.value)


def test_lines_have_no_parts(judged_file):
    """Without articles there is nothing to split by."""
    with pytest.raises(InvalidInput, match=r"\(0\)"):
        load(judged_file('{"question": "a?"}')).part("1/1")


def test_the_first_questions(four):
    """A limit leaves out questions, and no documents."""
    assert [one.article for one in four.first(3).questions] == ["0", "1", "2"]
    assert four.first(3).documents == four.documents


# The whole


@pytest.fixture(name="assistant")
def _assistant(archive, put, real_reader):
    """An assistant over two articles."""
    put({"id": "harbour", "text": HARBOUR}, {"id": "bridge", "text": BRIDGE})
    return Assistant(archive, real_reader)


def figures(assistant, *questions):
    """Value and count of each metric."""
    result = evaluate(assistant, questions)
    return {one.name: (pytest.approx(one.value), one.count) for one in result.metrics}


SEIZED = "Who seized the harbour of Zuwara?"


def test_a_right_answer(assistant):
    """A question that is answered rightly is right in every figure."""
    judged = JudgedQuestion(
        id="1", text=SEIZED, answers=("The rebels",), documents=("harbour",), spans=(Span(21, 31),)
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
        "answered with the right sentence": (1, 1),
        "words right": (1, 1),
        "clear answers right": (1, 1),
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
        documents=(second.document.id,),
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
        id="1", text=SEIZED, answers=("The rebels",), documents=("bridge",), spans=(Span(0, 10),)
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
        id="1", text=SEIZED, answers=("The rebels",), documents=("copy",), spans=(Span(21, 31),)
    )
    found = figures(assistant, judged)
    assert found["sentence accuracy at 1"] == (1, 1)
    assert found["passage recall at 1"] == (1, 1)


@pytest.mark.parametrize(
    ("judged", "accuracy"),
    [
        ({"answers": ("THE REBELS",)}, 1),
        ({"answers": ("police",)}, 0),
        ({"sentences": ("The rebels seized the harbour of Zuwara on Monday.",)}, 1),
        ({"sentences": ("rebels seized the harbour",)}, 1),
        ({"sentences": ("Nobody crossed it.",)}, 0),
        ({"sentences": ("Nobody crossed it.", "The rebels seized the harbour")}, 1),
    ],
)
def test_without_a_document_the_words_decide(assistant, judged, accuracy):
    """A sentence is right that holds a gold answer, in any case, or is the gold sentence."""
    found = figures(assistant, JudgedQuestion(id="1", text=SEIZED, **judged))
    assert found["sentence accuracy at 1"] == (accuracy, 1)
    assert "passage recall at 1" not in found
    assert ("words F1" in found) == ("answers" in judged)


@pytest.mark.parametrize(
    ("documents", "sentence", "accuracy"),
    [
        (("harbour",), "seized the harbour", 1),
        (("bridge", "harbour"), "The rebels seized the harbour of Zuwara on Monday.", 1),
        (("bridge",), "seized the harbour", 0),
        (("harbour",), "It rained all night", 0),
        (("harbour",), HARBOUR, 0),
    ],
)
def test_a_judged_part_of_a_sentence(assistant, documents, sentence, accuracy):
    """Where documents are named, a sentence is right that is in one of them and holds the part."""
    judged = JudgedQuestion(id="1", text=SEIZED, documents=documents, sentences=(sentence,))
    found = figures(assistant, judged)
    assert found["sentence accuracy at 1"] == (accuracy, 1)
    assert found["answered with the right sentence"] == (accuracy, 1)
    assert found["document recall at 1"] == ("harbour" in documents, 1)
    assert found["document recall at 10"] == (1, 1)
    assert "passage recall at 1" not in found


WIRE = "It rained all night. The rebels seized\n    the harbour of Zuwara\n on Monday."


@pytest.mark.parametrize(
    "judged",
    [
        {"sentences": ("seized the  harbour",)},
        {"sentences": ("seized the harbour",), "documents": ("wire",)},
        {"sentences": ("The rebels seized the harbour of Zuwara on Monday. It snowed.",)},
        {"answers": ("harbour of zuwara on Monday",)},
    ],
)
def test_white_space_makes_no_difference(archive, put, real_reader, judged):
    """A sentence in several lines is the one that was judged, in one."""
    put(id="wire", text=WIRE)
    judged = JudgedQuestion(id="1", text=SEIZED, **judged)
    assert figures(Assistant(archive, real_reader), judged)["sentence accuracy at 1"] == (1, 1)
    wrong = JudgedQuestion(id="1", text=SEIZED, wrong=("rebels seized the harbour",))
    assert figures(Assistant(archive, real_reader), wrong)["marked wrong, given again"] == (1, 1)


CLEAR = "The rebels seized the harbour of Zuwara"


@pytest.mark.parametrize(
    ("judged", "is_right"),
    [
        ({"sentences": (CLEAR,)}, 1),
        ({"sentences": (CLEAR,), "answers": ("rebels",), "type": "who"}, 1),
        ({"sentences": (CLEAR,), "answers": ("Zeiss",), "type": "who"}, 0),
        ({"sentences": (CLEAR,), "answers": ("Zeiss",), "type": "why"}, 1),
        ({"sentences": ("Nobody crossed it",), "answers": ("rebels",), "type": "why"}, 0),
        ({}, 0),
    ],
)
def test_clear_answers_are_right(assistant, judged, is_right):
    """By sentence and words, by the sentence where a clause answers; none where nothing does."""
    assert assistant.ask(SEIZED).confidence >= 0.75
    found = figures(assistant, JudgedQuestion(id="1", text=SEIZED, **judged))
    assert found["clear answers right"] == (is_right, 1)


def test_answers_that_are_not_clear_are_not_counted_so(assistant, monkeypatch):
    """An answer below the confidence that is called clear is in no figure of clear ones."""
    monkeypatch.setattr("qa.evaluation.evaluate.confidence_word", lambda confidence: "likely")
    found = figures(assistant, JudgedQuestion(id="1", text=SEIZED, sentences=(CLEAR,)))
    assert "clear answers right" not in found


@pytest.mark.parametrize(
    ("text", "denies", "share"),
    [
        (SEIZED, "rebels seized  the harbour", 1),
        (SEIZED, "Nobody crossed it.", 0),
        ("Which company bought the telescope patent?", "Nobody crossed it.", 0),
    ],
)
def test_an_answer_that_denies(assistant, text, denies, share):
    """An answer to an unanswerable question may be the sentence that says that there is none."""
    found = figures(assistant, JudgedQuestion(id="1", text=text, denies=(denies,)))
    assert found["answered with the denial"] == (share, 1)


def test_figures_by_type(assistant):
    """Each type has the figures of its own questions, the answerable types first."""
    questions = [
        JudgedQuestion(id="1", text=SEIZED, type="none-denied"),
        JudgedQuestion(id="2", text=SEIZED, sentences=(CLEAR,), answers=("rebels",), type="who"),
        JudgedQuestion(id="3", text=SEIZED, sentences=("It rained all night",), type="who"),
        JudgedQuestion(id="4", text=SEIZED, sentences=(CLEAR,), type="why"),
        JudgedQuestion(id="5", text=SEIZED, sentences=(CLEAR,)),
    ]
    result = evaluate(assistant, questions)
    assert [one.type for one in result.types] == ["who", "why", "none-denied"]
    by_type = {
        one.type: {metric.name: (metric.value, metric.count) for metric in one.metrics}
        for one in result.types
    }
    assert by_type["who"]["sentence accuracy at 1"] == (0.5, 2)
    assert by_type["who"]["words right"] == (1, 1)
    assert by_type["why"]["clear answers right"] == (1, 1)
    assert by_type["none-denied"] == {
        "refused, of unanswerable": (0, 1),
        "clear answers right": (0, 1),
    }
    shown = tables(result)[1]
    assert (shown.title, shown.row_count) == ("By type", 3)
    assert list(shown.columns[1].cells) == ["0.50 (0.00–1.00), 2", "1.00 (1.00–1.00), 1", ""]
    assert list(shown.columns[3].cells)[-1] == "0.00 (0.00–0.00), 1"


@pytest.mark.parametrize(
    ("wrong", "again"),
    [
        ("The rebels seized the harbour of Zuwara on Monday.", 1),
        ("Nobody crossed it.", 0),
    ],
)
def test_a_wrong_sentence_given_again(assistant, wrong, again):
    """Where only a wrong sentence is known, whether it is given again is the only figure."""
    found = figures(assistant, JudgedQuestion(id="1", text=SEIZED, wrong=(wrong,)))
    assert found == {"marked wrong, given again": (again, 1)}


def test_a_refusal_gives_nothing_again(assistant):
    """A question that is refused is not answered wrong."""
    text = "Which company bought the telescope patent?"
    nearest = assistant.ask(text).nearest[0].quote
    found = figures(assistant, JudgedQuestion(id="1", text=text, wrong=(nearest,)))
    assert found == {"marked wrong, given again": (0, 1)}


def test_wrong_and_right_sentences_of_one_question(assistant):
    """Where the right sentence is known too, all figures are there."""
    judged = JudgedQuestion(
        id="1", text=SEIZED, sentences=("Nobody crossed it.",), wrong=("The rebels seized",)
    )
    found = figures(assistant, judged)
    assert found["marked wrong, given again"] == (1, 1)
    assert found["sentence accuracy at 1"] == (0, 1)


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
    assert result.median_ms > result.median_reading_ms > 0


def test_no_questions_give_no_figures(assistant):
    """Nothing asked, nothing measured, and no error."""
    result = evaluate(assistant, [])
    assert (result.metrics, result.citations, result.median_ms) == ((), 0, 0.0)


def test_the_table_has_every_figure(assistant):
    """A row for each metric, those of the confidence too, and for the citations and the time."""
    result = evaluate(assistant, [JudgedQuestion(id="1", text=SEIZED, answers=("The rebels",))])
    assert table(result).row_count == len(result.metrics) + 3 + 3


# Confidence

PATENT = "Which company bought the telescope patent?"
RIGHT = JudgedQuestion(
    id="right", text=SEIZED, answers=("The rebels",), documents=("harbour",), spans=(Span(21, 31),)
)
WRONG = replace(RIGHT, id="wrong", documents=("bridge",))
REFUSED = JudgedQuestion(id="refused", text=PATENT, answers=("Zeiss",))
UNANSWERABLE = JudgedQuestion(id="none", text=SEIZED)


def test_the_confidence_is_the_one_that_is_shown(assistant):
    """A right, a wrong and a refused question: the curve, what is answered, the bins."""
    shown = assistant.ask(SEIZED).confidence
    unsure = assistant.inquire(assistant.ask(PATENT).question).reading.confidence
    assert unsure < shown
    (found,) = evaluate(assistant, [RIGHT, WRONG, REFUSED]).confidence
    assert (found.questions, found.count) == ("answerable questions", 3)
    assert found.answered.coverage == pytest.approx(2 / 3)
    assert found.answered.confidence == shown
    assert found.answered.risk == pytest.approx(0.5)
    assert found.given.ece.value == pytest.approx(abs(shown - 0.5))
    assert found.given.ece.count == sum(one.count for one in found.given.bins) == 2
    assert found.forced.ece.count == sum(one.count for one in found.forced.bins) == 3
    assert found.aurc.value == pytest.approx((0.5 + 0.5 + 2 / 3) / 3)
    assert len(found.curve) == 100
    assert found.curve[-1].confidence == unsure
    assert found.curve[-1].risk == pytest.approx(2 / 3)


def test_answers_to_unanswerable_questions_are_wrong(assistant):
    """Where some are unanswerable, the confidence is judged over all of them as well."""
    everything, answerable = evaluate(assistant, [RIGHT, UNANSWERABLE]).confidence
    assert (everything.questions, everything.count) == ("all questions", 2)
    assert (everything.answered.coverage, everything.answered.risk) == (1, 0.5)
    assert (answerable.questions, answerable.count) == ("answerable questions", 1)
    assert answerable.answered.risk == 0


def test_only_unanswerable_questions(assistant):
    """Without a single answerable question every answer is wrong, and nothing is to be told."""
    result = evaluate(assistant, [UNANSWERABLE])
    (found,) = result.confidence
    assert (found.questions, found.aurc.value) == ("all questions", 1)
    assert not any("AUROC" in one.name for one in result.metrics)


def test_nothing_answered_has_no_operating_point(assistant):
    """When every question is refused there are no answers to be calibrated."""
    (found,) = evaluate(assistant, [REFUSED]).confidence
    assert (found.answered, found.given) == (None, None)
    assert found.forced.ece.count == 1


def test_auroc_is_of_what_decides_on_a_refusal(assistant):
    """An answerable question that the archive speaks of against one that it does not: 1."""
    unanswerable = JudgedQuestion(id="none", text=PATENT)
    found = figures(assistant, RIGHT, unanswerable)
    assert found["AUROC, answerable against unanswerable"] == (1, 2)
    found = figures(assistant, REFUSED, UNANSWERABLE)
    assert found["AUROC, answerable against unanswerable"] == (0, 2)


def test_an_empty_archive_is_sure_of_nothing(archive, real_reader):
    """Where nothing was read the confidence is 0, and nothing is right."""
    (found,) = evaluate(Assistant(archive, real_reader), [RIGHT]).confidence
    assert (found.curve[-1].confidence, found.curve[-1].risk) == (0, 1)


def test_the_tables_of_the_confidence(assistant):
    """A dozen coverages and the default threshold; the bins that have answers."""
    result = evaluate(assistant, [RIGHT, WRONG, UNANSWERABLE])
    shown = tables(result)
    assert [one.row_count for one in shown] == [len(result.metrics) + 6 + 3, 14, 1, 1]
    assert [len(one.columns) for one in shown] == [4, 5, 5, 5]
    assert [one.row_count for one in tables(evaluate(assistant, []))] == [3]


# The paragraph given


class ToldReader:
    """A `PassageReader` of texts that says what it is told to: a text, and how sure it is."""

    languages = "all"

    def __init__(self, **told):
        self.told = told
        self.read_texts = []

    def read(self, question, text):
        self.read_texts.append(text)
        given, answerable = self.told[question.rstrip("?")]
        return TextReading(
            text=given, start=0, end=len(given), sentence=text, score=0.0, answerable=answerable
        )


def test_reading_alone(judged_file):
    """Each question is read with its own paragraph; refusals count where it is said."""
    judged = load(
        judged_file(
            squad(
                (HARBOUR, [asked("1", "a?", HARBOUR, "The rebels", "rebels seized")]),
                (BRIDGE, [asked("2", "b?", BRIDGE, "Sirte"), asked("3", "c?", BRIDGE)]),
            )
        )
    )
    reader = ToldReader(a=("rebels", 0.9), b=("bridge of Sirte", 0.1), c=("police", 0.3))
    found = read_alone(reader, judged, shown=list)
    assert reader.read_texts == [HARBOUR, BRIDGE, BRIDGE]
    assert {one.name: (pytest.approx(one.value), one.count) for one in found.metrics} == {
        "exact match": (1 / 2, 2),
        "words F1": ((1 + 1 / 2) / 2, 2),
        "words F1, refusals counting 0": (1 / 2, 2),
        "refused, of answerable": (1 / 2, 2),
        "refused, of unanswerable": (1, 1),
        "words F1, all questions, refusals counting": (2 / 3, 3),
        "AUROC, answerable against unanswerable": (1 / 2, 3),
    }


def test_reading_alone_of_one_kind_has_no_auroc(judged_file):
    """Without unanswerable questions there is nothing to tell apart."""
    judged = load(judged_file(squad((HARBOUR, [asked("1", "a?", HARBOUR, "The rebels")]))))
    found = read_alone(ToldReader(a=("rebels", 0.9)), judged, shown=list)
    assert not any("AUROC" in one.name for one in found.metrics)


def test_reading_alone_needs_paragraphs(judged_file):
    """JSONL has no paragraph to be given."""
    with pytest.raises(InvalidInput, match=r"SQuAD's form"):
        read_alone(ToldReader(), load(judged_file('{"question": "a?"}')), shown=list)


# The article taken out


@pytest.fixture(name="two")
def _two(judged_file):
    """Two articles, of two paragraphs and of one, with a question each, and one unanswerable."""
    harbour = squad(
        (HARBOUR, [asked("1", SEIZED, HARBOUR, "The rebels"), asked("2", PATENT, HARBOUR)]),
        ("The harbour of Zuwara was seized by them.", []),
    )
    bridge = squad((BRIDGE, [asked("3", "Who closed the bridge?", BRIDGE, "The police")]))
    return load(judged_file({"data": [*harbour["data"], *bridge["data"]]}))


class Witness(Assistant):
    """Remembers which documents were there when a question was asked."""

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = []
        self.inquiries = []

    def inquire(self, question, *, history=()):
        there = [one.id for one in self.archive.documents()]
        self.asked.append((question.id, sorted(there)))
        self.inquiries.append(super().inquire(question, history=history))
        return self.inquiries[-1]


def test_the_whole_article_is_out_and_comes_back(archive, two, real_reader):
    """Each answerable question is asked of all, then of all but the paragraphs of its article."""
    archive.add_documents(two.documents)
    witness = Witness(archive, real_reader)
    found = without_article(witness, two, shown=list)
    everything = ["0-0", "0-1", "1-0"]
    assert witness.asked == [
        ("1", everything),
        ("3", everything),
        ("1", ["1-0"]),
        ("3", ["0-0", "0-1"]),
    ]
    assert sorted(one.id for one in archive.documents()) == everything
    refused = [isinstance(one.answer, NoAnswer) for one in witness.inquiries]
    sure = [one.reading.answerable for one in witness.inquiries]
    assert {one.name: (pytest.approx(one.value), one.count) for one in found.metrics} == {
        "refused, article there": (sum(refused[:2]) / 2, 2),
        "refused, article taken out": (1, 2),
        "AUROC, article there against taken out": (auroc(sure[:2], sure[2:]), 4),
    }
    assert (refused[0], refused[2]) == (False, True)


def test_an_article_comes_back_when_it_is_stopped(archive, two, real_reader):
    """Ctrl-C while an article is out leaves the archive as it was."""
    archive.add_documents(two.documents)
    rounds = []

    def shown(questions):
        rounds.append(questions)
        yield questions[0]
        if len(rounds) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        without_article(Assistant(archive, real_reader), two, shown=shown)
    assert {one.id for one in archive.documents()} == {"0-0", "0-1", "1-0"}


def test_the_last_article_is_not_taken_out(assistant, judged_file):
    """With one article, or none, nothing would be left to search."""
    one = load(judged_file(squad((HARBOUR, [asked("1", SEIZED, HARBOUR, "The rebels")]))))
    for judged in (one, Judged(questions=one.questions)):
        with pytest.raises(InvalidInput, match="at least 2 of its articles"):
            without_article(assistant, judged, shown=list)


# SQuAD 2.0 itself


@pytest.mark.slow
def test_squad_is_answered_as_well_as_is_said(tmp_path, real_encoder, test_data, real_reader):
    """Of 646 paragraphs and every fifteenth answerable question: accuracy, recall, citations."""
    judged = load(test_data / "squad2" / "dev-half.json")
    assert (len(judged.documents), len(judged.questions)) == (646, 6078)
    with Archive.open(tmp_path / "squad", encoder=real_encoder) as archive:
        archive.add_documents(judged.documents)
        answerable = [one for one in judged.questions if one.is_answerable]
        result = evaluate(Assistant(archive, real_reader), answerable[::15])
    figures = {one.name: one for one in result.metrics}
    assert figures["sentence accuracy at 1"].value >= 0.70
    assert figures["passage recall at 10"].value >= 0.97
    assert figures["sentence accuracy at 1"].count == 194
    assert result.verbatim == result.citations > 300
