"""Rows as tensors, and the loss over all their right spans."""

import math
import random
from collections import Counter

import numpy as np
import pytest
import torch

from index import Span
from index.models import tokenizer_in
from index.models.encoder import packaged_folder
from index.text.sentences import split_sentences
from qa.reading.contexts import LONGEST_ANSWER, Context, InputForm
from qa.training.batches import Batch, batches, tensors
from qa.training.loss import span_loss, span_scores
from qa.training.rows import Row

FLED = "It rained. The Tazerbo mayor fled to Kufra."


@pytest.fixture(name="tokenizer", scope="module")
def _tokenizer():
    return tokenizer_in(packaged_folder())


@pytest.fixture(name="form", scope="module")
def _form(tokenizer):
    return InputForm(tokenizer, positions=64)


def row_of(question, text, *answers, headline=""):
    spans = tuple(Span(text.index(one), text.index(one) + len(one)) for one in answers)
    context = Context(headline, text, split_sentences(text))
    return Row(question=question, context=context, answers=spans)


def right_spans(batch, number=0):
    """The spans that are right, first and last place."""
    return [(first, first + more) for first, more in batch.right[number].nonzero().tolist()]


def right_words(batch, tokenizer, number=0):
    ids = batch.ids[number].tolist()
    return [tokenizer.decode(ids[first : last + 1]) for first, last in right_spans(batch, number)]


# Rows as tensors


def test_a_row_is_what_use_reads(form):
    """The same tokens, of the same types, from the same form."""
    row = row_of("Who fled?", FLED, "Kufra", headline="The war")
    batch = tensors([row], form)
    (one,) = form.encode([row.question], [row.context])
    assert batch.ids[0].tolist() == one.ids
    assert batch.token_types[0].tolist() == one.token_types
    assert batch.mask[0].tolist() == [1] * len(one.ids)
    assert batch.readable[0].tolist() == [True, *one.readable[1:]]


def test_right_are_the_tokens_of_the_answers(form, tokenizer):
    """Each answer's span has exactly its tokens, in the sentences and not in the headline."""
    row = row_of("Who?", FLED, "The Tazerbo mayor", "Tazerbo", headline="Tazerbo mayor")
    batch = tensors([row], form)
    assert right_words(batch, tokenizer) == ["the tazerbo mayor", "tazerbo"]
    headline = batch.ids[0].tolist().index(tokenizer.token_to_id("mayor"))
    assert min(first for first, _ in right_spans(batch)) > headline
    assert batch.readable[0][[place for span in right_spans(batch) for place in span]].all()


def test_an_answer_of_half_a_token_has_the_whole(form, tokenizer):
    """An answer that ends within a token is answered by the token."""
    assert right_words(tensors([row_of("Who?", FLED, "may")], form), tokenizer) == ["mayor"]


def test_without_an_answer_only_place_0_is_right(form):
    """A row that nothing answers has the span (0, 0)."""
    assert right_spans(tensors([row_of("Who?", FLED)], form)) == [(0, 0)]


def test_an_answer_that_was_cut_off_is_none(tokenizer):
    """Where even its last token is; where it was not, it is the one to be found."""
    row = row_of("Who?", "It rained. So Ali Tazerbo fled.", "Ali Tazerbo")
    (whole,) = InputForm(tokenizer, positions=64).encode([row.question], [row.context])
    ends = np.flatnonzero(whole.offsets[:, 1] == row.answers[0].end)[-1]
    for positions, is_there in ((ends + 2, True), (ends + 1, False)):
        batch = tensors([row], InputForm(tokenizer, positions=int(positions)))
        assert batch.ids.shape == (1, positions)
        assert right_words(batch, tokenizer) == (["ali tazerbo"] if is_there else [""])
        assert (right_spans(batch) != [(0, 0)]) is is_there


@pytest.mark.parametrize(
    ("words", "is_there"), [(LONGEST_ANSWER, True), (LONGEST_ANSWER + 1, False)]
)
def test_an_answer_too_long_is_none(form, words, is_there):
    """An answer of more tokens than one may have cannot be given."""
    row = row_of("Who?", "one " * 55, ("one " * words).strip())
    assert (right_spans(tensors([row], form)) != [(0, 0)]) is is_there


def test_a_shorter_row_is_filled_up(form):
    """What is beyond its end is neither attended to, nor read, nor right."""
    long, short = row_of("Who fled?", FLED, "mayor"), row_of("Who?", "Ali.", "Ali")
    alone, batch = tensors([short], form), tensors([long, short], form)
    length = alone.ids.shape[1]
    for name in ("ids", "token_types", "mask", "readable", "right"):
        ours = getattr(batch, name)[1]
        assert torch.equal(ours[:length], getattr(alone, name)[0])
        assert not ours[length:].any()


# Which rows are together


@pytest.fixture(name="many", scope="module")
def _many():
    """700 rows of many lengths, some longer than a row may be."""
    chance = random.Random(0)
    return [
        row_of("who " * chance.randint(1, 30), "Ali fled. " * chance.randint(1, 25))
        for _ in range(700)
    ]


def places_of(many, form, *, tokens=400, seed=1):
    return list(batches(many, form, random.Random(seed), tokens=tokens))


def test_each_row_is_in_one_batch(many, form):
    """Every place comes once, and no batch is empty."""
    places = places_of(many, form)
    assert Counter(place for some in places for place in some) == Counter(range(700))
    assert all(places)


def test_a_batch_keeps_to_its_tokens(many, form):
    """Filled up to its longest row, a batch has no more tokens than it may, and few fewer."""
    encoded = form.encode([row.question for row in many], [row.context for row in many])
    lengths = [len(one.ids) for one in encoded]
    places = places_of(many, form)
    sizes = [len(some) * max(lengths[place] for place in some) for some in places]
    assert max(sizes) <= 400
    assert np.mean(sizes) > 300
    assert 0.9 < sum(lengths) / sum(sizes) <= 1


def test_a_row_longer_than_a_batch_comes_alone(many, form):
    """A row is not left out for its length."""
    places = places_of(many[:9], form, tokens=8)
    assert sorted(places) == [[place] for place in range(9)]


def test_an_early_row_comes_early(many, form):
    """Rows are sorted by length among those near them alone: the order of the recipe is kept."""
    places = places_of(many, form, tokens=100)
    firsts = [place for some in places[: len(places) // 3] for place in some]
    assert max(firsts) < 350


def test_batches_come_in_the_same_order_for_the_same_seed(many, form):
    """And in another for another: not from the shortest to the longest."""
    assert places_of(many, form) == places_of(many, form)
    assert places_of(many, form) != places_of(many, form, seed=2)


def test_no_rows_make_no_batches(form):
    """Nothing comes of nothing."""
    assert places_of([], form) == []


# The loss


def made_up(length, *, rows=3):
    """Random scores, what of them is readable, and some spans that are right."""
    made = torch.Generator().manual_seed(0)
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
    return [(0, 0), *((i, j) for i in places for j in places if i <= j < i + LONGEST_ANSWER)]


@pytest.mark.parametrize("length", [12, 70])
def test_spans_score_as_by_a_double_loop(length):
    """The start's score and the end's, of every span that is readable, and of no other."""
    start, end, batch = made_up(length)
    scores = span_scores(start, end, batch.readable)
    assert scores.shape == (3, length, LONGEST_ANSWER)
    for row in range(3):
        spans = spans_of(batch, row)
        firsts, lasts = (torch.tensor(places) for places in zip(*spans, strict=True))
        expected = start[row, firsts] + end[row, lasts]
        torch.testing.assert_close(scores[row, firsts, lasts - firsts], expected)
        assert int((scores[row] > -5_000).sum()) == len(spans)


@pytest.mark.parametrize("length", [12, 70])
def test_the_loss_is_that_of_a_double_loop(length):
    """The share of the right spans among all, in nats, mean over the rows."""
    start, end, batch = made_up(length)
    losses = []
    for row in range(3):
        shares = {
            (i, j): math.exp(float(start[row, i] + end[row, j])) for i, j in spans_of(batch, row)
        }
        right = [shares[span] for span in right_spans(batch, row)]
        assert len(right) == (1 if row == 0 else 2)
        losses.append(-math.log(sum(right) / sum(shares.values())))
    assert float(span_loss(start, end, batch)) == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_gradient_is_what_is_read_less_what_is_right():
    """Each start is pushed by its share among all spans less its share among the right ones."""
    start, end, batch = made_up(12)
    start.requires_grad_()
    end.requires_grad_()
    span_loss(start, end, batch).backward()
    scores = span_scores(start, end, batch.readable).exp().tolist()
    for row in range(3):
        expected = np.zeros(12)
        for spans, sign in ((spans_of(batch, row), 1), (right_spans(batch, row), -1)):
            shares = [scores[row][i][j - i] for i, j in spans]
            for (i, _), share in zip(spans, shares, strict=True):
                expected[i] += sign * share / sum(shares) / 3
        np.testing.assert_allclose(start.grad[row].numpy(), expected, atol=1e-6)
    assert end.grad.abs().sum() > 0


def test_a_sure_reader_loses_nothing():
    """With all the weight on a right span there is no loss; on a wrong one there is all of it."""
    start, end, batch = made_up(12)
    for row, (first, last) in enumerate(right_spans(batch, row)[-1] for row in range(3)):
        start[row, first] = end[row, last] = 40
    assert float(span_loss(start, end, batch)) == pytest.approx(0, abs=1e-5)
    start, end, batch = made_up(12)
    start[:, 6] = end[:, 6] = 40
    assert float(span_loss(start, end, batch)) > 50
