"""Fit what joins searching and reading, on questions that the model was not trained on.

The questions over news that were kept apart are asked of an archive of all articles, of a tenth of
it, and without the article that answers; and those about two articles of SQuAD 2.0 of an archive of
its paragraphs. The other two that were kept apart are to report on.
"""

import datetime as dt
import hashlib
import json
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from index import Archive, Hit, SearchResult
from qa.english.questions import Asked
from qa.evaluation import judged_questions
from qa.evaluation.evaluate import has_right_words, is_right
from qa.evaluation.judged_questions import Judged, JudgedQuestion
from qa.reading.contexts import Context
from qa.reading.fitted import Fitted, Logistic
from qa.reading.reader import Reader, first_look
from qa.reading.span_model import LocalSpanModel, SpanModel, SpanPrediction
from qa.training import news
from qa.training.rows import read_squad

FITTED_ON = ("Huguenot", "Immune_system")
"""Articles of SQuAD 2.0's dev set; the others that are kept apart are to report on."""

_SQUAD = Path("squad2", "dev-half.json")
_PASSAGES = 10
_PASSAGES_OF_ALL = 60
"""Enough for ten to be left when nine of ten articles are put aside."""
_TENTH = 10
_SEED = 20261129
_OF_EACH = 700
_IN_VAIN = 200
"""So many questions of each kind are asked of the other kind's archive."""
_LESS = 0.3
"""Weight of a question without its article, and of one over an encyclopaedia."""
_FALSE_REFUSALS = 0.08
"""The threshold refuses so many of the answerable ones of the hard questions."""

_FIRST_SIGHT = (
    "cosine", "best_cosine", "coverage", "passage_coverage", "before", "after", "proper"
)  # fmt: skip
_SENTENCE = ("first_sight", "null_score_difference")
_ANSWERABLE = ("best_cosine", "passage_coverage", "null_score_difference", "log_probability")
_RIGHT = (*_ANSWERABLE, "lead")
_TEXT = ("null_score_difference", "log_probability", "coverage", "text_coverage", "denied")
_FLAT = Logistic(0.0, {})
_NEVER_SURE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A question and what search found for it; `is_there`: whether the answer may be among it.

    `weight`: beside a question over news whose article is there.
    """

    question: JudgedQuestion
    result: SearchResult
    is_there: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One question, searched and read: each candidate's features, and whether it is right.

    `judged`: what there is to tell by whether the first is right; `is_whole`: whether it is, and
    its words are.
    """

    is_there: bool
    weight: float
    rows: list[dict[str, float]]
    right: list[bool]
    judged: dict[str, float]
    is_whole: bool

    @property
    def is_right(self) -> bool:
        return self.is_there and self.right[0]


class Remembering:
    """A model that reads the same only once."""

    def __init__(self, model: SpanModel) -> None:
        self._model = model
        self._known: dict[tuple[str, str], list[SpanPrediction]] = {}
        self.languages = model.languages

    def read(self, question: str, contexts: Sequence[Context]) -> list[list[SpanPrediction]]:
        keys = [(question, f"{one.start} {one.under_headline}") for one in contexts]
        new = [place for place, key in enumerate(keys) if key not in self._known]
        read = self._model.read(question, [contexts[one] for one in new])
        self._known.update((keys[place], one) for place, one in zip(new, read, strict=True))
        return [self._known[key] for key in keys]


def search_news(archive: Archive, asked: Iterable[JudgedQuestion]) -> Iterator[Found]:
    """Each question of all of the archive, and in turn of a tenth of it or without its article."""
    for number, question in enumerate(asked):
        result = archive.search(question.text, top_k=_PASSAGES_OF_ALL)
        hits = [hit for hit in result.hits if news.is_judged(question, hit.document)]
        yield _found(question, result, hits)
        if number % 2:
            few = [hit for hit in hits if _is_of_tenth(question, hit)]
            sentences = result.searched.sentences // _TENTH
            searched = replace(result.searched, sentences=sentences)
            yield _found(question, replace(result, searched=searched), few)
        elif question.is_answerable:
            without = [hit for hit in hits if hit.document.id not in question.documents]
            yield _found(question, result, without, is_there=False, weight=_LESS)


def search_all(
    archive: Archive,
    asked: Iterable[JudgedQuestion],
    *,
    is_there: bool = True,
    weight: float = 1.0,
) -> Iterator[Found]:
    """Each question of all of an archive.

    Args:
        archive: is searched.
        asked: the questions.
        is_there: whether the archive has their articles, or those of quite other matters.
        weight: of each.
    """
    for question in asked:
        result = archive.search(question.text, top_k=_PASSAGES)
        yield _found(question, result, result.hits, is_there=is_there, weight=weight)


def _found(
    question: JudgedQuestion,
    result: SearchResult,
    hits: Sequence[Hit],
    *,
    is_there: bool = True,
    weight: float = 1.0,
) -> Found:
    return Found(
        question=question,
        result=replace(result, hits=tuple(hits[:_PASSAGES])),
        is_there=is_there and question.is_answerable,
        weight=weight,
    )


def _is_of_tenth(question: JudgedQuestion, hit: Hit) -> bool:
    """Whether it is of the article that the question was made from, or of one in ten others."""
    drawn = hashlib.sha256(hit.document.id.encode()).digest()[0] % _TENTH
    return drawn == 0 or hit.document.id == news.article_of(question)


def read(reader: Reader, found: Iterable[Found]) -> Iterator[Asking]:
    """What the reader makes of each."""
    for one in found:
        if not one.result.hits:
            continue
        asked = Asked.of(one.question.text)
        rows = reader.candidates(asked, one.result)
        sentences = [row.read(asked) for row in rows]
        right = [one.is_there and is_right(one.question, sentence) for sentence in sentences]
        yield Asking(
            is_there=one.is_there,
            weight=one.weight,
            rows=[row.features | dict(row.joined) for row in rows],
            right=right,
            judged=reader.judged(rows),
            is_whole=right[0] and has_right_words(one.question, sentences[0]),
        )


def fit_first_sight(archive: Archive, asked: Iterable[JudgedQuestion]) -> Logistic:
    """Weights of the look at first sight, of questions that have an answer."""
    sets: list[tuple[list[dict[str, float]], list[bool]]] = []
    for question in asked:
        result = archive.search(question.text, top_k=_PASSAGES)
        if result.hits:
            words = Asked.of(question.text)
            _, rows = first_look(words, result, Logistic(0.0, {}))
            right = [is_right(question, row.read(words)) for row in rows]
            sets.append(([row.features for row in rows], right))
    return fit_choice(_FIRST_SIGHT, sets)


def fit_choice(
    names: Sequence[str], sets: Iterable[tuple[Sequence[Mapping[str, float]], Sequence[bool]]]
) -> Logistic:
    """Weights that make the right sentences likely, among all of the same question."""
    tables = [
        (torch.tensor([[row[name] for name in names] for row in rows]), torch.tensor(right))
        for rows, right in sets
        if any(right)
    ]
    weights = torch.zeros(len(names), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = torch.stack(
            [
                (scores := rows @ weights).logsumexp(0) - scores[right].logsumexp(0)
                for rows, right in tables
            ]
        ).mean()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return _logistic(0.0, names, weights.detach().tolist())


def fit_chance(
    names: Sequence[str], askings: Sequence[Asking], yes: Callable[[Asking], bool]
) -> Logistic:
    """A logistic regression over what is judged of each, hardly regularised."""
    table = np.array([[one.judged[name] for name in names] for one in askings])
    weights = np.array([one.weight for one in askings])
    model = LogisticRegression(C=10.0, max_iter=5000)
    model.fit(table, [yes(one) for one in askings], sample_weight=weights)
    return _logistic(float(model.intercept_[0]), names, model.coef_[0].tolist())


def fit(
    model: SpanModel,
    first_sight: Logistic,
    found: Sequence[Found],
    confident: Sequence[Found],
    text: Logistic,
) -> Fitted:
    """Everything, from what was found; each is fitted with those before it in place.

    Args:
        model: reads.
        first_sight: the weights of the first look.
        found: many questions, from which the weights are.
        confident: fewer and harder ones, by which the chances are set.
        text: the weights of a text that is read by itself.
    """
    remembering = Remembering(model)
    fitted = Fitted(
        first_sight=first_sight,
        sentence=Logistic(0.0, {"first_sight": 1.0}),
        answerable=_FLAT,
        right=_FLAT,
        words=_FLAT,
        text=text,
        threshold=0.0,
    )
    askings = list(read(Reader(remembering, fitted, sure=_NEVER_SURE), found))
    there = ((asking.rows, asking.right) for asking in askings if asking.is_there)
    fitted = replace(fitted, sentence=fit_choice(_SENTENCE, there))
    reader = Reader(remembering, fitted)
    hard = list(read(reader, confident))
    askings = [*read(reader, found), *hard]
    answerable = fit_chance(_ANSWERABLE, askings, _is_there)
    chances = [answerable.chance(one.judged) for one in hard if one.is_there]
    return replace(
        fitted,
        answerable=answerable,
        right=_set_by(hard, fit_chance(_RIGHT, askings, _is_right), _is_right),
        words=_set_by(hard, fit_chance(_RIGHT, askings, _is_whole), _is_whole),
        threshold=round(float(np.quantile(chances, _FALSE_REFUSALS)), 4),
    )


def _set_by(hard: Sequence[Asking], chance: Logistic, yes: Callable[[Asking], bool]) -> Logistic:
    """The same order of the chances, their values those that harder questions bear out.

    Platt's scaling: a logistic regression on the log odds alone.
    """
    odds = np.array([[chance.sum(one.judged)] for one in hard])
    model = LogisticRegression(C=10.0).fit(odds, [yes(one) for one in hard])
    slope, bias = float(model.coef_[0, 0]), float(model.intercept_[0])
    weights = {name: round(slope * weight, 4) for name, weight in chance.weights.items()}
    return Logistic(round(slope * chance.bias + bias, 4), weights)


def _is_there(asking: Asking) -> bool:
    return asking.is_there


def _is_right(asking: Asking) -> bool:
    return asking.is_right


def _is_whole(asking: Asking) -> bool:
    return asking.is_whole


def fit_text(reader: Reader, data: Path) -> Logistic:
    """Whether a paragraph answers, of questions that it answers and of others."""
    table: list[list[float]] = []
    yes: list[bool] = []
    for one in read_squad(data / _SQUAD, only=FITTED_ON):
        features = reader.best_span(one.question, one.text).features
        table.append([features[name] for name in _TEXT])
        yes.append(bool(one.answers))
    model = LogisticRegression(C=10.0, max_iter=5000).fit(np.array(table), yes)
    return _logistic(float(model.intercept_[0]), _TEXT, model.coef_[0].tolist())


def of_articles(data: Path, titles: Sequence[str]) -> tuple[Judged, list[JudgedQuestion]]:
    """SQuAD's paragraphs, and the questions about the articles with these titles."""
    path = data / _SQUAD
    every = json.loads(path.read_text(encoding="utf-8"))["data"]
    numbers = {str(number) for number, article in enumerate(every) if article["title"] in titles}
    judged = judged_questions.load(path)
    return judged, [one for one in judged.questions if one.article in numbers]


def _how(found: Sequence[Found], hard: Sequence[Found]) -> dict[str, object]:
    """How the weights came about."""
    return {
        "by": "python -m qa.training",
        "on": dt.datetime.now(dt.UTC).date().isoformat(),
        "seed": _SEED,
        "searches": len(found),
        "of questions": len({one.question.id for one in found}),
        "chances set by": len(hard),
    }


def _logistic(bias: float, names: Sequence[str], weights: Sequence[float]) -> Logistic:
    rounded = (round(float(weight), 4) for weight in weights)
    return Logistic(round(bias, 4), dict(zip(names, rounded, strict=True)))


def fit_weights(data: Path, folder: Path, confident: Sequence[tuple[Path, Path]]) -> None:
    """Search, read, fit, and write `weights.json` into the model's folder.

    Args:
        data: holds `squad2/dev-half.json` and `reuters21578/`.
        folder: the model's.
        confident: judged questions, and the archive that each file of them is asked of: what the
            chances are set by.
    """
    chance = random.Random(_SEED)
    model = LocalSpanModel.load(folder)
    with tempfile.TemporaryDirectory() as made:
        with news.archive_of(data, Path(made, "news")) as archive:
            trained_on = [one for one in news.questions(kept_apart=False) if one.is_answerable]
            first_sight = fit_first_sight(archive, chance.sample(trained_on, _OF_EACH))
            kept_apart = chance.sample(news.questions(kept_apart=True), 2 * _OF_EACH)
            found = list(search_news(archive, kept_apart))
        judged, questions = of_articles(data, FITTED_ON)
        questions = chance.sample(questions, _OF_EACH)
        with Archive.open(Path(made, "squad")) as archive:
            archive.add_documents(judged.documents)
            found += search_all(archive, questions, weight=_LESS)
            found += search_all(archive, kept_apart[:_IN_VAIN], is_there=False)
        with Archive.open(Path(made, "news")) as archive:
            found += search_all(archive, questions[:_IN_VAIN], is_there=False)
    hard: list[Found] = []
    for file, place in confident:
        with Archive.open(place, create=False) as archive:
            hard += search_all(archive, judged_questions.load(file).questions)
    flat = Fitted(
        first_sight=first_sight, sentence=_FLAT, answerable=_FLAT, right=_FLAT, words=_FLAT,
        text=_FLAT, threshold=0.0,
    )  # fmt: skip
    fitted = fit(model, first_sight, found, hard, fit_text(Reader(model, flat), data))
    written = json.dumps(asdict(fitted) | {"fitted": _how(found, hard)}, indent=1)
    (folder / "weights.json").write_text(written + "\n", encoding="utf-8")
