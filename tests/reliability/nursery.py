"""A process for each experiment, forked from one that has everything imported.

Run as a program this is that process: each line of its input orders one experiment, each line of
its output tells how one ended.
"""

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.reliability import aside

if TYPE_CHECKING:
    from tests.reliability import suite

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Result:
    """How an experiment ended: how many trials it made, and why it failed, if it did."""

    trials: int
    failure: str | None


class Nursery:
    """The process that others are forked from."""

    def __init__(self) -> None:
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **one_thread, "PYTHONPATH": str(ROOT)},
        )

    def run(self, part: str, seed: int, *, folder: Path, seconds: float = 120) -> Result:
        """Make one experiment in the folder `folder`, whose content is made anew."""
        return Result(**self._order(part=part, seed=seed, folder=str(folder), seconds=seconds))

    def count(self, part: str, *, folder: Path) -> int:
        """How many experiments a part has."""
        found = self._order(part=part, seed=None, folder=str(folder), seconds=600)
        if found["failure"]:
            raise RuntimeError(found["failure"])
        return int(found["trials"])

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@functools.cache
def nursery() -> Nursery:
    """The one of this process, which ends with it."""
    started = Nursery()
    atexit.register(started.close)
    return started


def main() -> None:
    import datasketch  # noqa: F401 - imported when it is needed, and slow to import

    from tests.reliability import scenario, suite

    scenario.prepare()
    for line in sys.stdin:
        order = json.loads(line)
        folder = Path(order["folder"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        ended = aside.run(
            functools.partial(_make, suite.PARTS[order["part"]], order["seed"], folder),
            seconds=order["seconds"],
        )
        result = {"trials": 0, "failure": None}
        if ended.is_late:
            result["failure"] = f"took longer than {order['seconds']} seconds"
        elif ended.signal:
            result["failure"] = f"died of {ended.died_of}"
        else:
            (result,) = ended.told
        shutil.rmtree(folder, ignore_errors=True)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def _make(part: "suite.Part", seed: int | None, folder: Path, tell: aside.Tell) -> None:
    """Make one experiment, or count them, and tell how it ended."""
    tempfile.tempdir = str(folder)
    try:
        if seed is not None:
            trials = part.experiment(seed, folder)
        elif callable(part.count):
            trials = part.count(folder.with_name("faults-shared"))
        else:
            trials = part.count
        tell({"trials": trials, "failure": None})
    except BaseException:  # noqa: BLE001 - whatever it is, it is what the experiment found
        tell({"trials": 0, "failure": traceback.format_exc()})


if __name__ == "__main__":
    main()
