"""The weights that join searching and reading, fitted on held-back questions.

`model/weights.json` holds them beside the model that they were fitted for, with how they came
about; `qa.training.fit` fits them. Each is a bias, and a weight for each feature by name:
`first_sight` and `sentence` fitted by a softmax over the sentences of a question, the others by
logistic regression.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from index.errors import ModelNotFound

_WEIGHTS = "weights.json"


@dataclass(frozen=True, slots=True)
class Logistic:
    """`sum` is the log odds, `chance` the probability: 0 to 1."""

    bias: float
    weights: Mapping[str, float]

    def sum(self, features: Mapping[str, float]) -> float:
        return self.bias + sum(weight * features[name] for name, weight in self.weights.items())

    def chance(self, features: Mapping[str, float]) -> float:
        return logistic(self.sum(features))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What each weighs a sentence's, a question's or a text's features for.

    `first_sight`: how well a sentence answers before it is read; `sentence`: after. These are
    compared, never shown. `answerable`: whether the passages hold an answer; `right`: whether the
    first sentence is it; `words`: whether its words are, too; `text`: whether a text that is read
    by itself answers. `threshold`: an answer is given where `answerable` is at least so much.
    """

    first_sight: Logistic
    sentence: Logistic
    answerable: Logistic
    right: Logistic
    words: Logistic
    text: Logistic
    threshold: float

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises: ModelNotFound: there are none in `folder`, or they are of another form."""
        path = folder / _WEIGHTS
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            threshold = float(given["threshold"])
            return cls(**{name: _logistic(given[name]) for name in _NAMES}, threshold=threshold)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelNotFound(
                f"{path} does not hold the reader's weights: {error}; run: pip install "
                "--force-reinstall onrecord"
            ) from error


_NAMES = tuple(one.name for one in fields(Fitted) if one.name != "threshold")


def _logistic(given: Mapping[str, Any]) -> Logistic:
    weights = {name: float(weight) for name, weight in given["weights"].items()}
    return Logistic(float(given["bias"]), weights)


def logistic(value: float) -> float:
    """The chance, 0 to 1, that log odds stand for."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


def log_odds(chance: float) -> float:
    """The inverse of `logistic`, within ±14."""
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(chance / (1 - chance))
