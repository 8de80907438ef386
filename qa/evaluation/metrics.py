"""Figures over judged questions, each by a formula that can be reckoned by hand.

Where answers are judged by their confidence they come as `rows`: `(n, 2)` float64, the confidence
from 0 to 1, and 1 where the answer is right, else 0.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS = 10
_RESAMPLES = 1000
_SEED = 0
_ENDS = (0.025, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure over `count` questions, with the ends of its 95 % bootstrap interval."""

    name: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Of all questions the share `coverage` is answered, the least sure with `confidence`.

    `risk`: the share of these answers that is wrong.
    """

    coverage: float
    confidence: float
    risk: float

    @property
    def precision(self) -> float:
        return 1 - self.risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers with a confidence above `low`, to `high`: how sure they are, and how many are right.

    `right_low`, `right_high`: the 95 % Wilson interval of the share that is right. All four are 0
    where `count` is.
    """

    low: float
    high: float
    count: int
    confidence: float
    right: float
    right_low: float
    right_high: float


def mean(name: str, values: Sequence[float]) -> Metric:
    """The mean of one value a question."""
    sample = np.asarray(values)
    draws = np.random.default_rng(_SEED).integers(0, len(sample), (_RESAMPLES, len(sample)))
    low, high = np.quantile(sample[draws].mean(axis=1), _ENDS)
    return Metric(
        name=name,
        value=float(sample.mean()),
        low=float(low),
        high=float(high),
        count=len(sample),
    )


def resampled(name: str, statistic: Callable[..., float], *groups: Floats) -> Metric:
    """A statistic of groups of questions; the bootstrap draws from each group by itself."""
    generator = np.random.default_rng(_SEED)
    values = [
        statistic(*(group[generator.integers(0, len(group), len(group))] for group in groups))
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(values, _ENDS)
    return Metric(
        name=name,
        value=statistic(*groups),
        low=float(low),
        high=float(high),
        count=sum(map(len, groups)),
    )


def auroc(positives: Floats, negatives: Floats) -> float:
    """How often a positive's score is above a negative's; a tie counts half. 0.5 is chance.

    U / (positives · negatives). Source: Mann & Whitney 1947; Hanley & McNeil 1982.
    """
    from scipy.stats import rankdata  # slow to import

    count = len(positives)
    ranks = rankdata(np.concatenate([positives, negatives]))
    above = ranks[:count].sum() - count * (count + 1) / 2
    return float(above / (count * len(negatives)))


def risks(rows: Floats) -> Floats:
    """The risk of answering the k most confident, for k from 1 to n.

    Of questions with one confidence, any could come first: each counts as the mean of them all,
    which is what a random order gives on average.
    """
    _, places, sizes = np.unique(-rows[:, 0], return_inverse=True, return_counts=True)
    wrong = np.bincount(places, weights=1 - rows[:, 1]) / sizes
    return np.cumsum(np.repeat(wrong, sizes)) / np.arange(1, len(rows) + 1)


def aurc(rows: Floats) -> float:
    """The area under the risk–coverage curve: the mean of `risks`. 0 is perfect.

    Source: El-Yaniv & Wiener 2010; Geifman & El-Yaniv 2017.
    """
    return float(risks(rows).mean())


def risk_coverage(rows: Floats, coverages: Sequence[float]) -> tuple[Point, ...]:
    """The risk when only the most confident share of the questions is answered.

    Args:
        rows: at least one.
        coverages: shares above 0, to 1; each is rounded up to a whole number of questions.
    """
    falling = -np.sort(-rows[:, 0])
    found = risks(rows)
    # What comes out a hair above a whole number is that number.
    counts = [max(1, int(np.ceil(share * len(rows) - 1e-9))) for share in coverages]
    return tuple(
        Point(
            coverage=count / len(rows),
            confidence=float(falling[count - 1]),
            risk=float(found[count - 1]),
        )
        for count in counts
    )


def ece(rows: Floats) -> float:
    """Expected calibration error: |share right − mean confidence| of each bin, by its count.

    Of 10 bins of equal width, each with its upper end. Sampling noise never cancels out in it, so
    its bootstrap interval lies a little high. Source: Naeini, Cooper & Hauskrecht 2015; Guo,
    Pleiss, Sun & Weinberger 2017.
    """
    gaps = np.bincount(_bin_of(rows), weights=rows[:, 1] - rows[:, 0], minlength=BINS)
    return float(np.abs(gaps).sum() / len(rows))


def bins(rows: Floats) -> tuple[Bin, ...]:
    """The bins of `ece`, the empty ones too, by rising confidence."""
    places = _bin_of(rows)
    return tuple(_bin(place, rows[places == place]) for place in range(BINS))


def _bin_of(rows: Floats) -> npt.NDArray[np.intp]:
    return np.searchsorted(np.arange(1, BINS) / BINS, rows[:, 0], side="left")


def _bin(place: int, rows: Floats) -> Bin:
    from scipy.stats import binomtest  # slow to import

    confidence = right = low = high = 0.0
    if len(rows):
        confidence, right = map(float, rows.mean(axis=0))
        interval = binomtest(int(rows[:, 1].sum()), len(rows)).proportion_ci(method="wilson")
        low, high = float(interval.low), float(interval.high)
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        count=len(rows),
        confidence=confidence,
        right=right,
        right_low=low,
        right_high=high,
    )


def words_f1(given: str, gold: str) -> float:
    """F1 over words, articles and punctuation left out. Source: SQuAD's evaluate-v2.0.py."""
    ours, theirs = _bare(given), _bare(gold)
    if not ours or not theirs:
        return float(ours == theirs)
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


def exact_match(given: str, gold: str) -> float:
    """1 for the same words, articles and punctuation left out. Source: as `words_f1`."""
    return float(_bare(given) == _bare(gold))


def _bare(text: str) -> list[str]:
    kept = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(?:a|an|the)\b", " ", kept).split()
