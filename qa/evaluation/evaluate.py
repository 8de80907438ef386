"""Judged questions → figures, each with its count and a 95 % bootstrap interval.

Asked of an archive (`evaluate`). Sentence accuracy at k: the share of answerable questions with
the right sentence among the first k that the reader gives. Passage recall at k: with the right
passage among the first k that the search gives; document recall: with a right document, where no
places are judged. MRR: the mean of 1 / rank of the first right sentence. Words F1: SQuAD's, over
the answering words; words right: as `words` has it; a refusal counts as 0 in both. Answered,
refused: at the default threshold. An answer is right, for its confidence, when its sentence and its
words are, unless a clause answers, which may be cut in several ways; one to an unanswerable
question is wrong. Clear answers are those that are shown as "clear". Answered with the
denial: of unanswerable questions of which an article says so. Given again: the share of questions
with sentences marked wrong that are answered with one of them; of a question that says nothing
else, no other figure is taken.

Two more ways to ask: with the paragraph given, so that only reading is measured (`read_alone`);
and with the question's article taken out of the archive (`without_article`).
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from index import Archive, Document, Hit
from qa.assistant import Assistant, Inquiry
from qa.datatypes import Answer, NoAnswer, Question
from qa.evaluation.judged_questions import Judged, JudgedQuestion
from qa.evaluation.metrics import Metric, auroc, exact_match, mean, resampled, words_f1
from qa.evaluation.report import Confidence, Evaluation, Figures, TypeFigures
from qa.evaluation.words import are_words_right, folded
from qa.output.wording import confidence_word
from qa.reading.results import PassageReader, ReadSentence

_DEPTHS = (1, 3, 5)

_EVEN = 0.5
"""A text is taken to answer when that is likelier than not."""

_CLAUSES = {"how", "say", "what", "why"}
"""Types whose answer is a clause, which may be cut in several right ways."""

Shown = Callable[[Sequence[JudgedQuestion]], Iterable[JudgedQuestion]]
"""Hands questions on one by one, showing how far it is."""


class Noted:
    """Values as they come, by the figure that they are of."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def note(self, name: str, value: float) -> None:
        self._values.setdefault(name, []).append(value)

    def means(self) -> tuple[Metric, ...]:
        return tuple(mean(name, values) for name, values in self._values.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """One question, asked: how sure the reader is, and whether its first sentence is right.

    `is_right`: its sentence is; `is_whole`: and so are its words, or a clause answers, or no words
    were judged. `has_right_words`: none where no words were judged.
    """

    is_answerable: bool
    is_given: bool
    is_right: bool
    is_whole: bool
    has_right_words: bool | None
    answerable: float
    confidence: float


def evaluate(assistant: Assistant, questions: Iterable[JudgedQuestion]) -> Evaluation:
    """Ask every question, and compare."""
    noted = Noted()
    by_type: dict[tuple[bool, str], Noted] = {}
    outcomes: list[_Outcome] = []
    citations = verbatim = 0
    elapsed: list[float] = []
    reading: list[float] = []
    for question in questions:
        inquiry = _inquire(assistant, question)
        answer = inquiry.answer
        elapsed.append(answer.elapsed_ms)
        if inquiry.reading:
            reading.append(answer.stages[-1].milliseconds)
        cited = answer.citations if isinstance(answer, Answer) else answer.nearest
        for citation in cited:
            citations += 1
            stored = assistant.archive.document(citation.document.id).text
            verbatim += stored[citation.start : citation.end] == citation.quote
        if question.wrong:
            noted.note("marked wrong, given again", float(_is_given_again(question, answer)))
        if not question.is_judged:
            continue
        outcome = _outcome(question, inquiry)
        outcomes.append(outcome)
        type_noted = by_type.setdefault((not question.is_answerable, question.type), Noted())
        for name, value in _figures(question, inquiry, outcome).items():
            noted.note(name, value)
            type_noted.note(name, value)
    answerable = [one for one in outcomes if one.is_answerable]
    unanswerable = [one for one in outcomes if not one.is_answerable]
    return Evaluation(
        metrics=(
            *noted.means(),
            *_auroc("AUROC, answerable against unanswerable", answerable, unanswerable),
        ),
        types=tuple(
            TypeFigures(type=name, metrics=some.means())
            for (_, name), some in sorted(by_type.items(), key=lambda item: item[0])
            if name
        ),
        confidence=(
            *(_confidence(outcomes, "all questions") if unanswerable else ()),
            *_confidence(answerable, "answerable questions"),
        ),
        citations=citations,
        verbatim=verbatim,
        median_ms=_median(elapsed),
        median_reading_ms=_median(reading),
    )


def read_alone(reader: PassageReader, judged: Judged, *, shown: Shown) -> Figures:
    """Read each question with its own paragraph.

    Exact match and words F1 are of the best span, however unsure. Where refusals count, they are
    those of an archive that has nothing but the paragraph: they count 0 of an answerable question,
    and 1 of an unanswerable one, as SQuAD 2.0 has it.

    Raises:
        InvalidInput: the questions have no paragraphs.
    """
    judged.need_articles(1)
    texts = {document.id: document.text for document in judged.documents}
    noted = Noted()
    answerables: dict[bool, list[float]] = {True: [], False: []}
    for question in shown(judged.questions):
        reading = reader.read(question.text, texts[question.documents[0]])
        answerables[question.is_answerable].append(reading.answerable)
        is_refused = reading.answerable < _EVEN
        f1 = float(is_refused)
        if question.is_answerable:
            found = max(words_f1(reading.text, gold) for gold in question.answers)
            f1 = 0.0 if is_refused else found
            exact = max(exact_match(reading.text, gold) for gold in question.answers)
            noted.note("exact match", exact)
            noted.note("words F1", found)
            noted.note("words F1, refusals counting 0", f1)
            noted.note("refused, of answerable", float(is_refused))
        else:
            noted.note("refused, of unanswerable", float(is_refused))
        noted.note("words F1, all questions, refusals counting", f1)
    pair = [np.asarray(answerables[kind]) for kind in (True, False)]
    name = "AUROC, answerable against unanswerable"
    separated = (resampled(name, auroc, *pair),) if all(map(len, pair)) else ()
    return Figures(metrics=(*noted.means(), *separated))


def without_article(assistant: Assistant, judged: Judged, *, shown: Shown) -> Figures:
    """Ask each answerable question twice: of the whole archive, and with its article taken out.

    One article is out at a time and comes back, so that the archive is otherwise whole, and is an
    archive that never had the article: no vector, term or count of it is left.

    Args:
        assistant: one over an archive of all of the articles.
        judged: what is asked.
        shown: is given the questions twice.

    Raises:
        InvalidInput: there is nothing to take out, or nothing would be left.
    """
    judged.need_articles(2)
    noted = Noted()
    answerable = [one for one in judged.questions if one.is_answerable]
    there: list[_Outcome] = []
    taken_out: list[_Outcome] = []

    def ask(question: JudgedQuestion, outcomes: list[_Outcome], name: str) -> None:
        outcome = _outcome(question, _inquire(assistant, question))
        outcomes.append(outcome)
        noted.note(name, float(not outcome.is_given))

    for question in shown(answerable):
        ask(question, there, "refused, article there")
    for article, group in groupby(shown(answerable), key=lambda question: question.article):
        with articles_out(assistant.archive, judged.articles[article]):
            for question in group:
                ask(question, taken_out, "refused, article taken out")
    name = "AUROC, article there against taken out"
    return Figures(metrics=(*noted.means(), *_auroc(name, there, taken_out)))


@contextlib.contextmanager
def articles_out(archive: Archive, documents: Sequence[Document]) -> Iterator[None]:
    """The archive without some documents, which come back afterwards."""
    archive.remove([document.id for document in documents])
    try:
        yield
    finally:
        archive.add_documents(documents)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0


def _inquire(assistant: Assistant, question: JudgedQuestion) -> Inquiry:
    return assistant.inquire(Question(text=question.text, id=question.id))


def _outcome(question: JudgedQuestion, inquiry: Inquiry) -> _Outcome:
    reading = inquiry.reading
    sentences = reading.sentences if reading else ()
    given = inquiry.answer.text if isinstance(inquiry.answer, Answer) else ""
    is_found = question.is_answerable and bool(sentences) and is_right(question, sentences[0])
    return _Outcome(
        is_answerable=question.is_answerable,
        is_given=isinstance(inquiry.answer, Answer),
        is_right=is_found,
        is_whole=is_found and has_right_words(question, sentences[0]),
        has_right_words=are_words_right(given, question.answers) if question.answers else None,
        answerable=reading.answerable if reading else 0.0,
        confidence=reading.confidence if reading else 0.0,
    )


def _auroc(
    name: str, positives: Sequence[_Outcome], negatives: Sequence[_Outcome]
) -> tuple[Metric, ...]:
    if not positives or not negatives:
        return ()
    groups = (np.array([one.answerable for one in some]) for some in (positives, negatives))
    return (resampled(name, auroc, *groups),)


def _confidence(outcomes: Sequence[_Outcome], questions: str) -> tuple[Confidence, ...]:
    if not outcomes:
        return ()
    rows = np.array([(one.confidence, one.is_whole) for one in outcomes], dtype=np.float64)
    return (Confidence.of(rows, [one.is_given for one in outcomes], questions),)


def _figures(question: JudgedQuestion, inquiry: Inquiry, outcome: _Outcome) -> dict[str, float]:
    kind = "answerable" if question.is_answerable else "unanswerable"
    found = {f"refused, of {kind}": float(not outcome.is_given)}
    if question.is_answerable:
        found |= _of_answerable(question, inquiry)
        found["answered with the right sentence"] = float(outcome.is_given and outcome.is_right)
    if outcome.has_right_words is not None:
        found["words right"] = float(outcome.has_right_words)
    answer = inquiry.answer
    if isinstance(answer, Answer) and confidence_word(answer.confidence) == "clear":
        found["clear answers right"] = float(outcome.is_whole)
    if question.denies and not question.is_answerable:
        found["answered with the denial"] = float(
            isinstance(answer, Answer)
            and any(folded(one) in folded(answer.sentence) for one in question.denies)
        )
    return found


def _of_answerable(question: JudgedQuestion, inquiry: Inquiry) -> dict[str, float]:
    sentences = inquiry.reading.sentences if inquiry.reading else ()
    rank = next((i for i, one in enumerate(sentences, 1) if is_right(question, one)), 0)
    found = {f"sentence accuracy at {depth}": float(0 < rank <= depth) for depth in _DEPTHS}
    found["sentence MRR"] = 1 / rank if rank else 0.0
    if question.documents:
        hits = inquiry.result.hits
        place = next((i for i, one in enumerate(hits, 1) if _holds(question, one)), 0)
        what = "passage" if question.spans else "document"
        found[f"{what} recall at 1"] = float(place == 1)
        found[f"{what} recall at 10"] = float(0 < place <= 10)
    if isinstance(inquiry.answer, Answer):
        found["precision of answers"] = float(is_right(question, sentences[0]))
    if question.answers:
        given = inquiry.answer.text if isinstance(inquiry.answer, Answer) else ""
        found["words F1"] = max(words_f1(given, gold) for gold in question.answers)
    return found


def is_right(question: JudgedQuestion, sentence: ReadSentence) -> bool:
    """Whether it is a sentence of a right document that holds what was judged."""
    if question.documents and not _is_any(question, sentence.document.id, sentence.copies):
        return False
    if question.spans:
        return any(
            sentence.start <= span.start and span.end <= sentence.end for span in question.spans
        )
    text = folded(sentence.document.text[sentence.start : sentence.end])
    if question.sentences and question.documents:
        return any(folded(part) in text for part in question.sentences)
    if question.sentences:
        return any(_is_same(text, other) for other in question.sentences)
    return any(folded(answer).casefold() in text.casefold() for answer in question.answers)


def has_right_words(question: JudgedQuestion, sentence: ReadSentence) -> bool:
    """Whether its words answer, or a clause does, or no words were judged."""
    if not question.answers or question.type in _CLAUSES:
        return True
    return are_words_right(sentence.document.text[slice(*sentence.answer)], question.answers)


def _is_given_again(question: JudgedQuestion, answer: Answer | NoAnswer) -> bool:
    return isinstance(answer, Answer) and any(
        _is_same(answer.sentence, sentence) for sentence in question.wrong
    )


def _is_same(sentence: str, other: str) -> bool:
    """Whether one of two sentences is the other, or a part of it."""
    one, two = folded(sentence), folded(other)
    return one in two or two in one


def _holds(question: JudgedQuestion, hit: Hit) -> bool:
    return _is_any(question, hit.document.id, hit.copies)


def _is_any(question: JudgedQuestion, document: str, copies: Sequence[str]) -> bool:
    return any(one in question.documents for one in (document, *copies))
