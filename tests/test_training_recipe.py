"""Questions made unanswerable, and what is trained on in which order."""

import json
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from qa.training.swaps import Swapper, permitted_words
from qa.training.words import Vocabulary
from safetensors import safe_open
from transformers import AutoTokenizer

from index.models.encoder import packaged_folder
from index.text import FUNCTION_WORDS
from qa.training import swaps
from qa.training.recipe import ROUNDS, Material, Mixture
from qa.training.rows import Row

NOTHING = Mixture(
    qamr=0, pairs=0.0, squad=0.0, neighbours=0, swapped=0.0, both=0.0, removed=0.0, elsewhere=0.0
)


@pytest.fixture(name="vocabulary", scope="module")
def _vocabulary():
    folder = packaged_folder()
    with safe_open(folder / "model.safetensors", "numpy") as weights:
        embeddings = weights.get_tensor("embeddings.word_embeddings.weight").astype(np.float32)
    return Vocabulary(AutoTokenizer.from_pretrained(folder, local_files_only=True), embeddings)


@pytest.fixture(name="swapper", scope="module")
def _swapper(vocabulary):
    return Swapper(vocabulary)


@pytest.fixture(name="row", scope="module")
def _row(vocabulary):
    """A function that makes a row of a question and sentences."""

    def row(question, *context, place=0, answers=()):
        return Row(
            question=vocabulary.text(question)[0],
            context=tuple(vocabulary.text(one)[0] for one in context),
            place=place,
            answers=answers,
        )

    return row


@pytest.fixture(name="written", scope="module")
def _written(vocabulary):
    """A function: a text's words with spaces between them."""
    return lambda text: " ".join(vocabulary.surface(word) for word in text.words)


def draws(make, row, count=60):
    """What is made of a row by so many throws of the dice, without the times nothing is."""
    made = (make(row, random.Random(seed)) for seed in range(count))
    return [one for one in made if one is not None]


# Swaps


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("when did Zuwara fall", "on Friday, Sabratha and Zuwara fell.", "when did sabratha fall"),
        ("when did Zuwara fall", "Amin saw Zuwara fall in Al Wigh.", "when did al wigh fall"),
        ("what fell in 1911", "it fell in 1911, not in 1936.", "what fell in 1936"),
        ("who was the first", "it was Ali.", "who was the last"),
        ("who was it", "it was Ali.", "who was not it"),
        ("which bank is north", "the bank of the river north", "which bank is south"),
    ],
    ids=["name", "longer name", "number", "antonym", "negation", "opposite direction"],
)
def test_one_thing_is_swapped(swapper, row, written, question, sentence, *, expected):
    """A name, a number, a word for its opposite, or a negation."""
    made = {written(one.question) for one in draws(swapper.unanswerable, row(question, sentence))}
    assert expected in made


def test_a_look_alike_takes_the_place_of_a_shared_word(swapper, vocabulary, row):
    """A word that the answer's sentence has too is swapped for a neighbour of it."""
    asked = row("who crossed the bridge", "Ali crossed the bridge.")
    bridge = vocabulary.word("bridge")
    last = {
        one.question.words[-1]
        for one in draws(swapper.unanswerable, asked)
        if len(one.question) == len(asked.question)
    } - {bridge}
    assert last
    assert last <= set(vocabulary.neighbours(bridge))


def test_a_look_alike_may_be_another_word_of_the_context(swapper, row, written):
    """What the context has in its place is harder to tell than what it lacks."""
    asked = row("who crossed the bridge", "Ali crossed the bridge.", "Eva swam the river.")
    made = {written(one.question) for one in draws(swapper.unanswerable, asked, 200)}
    assert "who crossed the river" in made


def test_one_thing_more_is_asked_for(swapper, row, written):
    """A year, or a name of another sentence, that the answer's sentence does not have."""
    asked = row("who won ?", "Ali won in 1911.", "It rained in Al Wigh.")
    made = {written(one.question) for one in draws(swapper.unanswerable, asked, 400)}
    added = {one.removeprefix("who won in ").removesuffix(" ?") for one in made if " in " in one}
    assert "al wigh" in added
    assert any(one.isdecimal() for one in added)
    assert "1911" not in added


def test_a_condition_that_is_met_keeps_the_answer(swapper, row, written):
    """The sentence's own "in 1911" added to the question leaves answer and context alone."""
    asked = row("who won ?", "Ali won near Al Wigh in 1911.", answers=((0, 0, 0),))
    made = draws(swapper.still_answerable, asked, 400)
    longer = [one for one in made if len(one.question) > len(asked.question)]
    assert {written(one.question) for one in longer} == {
        "who won in 1911 ?",
        "who won near al wigh ?",
    }
    for one in longer:
        assert (one.context, one.place, one.answers) == (asked.context, 0, asked.answers)


@pytest.mark.parametrize(
    ("question", "sentence", "answers"),
    [
        ("when was it", "Ali won in 1911.", ((0, 3, 3),)),
        ("when was it", "Ali won in 1911.", ((0, 2, 3),)),
        ("who won in 1911", "Ali won in 1911.", ((0, 0, 0),)),
        ("who won", "Ali won in 1911.", ()),
        ("who won", "Ali counted 1911 of them.", ((0, 0, 0),)),
    ],
    ids=["the answer", "with its preposition", "asked for", "answer unknown", "no preposition"],
)
def test_a_condition_is_not_the_answer(swapper, row, question, sentence, *, answers):
    """Nothing is added that is asked for already, is the answer, or has no preposition."""
    asked = row(question, sentence, answers=answers)
    for one in draws(swapper.still_answerable, asked, 200):
        assert len(one.question) == len(asked.question)


def test_a_swapped_name_is_a_name(swapper, row):
    """The flags go with the words, as many as there are."""
    asked = row("when did Zuwara fall", "Amin saw Zuwara fall near Al Wigh.")
    for made in draws(swapper.unanswerable, asked):
        assert len(made.question.names) == len(made.question.words)
    names = {sum(made.question.names) for made in draws(swapper.unanswerable, asked)}
    assert 2 in names


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("when did Zuwara fall", "in Zuwara and Sabratha it rained."),
        ("which 1 fell", "it was number 1"),
        ("which 12 fell in 2016", "it was 12 of 2016"),
        ("who was first before May", "Ali was first, before May."),
        ("who crossed the bridge", "Ali crossed the bridge."),
    ],
)
def test_an_unanswerable_question_is_another(swapper, row, question, sentence):
    """Its words differ, its context does not, and nothing answers."""
    asked = row(question, sentence, answers=((0, 0, 0),))
    made = draws(swapper.unanswerable, asked, 200)
    assert made
    for one in made:
        assert one.question.words != asked.question.words
        assert one.context == asked.context
        assert (one.place, one.answers) == (None, ())


def test_nothing_is_made_of_nothing(swapper, row, monkeypatch):
    """A question in which nothing can be swapped, and to which nothing is added, makes none."""
    monkeypatch.setattr(swaps, "_CONDITION_CHANCE", 0.0)
    assert draws(swapper.unanswerable, row("who", "Ali came.")) == []


def test_a_swap_in_the_context_too_keeps_the_answer(swapper, vocabulary, row):
    """The same word stands in question and context instead, and the answer where it stood."""
    asked = row("how many left in 1911", "in 1911, nine left.", "it was 1911", answers=((0, 3, 3),))
    old = vocabulary.word("1911")
    made = [one for one in draws(swapper.still_answerable, asked) if old not in one.question.words]
    assert made
    for one in made:
        new = one.question.words[-1]
        assert one.context[0].words == (asked.context[0].words[0], new, *asked.context[0].words[2:])
        assert one.context[1].words[-1] == new
        assert (one.place, one.answers) == (0, ((0, 3, 3),))


def test_a_word_that_the_context_lacks_is_not_swapped_in_it(swapper, row):
    """With the question alone changed it would be another question, with the old one's answer."""
    assert draws(swapper.still_answerable, row("who came first", "Ali won.")) == []
    assert draws(swapper.still_answerable, row("who came first", "Ali was first."))


def test_a_word_that_the_context_has_is_not_swapped_in(swapper, row, written):
    """It would stand for two things."""
    asked = row("who came first", "Ali was first, Eva last.")
    other = {written(one.question) for one in draws(swapper.unanswerable, asked)}
    same = {written(one.question) for one in draws(swapper.still_answerable, asked)}
    assert "who came last" in other
    assert "who came last" not in same
    assert same


def test_what_has_no_answer_is_not_still_answerable(swapper, row):
    """A question without a place is none to keep."""
    assert draws(swapper.still_answerable, row("who came first", "Ali was first", place=None)) == []


# What an answer may be


def permitted(row, vocabulary):
    function = [vocabulary.word(one) for one in FUNCTION_WORDS]
    kept = permitted_words(row, vocabulary, function)
    return [
        vocabulary.surface(word)
        for word, may in zip(row.context[row.place].words, kept, strict=True)
        if may
    ]


def test_an_answer_begins_with_what_was_not_asked(row, vocabulary):
    """The question's words, function words and marks are no edges of an answer."""
    asked = row("who seized Zuwara ?", "it rained", "The rebels seized Zuwara, on Monday.", place=1)
    assert permitted(asked, vocabulary) == ["rebels", "monday"]


def test_where_nothing_may_be_everything_may(row, vocabulary):
    """A sentence of the question's words alone may answer by any of them."""
    asked = row("was it the rain ?", "It was the rain.")
    assert permitted(asked, vocabulary) == ["it", "was", "the", "rain", "."]


def test_where_nothing_answers_nothing_may(row, vocabulary):
    """Without a sentence there are no words."""
    assert permitted_words(row("who ?", "Ali.", place=None), vocabulary, []) == []


# The recipe

COLOURS = "red blue green white black grey pink brown gold silver".split()


@pytest.fixture(name="material", scope="module")
def _material(tmp_path_factory, vocabulary):
    """Ten sentences of QAMR with three questions each, 40 pairs, 120 questions over paragraphs."""
    folder = tmp_path_factory.mktemp("reader-training")
    (folder / "qamr").mkdir()
    sentences = [f"w:{n}\tThe {colour} horse won race {n} ." for n, colour in enumerate(COLOURS)]
    (folder / "qamr" / "wiki-sentences.tsv").write_text("\n".join(sentences) + "\n")
    questions = [
        f"w:{n}\t1\t0\t0\t1\t{asked}\t{answer}\n"
        for n in range(10)
        for asked, answer in (("Who won?", "1 2"), ("What was won?", "4 5"), ("Won what?", "5"))
    ]
    (folder / "qamr" / "dev.tsv").write_text("".join(questions[:15]))
    (folder / "qamr" / "test.tsv").write_text("".join(questions[15:]))
    pairs = [
        {"question": f"who left on day {n} ?", "sentence": f"on day {n} the mayor left ."}
        for n in range(40)
    ]
    lines = (json.dumps(pair) + "\n" for pair in pairs)
    (folder / "squad1-sentence-pairs.jsonl").write_text("".join(lines))
    data = [
        {
            "title": f"Year {year}",
            "paragraphs": [
                {
                    "context": (
                        f"In {year} the {colour} tower fell on day {day}. "
                        f"It rained on {colour} hills."
                    ),
                    "qas": [
                        {
                            "question": f"Which tower fell in {year} on day {day}?",
                            "answers": [{"text": colour, "answer_start": 12}],
                        }
                    ],
                }
                for day, colour in enumerate(COLOURS, start=20)
            ],
        }
        for year in range(1900, 1912)
    ]
    (folder / "squad1-13-articles.json").write_text(json.dumps({"data": data}))
    return Material(folder, vocabulary)


def kinds(rows):
    """How many rows have an answer, and how many have none."""
    counts = Counter(row.place is not None for row in rows)
    return counts[True], counts[False]


def test_the_same_seed_makes_the_same_rows(material):
    """Row for row, in the same order; another seed makes others."""
    assert material.stage(ROUNDS[0].stages[1], 5) == material.stage(ROUNDS[0].stages[1], 5)
    assert material.stage(ROUNDS[0].stages[1], 5) != material.stage(ROUNDS[0].stages[1], 6)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (replace(NOTHING, qamr=2), 20),
        (replace(NOTHING, qamr=8), 30),
        (replace(NOTHING, pairs=0.5), 20),
        (replace(NOTHING, squad=0.25), 30),
        (replace(NOTHING, qamr=1, pairs=1.0, squad=1.0), 170),
    ],
)
def test_a_stage_takes_its_shares(material, stage, expected):
    """So many rows a sentence of QAMR, and shares of the others, no row twice."""
    rows = material.stage(stage, 1)
    assert kinds(rows) == (expected, 0)
    assert len({(row.question, row.context, row.group) for row in rows}) == expected


@pytest.mark.parametrize("number", [0, 1, 3])
def test_qamr_stands_among_other_sentences(material, written, number):
    """The answer's words are the same, in whatever place the sentence has got."""
    stage = replace(NOTHING, qamr=8, neighbours=number)
    rows = [row for seed in range(4) for row in material.stage(stage, seed)]
    assert {len(row.context) for row in rows} == set(range(1, number + 2))
    plain = {(row.question, row.group): row for row in material.qamr}
    for row in rows:
        before = plain[row.question, row.group]
        assert row.context[row.place] == before.context[0]
        assert row.answers == tuple((row.place, *span) for _, *span in before.answers)
    assert {row.place for row in rows} == set(range(number + 1))


@pytest.mark.parametrize("number", [0, 1, 4])
def test_a_pair_stands_among_its_neighbours(material, number):
    """Its sentence keeps its place among those that stand around it in the file."""
    rows = material.stage(replace(NOTHING, pairs=1.0, neighbours=number), 1)
    assert max(len(row.context) for row in rows) == number + 1
    for row in rows:
        first = int(row.group) - row.place
        around = material.pair_sentences[first : first + len(row.context)]
        assert row.context == tuple(around)


def test_every_other_title_is_left_out(material):
    """A paragraph is read with its title about half the time."""
    rows = material.stage(replace(NOTHING, squad=1.0), 1)
    assert 40 <= sum(row.title is None for row in rows) <= 80


@pytest.mark.parametrize("share", [0.25, 1.0])
@pytest.mark.parametrize("kind", ["swapped", "removed", "elsewhere"])
def test_a_share_of_the_rows_is_made_unanswerable(material, kind, share):
    """About so many of the answerable rows have a twin that nothing answers."""
    rows = material.stage(replace(NOTHING, squad=1.0, **{kind: share}), 1)
    answerable, made = kinds(rows)
    assert answerable == 120
    assert made == pytest.approx(120 * share, abs=12 if share < 1 else 0)
    assert all(row.answers == () for row in rows if row.place is None)


def test_rows_swapped_in_both_are_answerable(material):
    """A question swapped in the context too adds an answerable row."""
    rows = material.stage(replace(NOTHING, squad=1.0, both=1.0), 1)
    answerable, made = kinds(rows)
    assert made == 0
    assert answerable > 150


def test_shares_are_of_the_same_rows(material):
    """Each answerable row is made into one other at most: shares of a quarter use all of them."""
    stage = replace(NOTHING, squad=1.0, swapped=0.25, both=0.25, removed=0.25, elsewhere=0.25)
    answerable, made = kinds(material.stage(stage, 1))
    assert 200 < answerable + made <= 240
    assert 135 < answerable < 165


def test_a_removed_sentence_is_the_one_that_answers(material):
    """The others are left; a row of one sentence is left alone."""
    rows = material.stage(replace(NOTHING, pairs=1.0, neighbours=3, removed=1.0), 1)
    made = [row for row in rows if row.place is None]
    assert {len(row.context) for row in made} == {1, 2, 3}
    for row in made:
        assert material.pair_sentences[int(row.group)] not in row.context
    assert kinds(material.stage(replace(NOTHING, qamr=8, removed=1.0), 1)) == (30, 0)


def test_elsewhere_is_another_context_of_the_same_article(material):
    """A question is asked over sentences of its own article that its answer is not among."""
    rows = material.stage(replace(NOTHING, squad=1.0, elsewhere=1.0), 1)
    contexts = {(row.group, row.context) for row in material.squad}
    own = {row.question: row.context for row in material.squad}
    made = [row for row in rows if row.place is None]
    assert len(made) == 120
    for row in made:
        assert (row.group, row.context) in contexts
        assert row.context != own[row.question]


def test_elsewhere_shares_no_sentence_with_the_own_context(material):
    """Of pairs and of QAMR too, what answers is not there."""
    stage = replace(NOTHING, qamr=8, pairs=1.0, neighbours=4, elsewhere=1.0)
    rows = material.stage(stage, 1)
    own = {}
    for row in rows:
        if row.place is not None:
            own.setdefault((row.question, row.group), []).append(row.context[row.place])
    made = [row for row in rows if row.place is None]
    assert len(made) > 40
    for row in made:
        assert set(row.context).isdisjoint(own[row.question, row.group])
