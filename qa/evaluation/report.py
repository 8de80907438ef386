"""What an evaluation found: as JSON, and as tables for a terminal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
from rich.table import Table

from qa.evaluation.metrics import (
    Bin,
    Floats,
    Metric,
    Point,
    aurc,
    bins,
    ece,
    resampled,
    risk_coverage,
)

_PERCENTS = tuple(percent / 100 for percent in range(1, 101))
_SHOWN = (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)

_BY_TYPE = {
    "right sentence first": ("sentence accuracy at 1",),
    "words right": ("words right",),
    "refused": ("refused, of answerable", "refused, of unanswerable"),
    "clear ones right": ("clear answers right",),
}
"""The columns by type, and the figures that stand in them."""

Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures, each with its interval and count."""

    metrics: tuple[Metric, ...]

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def rows(self) -> list[Row]:
        """Name, value, interval, count."""
        return [_row(metric) for metric in self.metrics]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFigures:
    """The figures of the questions of one type."""

    type: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How well confidence and the share that is right agree, over all and bin by bin."""

    ece: Metric
    bins: tuple[Bin, ...]

    @classmethod
    def of(cls, rows: Floats, name: str) -> "Calibration":
        return cls(ece=resampled(name, ece, rows), bins=bins(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """What the confidence of answers to some questions is worth.

    `curve`: risk and coverage at each hundredth, all questions ranked by confidence, those that
    were refused too. `answered`: where the default threshold stands. It need not lie on the curve,
    because refusals go by how answerable a question is, which is another figure. `given`: the
    answers that were given; `forced`: the first sentence of every question, refused or not.
    """

    questions: str
    count: int
    aurc: Metric
    curve: tuple[Point, ...]
    answered: Point | None
    given: Calibration | None
    forced: Calibration

    @classmethod
    def of(cls, rows: Floats, is_given: Sequence[bool], questions: str) -> "Confidence":
        """Of rows as in `metrics`, one a question, and which of them were answered."""
        given = rows[np.asarray(is_given)]
        return cls(
            questions=questions,
            count=len(rows),
            aurc=resampled(f"AURC, {questions}", aurc, rows),
            curve=risk_coverage(rows, _PERCENTS),
            answered=_point(given, len(rows)) if len(given) else None,
            given=Calibration.of(given, f"ECE of answers, {questions}") if len(given) else None,
            forced=Calibration.of(rows, f"ECE without refusals, {questions}"),
        )

    @property
    def metrics(self) -> tuple[Metric, ...]:
        calibrations = (self.given, self.forced)
        return (self.aurc, *(one.ece for one in calibrations if one is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Figures):
    """All figures of questions asked, and how many citations were checked and found verbatim.

    `types`: of the questions that have a type, the answerable ones first. `confidence`: of all
    questions where some are unanswerable, and of the answerable ones.
    `median_ms`: of a question; `median_reading_ms`: of the reading in it, where there was any.
    """

    types: tuple[TypeFigures, ...]
    confidence: tuple[Confidence, ...]
    citations: int
    verbatim: int
    median_ms: float
    median_reading_ms: float

    def rows(self) -> list[Row]:
        return [
            *(_row(metric) for metric in self.metrics),
            *(_row(metric) for one in self.confidence for metric in one.metrics),
            ("verbatim citations", f"{self.verbatim:,}", "", f"{self.citations:,}"),
            ("median time of a question", f"{self.median_ms:.0f} ms", "", ""),
            ("median time of reading", f"{self.median_reading_ms:.0f} ms", "", ""),
        ]


def _point(given: Floats, count: int) -> Point:
    return Point(
        coverage=len(given) / count,
        confidence=float(given[:, 0].min()),
        risk=float(1 - given[:, 1].mean()),
    )


def _row(metric: Metric) -> Row:
    interval = f"{metric.low:.3f}–{metric.high:.3f}"
    return metric.name, f"{metric.value:.3f}", interval, f"{metric.count:,}"


def tables(found: Figures) -> list[Table]:
    """The figures, and by type; then, where there are answers, curves and bins of confidence."""
    shown = [table(found)]
    if isinstance(found, Evaluation) and found.types:
        shown.append(_types(found.types))
    if isinstance(found, Evaluation) and found.confidence:
        shown.append(_curves(found.confidence))
        shown.extend(
            _bins(one.given, one.questions) for one in found.confidence if one.given is not None
        )
    return shown


def table(found: Figures) -> Table:
    """The figures as they are read in a terminal."""
    shown = _table("", "metric", "value", "95 % interval", "count")
    for row in found.rows():
        shown.add_row(*row)
    return shown


def _types(types: Sequence[TypeFigures]) -> Table:
    """A row for each type, with each figure's value, interval and count."""
    shown = _table("By type", "type", *_BY_TYPE)
    for one in types:
        by_name = {metric.name: metric for metric in one.metrics}
        found = [
            next((by_name[name] for name in names if name in by_name), None)
            for names in _BY_TYPE.values()
        ]
        shown.add_row(one.type, *(_type_cell(metric) if metric else "" for metric in found))
    return shown


def _type_cell(metric: Metric) -> str:
    return f"{metric.value:.2f} ({metric.low:.2f}–{metric.high:.2f}), {metric.count:,}"


def _curves(reports: Sequence[Confidence]) -> Table:
    """A dozen of each curve's points, and the one at the default threshold."""
    columns = [(one.questions, "confidence from") for one in reports]
    shown = _table("Precision (1 − risk) of the surest answers", "answered", *chain(*columns))
    for percent in _SHOWN:
        points = [one.curve[percent - 1] for one in reports]
        shown.add_row(f"{percent} %", *chain(*map(_cells, points)))
    for place, one in enumerate(reports):
        if one.answered is not None:
            share = f"default: {100 * one.answered.coverage:.1f} %"
            shown.add_row(share, *["", ""] * place, *_cells(one.answered))
    return shown


def _cells(point: Point) -> tuple[str, str]:
    return f"{point.precision:.3f}", f"{point.confidence:.3f}"


def _bins(calibration: Calibration, questions: str) -> Table:
    title = f"Confidence of the answers, {questions}"
    shown = _table(title, "confidence", "mean", "right", "95 % interval", "answers")
    for one in calibration.bins:
        if one.count:
            shown.add_row(
                f"{one.low:.1f}–{one.high:.1f}",
                f"{one.confidence:.3f}",
                f"{one.right:.3f}",
                f"{one.right_low:.3f}–{one.right_high:.3f}",
                f"{one.count:,}",
            )
    return shown


def _table(title: str, *headings: str) -> Table:
    shown = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if place else "left")
    return shown
