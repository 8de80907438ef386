"""Questions made unanswerable: a name, a number or a word of them swapped for another.

What the authors of SQuAD 2.0 did by hand (entity swap, antonym, negation; Rajpurkar et al.,
arXiv:1806.03822, table 1), done by rule. The same swap made in the context too leaves the question
answerable, so that a reader learns to compare, and not to tell a question that was tampered with.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index import FUNCTION_WORDS
from qa.training.rows import Row
from qa.training.words import Text, Vocabulary, Word

_OPPOSITES = (
    "first last",
    "before after",
    "more less fewer",
    "most least",
    "largest smallest",
    "larger smaller",
    "highest lowest",
    "higher lower",
    "longest shortest",
    "oldest youngest",
    "older younger",
    "earliest latest",
    "best worst",
    "north south east west",
    "northern southern eastern western",
    "increase decrease",
    "increased decreased",
    "won lost",
    "win lose",
    "early late",
    "old new young",
    "male female",
    "men women",
    "began ended",
    "begin end",
    "started stopped",
    "inside outside",
    "above below",
    "over under",
    "maximum minimum",
    "always never",
    "allowed forbidden",
    "accepted rejected",
    "supported opposed",
    "allies enemies",
    "killed injured rescued",
    "arrested released",
    "bought sold",
    "built destroyed",
    "public private",
    "major minor",
    "internal external",
    "positive negative",
    "strong weak",
    "rich poor",
    "son daughter father mother brother sister wife husband",
    "king queen",
    "import export",
    "monday tuesday wednesday thursday friday saturday sunday",
    "january february march april may june july august september october november december",
    "one two three four five six seven eight nine ten",
)
_AUXILIARIES = frozenset(
    "is are was were did does do has have had can could will would should".split()
)
_SHORTEST = 4
_NAME_CHANCE, _NUMBER_CHANCE, _OPPOSITE_CHANCE, _NEGATION_CHANCE = 0.75, 0.75, 0.75, 0.12


@dataclass(frozen=True, slots=True)
class Swap:
    """Words `first` to `last` of the question, and the words to stand there instead."""

    first: int
    last: int
    words: tuple[Word, ...]
    names: bool = False

    def made_in(self, question: Text) -> Text:
        return Text(
            question.words[: self.first] + self.words + question.words[self.last + 1 :],
            question.names[: self.first]
            + (self.names,) * len(self.words)
            + question.names[self.last + 1 :],
        )


class Swapper:
    """Makes questions unanswerable, and keeps some answerable by the same swap in the context."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._opposites: dict[Word, list[Word]] = {}
        for line in _OPPOSITES:
            group = [vocabulary.word(one) for one in line.split()]
            for word in group:
                self._opposites[word] = [other for other in group if other != word]
        self._function = {vocabulary.word(one) for one in FUNCTION_WORDS}

    def unanswerable(self, row: Row, chance: random.Random) -> Row | None:
        """The row with its question about something else, or None where nothing can be swapped."""
        swap = self._swap(row, chance)
        if swap is None:
            return None
        return replace(row, question=swap.made_in(row.question), place=None, answers=())

    def still_answerable(self, row: Row, chance: random.Random) -> Row | None:
        """The row with one word swapped in question and context alike."""
        swap = self._swap(row, chance, one_for_one=True)
        if swap is None or row.place is None:
            return None
        old, new = row.question.words[swap.first], swap.words[0]
        given = {word for sentence in row.context for word in sentence.words}
        if old not in given or new in given:
            return None
        return replace(
            row,
            question=swap.made_in(row.question),
            context=tuple(
                Text(tuple(new if word == old else word for word in sentence.words), sentence.names)
                for sentence in row.context
            ),
        )

    def _swap(self, row: Row, chance: random.Random, *, one_for_one: bool = False) -> Swap | None:
        kinds = [
            (self._names, _NAME_CHANCE),
            (self._numbers, _NUMBER_CHANCE),
            (self._antonyms, _OPPOSITE_CHANCE),
            (self._negations, 0.0 if one_for_one else _NEGATION_CHANCE),
            (self._look_alikes, 1.0),
        ]
        order = kinds[:4]
        chance.shuffle(order)
        for kind, likely in (*order, kinds[4]):
            if chance.random() < likely:
                swaps = [
                    swap
                    for swap in kind(row, chance)
                    if not one_for_one or (swap.first == swap.last and len(swap.words) == 1)
                ]
                if swaps:
                    return chance.choice(swaps)
        return None

    def _names(self, row: Row, chance: random.Random) -> Iterator[Swap]:
        """Another name of the context in the place of one of the question."""
        question = row.question
        asked = set(question.words)
        others = [
            words
            for sentence in row.context
            for first, last in _runs(sentence)
            if (first > 0 or last > 0)
            and sentence.words[first] not in self._function
            and not asked & set(words := sentence.words[first : last + 1])
        ]
        if not others:
            return
        for first, last in _runs(question):
            if first > 0:
                yield Swap(first, last, chance.choice(others), names=True)

    def _numbers(self, row: Row, chance: random.Random) -> Iterator[Swap]:
        for place, word in enumerate(row.question.words):
            surface = self._vocabulary.surface(word)
            if not surface.isdecimal():
                continue
            given = {
                other
                for sentence in row.context
                for other in sentence.words
                if other != word
                and (digits := self._vocabulary.surface(other)).isdecimal()
                and len(digits) == len(surface)
            }
            number = int(surface)
            near = max(1, number + chance.choice((-1, 1)) * chance.randint(1, 12))
            made = self._vocabulary.word(str(near if near != number else number + 1))
            yield Swap(place, place, (chance.choice([*sorted(given), made]),))

    def _antonyms(self, row: Row, chance: random.Random) -> Iterator[Swap]:
        for place, word in enumerate(row.question.words):
            if word in self._opposites:
                yield Swap(place, place, (chance.choice(self._opposites[word]),))

    def _negations(self, row: Row, _: random.Random) -> Iterator[Swap]:
        for place, word in enumerate(row.question.words):
            surface = self._vocabulary.surface(word)
            if surface in _AUXILIARIES:
                yield Swap(place, place, (word, self._vocabulary.word("not")))
                return

    def _look_alikes(self, row: Row, chance: random.Random) -> Iterator[Swap]:
        """A word of the question that its answer's sentence has too, for a neighbour of it."""
        sentences = row.context if row.place is None else (row.context[row.place],)
        given = {word for sentence in sentences for word in sentence.words}
        for place, word in enumerate(row.question.words):
            surface = self._vocabulary.surface(word)
            if (
                word in given
                and word not in self._function
                and len(surface) >= _SHORTEST
                and surface.isalpha()
                and (others := self._vocabulary.neighbours(word))
            ):
                yield Swap(place, place, (chance.choice(others),))


def _runs(text: Text) -> Iterator[tuple[int, int]]:
    """The runs of words written with a capital."""
    first: int | None = None
    for place, is_name in enumerate((*text.names, False)):
        if is_name and first is None:
            first = place
        elif not is_name and first is not None:
            yield first, place - 1
            first = None


def permitted_words(row: Row, vocabulary: Vocabulary, function: Sequence[Word]) -> list[bool]:
    """Of the sentence that answers: the words an answer may begin or end with.

    Not a word of the question, nor a function word, nor a mark: an answer seldom does.
    """
    if row.place is None:
        return []
    asked = {word for word in row.question.words if len(vocabulary.surface(word)) > 1}
    barred = asked | set(function)
    permitted = [
        word not in barred and any(map(str.isalnum, vocabulary.surface(word)))
        for word in row.context[row.place].words
    ]
    return permitted if any(permitted) else [True] * len(permitted)
