"""Figures that can be reckoned by hand, and the picture of them."""

import io
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from qa.evaluation.metrics import (
    aurc,
    auroc,
    bins,
    ece,
    exact_match,
    mean,
    resampled,
    risk_coverage,
    risks,
    words_f1,
)
from qa.evaluation.plots import draw
from qa.evaluation.report import Confidence


def rows(*pairs):
    return np.array(pairs, dtype=np.float64)


# Words


@pytest.mark.parametrize(
    ("given", "gold", "f1"),
    [
        ("the rebels", "Rebels.", 1.0),
        ("A man, an ox, the plan", "man ox plan", 1.0),
        ("ISIS", "the ISIS fighters", 2 / 3),
        ("north of Sirte", "Sirte", 0.5),
        ("Sirte Sirte", "Sirte", 2 / 3),
        ("Sirte", "Kufra", 0.0),
        ("", "Sirte", 0.0),
        ("", "", 1.0),
        ("the", "a", 1.0),
        ("the", "Sirte", 0.0),
    ],
)
def test_words_f1(given, gold, f1):
    """Worked examples: articles, case and punctuation are left out; a word counts as often."""
    assert words_f1(given, gold) == pytest.approx(f1)
    assert words_f1(gold, given) == pytest.approx(f1)
    assert exact_match(given, gold) == (f1 == 1)


def test_exact_match_minds_the_order():
    """The same words in another order have an F1 of 1, and are no match."""
    assert words_f1("Sirte Kufra", "Kufra Sirte") == 1
    assert exact_match("Sirte Kufra", "Kufra Sirte") == 0


@given(st.text(max_size=40))
def test_words_f1_of_itself_is_one(text):
    """Whatever is given, it is wholly right when it is the gold answer."""
    assert words_f1(text, text) == 1
    assert exact_match(text, text) == 1


# Intervals


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_interval_brackets_the_value(values):
    """The mean lies within its interval, and the interval within the extremes."""
    metric = mean("x", values)
    assert metric.value == pytest.approx(np.mean(values))
    slack = 1e-9
    assert min(values) - slack <= metric.low <= metric.high <= max(values) + slack
    if len(values) > 5:
        assert metric.low - 0.05 <= metric.value <= metric.high + 0.05
    assert metric.count == len(values)


def test_the_interval_is_about_two_standard_errors():
    """Of 400 questions half right, the interval is 0.5 ± 0.049."""
    metric = mean("x", [1.0, 0.0] * 200)
    assert metric.low == pytest.approx(0.451, abs=0.01)
    assert metric.high == pytest.approx(0.549, abs=0.01)


def test_the_interval_is_the_same_each_time():
    """The draws are seeded."""
    values = [place**2 / 2500 for place in range(50)]
    assert mean("x", values) == mean("x", values)
    assert resampled("x", np.mean, np.array(values)) == resampled("x", np.mean, np.array(values))


def test_a_resampled_mean_is_the_mean():
    """Of 400 questions half right, by the other way: the same interval."""
    metric = resampled("x", np.mean, np.array([1.0, 0.0] * 200))
    assert (metric.value, metric.count) == (0.5, 400)
    assert metric.low == pytest.approx(0.451, abs=0.01)
    assert metric.high == pytest.approx(0.549, abs=0.01)


def test_each_group_is_drawn_by_itself():
    """No draw moves a value from one group to the other, or changes how many there are."""
    seen = []

    def statistic(ones, twos):
        seen.append((ones.tolist(), twos.tolist()))
        return 0.0

    metric = resampled("x", statistic, np.ones(2), np.full(3, 2.0))
    assert metric.count == 5
    assert seen == [([1, 1], [2, 2, 2])] * 1001


# AUROC


@pytest.mark.parametrize(
    ("positives", "negatives", "value"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1], [0.9], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.5, 0.5, 0.5], [0.5], 0.5),
        ([0.9, 0.5], [0.5, 0.1], 3.5 / 4),
        ([0.9, 0.3, 0.3], [0.3, 0.5], (2 + 0.5 + 0.5) / 6),
    ],
)
def test_auroc(positives, negatives, value):
    """Pairs that are in order, by hand; a tie counts half."""
    assert auroc(np.array(positives), np.array(negatives)) == pytest.approx(value)


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_in_order(positives, negatives):
    """The definition, pair by pair."""
    pairs = [(a > b) + 0.5 * (a == b) for a, b in product(positives, negatives)]
    assert auroc(np.array(positives), np.array(negatives)) == pytest.approx(np.mean(pairs))


# Risk and coverage

TOY = rows((0.9, 1), (0.8, 0), (0.7, 1), (0.1, 0))


def test_risks_by_hand():
    """The most confident first: one right, one wrong, one right, one wrong."""
    assert risks(TOY) == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert risks(TOY[::-1]) == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc(TOY) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_ties_count_as_their_mean():
    """Of three with one confidence, one wrong, each is wrong by a third, in any order."""
    tied = [(0.5, 1), (0.5, 0), (0.5, 1)]
    for order in (tied, tied[::-1], tied[1:] + tied[:1]):
        assert risks(rows((0.9, 0), *order)) == pytest.approx([1, 2 / 3, 5 / 9, 1 / 2])


def test_a_perfect_ranking_and_its_opposite():
    """With all right ones first, risk starts late; the other way round, it starts at 1."""
    assert aurc(rows((0.9, 1), (0.1, 0))) == pytest.approx(1 / 4)
    assert aurc(rows((0.9, 0), (0.1, 1))) == pytest.approx(3 / 4)
    assert aurc(rows((0.3, 1), (0.1, 1))) == 0


def test_the_curve_by_hand():
    """Shares are rounded up to whole questions; each point says who is the least sure."""
    curve = risk_coverage(TOY, (0.01, 0.25, 0.5, 0.51, 0.75, 1.0))
    assert [(one.coverage, one.confidence) for one in curve] == [
        (0.25, 0.9),
        (0.25, 0.9),
        (0.5, 0.8),
        (0.75, 0.7),
        (0.75, 0.7),
        (1.0, 0.1),
    ]
    assert [one.risk for one in curve] == pytest.approx([0, 0, 1 / 2, 1 / 3, 1 / 3, 1 / 2])
    assert [one.precision for one in curve] == pytest.approx([1, 1, 1 / 2, 2 / 3, 2 / 3, 1 / 2])


@pytest.mark.parametrize("percent", range(1, 101))
def test_a_whole_number_of_questions_is_not_rounded_up(percent):
    """Seven hundredths of a hundred questions are seven, though 0.07 · 100 is above 7."""
    many = rows(*((0.5, 1) for _ in range(100)))
    assert risk_coverage(many, (percent / 100,))[0].coverage == percent / 100


# Calibration


def test_ece_by_hand():
    """Two bins: (0.6 + 0.7) / 2 against 1/2, and (0.9 + 1.0) / 2 against 1; each has half."""
    toy = rows((0.61, 1), (0.69, 0), (0.91, 1), (0.99, 1))
    assert ece(toy) == pytest.approx(0.5 * 0.15 + 0.5 * 0.05)
    found = {(one.low, one.high): one for one in bins(toy) if one.count}
    assert set(found) == {(0.6, 0.7), (0.9, 1.0)}
    assert found[0.6, 0.7].count == 2
    assert found[0.6, 0.7].confidence == pytest.approx(0.65)
    assert found[0.6, 0.7].right == 0.5
    assert found[0.9, 1.0].right == 1


def test_errors_do_not_cancel_out_between_bins():
    """Too sure in one bin and too unsure in another are both wrong; within one they even out."""
    assert ece(rows((0.85, 0), (0.15, 1))) == pytest.approx(0.85)
    assert ece(rows((0.55, 1), (0.55, 0))) == pytest.approx(0.05)


def test_a_perfectly_calibrated_confidence():
    """Sure and right, or sure that it is wrong: no error."""
    assert ece(rows((1.0, 1), (0.0, 0), (0.5, 1), (0.5, 0))) == 0


@pytest.mark.parametrize("tenth", range(1, 11))
def test_a_bin_has_its_upper_end(tenth):
    """A confidence of 0.3 is in (0.2, 0.3], and one a little above it in the next."""
    (held,) = (place for place, one in enumerate(bins(rows((tenth / 10, 1)))) if one.count)
    assert held == tenth - 1
    if tenth < 10:
        (held,) = (p for p, one in enumerate(bins(rows((tenth / 10 + 1e-9, 1)))) if one.count)
        assert held == tenth


def test_no_confidence_is_in_the_first_bin():
    """0 is no bin's upper end, and belongs to the first."""
    assert [one.count for one in bins(rows((0.0, 0), (0.1, 0)))] == [2, *[0] * 9]


def test_the_interval_of_a_bin_is_wilsons():
    """Of 10 right out of 10: from 0.722. Source: n / (n + z²) with z = 1.96."""
    found = bins(rows(*[(0.95, 1)] * 10))[-1]
    assert found.right_low == pytest.approx(10 / (10 + 1.95996**2), abs=1e-4)
    assert found.right_high == 1
    assert bins(TOY)[5].right_high == 0


# The picture


@pytest.fixture(name="reports", scope="module")
def _reports():
    """Of 300 questions, all and the answerable ones; the unsure are refused."""
    generator = np.random.default_rng(3)
    confidence = generator.random(300)
    right = generator.random(300) < confidence
    some = np.column_stack([confidence, right]).astype(np.float64)
    return [
        Confidence.of(some, list(confidence > 0.3), "all questions"),
        Confidence.of(some[:200], list(confidence[:200] > 0.3), "answerable questions"),
    ]


def picture(reports):
    """The pixels, `(height, width, 3)`."""
    drawn = draw(reports)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    with Image.open(io.BytesIO(drawn)) as image:
        image.load()
        return np.asarray(image.convert("RGB")).astype(int)


def near(pixels, colour):
    """How many pixels have a colour."""
    return int((np.abs(pixels - np.array(colour)).sum(axis=-1) < 30).sum())


BLUE, ORANGE = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def test_the_picture_is_a_png_with_both_curves(reports):
    """It opens, has the size it should, and both colours are there in plenty."""
    pixels = picture(reports)
    assert pixels.shape == (810, 1650, 3)
    assert near(pixels, BLUE) > 2000
    assert near(pixels, ORANGE) > 2000


def test_the_picture_of_one_report(reports):
    """With one report there is one colour."""
    pixels = picture(reports[:1])
    assert near(pixels, BLUE) > 2000
    assert near(pixels, ORANGE) == 0


def test_the_picture_says_what_is_in_it(reports, monkeypatch):
    """Axes are labelled, the diagonal is there, each bin has its count, the threshold its mark."""
    from matplotlib.figure import Figure

    drawn = []
    save = Figure.savefig

    def savefig(self, *args, **options):
        drawn.append(self)
        save(self, *args, **options)

    monkeypatch.setattr(Figure, "savefig", savefig)
    draw(reports)
    by_label = {one.get_ylabel().split()[0]: one for one in drawn[0].axes}
    reliability, counts, risk = by_label["share"], by_label["answers"], by_label["risk:"]
    assert counts.get_xlabel() == "confidence"
    assert risk.get_xlabel().startswith("coverage")
    diagonal = reliability.get_lines()[0]
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    shown = sorted(int(text.get_text()) for text in counts.texts)
    assert shown == sorted(
        one.count for report in reports for one in report.given.bins if one.count
    )
    marks = [line for line in risk.get_lines() if line.get_marker() not in ("None", None)]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in marks] == [
        (report.answered.coverage, report.answered.risk) for report in reports
    ]


def test_a_picture_without_answers():
    """Where everything is refused there is still a curve to draw."""
    refused = Confidence.of(TOY, [False] * 4, "answerable questions")
    assert near(picture([refused]), BLUE) > 300
