"""The data sets, as rows."""

import json

import pytest

from index import Span
from qa.training.rows import read_qamr, read_squad

PARAGRAPH = "Rebels seized Zuwara. The Tazerbo mayor fled to Kufra, it was said."


# SQuAD


@pytest.fixture(name="squad")
def _squad(tmp_path):
    """A function that reads questions about one paragraph: `(question, *answers)`."""

    def squad(*asked, context=PARAGRAPH, **fields):
        questions = [
            {
                "question": question,
                "answers": [{"text": one, "answer_start": context.index(one)} for one in answers],
                **fields,
            }
            for question, *answers in asked
        ]
        article = {"title": "The_war", "paragraphs": [{"context": context, "qas": questions}]}
        path = tmp_path / "squad.json"
        path.write_text(json.dumps({"version": "v2.0", "data": [article]}), encoding="utf-8")
        return read_squad(path)

    return squad


def test_an_answer_stands_where_it_was_marked(squad):
    """Each place once, in order, over the whole paragraph with its sentences."""
    (one,) = squad(("Who fled?", "mayor", "The Tazerbo mayor", "mayor"))
    assert (one.question, one.article, one.text) == ("Who fled?", "The war", PARAGRAPH)
    assert one.sentences == (Span(0, 21), Span(22, len(PARAGRAPH)))
    assert one.answers == (Span(22, 39), Span(34, 39))
    assert [PARAGRAPH[slice(*span)] for span in one.answers] == ["The Tazerbo mayor", "mayor"]


def test_an_answer_across_two_sentences_is_left_out(squad):
    """The row has its other answers, or is not there."""
    assert squad(("What?", "Zuwara. The")) == []
    (one,) = squad(("What?", "Zuwara. The", "Zuwara"))
    assert one.answers == (Span(14, 20),)


def test_an_impossible_question_is_kept(squad):
    """Without answers and said to have none, it is a row that nothing answers."""
    (one,) = squad(("Who stayed?",), is_impossible=True)
    assert (one.answers, len(one.sentences)) == ((), 2)


@pytest.mark.parametrize(("answers", "is_impossible"), [([], False), (["Zuwara"], True)])
def test_a_question_that_contradicts_itself_is_left_out(squad, answers, is_impossible):
    """Possible without an answer, or impossible with one: neither is trained on."""
    assert squad(("What?", *answers), is_impossible=is_impossible) == []


def test_places_count_characters(squad):
    """Whatever their width."""
    (one,) = squad(("Who?", "Ali"), context="😀😀 Ali fled. It rained.")
    assert one.answers == (Span(3, 6),)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["A 1", "B", "C"]),
        ({"but_for": ["A_1"]}, ["B", "C"]),
        ({"only": ["A_1", "C"]}, ["A 1", "C"]),
        ({"only": ["A_1", "C"], "but_for": ["C"]}, ["A 1"]),
        ({"only": ["D"]}, []),
    ],
)
def test_articles_are_chosen_by_title(tmp_path, wanted, expected):
    """All but for some, or only some."""
    asked = {"question": "Who?", "answers": [{"text": "Ali", "answer_start": 0}]}
    paragraph = {"context": "Ali fled.", "qas": [asked]}
    data = [{"title": title, "paragraphs": [paragraph]} for title in ("A_1", "B", "C")]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": data}))
    assert [one.article for one in read_squad(path, **wanted)] == expected


# QAMR

FELL = "The Tazerbo mayor -LRB- Ali -RRB- fled ."
LEFT = "A U.S. envoy left `` Tripoli '' ."


@pytest.fixture(name="qamr")
def _qamr(tmp_path):
    """A function that reads questions over the two sentences: `(sentence, question, *answers)`."""

    def qamr(*asked, test=()):
        (tmp_path / "wiki-sentences.tsv").write_text(f"w:1\t{FELL}\nw:2\t{LEFT}\n")
        for name, part in (("dev", asked), ("test", test)):
            lines = (
                "\t".join([sentence, "1", "0", "0", "1", question, first, *others])
                for sentence, question, first, *others in part
            )
            (tmp_path / f"{name}.tsv").write_text("".join(line + "\n" for line in lines))
        return read_qamr(tmp_path)

    return qamr


def quoted(row):
    return [row.context.text[slice(*span)] for span in row.answers]


def test_a_sentence_is_read_alone(qamr):
    """Its brackets and quotation marks as they are written, under no headline."""
    rows = qamr(("w:1", "Who fled?", "1 2"), test=[("w:2", "What was left?", "5")])
    assert [row.context.under_headline for (row,) in rows.values()] == [
        "The Tazerbo mayor ( Ali ) fled .",
        'A U.S. envoy left " Tripoli " .',
    ]
    assert [quoted(row) for (row,) in rows.values()] == [["Tazerbo mayor"], ["Tripoli"]]


def test_every_answer_of_a_question_is_right(qamr):
    """The first and those of the others who were asked, each once."""
    ((row,),) = qamr(("w:1", "Who fled?", "1 2", "7:4", "8:2 1", "9:0 1 2")).values()
    assert quoted(row) == ["The Tazerbo mayor", "Tazerbo mayor", "Ali"]


def test_questions_are_together_by_sentence(qamr):
    """In order, those of both files."""
    rows = qamr(
        ("w:2", "Who left?", "2"), ("w:1", "Who fled?", "4"), test=[("w:2", "Left what?", "5")]
    )
    assert {name: [row.question for row in some] for name, some in rows.items()} == {
        "w:2": ["Who left?", "Left what?"],
        "w:1": ["Who fled?"],
    }


@pytest.mark.parametrize("answer", ["1 4", "", "7 8"])
def test_an_answer_in_pieces_is_left_out(qamr, answer):
    """Of words that do not follow one another, of none, or beyond the sentence."""
    assert qamr(("w:1", "Who?", answer)) == {}
    ((row,),) = qamr(("w:1", "Who?", answer, "7:4")).values()
    assert quoted(row) == ["Ali"]
