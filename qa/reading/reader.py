"""Question and passages → the sentence that answers, the words in it that do, and how sure.

Two looks. `features` weighs every sentence of the passages by its words and vectors, which is
quick; the model reads the most promising with their neighbours, and more of them while it is
unsure. The weights that join the two were fitted on held-back questions (`fitted`).
"""

import itertools
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from index import InvalidInput, SearchResult, Span
from index.text import split_sentences, term_shares
from qa.english.questions import Asked
from qa.english.sentences import Parsed
from qa.reading.answer_types import answer_type_of
from qa.reading.candidates import Candidate, ReadHit, answer_in, distinct
from qa.reading.contexts import Context
from qa.reading.features import Shares, coverage
from qa.reading.fitted import Fitted, Logistic, log_odds
from qa.reading.results import Reading, TextReading
from qa.reading.span_model import PACKAGED, LocalSpanModel, SpanModel, SpanPrediction
from qa.reading.windows import windows

_LOOKS = (2, 3)
"""Windows read at first, and more of them when unsure."""
_SURE = 0.9
_UNREAD = SpanPrediction(Span(0, 0), 0.0, -1.0)
_KEPT = 20
_MOST_UNREAD = 0.74

_SHEET = 1_200
"""Characters of a text that are read at once: about 300 tokens."""
_SHEETS = 24


class BestSpan(NamedTuple):
    """The words that answer and the sentence that they stand in, with its features."""

    answer: Span
    sentence: Span
    features: dict[str, float]


class Reader:
    """A `PassageReader`: a trained model behind a first look at words and vectors."""

    def __init__(self, model: SpanModel, fitted: Fitted, *, sure: float = _SURE) -> None:
        self._model = model
        self._fitted = fitted
        self._sure = sure

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | None = None) -> "Reader":
        """The reader in `folder`, any extractive question-answering model, or the packaged one.

        A folder without weights of its own is read with the packaged weights.

        Raises:
            ModelNotFound: there is no such model there.
            ModelMismatch: the packaged model is not the one that it should be.
        """
        model = LocalSpanModel.load(folder)
        own = Path(folder).expanduser() if folder is not None else PACKAGED
        return cls(model, Fitted.load(own if (own / "weights.json").is_file() else PACKAGED))

    @classmethod
    def load_for_one_question(cls) -> "Reader":
        """The packaged reader for a process that answers one question: it is read soonest.

        Raises:
            ModelNotFound: there is no packaged model.
            ModelMismatch: the packaged model is not the one that it should be.
        """
        return cls(LocalSpanModel.load_for_one_question(), Fitted.load(PACKAGED))

    @property
    def languages(self) -> str:
        """The languages that the model reads, in words."""
        return self._model.languages

    def read_hits(self, question: str, result: SearchResult) -> Reading:
        """As `PassageReader.read_hits`."""
        if not result.hits:
            raise InvalidInput("there is nothing to read: the search found no passage")
        asked = Asked.of(question)
        found = self.candidates(asked, result)
        # Those with the phrases go first; what is shown first is what is judged.
        ranked = sorted(found, key=lambda row: not row.has_phrases(asked))
        features = self.judged(ranked)
        answerable = self._fitted.answerable.chance(features)
        right = min(answerable, self._fitted.right.chance(features), _most_sure(asked))
        return Reading(
            sentences=tuple(row.read(asked) for row in ranked[:_KEPT]),
            answerable=answerable,
            sentence_confidence=right,
            confidence=min(right, self._fitted.words.chance(features)),
            is_given=answerable >= self._fitted.threshold,
        )

    def read(self, question: str, text: str) -> TextReading:
        """As `PassageReader.read`."""
        best = self.best_span(question, text)
        return TextReading(
            text=text[slice(*best.answer)],
            start=best.answer.start,
            end=best.answer.end,
            sentence=text[slice(*best.sentence)],
            score=best.features["null_score_difference"],
            answerable=self._fitted.text.chance(best.features),
        )

    def best_span(self, question: str, text: str) -> BestSpan:
        """What `read` gives, and what there is to tell by whether it answers."""
        if not question.strip() or not text.strip():
            raise InvalidInput("the reader needs a question and a text, and one of them is empty")
        asked = Asked.of(question)
        readable = text.encode("utf-8", "replace").decode()  # half a surrogate pair
        shares = term_shares(sorted(asked.terms), readable)
        sheets = _most_covered(_sheets(split_sentences(readable)), readable, shares)
        contexts = [Context("", readable, sheet) for sheet in sheets]
        prediction, span = max(
            (
                read
                for sheet, predictions in zip(
                    sheets,
                    self._model.read(asked.text, contexts),
                    strict=True,
                )
                for read in zip(predictions, sheet, strict=True)
            ),
            key=lambda read: read[0].null_score_difference,
        )
        sentence = Parsed(readable[slice(*span)])
        return BestSpan(
            answer=answer_in(asked, sentence, span, prediction),
            sentence=span,
            features={
                "null_score_difference": prediction.null_score_difference,
                "log_probability": prediction.log_probability,
                "coverage": coverage(shares, sentence.terms),
                "text_coverage": coverage(shares, Parsed(readable).terms),
                "denied": float(Parsed(question).has_negation and not sentence.has_negation),
            },
        )

    def candidates(self, asked: Asked, result: SearchResult) -> list[Candidate]:
        """The sentences of the hits, each once, those read that are worth it, best first."""
        passages, rows = first_look(asked, result, self._fitted.first_sight)
        order = [(row.passage, row.place) for row in rows]
        wanted = windows(order, [passage.ring for passage in passages])
        read: dict[tuple[int, int], SpanPrediction] = {}
        found = self._ranked(rows, read)
        for number in _LOOKS if _is_read(asked) else ():
            look = list(itertools.islice(wanted, number))
            if not look or (read and chance_of_first(found) >= self._sure):
                break
            for window, predictions in zip(
                look,
                self._model.read(asked.text, [passages[one.passage].context(one) for one in look]),
                strict=True,
            ):
                for place, prediction in enumerate(predictions, start=window.first):
                    known = read.get((window.passage, place))
                    if (
                        known is None
                        or prediction.null_score_difference > known.null_score_difference
                    ):
                        read[window.passage, place] = prediction
            found = self._ranked(rows, read)
        return found

    def judged(self, found: Sequence[Candidate]) -> dict[str, float]:
        """What there is to tell by whether the first of the candidates is right."""
        first = found[0]
        return {**first.features, **first.joined, "lead": log_odds(chance_of_first(found))}

    def _ranked(
        self, rows: Sequence[Candidate], read: Mapping[tuple[int, int], SpanPrediction]
    ) -> list[Candidate]:
        """The candidates with what was read; one that was not counts as the least of those."""
        least = min(read.values(), key=lambda one: one.null_score_difference, default=_UNREAD)
        scored: list[Candidate] = []
        for row in rows:
            prediction = read.get((row.passage, row.place))
            joined = row.joined_with(prediction or least)
            scored.append(
                replace(
                    row,
                    prediction=prediction,
                    joined=joined,
                    score=self._fitted.sentence.sum(joined),
                )
            )
        return distinct(sorted(scored, key=lambda row: -row.score))


def first_look(
    asked: Asked, result: SearchResult, weights: Logistic
) -> tuple[list[ReadHit], list[Candidate]]:
    """The hits, and their sentences by words and vectors, the most promising first."""
    known = {term: result.weights.get(term, 0.0) for term in asked.terms}
    total = sum(known.values()) or 1.0
    shares = {term: weight / total for term, weight in known.items()}
    passages = [ReadHit.of(asked, hit, shares) for hit in result.hits]
    rows = [row for number, one in enumerate(passages) for row in one.candidates(number, weights)]
    return passages, sorted(rows, key=lambda row: -row.first_sight)


def _is_read(asked: Asked) -> bool:
    """Whether it is a question that a model of English can read, and not a search."""
    return answer_type_of(asked).is_read and not asked.is_phrase_alone


def _most_sure(asked: Asked) -> float:
    """How sure an answer may be at most: what was not read is never clear."""
    return 1.0 if answer_type_of(asked).is_read else _MOST_UNREAD


def chance_of_first(found: Sequence[Candidate]) -> float:
    """How likely the first is the right one if any is: a softmax over all their scores."""
    return 1 / sum(math.exp(row.score - found[0].score) for row in found)


def _sheets(spans: Sequence[Span]) -> list[list[Span]]:
    """Sentences that are read at once, each sheet beginning with the last of the one before."""
    sheets: list[list[Span]] = [[]]
    for span in spans:
        if sheets[-1] and span.end - sheets[-1][0].start > _SHEET:
            last = sheets[-1][-1]
            has_room = len(sheets[-1]) > 1 and span.end - last.start <= _SHEET
            sheets.append([last] if has_room else [])
        sheets[-1].append(span)
    return sheets


def _most_covered(sheets: list[list[Span]], text: str, shares: Shares) -> list[list[Span]]:
    """Of a long text, the sheets with most of the question's terms."""
    if len(sheets) <= _SHEETS:
        return sheets
    covered = [
        coverage(shares, Parsed(text[sheet[0].start : sheet[-1].end]).terms) for sheet in sheets
    ]
    best = sorted(range(len(sheets)), key=lambda place: (-covered[place], place))[:_SHEETS]
    return [sheets[place] for place in sorted(best)]
