"""Rows → tensors, in the form in which the reader reads, and the spans that are right."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from qa.reading.contexts import LONGEST_ANSWER, Encoded, InputForm
from qa.training.rows import Row

_SORTED_WITHIN = 24
"""Batches' worth of rows that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids`, `token_types`, `mask`: `(rows, length)`. `right`: `(rows, length, LONGEST_ANSWER)`,
    whether the span from a place to so many places on is right; `[row, 0, 0]` is no answer.
    `readable`: `(rows, length)`, where a span may begin or end: the sentences and place 0.
    """

    ids: torch.Tensor
    token_types: torch.Tensor
    mask: torch.Tensor
    readable: torch.Tensor
    right: torch.Tensor


def batches(
    rows: Sequence[Row], form: InputForm, chance: random.Random, *, tokens: int
) -> Iterator[list[int]]:
    """The places of rows that make a batch of about `tokens` tokens, of rows of about a length."""
    encoded = form.encode([row.question for row in rows], [row.context for row in rows])
    lengths = [len(one.ids) for one in encoded]
    window: list[int] = []
    size = 0
    for place, length in enumerate(lengths):
        window.append(place)
        size += length
        if size >= _SORTED_WITHIN * tokens:
            yield from _cut(window, lengths, chance, tokens)
            window, size = [], 0
    yield from _cut(window, lengths, chance, tokens)


def tensors(rows: Sequence[Row], form: InputForm) -> Batch:
    """The rows of one batch."""
    encoded = form.encode([row.question for row in rows], [row.context for row in rows])
    shape = (len(encoded), max(len(one.ids) for one in encoded))
    ids, token_types, mask = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    readable = torch.zeros(shape, dtype=torch.bool)
    right = torch.zeros((*shape, LONGEST_ANSWER), dtype=torch.bool)
    for number, (row, one) in enumerate(zip(rows, encoded, strict=True)):
        length = len(one.ids)
        ids[number, :length] = torch.tensor(one.ids)
        token_types[number, :length] = torch.tensor(one.token_types)
        mask[number, :length] = 1
        readable[number, :length] = torch.from_numpy(one.readable)
        readable[number, 0] = True
        for first, last in _right(row, one) or [(0, 0)]:
            right[number, first, last - first] = True
    return Batch(ids, token_types, mask, readable, right)


def _right(row: Row, one: Encoded) -> list[tuple[int, int]]:
    """First and last token of each answer, of those that were not cut off."""
    found = []
    for span in row.answers:
        inside = np.flatnonzero(
            one.readable & (one.offsets[:, 1] > span.start) & (one.offsets[:, 0] < span.end)
        )
        if (
            len(inside)
            and one.offsets[inside[-1], 1] >= span.end
            and inside[-1] - inside[0] < LONGEST_ANSWER
        ):
            found.append((int(inside[0]), int(inside[-1])))
    return found


def _cut(
    places: list[int], lengths: Sequence[int], chance: random.Random, tokens: int
) -> Iterator[list[int]]:
    made: list[list[int]] = [[]]
    for place in sorted(places, key=lengths.__getitem__):
        if made[-1] and (len(made[-1]) + 1) * lengths[place] > tokens:
            made.append([])
        made[-1].append(place)
    chance.shuffle(made)
    yield from (batch for batch in made if batch)
