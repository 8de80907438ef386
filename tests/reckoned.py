"""Two records of one question, which two ways of running the models have reckoned."""

from typing import Any

import pytest


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The records say the same; what is reckoned in so many bits is nearly so.

    Source of the tolerance: the two ways differ in confidence by .006 at most over the seed's
    questions, in weights of bfloat16 (`docs/adr/0011-packaged-models-on-torch-alone.md`).
    """
    assert _numbers(one) == pytest.approx(_numbers(other), abs=0.05)
    assert one == other


def _numbers(record: dict[str, Any]) -> list[float]:
    """The scores and the confidence, taken out of the record; and the time it took, let go of."""
    record.pop("elapsed_ms", None)
    found = [*record.get("citations", ()), *record.get("nearest", ()), *record.get("hits", ())]
    numbers = [one.pop("score") for one in found]
    if record.get("answer"):
        chances = ("confidence", "sentence_confidence")
        numbers += [record["answer"].pop(name) for name in chances]
    return numbers
