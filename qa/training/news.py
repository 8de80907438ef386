"""The questions over news that are trained on, asked of an archive: what search finds is read.

`news/questions.jsonl` has them, in the form of `qa.evaluation.judged_questions`: written over
stories of Reuters-21578, which it names, and over articles invented for it, in
`news/articles.jsonl`. The archive has these and others, so that there is something to search.
"""

import datetime as dt
import itertools
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from index import Archive, Document, Span
from qa.english.questions import Asked
from qa.evaluation import judged_questions
from qa.evaluation.judged_questions import JudgedQuestion
from qa.evaluation.words import folded
from qa.reading.fitted import Logistic
from qa.reading.reader import first_look
from qa.reading.windows import around, windows
from qa.training.reuters import Dispatch, dispatches
from qa.training.rows import Row

_FOLDER = Path(__file__).parent / "news"
_SPLIT = (5, 3)
"""Of five times three articles that follow one another, the first three are kept apart."""

_PASSAGES = 10
_WINDOWS = 5
_YEAR = 1987
_MOVED = 0.5
_YEARS_ON = (8, 38)
_YEARS = re.compile(r"\b19[4-9]\d\b")
_WRONG = 2
"""Windows that do not answer, a question: those that search and the first look put first."""
_EVERY = 12
_LEAST_CHARACTERS = 400
_DISPATCH = "reuters-"
_LAST = 12_000
"""The number of the last dispatch of Reuters-21578 that anything here is made of."""


def questions(*, kept_apart: bool) -> list[JudgedQuestion]:
    """Those to train on, or those of the articles that are kept apart, to fit on."""
    return [one for one in _questions() if _is_kept_apart(article_of(one)) == kept_apart]


def articles(data: Path) -> Iterator[Document]:
    """Those that are asked about, and other stories of Reuters-21578.

    Args:
        data: holds `reuters21578/`.
    """
    for line in (_FOLDER / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        published = dt.date.fromisoformat(record["published"])
        yield Document(**record | {"path": record["id"], "published": published})
    asked = {article_of(one) for one in _questions()}
    long = 0
    for dispatch in dispatches(data / "reuters21578"):
        if int(dispatch.number) > _LAST:
            return
        is_long = len(dispatch.body) >= _LEAST_CHARACTERS
        long += is_long
        if _id(dispatch) in asked or (is_long and long % _EVERY == 0):
            yield _document(dispatch)


def archive_of(data: Path, folder: Path) -> Archive:
    """A new archive of the articles in a folder, open.

    Args:
        data: holds `reuters21578/`.
        folder: for the archive.
    """
    archive = Archive.open(folder)
    archive.add_documents(articles(data))
    return archive


def rows(
    archive: Archive,
    asked: Iterable[JudgedQuestion],
    weights: Logistic,
    chance: random.Random,
) -> Iterator[Row]:
    """What the reader reads of each question's hits, and which words there answer.

    Reuters' stories are all of one year: half of them are moved to another, with their questions.
    """
    for question in asked:
        right: list[Row] = []
        wrong: list[Row] = []
        for row in _read(archive, question, weights):
            (right if row.answers else wrong).append(row)
        for row in right[:1] + wrong[:_WRONG]:
            is_moved = row.context.published and row.context.published.year == _YEAR
            is_moved = is_moved and chance.random() < _MOVED
            yield moved(row, chance.randint(*_YEARS_ON)) if is_moved else row


def moved(row: Row, years: int) -> Row:
    """The row, with all of its years of the century's second half so many years later."""

    def later(text: str) -> str:
        return _YEARS.sub(lambda found: str(int(found[0]) + years), text)

    context = row.context
    published = context.published
    if published:
        is_leap_day = (published.month, published.day) == (2, 29)
        day = 28 if is_leap_day else published.day
        published = published.replace(year=published.year + years, day=day)
    return replace(
        row,
        question=later(row.question),
        context=replace(
            context, headline=later(context.headline), text=later(context.text), published=published
        ),
    )


def _read(archive: Archive, question: JudgedQuestion, weights: Logistic) -> Iterator[Row]:
    """The windows of its hits, best first; one around the right sentence that was not found."""
    asked = Asked.of(question.text)
    result = archive.search(question.text, top_k=_PASSAGES)
    passages, found = first_look(asked, result, weights)
    order = windows([(row.passage, row.place) for row in found], [one.ring for one in passages])
    has_right = not question.is_answerable
    for window in itertools.islice(order, _WINDOWS):
        document = passages[window.passage].document
        context = passages[window.passage].context(window)
        answers = tuple(_answers(question, document, context.sentences))
        has_right = has_right or bool(answers)
        text = document.text[context.start : context.sentences[-1].end]
        if answers or (is_judged(question, document) and not _has_words(question, text)):
            yield Row(question=question.text, context=context, answers=answers)
    if not has_right:
        for number, passage in enumerate(passages):
            if passage.document.id in question.documents:
                for place in range(len(passage.ring)):
                    if any(_answers(question, passage.document, passage.ring[place : place + 1])):
                        window = around(number, place, passage.ring)
                        context = passage.context(window)
                        yield Row(
                            question=question.text,
                            context=context,
                            answers=tuple(_answers(question, passage.document, context.sentences)),
                        )
                        return


def _answers(
    question: JudgedQuestion, document: Document, sentences: Sequence[Span]
) -> Iterator[Span]:
    """Where the judged words stand in the judged clauses, in these sentences of a document."""
    if document.id not in question.documents:
        return
    for start, end in sentences:
        for clause in question.sentences:
            for found in _spaced(clause).finditer(document.text, start, end):
                for words in question.answers:
                    inner = _spaced(words).search(document.text, *found.span())
                    if inner:
                        yield Span(*inner.span())


def _spaced(words: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, words.split())))


def is_judged(question: JudgedQuestion, document: Document) -> bool:
    """Whether it is known of an article whether it answers.

    It was judged of the question's own. The invented ones tell of the same towns and people, so
    that what one of them leaves open another may tell.
    """
    own = article_of(question)
    return question.is_answerable or document.id == own or document.id.startswith(_DISPATCH)


def _questions() -> tuple[JudgedQuestion, ...]:
    return judged_questions.load(_FOLDER / "questions.jsonl").questions


def article_of(question: JudgedQuestion) -> str:
    """The id of the article that it was written over."""
    return question.id.rpartition("/")[0]


def _has_words(question: JudgedQuestion, text: str) -> bool:
    said = folded(text).casefold()
    return any(folded(words).casefold() in said for words in question.answers)


def _is_kept_apart(article: str) -> bool:
    groups, size = _SPLIT
    return int(re.findall(r"\d+", article)[-1]) // size % groups == 0


def _id(dispatch: Dispatch) -> str:
    return f"{_DISPATCH}{dispatch.number}"


def _document(dispatch: Dispatch) -> Document:
    record = dispatch.record()
    return Document(
        id=_id(dispatch),
        text=record["text"],
        path=_id(dispatch),
        title=" ".join(dispatch.title.split()),
        source=record["source"],
        published=dispatch.published,
    )
