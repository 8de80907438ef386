"""How well a sentence answers at first sight: features of its words and vectors, and their weights.

A sentence answers when it resembles the question (cosine), names what the question names
(coverage, by each term's share of the question's idf), stands among sentences that do, and holds
something new of the type that is asked for. The weights were fitted by logistic regression on
13 articles of SQuAD 1.1 and rounded; six were then changed for who-questions about the article in
`seeds/`. They were measured on other articles (`docs/adr/0006-reading.md`).
"""

import bisect
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from index import Span
from index.text import FUNCTION_WORDS, Word, month_names, terms
from qa.english.questions import FUNCTION_TERMS, Asked
from qa.english.sentences import HUMAN_TERMS, Parsed
from qa.reading.answer_types import answer_type_of

WEIGHTS: Mapping[str, float] = {
    "cosine": 5.8,
    "best_cosine": 3.8,
    "coverage": 5.5,
    "passage_coverage": 3.5,
    "before": 1.8,
    "after": 1.0,
    "pairs": 1.2,
    "passage_pairs": 2.4,
    "prefix": 1.1,
    "proper": -1.1,
    "pronoun": 0.3,
    "expected": 1.0,
    "signs": 1.0,
    "proximity": 1.4,
    "subject": 1.0,
}
_PREFIX = 5
_ACTOR_BEFORE, _ACTOR_AFTER = 4, 5
_GAP = 6.0

Features = dict[str, float]
Shares = Mapping[str, float]
"""Each term of the question with its share of the question's idf; they sum to 1."""


@dataclass(frozen=True)
class ReadPassage:
    """A passage as it is read: its sentences, their cosines, and what stands around it.

    `dated` are the terms of the question's dates that are those of the day it was published: a
    sentence of news says "on Monday", and needs to say no more.
    """

    headline: Parsed
    sentences: tuple[Parsed, ...]
    cosines: tuple[float, ...]
    before: Parsed | None = None
    after: Parsed | None = None
    dated: frozenset[str] = frozenset()

    @cached_property
    def terms(self) -> frozenset[str]:
        own = (sentence.terms for sentence in self.sentences)
        return self.headline.terms.union(self.dated, *own)


def score(features: Features) -> float:
    """The weighted sum: higher is better."""
    return sum(WEIGHTS[name] * value for name, value in features.items())


def coverage(shares: Shares, terms: frozenset[str]) -> float:
    """The share of the question's idf that some terms have: 0 to 1."""
    return sum(share for term, share in shares.items() if term in terms)


def dated(asked: Asked, published: dt.date | None) -> frozenset[str]:
    """Terms of the question's dates that are told by the day an article was published.

    A date counts as far as it is that day's: "13 October 2019" but for the 13 where that is the
    14th; and not at all where its year, or without one its month, is another.
    """
    if published is None:
        return frozenset()
    month, year = month_names()[published.month - 1], str(published.year)
    own = frozenset(terms(f"{published.day} {month} {month[:3]} {year}"))
    dates = _dates_in(asked.text)
    return frozenset().union(*(date & own for date in dates if year in date or date <= own))


@lru_cache(maxsize=64)
def _dates_in(question: str) -> tuple[frozenset[str], ...]:
    """The terms of each date of a question, which all its passages are held against."""
    parsed = Parsed(question)
    return tuple(frozenset(word.term for word in _within(parsed, span)) for span in parsed.dates)


def features_of(asked: Asked, passage: ReadPassage, shares: Shares) -> list[Features]:
    """The features of each sentence of a passage."""
    pairs = asked.pair_shares(dict(shares))
    paired = [
        sum(share for pair, share in pairs.items() if pair in sentence.pairs)
        for sentence in passage.sentences
    ]
    of_passage = {
        "best_cosine": max(passage.cosines),
        "passage_coverage": coverage(shares, passage.terms),
        "passage_pairs": max(paired),
    }
    ring = (passage.before, *passage.sentences, passage.after)
    rows = []
    for place, sentence in enumerate(passage.sentences):
        told = sentence.terms | passage.dated
        missing = {term: share for term, share in shares.items() if term not in told}
        prefixes = {term[:_PREFIX] for term in sentence.terms}
        before, after = ring[place], ring[place + 2]
        rows.append(
            of_passage
            | {
                "cosine": passage.cosines[place],
                "coverage": coverage(shares, told),
                "before": coverage(missing, before.terms) if before else 0.0,
                "after": coverage(missing, after.terms) if after else 0.0,
                "pairs": paired[place],
                "prefix": sum(
                    share
                    for term, share in missing.items()
                    if len(term) >= _PREFIX and term[:_PREFIX] in prefixes
                ),
                "proper": sum(shares.get(term, 0.0) for term in asked.proper & told),
                "pronoun": float(sentence.starts_with_pronoun),
            }
            | _of_type(asked, sentence, shares)
        )
    return rows


def candidates(asked: Asked, sentence: Parsed) -> list[Span]:
    """Spans of the type that is asked for, which say something that the question does not."""
    wanted = answer_type_of(asked)
    known = {word.term for word in asked.words}
    if not wanted.counts:
        known |= FUNCTION_TERMS
    return [
        span
        for span in wanted.spans(sentence)
        if {word.term for word in _within(sentence, span)} - known
    ]


def proximity(span: Span, sentence: Parsed, shares: Shares) -> float:
    """How near the question's words stand to a span: 1 when all of them stand in it."""
    inside = _places(sentence, span)
    if not inside:
        return 0.0
    nearest: dict[str, int] = {}
    for place, word in enumerate(sentence.words):
        if word.term in shares:
            gap = min(abs(place - inside[0]), abs(place - inside[-1]))
            nearest[word.term] = min(nearest.get(word.term, gap), gap)
    return sum(shares[term] / (1 + gap / _GAP) for term, gap in nearest.items())


def _of_type(asked: Asked, sentence: Parsed, shares: Shares) -> Features:
    """Whether the sentence holds words of the type that would answer, and what speaks for it."""
    wanted = answer_type_of(asked)
    spans = candidates(asked, sentence)
    found: Features = {
        "subject": float(_names_actor(asked, sentence)),
        "expected": wanted.weight if spans else 0.0,
        "signs": sum(sign.weight for sign in wanted.signs if sign.holds(asked, sentence, spans)),
    }
    if spans:
        found["proximity"] = max(proximity(span, sentence, shares) for span in spans)
    return found


def _names_actor(asked: Asked, sentence: Parsed) -> bool:
    """Whether someone stands just before the question's verb, or after it behind "by"."""
    if not asked.verb:
        return False
    for place, word in enumerate(sentence.words):
        if word.term != asked.verb:
            continue
        ahead = sentence.words[place + 1 : place + 1 + _ACTOR_AFTER]
        behind = sentence.words[max(0, place - _ACTOR_BEFORE) : place]
        is_passive = any(word.term == "by" for word in ahead)
        if any(_is_actor(asked, sentence, word) for word in behind) or (
            is_passive and any(_is_actor(asked, sentence, word) for word in ahead)
        ):
            return True
    return False


def _is_actor(asked: Asked, sentence: Parsed, word: Word) -> bool:
    surface = sentence.text[word.start : word.end]
    is_named = surface[0].isupper() and surface.lower() not in FUNCTION_WORDS
    return (is_named or word.term in HUMAN_TERMS) and word.term not in asked.terms


def _within(sentence: Parsed, span: Span) -> list[Word]:
    return [sentence.words[place] for place in _places(sentence, span)]


def _places(sentence: Parsed, span: Span) -> range:
    """The places of the words in a span: found by halving, as tables have spans by the hundred."""
    first = bisect.bisect_left(sentence.words, span.start, key=lambda word: word.start)
    return range(first, bisect.bisect_right(sentence.words, span.end, key=lambda word: word.end))
