"""Rows → tensors: `[CLS] question [SEP] title: sentences [SEP]`, and the spans that are right."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from index.text import FUNCTION_WORDS
from qa.training.rows import Row
from qa.training.swaps import permitted_words
from qa.training.words import Vocabulary, Word

LONGEST_ANSWER = 30
"""Pieces: an answer is no longer, in training and in use."""

_LONGEST_QUESTION = 48
_SORTED_WITHIN = 24
"""Batches' worth of rows that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids`, `token_types`, `mask`: `(rows, length)`. `right`: `(rows, length, LONGEST_ANSWER)`,
    whether the span from a place to so many places on is right; `[row, 0, 0]` is no answer.
    `readable`: `(rows, length)`, where a span may begin or end: the context and place 0.
    """

    ids: torch.Tensor
    token_types: torch.Tensor
    mask: torch.Tensor
    readable: torch.Tensor
    right: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Flat:
    ids: list[int]
    asked: int
    """Pieces of the question, both marks included: where the context begins."""
    right: list[tuple[int, int]]


class Batcher:
    """Makes batches of about `tokens` pieces each, of rows of about the same length."""

    def __init__(self, vocabulary: Vocabulary, *, tokens: int, longest: int) -> None:
        self._vocabulary = vocabulary
        self._tokens = tokens
        self._longest = longest
        self._function: list[Word] = [vocabulary.word(one) for one in FUNCTION_WORDS]

    def batches(self, rows: Sequence[Row], chance: random.Random) -> Iterator[list[Row]]:
        """The rows of each batch, cheap to make; `tensors` does the rest."""
        lengths = {id(row): self._length(row) for row in rows}
        window: list[Row] = []
        size = 0
        for row in rows:
            window.append(row)
            size += lengths[id(row)]
            if size >= _SORTED_WITHIN * self._tokens:
                yield from self._cut(window, lengths, chance)
                window, size = [], 0
        yield from self._cut(window, lengths, chance)

    def tensors(self, rows: Sequence[Row]) -> Batch:
        flats = [self._flat(row) for row in rows]
        shape = (len(flats), max(len(flat.ids) for flat in flats))
        ids, token_types, mask = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
        readable = torch.zeros(shape, dtype=torch.bool)
        right = torch.zeros((*shape, LONGEST_ANSWER), dtype=torch.bool)
        for number, flat in enumerate(flats):
            length = len(flat.ids)
            ids[number, :length] = torch.tensor(flat.ids)
            token_types[number, flat.asked : length] = 1
            mask[number, :length] = 1
            readable[number, flat.asked : length - 1] = True
            readable[number, 0] = True
            for first, last in flat.right or [(0, 0)]:
                right[number, first, last - first] = True
        return Batch(ids, token_types, mask, readable, right)

    def written(self, ids: Sequence[int]) -> str:
        """The words of some pieces, as nearly as they can be told."""
        return self._vocabulary.written(ids)

    def _cut(
        self, rows: list[Row], lengths: dict[int, int], chance: random.Random
    ) -> Iterator[list[Row]]:
        rows = sorted(rows, key=lambda row: lengths[id(row)])
        made: list[list[Row]] = [[]]
        for row in rows:
            if made[-1] and (len(made[-1]) + 1) * lengths[id(row)] > self._tokens:
                made.append([])
            made[-1].append(row)
        chance.shuffle(made)
        yield from (batch for batch in made if batch)

    def _length(self, row: Row) -> int:
        title = row.title.pieces + 1 if row.title else 0
        whole = min(row.question.pieces, _LONGEST_QUESTION) + title + 3
        return min(self._longest, whole + sum(text.pieces for text in row.context))

    def _flat(self, row: Row) -> _Flat:
        vocabulary = self._vocabulary
        question = [piece for word in row.question.words for piece in word][:_LONGEST_QUESTION]
        ids = [vocabulary.start, *question, vocabulary.end]
        asked = len(ids)
        if row.title:
            ids += [piece for word in row.title.words for piece in word]
            ids += vocabulary.word(":")
        places: dict[tuple[int, int], tuple[int, int]] = {}
        for number, text in enumerate(row.context):
            for word_number, word in enumerate(text.words):
                places[number, word_number] = len(ids), len(ids) + len(word) - 1
                ids += word
        del ids[self._longest - 1 :]
        right = [
            span
            for sentence, first, last in self._answers(row)
            if (span := (places[sentence, first][0], places[sentence, last][1]))[1] < len(ids)
            and span[1] - span[0] < LONGEST_ANSWER
        ]
        return _Flat([*ids, vocabulary.end], asked, right)

    def _answers(self, row: Row) -> list[tuple[int, int, int]]:
        if row.place is None or row.answers:
            return list(row.answers)
        edges = [
            number
            for number, may in enumerate(permitted_words(row, self._vocabulary, self._function))
            if may
        ]
        return [(row.place, first, last) for first in edges for last in edges if first <= last]
