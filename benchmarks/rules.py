"""What each rule of `qa.reading.answer_types` is worth: the same questions with and without it.

    python benchmarks/rules.py [--data FOLDER] [--model FOLDER] [--json OUT.json]

Asked are the questions over news, and over two articles of SQuAD 2.0, that nothing was trained or
fitted on. A rule says which words may answer (`expected`), or how those that were read are made
whole (`whole`). Its worth is what is lost where it is taken out: words right, and F1, with paired
95 % bootstrap intervals. A rule that changes nothing for the better is no use.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from saved_pages import DATA

from index import Archive
from qa.english.questions import Asked
from qa.evaluation.evaluate import has_right_words, is_right
from qa.evaluation.metrics import words_f1
from qa.reading import answer_types
from qa.reading.answer_types import TYPES, AnswerType
from qa.reading.fitted import Fitted
from qa.reading.reader import Reader
from qa.reading.span_model import PACKAGED, LocalSpanModel
from qa.training import fit, news

SEED = 20261129
OF_NEWS = 1_000
REPORTED_ON = ("Yuan_dynasty", "Harvard_University")
RESAMPLED = 2_000

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing of a row of the table, and the table without it."""

    name: str
    without: tuple[AnswerType, ...]


def rules() -> Iterator[Rule]:
    """Each row's `expected` and `whole`, where they are more than nothing."""
    for row in TYPES:
        for part in ("expected", "whole"):
            if getattr(row, part):
                yield _without(row, part)


def measure(reader: Reader, found: Sequence[fit.Found]) -> tuple[Values, Values]:
    """Of each question: whether its words are right, and their F1."""
    right: list[float] = []
    f1: list[float] = []
    for one in found:
        asked = Asked.of(one.question.text)
        first = reader.candidates(asked, one.result)[0].read(asked)
        is_found = is_right(one.question, first)
        text = first.document.text[slice(*first.answer)]
        right.append(float(is_found and has_right_words(one.question, first)))
        f1.append(max(words_f1(text, gold) for gold in one.question.answers))
    return np.array(right), np.array(f1)


def worth(reader: Reader, found: Sequence[fit.Found], rule: Rule) -> dict[str, object]:
    """What is lost without a rule, over the questions that it is for."""
    with_it = measure(reader, found)
    kept = answer_types.TYPES
    answer_types.TYPES = rule.without
    answer_types.answer_type_of.cache_clear()
    try:
        without = measure(reader, found)
    finally:
        answer_types.TYPES = kept
        answer_types.answer_type_of.cache_clear()
    words, f1 = (before - after for before, after in zip(with_it, without, strict=True))
    return {
        "rule": rule.name,
        "questions": len(found),
        "changed": int(np.count_nonzero(f1)),
        "words right": _interval(words),
        "F1": _interval(f1),
    }


def _interval(gained: Values) -> list[float]:
    """The mean, and the interval that it is in."""
    drawn = np.random.default_rng(SEED).integers(0, len(gained), (RESAMPLED, len(gained)))
    low, high = np.quantile(gained[drawn].mean(axis=1), [0.025, 0.975])
    return [round(float(one), 4) for one in (gained.mean(), low, high)]


def _without(row: AnswerType, part: str) -> Rule:
    changed = replace(row, **{part: None})  # type: ignore[arg-type]
    return Rule(
        name=f"{row.name}, {part}",
        without=tuple(changed if one is row else one for one in TYPES),
    )


def questions(data: Path) -> list[fit.Found]:
    """What is asked, with what search finds for it."""
    chance = random.Random(SEED)
    asked = [one for one in news.questions(kept_apart=True) if one.is_answerable]
    with tempfile.TemporaryDirectory() as folder:
        with news.archive_of(data, Path(folder, "news")) as archive:
            found = list(fit.search_all(archive, chance.sample(asked, OF_NEWS)))
        judged, those = fit.of_articles(data, REPORTED_ON)
        with Archive.open(Path(folder, "squad")) as archive:
            archive.add_documents(judged.documents)
            found += fit.search_all(archive, [one for one in those if one.is_answerable])
    return found


def main() -> None:
    """Measure each, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--model", type=Path, default=PACKAGED, metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="OUT.json")
    given = parser.parse_args()
    reader = Reader(fit.Remembering(LocalSpanModel.load(given.model)), Fitted.load(given.model))
    found = questions(given.data)
    rows = []
    for rule in rules():
        kind = rule.name.partition(",")[0]
        its_own = [
            one
            for one in found
            if answer_types.answer_type_of(Asked.of(one.question.text)).name == kind
        ]
        if its_own:
            rows.append(worth(reader, its_own, rule))
            print(rows[-1])
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
