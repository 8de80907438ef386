"""Fit what joins searching and reading, on questions that the model was not trained on.

Questions about two of every three articles of SQuAD 2.0's dev set are asked of an archive of all of
them, once with the question's article in it and once without. The others are kept to report on:
`onrecord eval --part 3/3`.
"""

import json
import math
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from index import Archive
from qa.english.questions import Asked
from qa.evaluation import judged_questions
from qa.evaluation.evaluate import articles_out, is_right
from qa.evaluation.judged_questions import Judged, JudgedQuestion
from qa.reading.fitted import Fitted, Logistic, log_odds
from qa.reading.reader import Reader
from qa.reading.span_model import LocalSpanModel

_PARTS = ("1/3", "2/3")
_PASSAGES = 10
_JOINED = ("first_sight", "sure")
_ANSWERABLE = (
    "cosine",
    "best_cosine",
    "coverage",
    "passage_coverage",
    "proper",
    "null_score_difference",
)
_RIGHT = ("lead", "answerable", "null_score_difference")
_TEXT = ("null_score_difference", "log_probability", "coverage", "text_coverage", "denied")
_FLAT = Logistic(0.0, {})
_FIRST_SIGHT = Logistic(0.0, {"first_sight": 1.0})
_NEVER_SURE = 2.0
_SEED = 20191127
_OF_EACH = 1_000
"""At most so many questions are asked in each way."""

_MADE_WEIGHT = 0.3
"""Of a question made unanswerable, beside one whose article was taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One question, searched and read: each candidate's features, and whether it is right.

    `kind`: "there" and answerable, "made" unanswerable, or its article taken "out".
    """

    kind: str
    rows: list[dict[str, float]]
    right: list[bool]


def gather(reader: Reader, judged: Judged, *, of_each: int, seed: int) -> Iterator[Asking]:
    """Ask a sample of the questions, each way."""
    chance = random.Random(seed)
    questions = _to_fit_on(judged)
    answerable = [one for one in questions if one.is_answerable]
    made = [one for one in questions if not one.is_answerable]
    answerable = chance.sample(answerable, min(of_each, len(answerable)))
    made = chance.sample(made, min(of_each // 2, len(made)))
    with tempfile.TemporaryDirectory() as folder, Archive.open(folder) as archive:
        archive.add_documents(judged.documents)
        for question in answerable:
            yield _ask(archive, reader, question, "there")
        for question in made:
            yield _ask(archive, reader, question, "made")
        by_article: dict[str, list[JudgedQuestion]] = {}
        for question in answerable[: of_each // 2]:
            by_article.setdefault(question.article, []).append(question)
        for article, its_own in by_article.items():
            with articles_out(archive, judged.articles[article]):
                for question in its_own:
                    yield _ask(archive, reader, question, "out")


def _to_fit_on(judged: Judged) -> list[JudgedQuestion]:
    return [one for part in _PARTS for one in judged.part(part).questions]


def _ask(archive: Archive, reader: Reader, question: JudgedQuestion, kind: str) -> Asking:
    result = archive.search(question.text, top_k=_PASSAGES)
    found = reader.candidates(Asked.of(question.text), result) if result.hits else []
    return Asking(
        kind=kind,
        rows=[row.features | dict(row.joined) for row in found],
        right=[is_right(question, row.read(Asked.of(question.text))) for row in found],
    )


def fit_sentence(askings: Sequence[Asking]) -> Logistic:
    """Weights that make the right sentences likely, among all of the same question."""
    sets = [
        (
            torch.tensor([[row[name] for name in _JOINED] for row in asking.rows]),
            torch.tensor(asking.right),
        )
        for asking in askings
        if asking.kind == "there" and any(asking.right)
    ]
    weights = torch.zeros(len(_JOINED), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = torch.stack(
            [
                (scores := rows @ weights).logsumexp(0) - scores[right].logsumexp(0)
                for rows, right in sets
            ]
        ).mean()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return _logistic(0.0, _JOINED, weights.detach().tolist())


def fit_chance(
    names: Sequence[str], rows: Sequence[Mapping[str, float]], yes: Sequence[bool],
    weights: Sequence[float],
) -> Logistic:  # fmt: skip
    """A logistic regression, hardly regularised."""
    table = np.array([[row[name] for name in names] for row in rows])
    model = LogisticRegression(C=10.0, max_iter=2000).fit(
        table, np.array(yes), sample_weight=np.array(weights)
    )
    return _logistic(float(model.intercept_[0]), names, model.coef_[0].tolist())


def fit(askings: Sequence[Asking], text: Logistic) -> Fitted:
    """Everything, from the askings; each regression is fitted with those before it in place."""
    sentence = fit_sentence(askings)
    firsts = [(asking.kind, *_first(asking, sentence)) for asking in askings if asking.rows]
    answerable = fit_chance(
        _ANSWERABLE,
        [features for _, features, _ in firsts],
        [kind == "there" for kind, _, _ in firsts],
        [_MADE_WEIGHT if kind == "made" else 1.0 for kind, _, _ in firsts],
    )
    there = [(features, right) for kind, features, right in firsts if kind == "there"]
    right = fit_chance(
        _RIGHT,
        [features | {"answerable": answerable.sum(features)} for features, _ in there],
        [right for _, right in there],
        [1.0] * len(there),
    )
    return Fitted(sentence=sentence, answerable=answerable, right=right, text=text)


def fit_text(reader: Reader, judged: Judged, *, of_each: int, seed: int) -> Logistic:
    """Whether a paragraph answers, of as many questions that it does answer as of others."""
    chance = random.Random(seed)
    texts = {document.id: document.text for document in judged.documents}
    questions = _to_fit_on(judged)
    rows: list[dict[str, float]] = []
    yes: list[bool] = []
    for is_answerable in (True, False):
        some = [one for one in questions if one.is_answerable is is_answerable]
        for question in chance.sample(some, min(of_each, len(some))):
            rows.append(reader.best_span(question.text, texts[question.documents[0]]).features)
            yes.append(is_answerable)
    return fit_chance(_TEXT, rows, yes, [1.0] * len(rows))


def _first(asking: Asking, sentence: Logistic) -> tuple[dict[str, float], bool]:
    """The features of the sentence that comes first by these weights, and whether it is right."""
    scores = [sentence.sum(row) for row in asking.rows]
    first = max(range(len(scores)), key=scores.__getitem__)
    lead = log_odds(1 / sum(math.exp(score - scores[first]) for score in scores))
    return asking.rows[first] | {"lead": lead}, asking.right[first]


def _logistic(bias: float, names: Sequence[str], weights: Sequence[float]) -> Logistic:
    rounded = (round(float(weight), 4) for weight in weights)
    return Logistic(round(bias, 4), dict(zip(names, rounded, strict=True)))


def fit_weights(data: Path, folder: Path) -> None:
    """Gather, fit, and write `weights.json` into the model's folder.

    Args:
        data: holds `squad2/dev-half.json`.
        folder: the model's.
    """
    judged = judged_questions.load(data / "squad2" / "dev-half.json")
    flat = Fitted(sentence=_FIRST_SIGHT, answerable=_FLAT, right=_FLAT, text=_FLAT)
    reader = Reader(LocalSpanModel.load(folder), flat, sure=_NEVER_SURE)
    text = fit_text(reader, judged, of_each=_OF_EACH, seed=_SEED)
    fitted = fit(list(gather(reader, judged, of_each=_OF_EACH, seed=_SEED)), text)
    written = json.dumps(asdict(fitted), indent=1)
    (folder / "weights.json").write_text(written + "\n", encoding="utf-8")
