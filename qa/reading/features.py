"""How well a sentence answers at first sight: features of its words and vectors, and their weights.

A sentence answers when it resembles the question (cosine), names what the question names
(coverage, by each term's share of the question's idf), and stands among sentences that do. `fitted`
has their weights. What kind of words would answer is not looked at here: the model reads the most
promising windows, and finds as many answers in them without it (decision 25).
"""

import bisect
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from index import Span
from index.text import Word, month_names, terms
from qa.english.questions import Asked
from qa.english.sentences import Parsed

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
    of_passage = {
        "best_cosine": max(passage.cosines),
        "passage_coverage": coverage(shares, passage.terms),
    }
    ring = (passage.before, *passage.sentences, passage.after)
    rows = []
    for place, sentence in enumerate(passage.sentences):
        told = sentence.terms | passage.dated
        missing = {term: share for term, share in shares.items() if term not in told}
        before, after = ring[place], ring[place + 2]
        rows.append(
            of_passage
            | {
                "cosine": passage.cosines[place],
                "coverage": coverage(shares, told),
                "before": coverage(missing, before.terms) if before else 0.0,
                "after": coverage(missing, after.terms) if after else 0.0,
                "proper": sum(shares.get(term, 0.0) for term in asked.proper & told),
            }
        )
    return rows


def _within(sentence: Parsed, span: Span) -> list[Word]:
    return [sentence.words[place] for place in _places(sentence, span)]


def _places(sentence: Parsed, span: Span) -> range:
    """The places of the words in a span: found by halving, as tables have spans by the hundred."""
    first = bisect.bisect_left(sentence.words, span.start, key=lambda word: word.start)
    return range(first, bisect.bisect_right(sentence.words, span.end, key=lambda word: word.end))
