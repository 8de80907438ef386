"""The weights that join searching and reading."""

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelNotFound
from qa.reading.fitted import Fitted, Logistic, log_odds, logistic

NAMES = ("first_sight", "sentence", "answerable", "right", "words", "text")
WRITTEN = {
    name: {"bias": number, "weights": {"log_probability": number + 0.5}}
    for number, name in enumerate(NAMES)
} | {"threshold": 0.25, "fitted": {"by": "hand"}}


def test_a_sum_weighs_the_features_by_name():
    """The bias and each weight times its feature; features without a weight do not count."""
    weighed = Logistic(-1.0, {"log_probability": 2.0, "lead": -0.5})
    assert weighed.sum({"lead": 4.0, "log_probability": 3.0, "other": 99.0}) == pytest.approx(3.0)
    assert weighed.chance({"lead": 4.0, "log_probability": 3.0}) == pytest.approx(
        1 / (1 + math.exp(-3))
    )


def test_a_feature_that_is_missing_is_an_error():
    """A feature that has a weight is not taken for zero."""
    with pytest.raises(KeyError, match="lead"):
        Logistic(0.0, {"lead": 1.0}).sum({"log_probability": 1.0})


@given(value=st.floats(-13.8, 13.8))
def test_log_odds_undo_the_logistic(value):
    """One is the inverse of the other, within ±13.8."""
    assert log_odds(logistic(value)) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(("value", "expected"), [(0.0, 0.5), (1e9, 1.0), (-1e9, 0.0)])
def test_the_logistic_has_no_overflow(value, expected):
    """However large the sum, the chance is between 0 and 1."""
    assert logistic(value) == pytest.approx(expected)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_certainty_has_finite_log_odds(chance):
    """A chance of 0 or 1 counts as one in a million."""
    assert abs(log_odds(chance)) == pytest.approx(math.log(1e6), abs=1e-5)
    assert (log_odds(chance) > 0) is (chance > 0.5)


def test_weights_are_read(tmp_path):
    """Each of the six and the threshold, as they stand in `weights.json`."""
    (tmp_path / "weights.json").write_text(json.dumps(WRITTEN), encoding="utf-8")
    assert Fitted.load(tmp_path) == Fitted(
        **{
            name: Logistic(float(number), {"log_probability": number + 0.5})
            for number, name in enumerate(NAMES)
        },
        threshold=0.25,
    )


def test_a_folder_without_weights_is_refused(tmp_path):
    """The message names the file and what to run."""
    with pytest.raises(ModelNotFound, match=r"weights\.json does not hold .*; run: pip install"):
        Fitted.load(tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "{",
        "[]",
        "{}",
        "7",
        '{"sentence": 1}',
        json.dumps({name: one for name, one in WRITTEN.items() if name != "text"}),
        json.dumps({name: one for name, one in WRITTEN.items() if name != "threshold"}),
        json.dumps(WRITTEN | {"threshold": "high"}),
        json.dumps(WRITTEN | {"text": {"bias": 1.0}}),
        json.dumps(WRITTEN | {"text": {"weights": {}}}),
        json.dumps(WRITTEN | {"text": {"bias": 1.0, "weights": [1.0]}}),
        json.dumps(WRITTEN | {"text": {"bias": "much", "weights": {}}}),
        json.dumps(WRITTEN | {"text": {"bias": 1.0, "weights": {"log_probability": None}}}),
        "\udcff",
    ],
)
def test_weights_of_another_form_are_refused(tmp_path, written):
    """Whatever is wrong with the file, the error is `ModelNotFound` and names it."""
    path = tmp_path / "weights.json"
    path.write_bytes(written.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelNotFound, match=re.escape(str(path))):
        Fitted.load(tmp_path)
