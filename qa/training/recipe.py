"""What the reader is trained on, and in which order: stages of rows, the same for the same seed.

First where the words are (QAMR, single sentences and a few others), then questions as people ask
them over paragraphs, and more and more that have no answer. In the second round the learning rate
rises once more, and the questions without an answer are harder to tell.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa.training.rows import (
    Row,
    read_qamr,
    read_sentence_pairs,
    read_squad,
    read_wiki_sentences,
)
from qa.training.swaps import Swapper
from qa.training.words import Text, Vocabulary

_CONTEXTS = 12
"""So many are looked at for the one that shares most words with a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How many rows of each kind, and what is done to them.

    `qamr`: rows a sentence. `neighbours`: at most so many sentences around one of a pair or among
    QAMR's. Shares, of the answerable rows: `swapped` made unanswerable by a swap, `both` swapped in
    the context too and answerable still, `removed` without the sentence that answers, `elsewhere`
    with another context of the same group that shares words with the question.
    """

    qamr: int
    pairs: float
    squad: float
    neighbours: int
    swapped: float
    both: float
    removed: float
    elsewhere: float


@dataclass(frozen=True, slots=True)
class Round:
    """Stages over which the learning rate rises to `peak`, of the run's own, and falls to 0.

    `sharp`: of several right spans the model's own likeliest is the one to learn.
    """

    peak: float
    stages: tuple[Mixture, ...]
    sharp: bool = False


ROUNDS = (
    Round(
        1.0,
        (
            Mixture(
                qamr=8, pairs=0.0, squad=1.0, neighbours=1, swapped=0.05, both=0.0, removed=0.05,
                elsewhere=0.02,
            ),
            Mixture(
                qamr=4, pairs=1.0, squad=1.0, neighbours=2, swapped=0.18, both=0.05, removed=0.05,
                elsewhere=0.06,
            ),
            Mixture(
                qamr=1, pairs=0.3, squad=1.0, neighbours=4, swapped=0.24, both=0.07, removed=0.06,
                elsewhere=0.12,
            ),
        ),
    ),
    Round(
        0.8,
        (
            Mixture(
                qamr=4, pairs=1.0, squad=1.0, neighbours=3, swapped=0.28, both=0.12, removed=0.05,
                elsewhere=0.08,
            ),
            Mixture(
                qamr=1, pairs=0.6, squad=0.8, neighbours=3, swapped=0.35, both=0.15, removed=0.06,
                elsewhere=0.1,
            ),
        ),
    ),
    Round(
        0.6,
        (
            Mixture(
                qamr=3, pairs=1.0, squad=1.0, neighbours=3, swapped=0.28, both=0.12, removed=0.05,
                elsewhere=0.08,
            ),
        ),
        sharp=True,
    ),
)  # fmt: skip


class Material:
    """The three data sets, read once."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self.qamr = read_qamr(folder / "qamr", vocabulary)
        self.wiki = read_wiki_sentences(folder / "qamr", vocabulary)
        self.pairs, self.pair_sentences = read_sentence_pairs(
            folder / "squad1-sentence-pairs.jsonl", vocabulary
        )
        self.squad = read_squad(folder / "squad1-13-articles.json", vocabulary)
        self._swapper = Swapper(vocabulary)

    def stage(self, stage: Mixture, seed: int) -> list[Row]:
        """The stage's rows in the order in which they are trained on."""
        chance = random.Random(seed)
        rows = [
            *self._some_qamr(stage, chance),
            *self._some_pairs(stage, chance),
            *self._some_squad(stage, chance),
        ]
        rows += list(self._unanswerable(rows, stage, chance))  # of the answerable rows alone
        chance.shuffle(rows)
        return rows

    def _some_qamr(self, stage: Mixture, chance: random.Random) -> Iterator[Row]:
        by_sentence: dict[str, list[Row]] = {}
        for row in self.qamr:
            by_sentence.setdefault(row.group, []).append(row)
        for rows in by_sentence.values():
            for row in chance.sample(rows, min(stage.qamr, len(rows))):
                others = chance.sample(self.wiki, chance.randint(0, min(stage.neighbours, 3)))
                yield _among(row, others, chance.randint(0, len(others)))

    def _some_pairs(self, stage: Mixture, chance: random.Random) -> Iterator[Row]:
        for row in chance.sample(self.pairs, int(stage.pairs * len(self.pairs))):
            yield self._with_neighbours(row, chance.randint(0, stage.neighbours), chance)

    def _some_squad(self, stage: Mixture, chance: random.Random) -> Iterator[Row]:
        for row in chance.sample(self.squad, int(stage.squad * len(self.squad))):
            yield row if chance.random() < 0.5 else replace(row, title=None)

    def _with_neighbours(self, row: Row, number: int, chance: random.Random) -> Row:
        """A pair's sentence among the sentences that stand near it in the file."""
        place = int(row.group)
        before = chance.randint(0, number)
        left = self.pair_sentences[max(0, place - before) : place]
        right = self.pair_sentences[place + 1 : place + 1 + number - before]
        return _among(row, [*left, *right], len(left))

    def _unanswerable(
        self, rows: Sequence[Row], stage: Mixture, chance: random.Random
    ) -> Iterator[Row]:
        by_group: dict[str, list[Row]] = {}
        for row in self.squad:
            by_group.setdefault(row.group, []).append(row)
        for row in rows:
            drawn = chance.random()
            made: Row | None = None
            if drawn < stage.swapped:
                made = self._swapper.unanswerable(row, chance)
            elif (drawn := drawn - stage.swapped) < stage.both:
                made = self._swapper.still_answerable(row, chance)
            elif (drawn := drawn - stage.both) < stage.removed:
                made = _without_answer(row)
            elif drawn - stage.removed < stage.elsewhere:
                made = self._elsewhere(row, by_group, chance)
            if made is not None:
                yield made

    def _elsewhere(
        self, row: Row, by_group: dict[str, list[Row]], chance: random.Random
    ) -> Row | None:
        """The question over the context, of a few of its group, that shares most words with it."""
        others = by_group.get(row.group)
        if others:
            contexts = [
                other.context for other in chance.sample(others, min(_CONTEXTS, len(others)))
            ]
        elif row.group.isdecimal():
            near = [int(row.group) + chance.choice((-1, 1)) * chance.randint(6, 30) for _ in "abcd"]
            contexts = [
                tuple(self.pair_sentences[place : place + 3])
                for place in near
                if 0 <= place < len(self.pair_sentences)
            ]
        else:
            contexts = [tuple(chance.sample(self.wiki, 2)) for _ in range(_CONTEXTS)]
        contexts = [context for context in contexts if not set(context) & set(row.context)]
        if not contexts:
            return None
        asked = set(row.question.words)
        closest = max(
            contexts,
            key=lambda context: len(asked & {word for text in context for word in text.words}),
        )
        return replace(row, context=closest, place=None, answers=())


def _among(row: Row, others: Sequence[Text], place: int) -> Row:
    """A row of one sentence with others before and after it."""
    return replace(
        row,
        context=(*others[:place], row.context[0], *others[place:]),
        place=place,
        answers=tuple((place, first, last) for _, first, last in row.answers),
    )


def _without_answer(row: Row) -> Row | None:
    """The row without the sentences that answer, where something is left."""
    held = {place for place, _, _ in row.answers} | {row.place}
    left = tuple(text for place, text in enumerate(row.context) if place not in held)
    return replace(row, context=left, place=None, answers=()) if left else None
