"""Some of each kind of experiment that tries to make the archive lose or falsify what it holds."""

import os

import pytest

from tests.reliability.nursery import nursery
from tests.reliability.suite import PARTS

if os.name == "nt":
    pytest.skip("the experiments fork, and send signals", allow_module_level=True)


@pytest.fixture(name="shared", scope="session")
def _shared(tmp_path_factory):
    """A folder for what experiments share."""
    return tmp_path_factory.mktemp("reliability")


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_lost_or_wrong(part, shared):
    """After each experiment the archive holds what it had acknowledged, and nothing else."""
    whole, quick = nursery().count(part, folder=shared / "work"), PARTS[part].quick
    trials = 0
    for number in range(quick):
        seed = number * whole // quick
        result = nursery().run(part, seed, folder=shared / "work")
        assert result.failure is None, f"{part} {seed}: {result.failure}"
        trials += result.trials
    assert trials
