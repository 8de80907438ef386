"""What the reader is trained on, in which order."""

import json
import random
from collections import Counter

import pytest

from index import Span
from qa.training.recipe import (
    KEPT_APART,
    Mixture,
    Source,
    kept_apart_rows,
    mixed,
    paragraph_rows,
    whole,
)
from qa.training.rows import Judged

COLOURS = "red blue green white black grey pink brown gold silver".split()
SQUAD2 = Source("squad2/dev-half.json")
WINDOWS = Mixture(whole=0.0, titled=0.0, elsewhere=1.0, qamr=0)


def paragraph(year):
    """Ten sentences of about a hundred characters; one question about each, and an impossible."""
    sentences = [
        f"In {year} the {colour} tower fell into the river beside which it had stood since day "
        f"{day} of a war"
        for day, colour in enumerate(COLOURS, start=20)
    ]
    text = ". ".join(sentences) + "."
    asked = [
        {
            "question": f"Which tower had stood since day {day}?",
            "answers": [{"text": colour, "answer_start": text.index(f"{colour} tower")}],
        }
        for day, colour in enumerate(COLOURS, start=20)
    ]
    never = {"question": "Who built the pink tower?", "answers": [], "is_impossible": True}
    return {"context": text, "qas": [*asked, never]}


def article(title, year):
    return {"title": title, "paragraphs": [paragraph(year), paragraph(year + 1)]}


@pytest.fixture(name="data", scope="module")
def _data(tmp_path_factory):
    """An article, those that are kept apart, and two sentences of QAMR with three questions."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "squad2").mkdir()
    titled = enumerate(KEPT_APART, start=1)
    data = [
        article("The_towers", 1900),
        *(article(title, 1900 + 10 * number) for number, title in titled),
    ]
    (folder / SQUAD2.path).write_text(json.dumps({"data": data}))
    qamr = folder / "reader-training" / "qamr"
    qamr.mkdir(parents=True)
    (qamr / "wiki-sentences.tsv").write_text("w:1\tAli won race 1 .\nw:2\tEva won race 2 .\n")
    for name, sentence in (("dev", "w:1"), ("test", "w:2")):
        asked = [("Who won?", "0"), ("What was won?", "2 3"), ("Which race?", "3")]
        lines = (f"{sentence}\t1\t0\t0\t1\t{one}\t{answer}\n" for one, answer in asked)
        (qamr / f"{name}.tsv").write_text("".join(lines))
    return folder


@pytest.fixture(name="made", scope="module")
def _made(data):
    """A function that makes the rows of a mixture over the article."""

    def made(mixture, source=SQUAD2, seed=1):
        return paragraph_rows(data, mixture, random.Random(seed), [source])

    return made


def read_text(row):
    """The sentences that a row is over."""
    return row.context.text[row.context.start : row.context.sentences[-1].end]


# Paragraphs


def test_the_same_seed_makes_the_same_rows(made):
    """Row for row, in the same order; another seed makes others."""
    assert made(Mixture()) == made(Mixture())
    assert made(Mixture()) != made(Mixture(), seed=2)


def test_what_is_kept_apart_is_never_trained_on(made):
    """No paragraph of its articles is among the rows, whatever the mixture."""
    rows = [row for mixture in (WINDOWS, Mixture(whole=1.0)) for row in made(mixture)]
    assert {row.context.text[:7] for row in rows} >= {"In 1900", "In 1901"}
    assert {row.context.text[:6] for row in rows} <= {"In 190", "Ali wo", "Eva wo"}


def test_what_is_kept_apart_is_validated_on(data):
    """Every question of its articles and of no other, under no headline."""
    rows = kept_apart_rows(data)
    assert len(rows) == 22 * len(KEPT_APART)
    assert {row.context.text[:6] for row in rows} == {"In 191", "In 192", "In 193", "In 194"}
    assert Counter(bool(row.answers) for row in rows) == {True: 80, False: 8}
    assert {row.context.headline for row in rows} == {""}


def test_a_window_answers_and_another_does_not(made):
    """Of each answerable question one of either; of an impossible one, one that does not."""
    rows = made(WINDOWS)
    kinds = Counter((row.question, row.context.text, bool(row.answers)) for row in rows)
    possible = {(question, text) for question, text, _ in kinds if not question.startswith("Who")}
    assert len(possible) == 20
    for one in possible:
        assert (kinds[*one, True], kinds[*one, False]) == (1, 1)
    never = [row for row in rows if row.question.startswith("Who")]
    assert [bool(row.answers) for row in never] == [False, False]
    assert all("pink tower" in read_text(row) for row in never)


def test_a_window_is_cut_as_in_use(made):
    """A few whole sentences, and the answer in them where there is one."""
    for row in made(WINDOWS):
        assert 200 < len(read_text(row)) <= 420
        number = row.question.rpartition(" ")[2]
        is_there = f"since day {number.removesuffix('?')} of" in read_text(row)
        assert is_there is bool(row.answers)
        for span in row.answers:
            assert row.context.text[slice(*span)] in COLOURS
            assert row.context.start <= span.start < span.end <= row.context.sentences[-1].end


def test_a_paragraph_may_be_read_whole(made):
    """All ten sentences, for each question once."""
    rows = made(Mixture(whole=1.0, elsewhere=0.0, qamr=0))
    assert len(rows) == 22
    assert {len(row.context.sentences) for row in rows} == {10}


def test_of_a_long_paragraph_what_is_around_the_answer_is_read():
    """As much as use reads at once, in whole sentences."""
    sentences = tuple(Span(100 * place, 100 * place + 99) for place in range(20))
    answer = Span(1_810, 1_820)
    long = Judged(
        question="?", article="", text="x" * 2_000, sentences=sentences, answers=(answer,)
    )
    row = whole(long)
    assert row.answers == (answer,)
    assert row.context.sentences == sentences[8:]
    assert len(read_text(row)) == 1_199


@pytest.mark.parametrize(
    ("titled", "has_titles", "expected"),
    [(1.0, True, {"The towers"}), (0.0, True, {""}), (1.0, False, {""})],
)
def test_a_title_is_a_headline(made, titled, has_titles, expected):
    """For a share of the questions, where titles say something."""
    source = Source(SQUAD2.path, has_titles=has_titles)
    rows = made(Mixture(titled=titled, qamr=0), source)
    assert {row.context.headline for row in rows} == expected


@pytest.mark.parametrize(("share", "expected"), [(1.0, 22), (0.5, 11), (0.0, 0)])
def test_a_share_of_the_questions_is_taken(made, share, expected):
    """Each of them once."""
    rows = made(Mixture(elsewhere=0.0, qamr=0), Source(SQUAD2.path, share=share))
    assert len({(row.question, row.context.text) for row in rows}) == len(rows) == expected


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (2, 4), (12, 6)])
def test_so_many_questions_a_sentence_are_taken(made, number, expected):
    """Of QAMR's, or as many as there are."""
    rows = made(Mixture(qamr=number), Source(SQUAD2.path, share=0.0))
    assert len({(row.question, row.context.text) for row in rows}) == len(rows) == expected


# The order


def test_an_answer_is_learned_before_the_news():
    """A part of the paragraphs comes first, as it was; the news among all the others."""
    paragraphs, news = list(range(100)), list(range(1000, 1050))
    rows = mixed(paragraphs, news, random.Random(1))
    assert rows[:26] == paragraphs[:26]
    assert sorted(rows) == [*paragraphs, *news]
    assert rows[26:] != [*paragraphs[26:], *news]
    assert 10 < sum(one >= 1000 for one in rows[26:88]) < 40
    assert rows == mixed(paragraphs, news, random.Random(1))
