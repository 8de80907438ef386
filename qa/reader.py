"""Question and passages → the sentence that answers, the words in it that do, and how sure.

Two looks. `qa.scoring` weighs every sentence of the passages by its words and vectors, which is
quick; the model reads the most promising with their neighbours, and more of them while it is
unsure. The weights that join the two were fitted on held-back questions (`qa.fitted`).
"""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from index import (
    InvalidInput,
    PassageText,
    SearchResult,
    Span,
    split_sentences,
    term_shares,
)
from qa.candidates import Candidate, Passage, answer_in, distinct
from qa.fitted import Fitted
from qa.phrases import Parsed
from qa.question import Asked
from qa.reading import Reading, TextReading
from qa.scoring import Shares, coverage
from qa.span_model import PACKAGED, SpanModel, SpanReading, TransformersSpanModel
from qa.windows import Window, windows

_LOOKS = (3, 5)
"""Windows read at first, and more of them when unsure."""
_SURE = 0.9
_UNREAD = SpanReading(Span(0, 0), 0.0, -1.0)
_KEPT = 20

_SHEET = 1_200
"""Characters of a text that are read at once: about 300 tokens."""
_SHEETS = 24


class Reader:
    """A `PassageReader`: a trained model behind a first look at words and vectors."""

    def __init__(self, model: SpanModel, fitted: Fitted) -> None:
        self._model = model
        self._fitted = fitted

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | None = None) -> "Reader":
        """The reader in `folder`, any extractive question-answering model, or the packaged one.

        A folder without weights of its own is read with the packaged weights.

        Raises:
            ModelNotFound: there is no such model there.
            ModelMismatch: the packaged model is not the one that it should be.
        """
        model = TransformersSpanModel.load(folder)
        own = Path(folder).expanduser() if folder is not None else PACKAGED
        return cls(model, Fitted.load(own if (own / "weights.json").is_file() else PACKAGED))

    @property
    def languages(self) -> str:
        """The languages that the model reads, in words."""
        return self._model.languages

    def read_hits(self, question: str, result: SearchResult) -> Reading:
        if not result.hits:
            raise InvalidInput("there is nothing to read: the search found no passage")
        asked = Asked.of(question)
        weights = {term: result.weights.get(term, 0.0) for term in asked.terms}
        total = sum(weights.values()) or 1.0
        shares = {term: weight / total for term, weight in weights.items()}
        passages = [Passage.of(asked, hit, shares) for hit in result.hits]
        found = [row for number, one in enumerate(passages) for row in one.candidates(number)]
        found.sort(key=lambda row: -row.score)
        if asked.is_read:
            found = self._read(asked, passages, found)
        return self._judge(asked, found)

    def read(self, question: str, text: str) -> TextReading:
        if not question.strip() or not text.strip():
            raise InvalidInput("the reader needs a question and a text, and one of them is empty")
        asked = Asked.of(question)
        readable = text.encode("utf-8", "replace").decode()  # half a surrogate pair
        shares = term_shares(sorted(asked.terms), readable)
        spans = split_sentences(readable)
        sheets = _most_covered(_sheets(spans), readable, shares)
        contexts = [_context("", readable, sheet) for sheet in sheets]
        readings = self._model.read(asked.text, contexts)
        found, span = max(
            (
                (reading, sentence)
                for sheet, sheet_readings in zip(sheets, readings, strict=True)
                for sentence, reading in zip(
                    sheet, _shifted(sheet_readings, sheet[0].start), strict=True
                )
            ),
            key=lambda one: one[0].over_none,
        )
        sentence = Parsed(readable[slice(*span)])
        answer = answer_in(asked, sentence, span, found)
        features = {
            "over_none": found.over_none,
            "mass": found.mass,
            "coverage": coverage(shares, sentence.terms),
            "text_coverage": coverage(shares, Parsed(readable).terms),
        }
        return TextReading(
            text=text[slice(*answer)],
            start=answer.start,
            end=answer.end,
            sentence=text[slice(*span)],
            score=found.over_none,
            answerable=self._fitted.text.chance(features),
        )

    def _read(
        self, asked: Asked, passages: Sequence[Passage], found: list[Candidate]
    ) -> list[Candidate]:
        """The candidates, those read that are worth it, best first."""
        order = [(row.passage, row.place) for row in found]
        wanted = windows(order, [passage.ring for passage in passages])
        for number in _LOOKS:
            look = [window for window, _ in zip(wanted, range(number), strict=False)]
            if not look:
                break
            found = self._look(asked, passages, found, look)
            if self._chance_of_first(found) >= _SURE:
                break
        return found

    def _look(
        self,
        asked: Asked,
        passages: Sequence[Passage],
        found: Sequence[Candidate],
        look: Sequence[Window],
    ) -> list[Candidate]:
        places = [range(window.first, window.last + 1) for window in look]
        contexts = [
            _context(
                passages[window.passage].document.title,
                passages[window.passage].document.text,
                [passages[window.passage].ring[place] for place in some],
            )
            for window, some in zip(look, places, strict=True)
        ]
        read: dict[tuple[int, int], SpanReading] = {}
        for window, some, readings in zip(
            look, places, self._model.read(asked.text, contexts), strict=True
        ):
            start = passages[window.passage].ring[window.first].start
            for place, reading in zip(some, _shifted(readings, start), strict=True):
                known = read.get((window.passage, place))
                if known is None or reading.over_none > known.over_none:
                    read[window.passage, place] = reading
        rows = [
            replace(row, reading=read.get((row.passage, row.place), row.reading)) for row in found
        ]
        least = min((row.reading for row in rows if row.reading), key=lambda one: one.over_none)
        return sorted(rows, key=lambda row: -self._fitted.sentence.sum(row.joined(least)))

    def _chance_of_first(self, found: Sequence[Candidate]) -> float:
        """How likely the first is the right one if any is: a softmax over all."""
        read = [row.reading for row in found if row.reading]
        least = min(read, key=lambda one: one.over_none, default=_UNREAD)
        sums = [self._fitted.sentence.sum(row.joined(least)) for row in distinct(found)]
        return 1 / sum(math.exp(value - sums[0]) for value in sums)

    def _judge(self, asked: Asked, found: Sequence[Candidate]) -> Reading:
        read = [row.reading for row in found if row.reading]
        least = min(read, key=lambda one: one.over_none, default=_UNREAD)
        ranked = sorted(distinct(found), key=lambda row: not row.has_phrases(asked))[:_KEPT]
        best = ranked[0]
        features = best.features | best.joined(least)
        answerable = self._fitted.answerable.sum(features)
        chance = min(max(self._chance_of_first(found), 1e-6), 1 - 1e-6)
        right = self._fitted.right.chance(
            features | {"answerable": answerable, "lead": math.log(chance / (1 - chance))}
        )
        sure = self._fitted.answerable.chance(features)
        return Reading(
            sentences=tuple(
                row.read(asked, score=self._fitted.sentence.sum(row.joined(least)))
                for row in ranked
            ),
            answerable=sure,
            confidence=min(right, sure),
        )


def _context(headline: str, text: str, spans: Sequence[Span]) -> PassageText:
    start = spans[0].start
    return PassageText(
        headline=headline,
        text=text[start : spans[-1].end],
        sentences=tuple(Span(one.start - start, one.end - start) for one in spans),
    )


def _shifted(readings: Iterable[SpanReading], by: int) -> list[SpanReading]:
    return [replace(one, span=Span(one.span.start + by, one.span.end + by)) for one in readings]


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
