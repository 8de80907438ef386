"""Some of each kind of experiment that tries to make the archive lose or falsify what it holds."""

import functools
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


@pytest.fixture(name="count", scope="session")
def _count(shared):
    """A function that tells how many experiments a part has in all."""
    return functools.cache(functools.partial(nursery().count, folder=shared / "work"))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("share", [0.01, 0.1, 1 / 3, 1])
def test_a_share_of_the_experiments_has_all_kinds(part, share):
    """Whatever the share, no experiment is made twice, and the kinds take turns."""
    kinds = PARTS[part].kinds
    whole = 1_200 * kinds
    some = round(share * whole)
    seeds = PARTS[part].seeds(some, of=whole)
    assert len(set(seeds)) == some
    assert set(seeds) <= set(range(whole))
    assert [seed % kinds for seed in seeds] == [turn % kinds for turn in range(some)]


@pytest.mark.parametrize(
    ("part", "number"),
    [(part, number) for part in PARTS for number in range(PARTS[part].quick)],
)
def test_nothing_is_lost_or_wrong(part, number, shared, count):
    """After an experiment the archive holds what it had acknowledged, and nothing else."""
    seed = PARTS[part].seeds(PARTS[part].quick, of=count(part))[number]
    result = nursery().run(part, seed, folder=shared / "work")
    assert result.failure is None, f"{part} {seed}: {result.failure}"
    if not result.trials and PARTS[part].idle:
        pytest.skip(PARTS[part].idle)
    assert result.trials
