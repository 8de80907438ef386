"""What the reader is trained on: rows as it will read them, the same for the same seed.

Of a paragraph it reads all, or a window as use cuts it: around a sentence that answers, or around
another that shares words with the question and does not answer.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index import Span
from index.text import terms
from qa.reading.contexts import Context
from qa.reading.windows import around
from qa.training.rows import Judged, Row, read_qamr, read_squad

KEPT_APART = ("Huguenot", "Yuan_dynasty", "Immune_system", "Harvard_University")
"""Articles of SQuAD 2.0's dev set that are not trained on."""

_ALONE = 0.26
"""So much of the paragraphs is read before any news is."""

_LONGEST_PARAGRAPH = 1_200
"""Characters, as use cuts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How rows are made of paragraphs: shares of the questions.

    `whole`: over all of the paragraph; the others over a window. `titled`: with the article's
    title as a headline. `elsewhere`: of the answerable ones, once more over a window of the same
    paragraph that does not answer. `qamr`: questions a sentence of QAMR's.
    """

    whole: float = 0.35
    titled: float = 0.4
    elsewhere: float = 0.25
    qamr: int = 12


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the data, and the share of its questions that is trained on.

    `has_titles`: whether its articles' titles say something.
    """

    path: str
    share: float = 1.0
    has_titles: bool = True


SOURCES = (
    Source("squad2/dev-half.json"),
    Source("reader-training/squad1-13-articles.json"),
    Source("reader-training/squad2-train-pairs.json", has_titles=False),
    Source("reader-training/squadshifts/new_wiki.json"),
    Source("reader-training/squadshifts/reddit.json", share=0.35, has_titles=False),
    Source("reader-training/squadshifts/amazon_reviews.json", share=0.35, has_titles=False),
)


def paragraph_rows(
    data: Path, mixture: Mixture, chance: random.Random, sources: Sequence[Source] = SOURCES
) -> list[Row]:
    """Rows over paragraphs and over QAMR's sentences, shuffled."""
    rows: list[Row] = []
    for source in sources:
        judged = read_squad(data / source.path, but_for=KEPT_APART)
        for one in chance.sample(judged, round(source.share * len(judged))):
            rows += _rows(one, source, mixture, chance)
    for asked in read_qamr(data / "reader-training" / "qamr").values():
        rows += chance.sample(asked, min(mixture.qamr, len(asked)))
    chance.shuffle(rows)
    return rows


def kept_apart_rows(data: Path) -> list[Row]:
    """Those that are never trained on, over whole paragraphs."""
    return [whole(one) for one in read_squad(data / SOURCES[0].path, only=KEPT_APART)]


def mixed(paragraphs: Sequence[Row], news: Sequence[Row], chance: random.Random) -> list[Row]:
    """First what an answer is, over a part of the paragraphs; then all others among the news."""
    first = round(_ALONE * len(paragraphs))
    others = [*paragraphs[first:], *news]
    chance.shuffle(others)
    return [*paragraphs[:first], *others]


def whole(judged: Judged, *, headline: str = "") -> Row:
    """The question over all of the paragraph, or as much of it around the answer as is read."""
    spans = judged.sentences
    first = last = _place(judged.answers[0], spans) if judged.answers else 0
    while last + 1 < len(spans) and spans[last + 1].end - spans[first].start <= _LONGEST_PARAGRAPH:
        last += 1
    while first and spans[last].end - spans[first - 1].start <= _LONGEST_PARAGRAPH:
        first -= 1
    return _row(judged, headline, first, last)


def _rows(judged: Judged, source: Source, mixture: Mixture, chance: random.Random) -> Iterator[Row]:
    is_titled = source.has_titles and chance.random() < mixture.titled
    headline = judged.article if is_titled else ""
    if chance.random() < mixture.whole:
        yield whole(judged, headline=headline)
    elif judged.answers:
        yield _window(judged, headline, _place(chance.choice(judged.answers), judged.sentences))
    else:
        yield _window(judged, headline, _most_alike(judged, range(len(judged.sentences))))
    if judged.answers and chance.random() < mixture.elsewhere:
        held = {_place(span, judged.sentences) for span in judged.answers}
        others = [place for place in range(len(judged.sentences)) if place not in held]
        while others:
            place = _most_alike(judged, others)
            row = _window(judged, headline, place)
            if not row.answers:
                yield row
                return
            others.remove(place)


def _window(judged: Judged, headline: str, place: int) -> Row:
    window = around(0, place, judged.sentences)
    return _row(judged, headline, window.first, window.last)


def _row(judged: Judged, headline: str, first: int, last: int) -> Row:
    sentences = judged.sentences[first : last + 1]
    return Row(
        question=judged.question,
        context=Context(headline, judged.text, sentences),
        answers=tuple(
            span
            for span in judged.answers
            if sentences[0].start <= span.start and span.end <= sentences[-1].end
        ),
    )


def _place(span: Span, sentences: Sequence[Span]) -> int:
    return next(n for n, one in enumerate(sentences) if one.start <= span.start < one.end)


def _most_alike(judged: Judged, places: Sequence[int]) -> int:
    asked = set(terms(judged.question))

    def shared(place: int) -> int:
        return len(asked & set(terms(judged.text[slice(*judged.sentences[place])])))

    return max(places, key=shared)
