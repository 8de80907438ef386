"""The table of experiments."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.reliability import damage, faults, fuzz, kills, power, races, shortage, walk
from tests.skips import NO_DATA


@dataclass(frozen=True, kw_only=True)
class Part:
    """Experiments of one kind, each made from a number.

    Attributes:
        what: what is done, for the report.
        experiment: makes one in an empty folder, and returns how many trials it made; raises when
            something was lost or wrong.
        count: how many of them the long run makes, or what tells that, given a folder to share.
        quick: how many of them every run of the tests makes.
        kinds: how many kinds of experiment there are, which take turns.
        idle: why one of them may have made no trial, where that may be.
    """

    what: str
    experiment: Callable[[int, Path], int]
    count: int | Callable[[Path], int]
    quick: int
    kinds: int = 1
    idle: str | None = None

    def seeds(self, some: int, *, of: int) -> list[int]:
        """The numbers of `some` experiments out of `of`: from all over, the kinds in turn."""
        spread = [number * of // some for number in range(some)]
        return [seed - (seed - turn) % self.kinds for turn, seed in enumerate(spread)]


PARTS = {
    "kills": Part(
        what="SIGKILL at random moments of an add",
        experiment=kills.at_random,
        count=200,
        quick=2,
        kinds=10,
    ),
    "steps": Part(
        what=f"SIGKILL before or after each of {len(kills.STEPS)} named steps",
        experiment=kills.at_a_step,
        count=50 * len(kills.STEPS),
        quick=len(kills.STEPS),
        kinds=len(kills.STEPS),
    ),
    "faults": Part(
        what="every call to the disk fails: error or full, once or from then on, or is the last",
        experiment=faults.experiment,
        count=faults.count,
        quick=40,
        kinds=len(faults.WAYS),
        idle="the job was done before that call",
    ),
    "power": Part(
        what="loss of power: unsynced writes kept, dropped, reordered, garbled",
        experiment=power.experiment,
        count=1_000,
        quick=20,
        kinds=len(faults.JOBS),
    ),
    "damage": Part(
        what="a bit flipped, a page of zeros, a file cut short, anywhere in the archive's files",
        experiment=damage.experiment,
        count=2_000,
        quick=40,
    ),
    "walk": Part(
        what="steps of all kinds at random, beside a model in memory",
        experiment=walk.experiment,
        count=10_000 // walk.STEPS,
        quick=6,
    ),
    "races": Part(
        what="two writers and two readers at once",
        experiment=races.experiment,
        count=200,
        quick=10,
        kinds=races.KINDS,
    ),
    "fuzz": Part(
        what=f"files of {len(fuzz.KINDS)} kinds, changed at random",
        experiment=fuzz.experiment,
        count=500 * len(fuzz.KINDS),
        quick=len(fuzz.KINDS),
        kinds=len(fuzz.KINDS),
        idle=f"{NO_DATA} in {fuzz.DATA} of that kind; name its folder in ONRECORD_TEST_DATA",
    ),
    "shortage": Part(
        what="a full disk, no handles, a read-only folder, no permission",
        experiment=shortage.experiment,
        count=80,
        quick=24,
        kinds=len(shortage.KINDS),
        idle="only a superuser on Linux can make this system refuse that",
    ),
}
