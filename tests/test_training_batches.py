"""Rows as tensors, and the loss over all their right spans."""

import math
import random
from collections import Counter

import numpy as np
import pytest
import torch
from qa.training.words import Vocabulary
from transformers import AutoTokenizer

from index.models.encoder import packaged_folder
from qa.training.batches import LONGEST_ANSWER, Batch, Batcher
from qa.training.loss import span_loss, span_scores
from qa.training.rows import Row


@pytest.fixture(name="tokenizer", scope="module")
def _tokenizer():
    return AutoTokenizer.from_pretrained(packaged_folder(), local_files_only=True)


@pytest.fixture(name="vocabulary", scope="module")
def _vocabulary(tokenizer):
    return Vocabulary(tokenizer, np.zeros((len(tokenizer), 2), dtype=np.float32))


@pytest.fixture(name="batcher", scope="module")
def _batcher(vocabulary):
    return Batcher(vocabulary, tokens=400, longest=64)


@pytest.fixture(name="row", scope="module")
def _row(vocabulary):
    """A function that makes a row of a question and sentences."""

    def row(question, *context, title="", place=None, answers=()):
        return Row(
            question=vocabulary.text(question)[0],
            context=tuple(vocabulary.text(one)[0] for one in context),
            title=vocabulary.text(title)[0] if title else None,
            place=place,
            answers=answers,
        )

    return row


def right_spans(batch, number=0):
    """The spans that are right, first and last place."""
    return [(first, first + more) for first, more in batch.right[number].nonzero().tolist()]


# Rows as tensors


def test_a_row_lies_flat_as_it_is_read(batcher, tokenizer, row):
    """`[CLS] question [SEP] title: sentences [SEP]`, as the tokenizer itself lays out a pair."""
    context = ["Rebels seized it.", "Ali fled to Tazerbo."]
    batch = batcher.tensors([row("Who seized Zuwara?", *context, title="The war")])
    expected = tokenizer("Who seized Zuwara?", "The war: " + " ".join(context))
    assert batch.ids[0].tolist() == expected["input_ids"]
    assert batch.token_types[0].tolist() == expected["token_type_ids"]
    assert batch.mask[0].tolist() == expected["attention_mask"]


def test_a_row_without_a_title_begins_with_its_sentences(batcher, tokenizer, row):
    """There is no colon after nothing."""
    batch = batcher.tensors([row("Who?", "Ali fled.")])
    assert batch.ids[0].tolist() == tokenizer("Who?", "Ali fled.")["input_ids"]


def test_a_shorter_row_is_filled_up(batcher, row):
    """What is beyond its end is neither attended to, nor read, nor right."""
    long, short = row("Who fled?", "Ali fled to Tazerbo."), row("Who?", "Ali.")
    alone, batch = batcher.tensors([short]), batcher.tensors([long, short])
    length = alone.ids.shape[1]
    for name in ("ids", "token_types", "mask", "readable", "right"):
        ours = getattr(batch, name)[1]
        assert torch.equal(ours[:length], getattr(alone, name)[0])
        assert not ours[length:].any()


def test_the_context_can_be_read_and_no_answer(batcher, row):
    """A span begins or ends behind the question, before the last mark, or at place 0."""
    batch = batcher.tensors([row("Who fled?", "Ali fled.")])
    assert batch.readable[0].nonzero().flatten().tolist() == [0, 5, 6, 7]


def test_right_is_what_the_answers_pieces_are(batcher, vocabulary, row):
    """Each answer's span has exactly the pieces of its words."""
    context = ("The Zuwara harbour fell.", "The Tazerbo mayor fled to Kufra.")
    batch = batcher.tensors(
        [row("Who?", *context, title="Tazerbo", place=1, answers=((1, 0, 2), (1, 1, 1)))]
    )
    ids = batch.ids[0].tolist()
    found = [vocabulary.written(ids[first : last + 1]) for first, last in right_spans(batch)]
    assert found == ["the tazerbo mayor", "tazerbo"]
    first, last = right_spans(batch)[1]
    assert first > ids.index(vocabulary.word("fell")[0])
    assert last > first


def test_of_a_known_sentence_every_likely_span_is_right(batcher, vocabulary, row):
    """Where only the sentence is known, spans between words that an answer may begin with are."""
    batch = batcher.tensors(
        [row("Who left on Monday?", "It rained.", "On Monday, Ali met the Tazerbo mayor.", place=1)]
    )
    ids = batch.ids[0].tolist()
    found = {vocabulary.written(ids[first : last + 1]) for first, last in right_spans(batch)}
    edges = ["ali", "met", "tazerbo", "mayor"]
    sentence = "ali met the tazerbo mayor"
    expected = {
        sentence[sentence.index(first) : sentence.index(last) + len(last)]
        for number, first in enumerate(edges)
        for last in edges[number:]
    }
    assert found == expected


def test_without_an_answer_only_place_0_is_right(batcher, row):
    """A row that nothing answers has the span (0, 0)."""
    assert right_spans(batcher.tensors([row("Who?", "Ali fled.")])) == [(0, 0)]


@pytest.mark.parametrize(("longest", "is_there"), [(13, True), (12, False)])
def test_nothing_beyond_the_cut_is_right(vocabulary, row, longest, is_there):
    """An answer that is cut off, the last piece of it even, is not there to be found."""
    asked = row("Who?", "It rained.", "So Ali Tazerbo fled.", place=1, answers=((1, 1, 2),))
    batch = Batcher(vocabulary, tokens=400, longest=longest).tensors([asked])
    pieces = batch.ids[0].tolist()
    assert len(pieces) == longest
    assert pieces[-1] == vocabulary.end
    tazerbo = list(vocabulary.word("tazerbo"))
    is_whole = pieces[len(pieces) - 1 - len(tazerbo) : -1] == tazerbo
    assert is_whole is is_there
    assert (right_spans(batch) != [(0, 0)]) is is_there


@pytest.mark.parametrize(("words", "is_there"), [(LONGEST_ANSWER, True), (31, False)])
def test_an_answer_too_long_is_none(batcher, row, words, is_there):
    """An answer of more than 30 pieces cannot be given."""
    asked = row("Who?", " ".join(["one"] * 40), place=0, answers=((0, 0, words - 1),))
    assert (right_spans(batcher.tensors([asked])) != [(0, 0)]) is is_there


def test_a_long_question_leaves_room_for_the_context(batcher, vocabulary, row):
    """A question is cut at 48 pieces, and its context follows."""
    asked = row("who " * 70, "Ali fled.", place=0, answers=((0, 0, 0),))
    batch = batcher.tensors([asked])
    assert batch.ids.shape == (1, 1 + 48 + 1 + 3 + 1)
    ((first, last),) = right_spans(batch)
    assert vocabulary.written(batch.ids[0, first : last + 1].tolist()) == "ali"


# Which rows are together


@pytest.fixture(name="many", scope="module")
def _many(row):
    """700 rows of many lengths, some of them twice; some longer than a row may be."""
    chance = random.Random(0)
    rows = [
        row("who " * chance.randint(1, 60), "Ali fled. " * chance.randint(1, 25), title="War")
        for _ in range(600)
    ]
    return rows + rows[:100]


def test_each_row_is_in_one_batch(batcher, many):
    """Every row comes, as often as it was given."""
    batches = list(batcher.batches(many, random.Random(1)))
    assert Counter(id(row) for rows in batches for row in rows) == Counter(map(id, many))
    assert all(batches)


def test_a_batch_keeps_to_its_pieces(batcher, many):
    """Filled up to its longest row, a batch has no more pieces than it may, and few fewer."""
    shapes = [batcher.tensors(rows).ids.shape for rows in batcher.batches(many, random.Random(1))]
    assert max(count * longest for count, longest in shapes) <= 400
    assert np.mean([count * longest for count, longest in shapes]) > 300
    assert max(longest for _, longest in shapes) == 64


def test_a_row_longer_than_a_batch_comes_alone(vocabulary, many):
    """A row is not left out for its length."""
    batches = list(Batcher(vocabulary, tokens=20, longest=64).batches(many[:9], random.Random(1)))
    assert Counter(map(len, batches))[1] >= 8
    assert sum(map(len, batches)) == 9


def test_batches_come_in_the_same_order_for_the_same_seed(batcher, many):
    """And in another for another: not from the shortest to the longest."""
    first, again, other = (
        [[id(row) for row in rows] for rows in batcher.batches(many, random.Random(seed))]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_no_rows_make_no_batches(batcher):
    """Nothing comes of nothing."""
    assert list(batcher.batches([], random.Random(1))) == []


# The loss


def made_up(length, *, rows=3, seed=0):
    """Random scores, what of them is readable, and some spans that are right."""
    made = torch.Generator().manual_seed(seed)
    start, end = torch.randn((2, rows, length), generator=made)
    readable = torch.zeros((rows, length), dtype=torch.bool)
    right = torch.zeros((rows, length, LONGEST_ANSWER), dtype=torch.bool)
    for row in range(rows):
        last = length - 1 - row
        readable[row, 4:last] = True
        readable[row, 0] = True
        right[row, 5, 0] = right[row, last - 3, 2] = row > 0
        right[row, 0, 0] = row == 0
    nothing = torch.empty(0)
    return start, end, Batch(nothing, nothing, nothing, readable, right)


def spans_of(batch, row):
    """Every span of a row that is readable, by a double loop."""
    places = batch.readable[row].nonzero().flatten().tolist()[1:]
    return [
        (0, 0),
        *((i, j) for i in places for j in places if i <= j < i + LONGEST_ANSWER),
    ]


@pytest.mark.parametrize("length", [12, 48])
def test_spans_score_as_by_a_double_loop(length):
    """The start's score and the end's, of every span that is readable, and of no other."""
    start, end, batch = made_up(length)
    scores = span_scores(start, end, batch.readable)
    assert scores.shape == (3, length, LONGEST_ANSWER)
    for row in range(3):
        spans = spans_of(batch, row)
        for i, j in spans:
            assert float(scores[row, i, j - i]) == pytest.approx(float(start[row, i] + end[row, j]))
        assert int((scores[row] > -5_000).sum()) == len(spans)


@pytest.mark.parametrize("sharp", [False, True])
@pytest.mark.parametrize("length", [12, 48])
def test_the_loss_is_that_of_a_double_loop(length, sharp):
    """The share of the right spans, or of the best of them, in nats, mean over the rows."""
    start, end, batch = made_up(length)
    losses = []
    for row in range(3):
        shares = {
            (i, j): math.exp(float(start[row, i] + end[row, j])) for i, j in spans_of(batch, row)
        }
        right = [shares[span] for span in right_spans(batch, row)]
        assert len(right) == (1 if row == 0 else 2)
        losses.append(-math.log((max if sharp else sum)(right) / sum(shares.values())))
    loss = float(span_loss(start, end, batch, sharp=sharp))
    assert loss == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_gradient_is_what_is_read_less_what_is_right():
    """Each start is pushed by its share among all spans less its share among the right ones."""
    start, end, batch = made_up(12)
    start.requires_grad_()
    end.requires_grad_()
    span_loss(start, end, batch, sharp=False).backward()
    scores = span_scores(start, end, batch.readable).exp().tolist()
    for row in range(3):
        expected = np.zeros(12)
        for spans, sign in ((spans_of(batch, row), 1), (right_spans(batch, row), -1)):
            shares = [scores[row][i][j - i] for i, j in spans]
            for (i, _), share in zip(spans, shares, strict=True):
                expected[i] += sign * share / sum(shares) / 3
        np.testing.assert_allclose(start.grad[row].numpy(), expected, atol=1e-6)
    assert end.grad.abs().sum() > 0


@pytest.mark.parametrize("sharp", [False, True])
def test_a_sure_reader_loses_nothing(sharp):
    """With all the weight on a right span there is no loss; on a wrong one there is all of it."""
    start, end, batch = made_up(12)
    for row, (first, last) in enumerate(right_spans(batch, row)[-1] for row in range(3)):
        start[row, first] = end[row, last] = 40
    assert float(span_loss(start, end, batch, sharp=sharp)) == pytest.approx(0, abs=1e-5)
    start, end, batch = made_up(12)
    start[:, 6] = end[:, 6] = 40
    assert float(span_loss(start, end, batch, sharp=sharp)) > 50


def test_the_sharp_loss_leaves_all_but_the_best_right_span_alone():
    """The one that is likeliest already is raised; the other right spans fall with the wrong."""
    start, end, batch = made_up(12)
    start.requires_grad_()
    span_loss(start, end, batch, sharp=True).backward()
    scores = span_scores(start, end, batch.readable).detach()
    for row in range(3):
        best = max(
            right_spans(batch, row), key=lambda span: scores[row][span[0]][span[1] - span[0]]
        )
        raised = {place for place in range(12) if float(start.grad[row, place]) < 0}
        assert raised == {best[0]}
