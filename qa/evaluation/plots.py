"""The picture of an evaluation: is a confidence to be trusted, and what does refusing buy?

Left, the reliability diagram, with the answers of each bin counted below; right, the risk–coverage
curve. The colours are Okabe and Ito's, which the colour-blind tell apart; marks and dashes differ
too.
"""

import io
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from qa.evaluation.metrics import BINS
from qa.evaluation.report import Confidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = (("#0072B2", "o", "-"), ("#D55E00", "s", "--"))
_GREY = "#767676"
_INCHES = (11.0, 5.4)
_DOTS_PER_INCH = 150

_Styled = list[tuple[Confidence, str, str, str]]


def draw(reports: Sequence[Confidence]) -> bytes:
    """A PNG of the reports, 1650 × 810 pixels."""
    from matplotlib.figure import Figure  # slow to import; draws without a display

    styled = [(one, *style) for one, style in zip(reports, cycle(_STYLES), strict=False)]
    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    axes = figure.subplot_mosaic(
        [["reliability", "risk"], ["counts", "risk"]],
        height_ratios=(3, 1),
        gridspec_kw={"wspace": 0.06},
    )
    axes["counts"].sharex(axes["reliability"])
    _draw_reliability(axes["reliability"], styled)
    _draw_counts(axes["counts"], styled)
    _draw_risk(axes["risk"], styled)
    for one in axes.values():
        one.spines[["top", "right"]].set_visible(False)
        one.grid(color="#e5e5e5", linewidth=0.8)
        one.set_axisbelow(True)
    written = io.BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()


def _draw_reliability(axes: "Axes", styled: _Styled) -> None:
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle=":", label="perfectly calibrated")
    for report, colour, mark, line in styled:
        if report.given is None:
            continue
        found = [one for one in report.given.bins if one.count]
        right = [one.right for one in found]
        axes.errorbar(
            [one.confidence for one in found],
            right,
            yerr=(
                [max(0.0, one.right - one.right_low) for one in found],
                [max(0.0, one.right_high - one.right) for one in found],
            ),
            color=colour,
            marker=mark,
            linestyle=line,
            capsize=3,
            label=f"{report.questions}, ECE {report.given.ece.value:.3f}",
        )
    axes.set(
        ylabel="share right (95 % interval)",
        xlim=(0, 1),
        ylim=(0, 1.02),
    )
    axes.tick_params(labelbottom=False)
    _head(axes, "Reliability of the answers given")


def _draw_counts(axes: "Axes", styled: _Styled) -> None:
    width = 0.86 / BINS / len(styled)
    most = 0
    for place, (report, colour, _mark, _line) in enumerate(styled):
        for one in report.given.bins if report.given else ():
            middle = (one.low + one.high) / 2 + (place - (len(styled) - 1) / 2) * width
            axes.bar(middle, one.count, width=width, color=colour)
            if one.count:
                axes.annotate(
                    f"{one.count}",
                    (middle, one.count),
                    xytext=(0, 2),
                    textcoords="offset points",
                    ha="center",
                    va="bottom",
                    fontsize=6.5,
                    rotation=90 if len(styled) > 1 else 0,
                )
            most = max(most, one.count)
    axes.set(xlabel="confidence", ylabel="answers", ylim=(0, 1.55 * most or 1))
    axes.set_xticks([place / BINS for place in range(BINS + 1)])


def _draw_risk(axes: "Axes", styled: _Styled) -> None:
    for report, colour, mark, line in styled:
        axes.plot(
            [point.coverage for point in report.curve],
            [point.risk for point in report.curve],
            color=colour,
            linestyle=line,
            label=f"{report.questions} ({report.count:,}), AURC {report.aurc.value:.3f}",
        )
        if report.answered is not None:
            axes.plot(
                [report.answered.coverage],
                [report.answered.risk],
                color=colour,
                marker=mark,
                markersize=10,
                markeredgecolor="black",
                linestyle="none",
                label=f"default threshold: {100 * report.answered.coverage:.0f} % answered, "
                f"{100 * report.answered.risk:.0f} % of them wrong",
            )
    axes.set(
        xlabel="coverage: share of the questions answered, the surest first",
        ylabel="risk: share of these answers that are wrong",
        xlim=(0, 1.02),
    )
    highest = max(point.risk for report, *_ in styled for point in report.curve)
    axes.set_ylim(0, min(1.02, max(0.1, 1.1 * highest)))
    _head(axes, "Risk and coverage")


def _head(axes: "Axes", title: str) -> None:
    """The title and the legend, above the axes, where they cover nothing."""
    axes.legend(
        title=title,
        title_fontproperties={"weight": "bold", "size": 12},
        alignment="left",
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        frameon=False,
    )
