"""Questions made unanswerable: a name, a number or a word of them swapped for another.

What the authors of SQuAD 2.0 did by hand (entity swap, antonym, negation; Rajpurkar et al.,
arXiv:1806.03822, table 1), done by rule. The same swap made in the context too leaves the question
answerable, so that a reader learns to compare, and not to tell a question that was tampered with.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.text import FUNCTION_WORDS, day_names, month_names
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
    " ".join(day_names()).lower(),
    " ".join(month_names()).lower(),
    "one two three four five six seven eight nine ten",
)
_AUXILIARIES = frozenset(
    "is are was were did does do has have had can could will would should".split()
)
_PREPOSITIONS = frozenset("in at of by on from near with for during".split())
_SHORTEST = 4
_NAME_CHANCE, _NUMBER_CHANCE, _OPPOSITE_CHANCE, _NEGATION_CHANCE = 0.75, 0.75, 0.75, 0.12
_CONDITION_CHANCE = 0.15
_LOOK_ALIKE_CHANCE = 0.5
"""Of a neighbour in the vocabulary; else the most alike of the context's own words."""
_ALIKE_IN_CONTEXT = 3
_YEARS = 1800, 2020


@dataclass(frozen=True, slots=True)
class Swap:
    """Words `first` to `last` of the question, and the words to stand there instead.

    With `last` before `first` nothing is taken out: the words go in before `first`.
    """

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
        """The row with one word swapped in question and context alike, or with one more condition.

        The condition is one that the sentence that answers does meet.
        """
        if chance.random() < _CONDITION_CHANCE and (met := list(self._conditions_met(row))):
            return replace(row, question=chance.choice(met).made_in(row.question))
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
            (self._conditions, 0.0 if one_for_one else _CONDITION_CHANCE),
        ]
        chance.shuffle(kinds)
        for kind, likely in (*kinds, (self._look_alikes, 1.0)):
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

    def _conditions(self, row: Row, chance: random.Random) -> Iterator[Swap]:
        """One thing more that the question asks for, and that its answer's sentence lacks."""
        held = row.context[row.place].words if row.place is not None else ()
        others = [text for place, text in enumerate(row.context) if place != row.place]
        names = [
            text.words[first : last + 1]
            for text in others
            for first, last in _runs(text)
            if first > 0 and not set(text.words[first : last + 1]) & {*held, *row.question.words}
        ]
        year = self._vocabulary.word(str(chance.randint(*_YEARS)))
        last = chance.choice(names) if names and chance.random() < 0.5 else (year,)
        if year not in held:
            yield self._added(row.question, (self._vocabulary.word("in"), *last))

    def _conditions_met(self, row: Row) -> Iterator[Swap]:
        """A preposition with a name or a number, of the sentence that answers beside its answer."""
        if row.place is None or not row.answers:
            return
        text = row.context[row.place]
        answer = {
            place
            for number, first, last in row.answers
            if number == row.place
            for place in range(first - 1, last + 1)
        }
        numbers = [
            (place, place)
            for place, word in enumerate(text.words)
            if self._vocabulary.surface(word).isdecimal()
        ]
        for first, last in [*_runs(text), *numbers]:
            words = text.words[first - 1 : last + 1]
            if (
                first > 0
                and self._vocabulary.surface(words[0]) in _PREPOSITIONS
                and not answer & set(range(first - 1, last + 1))
                and not set(words[1:]) & set(row.question.words)
            ):
                yield self._added(row.question, words)

    def _added(self, question: Text, words: tuple[Word, ...]) -> Swap:
        ends = bool(question.words) and self._vocabulary.surface(question.words[-1]) == "?"
        place = len(question) - ends
        return Swap(place, place - 1, words)

    def _look_alikes(self, row: Row, chance: random.Random) -> Iterator[Swap]:
        """A word of the question that its answer's sentence has too, for one like it."""
        sentences = row.context if row.place is None else (row.context[row.place],)
        given = {word for sentence in sentences for word in sentence.words}
        there = {word for sentence in row.context for word in sentence.words}
        there = {word for word in there if self._is_swappable(word)} - set(row.question.words)
        for place, word in enumerate(row.question.words):
            if word in given and self._is_swappable(word):
                others = self._vocabulary.neighbours(word)
                if chance.random() > _LOOK_ALIKE_CHANCE:
                    others = self._vocabulary.closest(word, there)[:_ALIKE_IN_CONTEXT] or others
                if others:
                    yield Swap(place, place, (chance.choice(others),))

    def _is_swappable(self, word: Word) -> bool:
        surface = self._vocabulary.surface(word)
        return word not in self._function and len(surface) >= _SHORTEST and surface.isalpha()


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
