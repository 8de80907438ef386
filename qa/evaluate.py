"""Judged questions → figures, each with its count and a 95 % bootstrap interval.

Sentence accuracy at k: the share of answerable questions with the right sentence among the first
k that the reader gives. Passage recall at k: with the right passage among the first k that the
search gives. MRR: the mean of 1 / rank of the first right sentence. Words F1: SQuAD's, over the
answering words; a refusal counts as 0. Answered, refused: at the default threshold.
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from rich.table import Table

from index import Hit
from qa.assistant import Assistant, Inquiry
from qa.datatypes import Answer, Question
from qa.judge import JudgedQuestion
from qa.reader import ReadSentence

_RESAMPLES = 1000
_SEED = 0
_DEPTHS = (1, 3, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A mean over `count` questions, with the ends of its 95 % interval."""

    name: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All metrics, and how many citations were checked and found verbatim."""

    metrics: tuple[Metric, ...]
    citations: int
    verbatim: int
    median_ms: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def evaluate(assistant: Assistant, questions: Iterable[JudgedQuestion]) -> Evaluation:
    """Ask every question, and compare."""
    scores: dict[str, list[float]] = {}
    citations = verbatim = 0
    elapsed: list[float] = []

    def note(name: str, value: float) -> None:
        scores.setdefault(name, []).append(value)

    for question in questions:
        inquiry = assistant.inquire(Question(text=question.text, id=question.id))
        answer = inquiry.answer
        elapsed.append(answer.elapsed_ms)
        cited = answer.citations if isinstance(answer, Answer) else answer.nearest
        for citation in cited:
            citations += 1
            stored = assistant.archive.document(citation.document.id).text
            verbatim += stored[citation.start : citation.end] == citation.quote
        if not question.is_answerable:
            note("refused, of unanswerable", float(not isinstance(answer, Answer)))
            continue
        note("refused, of answerable", float(not isinstance(answer, Answer)))
        for name, value in _of_answerable(question, inquiry).items():
            note(name, value)
    return Evaluation(
        metrics=tuple(_metric(name, values) for name, values in scores.items()),
        citations=citations,
        verbatim=verbatim,
        median_ms=float(np.median(elapsed)) if elapsed else 0.0,
    )


def _of_answerable(question: JudgedQuestion, inquiry: Inquiry) -> dict[str, float]:
    sentences = inquiry.reading.sentences if inquiry.reading else ()
    rank = next((i for i, one in enumerate(sentences, 1) if _is_right(question, one)), 0)
    found = {f"sentence accuracy at {depth}": float(0 < rank <= depth) for depth in _DEPTHS}
    found["sentence MRR"] = 1 / rank if rank else 0.0
    if question.document:
        hits = inquiry.result.hits
        place = next((i for i, one in enumerate(hits, 1) if _holds(question, one)), 0)
        found["passage recall at 1"] = float(place == 1)
        found["passage recall at 10"] = float(0 < place <= 10)
    if isinstance(inquiry.answer, Answer):
        found["precision of answers"] = float(_is_right(question, sentences[0]))
    if question.answers:
        given = inquiry.answer.text if isinstance(inquiry.answer, Answer) else ""
        found["words F1"] = max(words_f1(given, gold) for gold in question.answers)
    return found


def _is_right(question: JudgedQuestion, sentence: ReadSentence) -> bool:
    text = sentence.document.text[sentence.start : sentence.end]
    if question.document:
        ids = (sentence.document.id, *sentence.copies)
        return question.document in ids and any(
            sentence.start <= span.start and span.end <= sentence.end for span in question.spans
        )
    if question.sentence:
        return question.sentence.strip() in text or text in question.sentence
    return any(answer.casefold() in text.casefold() for answer in question.answers)


def _holds(question: JudgedQuestion, hit: Hit) -> bool:
    return question.document in (hit.document.id, *hit.copies)


def _metric(name: str, values: Sequence[float]) -> Metric:
    sample = np.asarray(values)
    draws = np.random.default_rng(_SEED).integers(0, len(sample), (_RESAMPLES, len(sample)))
    low, high = np.quantile(sample[draws].mean(axis=1), (0.025, 0.975))
    return Metric(
        name=name,
        value=float(sample.mean()),
        low=float(low),
        high=float(high),
        count=len(sample),
    )


def words_f1(given: str, gold: str) -> float:
    """F1 over words, articles and punctuation left out. Source: SQuAD's evaluate-v2.0.py."""
    ours, theirs = _bare(given), _bare(gold)
    if not ours or not theirs:
        return float(ours == theirs)
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


def _bare(text: str) -> list[str]:
    kept = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(?:a|an|the)\b", " ", kept).split()


def table(result: Evaluation) -> Table:
    """The metrics as they are read in a terminal."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("metric", "value", "95 % interval", "count"):
        shown.add_column(heading, justify="left" if heading == "metric" else "right")
    for metric in result.metrics:
        interval = f"{metric.low:.3f}–{metric.high:.3f}"
        shown.add_row(metric.name, f"{metric.value:.3f}", interval, f"{metric.count:,}")
    shown.add_row("verbatim citations", f"{result.verbatim:,}", "", f"{result.citations:,}")
    shown.add_row("median time of a question", f"{result.median_ms:.0f} ms", "", "")
    return shown
