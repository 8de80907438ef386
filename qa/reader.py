"""Question and passages → the sentence that answers, the words in it that do, and how sure.

`PassageReader` is the protocol; `Reader` is the first that meets it, and needs no training: it
weighs what `qa.scoring` finds. English; of other languages it weighs words and vectors alone.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index import (
    Document,
    Encoder,
    Hit,
    InvalidInput,
    SearchResult,
    SentenceTransformerEncoder,
    Span,
    encode_text,
    find_phrase,
    term_shares,
)
from qa.phrases import Parsed
from qa.question import Asked
from qa.scoring import Features, ReadPassage, Shares, features_of, score
from qa.spans import answering_words

# The chance that the archive speaks of it at all, and that the first sentence is the right one:
# logistic regressions on 13 articles of SQuAD 1.1, in the archive and taken out of it.
_ANSWERABLE_BIAS = -10.2
_ANSWERABLE = {"cosine": 7.2, "coverage": 3.9, "passage_coverage": 5.5, "best_cosine": 6.8}
_FIRST_BIAS, _LEAD, _WIDEST_LEAD = -0.64, 0.98, 6.0
_LEANS_BELOW, _LEANS_ON = 0.75, 0.12
_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSentence:
    """A sentence of a document, as the reader finds it.

    `start`, `end`: the sentence in the document's text; `answer`: the words that answer, also in
    the document's text. `leans_on` is the neighbour that it needs to be understood, if any.
    """

    document: Document
    copies: tuple[str, ...]
    start: int
    end: int
    answer: Span
    score: float
    leans_on: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader makes of some passages: their sentences, best first, and how sure it is.

    `answerable`: 0 to 1, whether they hold an answer at all; `confidence`: 0 to 1, whether the
    first sentence is the right one.
    """

    sentences: tuple[ReadSentence, ...]
    answerable: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReading:
    """The best span of one text: `text[start:end] == .text`. `answerable`: 0 to 1."""

    text: str
    start: int
    end: int
    sentence: str
    score: float
    answerable: float


class PassageReader(Protocol):
    """Reads passages for the sentence that answers."""

    @property
    def languages(self) -> str:
        """The languages that it reads, in words."""

    def read_hits(self, question: str, result: SearchResult) -> Reading:
        """The best sentences of the hits, best first.

        Raises:
            InvalidInput: there are no hits.
        """

    def read(self, question: str, text: str) -> TextReading:
        """The best span of a text of any length, however poor, and whether it answers.

        Raises:
            InvalidInput: the question or the text is empty.
        """


class Reader:
    """A `PassageReader` without training: cosines, words, and the kind of answer asked for."""

    languages = "English"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @classmethod
    def load(cls, encoder: Encoder | str | os.PathLike[str] | None = None) -> "Reader":
        """A reader over an encoder, the folder of one, or the packaged one."""
        if encoder is None or isinstance(encoder, str | os.PathLike):
            encoder = SentenceTransformerEncoder.load(encoder)
        return cls(encoder)

    def read_hits(self, question: str, result: SearchResult) -> Reading:
        if not result.hits:
            raise InvalidInput("there is nothing to read: the search found no passage")
        asked = Asked.of(question)
        weights = {term: result.weights.get(term, 0.0) for term in asked.terms}
        total = sum(weights.values()) or 1.0
        shares = {term: weight / total for term, weight in weights.items()}
        found = [row for hit in result.hits for row in _score_hit(asked, hit, shares)]
        found.sort(key=lambda row: (not row.has_phrases(asked), -row.score))
        best = _distinct(found)[:_KEPT]
        answerable = _answerable(best[0].features)
        lead = best[0].score - best[1].score if len(best) > 1 else _WIDEST_LEAD
        return Reading(
            sentences=tuple(row.read(asked, shares) for row in best),
            answerable=answerable,
            confidence=answerable * _logistic(_FIRST_BIAS + _LEAD * min(lead, _WIDEST_LEAD)),
        )

    def read(self, question: str, text: str) -> TextReading:
        if not question.strip() or not text.strip():
            raise InvalidInput("the reader needs a question and a text, and one of them is empty")
        asked = Asked.of(question)
        readable = text.encode("utf-8", "replace").decode()  # half a surrogate pair
        shares = term_shares(sorted(asked.terms), readable)
        vector = self._encoder.encode_question(asked.text)
        document = Document(id="text", text=readable, path="text")
        passages = encode_text(readable, self._encoder)
        spans = [passage.sentences for passage in passages]
        edges = [None, *(group[-1] for group in spans)], [*(group[0] for group in spans[1:]), None]
        found = [
            row
            for passage, before, after in zip(passages, *edges, strict=False)
            for row in _score_passage(
                asked,
                document,
                passage.sentences,
                tuple(map(float, passage.vectors.sentences @ vector)),
                shares,
                around=(before, after),
            )
        ]
        row = max(found, key=lambda row: row.score)
        best = row.read(asked, shares)
        return TextReading(
            text=text[best.answer.start : best.answer.end],
            start=best.answer.start,
            end=best.answer.end,
            sentence=text[best.start : best.end],
            score=best.score,
            answerable=_answerable(row.features),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """A sentence with its score, before the words that answer are looked for in it."""

    document: Document
    copies: tuple[str, ...]
    span: Span
    before: Span | None
    after: Span | None
    sentence: Parsed
    features: Features
    score: float

    def has_phrases(self, asked: Asked) -> bool:
        return all(find_phrase(self.sentence.text, phrase) for phrase in asked.phrases)

    def read(self, asked: Asked, shares: Shares) -> ReadSentence:
        start, end = self.span
        answer = answering_words(asked, self.sentence, shares)
        return ReadSentence(
            document=self.document,
            copies=self.copies,
            start=start,
            end=end,
            answer=Span(start + answer.start, start + answer.end),
            score=self.score,
            leans_on=_leans_on(self.features, self.before, self.after),
        )


def _score_hit(asked: Asked, hit: Hit, shares: Shares) -> list[_Scored]:
    before, after = (
        None if one is None else Span(one.start, one.end) for one in (hit.before, hit.after)
    )
    return _score_passage(
        asked,
        hit.document,
        [Span(sentence.start, sentence.end) for sentence in hit.passage.sentences],
        hit.sentence_cosines,
        shares,
        around=(before, after),
        copies=hit.copies,
    )


def _score_passage(
    asked: Asked,
    document: Document,
    spans: Sequence[Span],
    cosines: tuple[float, ...],
    shares: Shares,
    *,
    around: tuple[Span | None, Span | None],
    copies: tuple[str, ...] = (),
) -> list[_Scored]:
    before, after = around
    passage = ReadPassage(
        headline=Parsed(document.title),
        sentences=tuple(Parsed(document.text[slice(*span)]) for span in spans),
        cosines=cosines,
        before=None if before is None else Parsed(document.text[slice(*before)]),
        after=None if after is None else Parsed(document.text[slice(*after)]),
    )
    ring = (before, *spans, after)
    return [
        _Scored(
            document=document,
            copies=copies,
            span=spans[place],
            before=ring[place],
            after=ring[place + 2],
            sentence=passage.sentences[place],
            features=features,
            score=score(features),
        )
        for place, features in enumerate(features_of(asked, passage, shares))
    ]


def _leans_on(features: Features, before: Span | None, after: Span | None) -> Span | None:
    """The neighbour that names what the question names and the sentence does not."""
    if features["coverage"] >= _LEANS_BELOW:
        return None
    given, neighbour = max(
        (features["before"], before), (features["after"], after), key=lambda one: one[0]
    )
    return neighbour if given >= _LEANS_ON else None


def _distinct(rows: Sequence[_Scored]) -> list[_Scored]:
    """Each sentence once, though its text may be in several articles."""
    first: dict[str, _Scored] = {}
    for row in rows:
        first.setdefault(row.sentence.text, row)
    return list(first.values())


def _answerable(features: Features) -> float:
    return _logistic(
        _ANSWERABLE_BIAS + sum(weight * features[name] for name, weight in _ANSWERABLE.items())
    )


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
