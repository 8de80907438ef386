"""The sentences that may answer: how each looks at first sight, and what the model read in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from index import Document, Hit, Span
from index.text import find_phrase
from qa.english.questions import Asked
from qa.english.sentences import Parsed
from qa.reading.answer_words import answering_words
from qa.reading.contexts import Context
from qa.reading.features import Features, ReadPassage, Shares, dated, features_of
from qa.reading.fitted import Logistic
from qa.reading.results import ReadSentence
from qa.reading.span_model import SpanPrediction
from qa.reading.windows import Window

_NEVER = -12.0

_LEANS_BELOW, _LEANS_ON = 0.75, 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHit:
    """A hit with its sentences and the two around it, and what is known of each at first sight."""

    document: Document
    copies: tuple[str, ...]
    ring: tuple[Span, ...]
    first: int
    """Where in the ring the passage's own sentences begin."""
    sentences: tuple[Parsed, ...]
    features: tuple[Features, ...]

    @classmethod
    def of(cls, asked: Asked, hit: Hit, shares: Shares) -> Self:
        text = hit.document.text
        before, after = (
            () if one is None else (Span(one.start, one.end),) for one in (hit.before, hit.after)
        )
        own = tuple(Span(sentence.start, sentence.end) for sentence in hit.passage.sentences)
        passage = ReadPassage(
            headline=Parsed(hit.document.title),
            sentences=tuple(Parsed(text[slice(*span)]) for span in own),
            cosines=hit.sentence_cosines,
            before=Parsed(text[slice(*before[0])]) if before else None,
            after=Parsed(text[slice(*after[0])]) if after else None,
            dated=dated(asked, hit.document.published),
        )
        return cls(
            document=hit.document,
            copies=hit.copies,
            ring=(*before, *own, *after),
            first=len(before),
            sentences=passage.sentences,
            features=tuple(features_of(asked, passage, shares)),
        )

    def context(self, window: Window) -> Context:
        """A window of it as the model reads it."""
        sentences = self.ring[window.first : window.last + 1]
        return Context(self.document.title, self.document.text, sentences, self.document.published)

    def candidates(self, number: int, weights: Logistic) -> Iterator["Candidate"]:
        """Its own sentences, as those of the passage of this number."""
        for place, (sentence, features) in enumerate(
            zip(self.sentences, self.features, strict=True), start=self.first
        ):
            yield Candidate(
                document=self.document,
                copies=self.copies,
                passage=number,
                place=place,
                span=self.ring[place],
                before=self.ring[place - 1] if place else None,
                after=self.ring[place + 1] if place + 1 < len(self.ring) else None,
                sentence=sentence,
                features=features,
                first_sight=weights.sum(features),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence: how it looks at first sight, and what the model read in it, if it did.

    The predicted span counts from the beginning of the document.
    """

    document: Document
    copies: tuple[str, ...]
    passage: int
    place: int
    span: Span
    before: Span | None
    after: Span | None
    sentence: Parsed
    features: Features
    first_sight: float
    prediction: SpanPrediction | None = None
    joined: Mapping[str, float] = field(default_factory=dict)
    score: float = 0.0

    def has_phrases(self, asked: Asked) -> bool:
        return all(find_phrase(self.sentence.text, phrase) for phrase in asked.phrases)

    def joined_with(self, prediction: SpanPrediction) -> dict[str, float]:
        """What a sentence's score is of: the look at first sight, and what was read."""
        difference = min(-_NEVER, max(_NEVER, prediction.null_score_difference))
        return {
            "first_sight": self.first_sight,
            # A question does not answer one, though it has its words.
            "null_score_difference": _NEVER if self.sentence.is_question else difference,
            "log_probability": max(_NEVER, prediction.log_probability),
        }

    def read(self, asked: Asked) -> ReadSentence:
        return ReadSentence(
            document=self.document,
            copies=self.copies,
            start=self.span.start,
            end=self.span.end,
            answer=answer_in(asked, self.sentence, self.span, self.prediction),
            score=self.score,
            leans_on=_leans_on(self.features, self.before, self.after),
        )


def answer_in(
    asked: Asked, sentence: Parsed, span: Span, prediction: SpanPrediction | None
) -> Span:
    """The words that answer, in the text that the sentence stands in."""
    start = span.start
    read = Span(prediction.span.start - start, prediction.span.end - start) if prediction else None
    found = answering_words(asked, sentence, read)
    return Span(start + found.start, start + found.end)


def _leans_on(features: Features, before: Span | None, after: Span | None) -> Span | None:
    """The neighbour that names what the question names and the sentence does not."""
    if features["coverage"] >= _LEANS_BELOW:
        return None
    given, neighbour = max(
        (features["before"], before), (features["after"], after), key=lambda one: one[0]
    )
    return neighbour if given >= _LEANS_ON else None


def distinct(rows: Iterable[Candidate]) -> list[Candidate]:
    """Each sentence once, though its text may be in several articles."""
    first: dict[str, Candidate] = {}
    for row in rows:
        first.setdefault(row.sentence.text, row)
    return list(first.values())
