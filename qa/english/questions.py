"""What a question says: its terms, its names, its verb, the noun that is counted. English only.

What would answer it is told by `qa.reading.answer_types`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from index.text import FUNCTION_WORDS, Word, parse_query, terms, words
from qa.english.language import is_english


class Unit(StrEnum):
    """What a number must be of."""

    ANY = "any"
    TIME = "time"
    DISTANCE = "distance"
    MONEY = "money"
    PERCENT = "percent"


_COUNTED = re.compile(r"\bhow (?:many|much)\b(?: of)?(?: the)? ([\w-]+)")
_SUBJECT = re.compile(r"\s*(who|what|which)\b", re.IGNORECASE)
_BEFORE_VERB = frozenset("has have had also first then later is was are were will would".split())
_ASKS_NOTHING = frozenset(terms("happen occur"))
FUNCTION_TERMS = frozenset(terms(" ".join(FUNCTION_WORDS)))
BEFORE_BASE_FORM = frozenset("did do does can could will would shall should may might must".split())
"""What a verb stands behind in its base form: "did … claim"."""
AUXILIARIES = BEFORE_BASE_FORM | frozenset("is are was were has have had".split())
AUXILIARY = rf"(?:{'|'.join(sorted(AUXILIARIES))})"


@dataclass(frozen=True)
class Asked:
    """A question, taken apart. `text` is without quotation marks round its phrases."""

    text: str
    phrases: tuple[str, ...] = ()

    @classmethod
    def of(cls, question: str) -> "Asked":
        query = parse_query(question)
        return cls(query.words, query.phrases)

    @property
    def is_phrase_alone(self) -> bool:
        """Whether nothing is asked but where a quoted phrase stands."""
        return bool(self.phrases) and len(self.words) == len(terms(" ".join(self.phrases)))

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return words(self.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms that say what it is about; every term where none does."""
        every = frozenset(word.term for word in self.words)
        return (every - FUNCTION_TERMS - _ASKS_NOTHING) or every

    @cached_property
    def proper(self) -> frozenset[str]:
        """Terms written with a capital, but for the first word, or in digits: names, years."""
        return frozenset(
            word.term
            for place, word in enumerate(self.words)
            if word.term in self.terms
            and (self.text[word.start].isdigit() or (place > 0 and self.text[word.start].isupper()))
        )

    @cached_property
    def is_english(self) -> bool:
        """Whether it is asked in English, whatever language its quoted phrases are in."""
        asked = self.text
        for phrase in self.phrases:
            asked = asked.replace(phrase, " ")
        return is_english(asked)

    @cached_property
    def flat(self) -> str:
        """Its text in lower case, its words one space apart."""
        return " ".join(self.text.lower().split())

    @cached_property
    def counted(self) -> str:
        """The term of the noun that "how many …" counts, or nothing."""
        found = _COUNTED.search(self.flat)
        noun = found.group(1) if found else ""
        return "" if noun in FUNCTION_WORDS else next(iter(terms(noun)), "")

    @cached_property
    def verb(self) -> str:
        """The term of the verb whose subject is asked for: "who claimed …"; or nothing."""
        found = _SUBJECT.match(self.text)
        if not found or len(self.words) < 2:
            return ""
        surfaces = [self.text[word.start : word.end].lower() for word in self.words]
        if found.group(1).lower() == "who":
            for surface, word in zip(surfaces[1:], self.words[1:], strict=True):
                if surface not in _BEFORE_VERB:
                    return "" if word.term in FUNCTION_TERMS else word.term
            return ""
        for surface, word in zip(surfaces[1:5], self.words[1:5], strict=True):
            if surface in AUXILIARIES:
                return ""
            if surface.endswith("ed"):
                return word.term
        return ""

    def pair_shares(self, weights: dict[str, float]) -> dict[tuple[str, str], float]:
        """Neighbouring words of which one at least has a weight, with shares that sum to 1."""
        shares: dict[tuple[str, str], float] = {}
        for first, second in pairwise(self.words):
            share = (weights.get(first.term, 0.0) + weights.get(second.term, 0.0)) / 2
            if share:
                pair = (first.term, second.term)
                shares[pair] = shares.get(pair, 0.0) + share
        total = sum(shares.values()) or 1.0
        return {pair: share / total for pair, share in shares.items()}
