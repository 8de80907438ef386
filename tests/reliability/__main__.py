"""Make all experiments, or some parts, and go on where an earlier run was stopped.

    python -m tests.reliability FOLDER [--only PART …] [--share 0.1]

`FOLDER/results.jsonl` has a line for each experiment that was made; those are not made again. The
folder stays where it is: what archives remember of their articles has its path.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from tests.reliability.nursery import nursery
from tests.reliability.suite import PARTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability")
    parser.add_argument("folder", type=Path, help="where results are kept; made when absent")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--share", type=float, default=1.0, help="of the experiments: 0 to 1")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    results = options.folder / "results.jsonl"
    made = _read(results)
    with results.open("a", encoding="utf-8") as file:
        for name in options.only:
            done = {seed for part, seed in made if part == name}
            whole = nursery().count(name, folder=options.folder / "work")
            count = max(1, round(whole * options.share))
            for number, seed in enumerate(PARTS[name].seeds(count, of=whole)):
                if seed in done:
                    continue
                result = nursery().run(name, seed, folder=options.folder / "work")
                line = {"part": name, "seed": seed, "trials": result.trials}
                if result.failure:
                    line["failure"] = result.failure
                    sys.stderr.write(f"\n{name} {seed}: {result.failure}\n")
                file.write(json.dumps(line) + "\n")
                file.flush()
                sys.stderr.write(f"\r{name} {number + 1:,} of {count:,} ")
    return _report(results)


def _read(results: Path) -> set[tuple[str, int]]:
    if not results.exists():
        return set()
    lines = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    return {(line["part"], line["seed"]) for line in lines}


def _report(results: Path) -> int:
    """Print a table of what was made until now; 1 when something was lost or wrong."""
    made: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for line in map(json.loads, results.read_text(encoding="utf-8").splitlines()):
        made[line["part"]] += 1
        trials[line["part"]] += line["trials"]
        failed[line["part"]] += "failure" in line
    sys.stdout.write(
        f"{time.strftime('%Y-%m-%d')}\n\n| part | what | trials | failed |\n|---|---|---|---|\n"
    )
    for name, part in PARTS.items():
        if made[name]:
            sys.stdout.write(f"| {name} | {part.what} | {trials[name]:,} | {failed[name]} |\n")
    return 1 if failed.total() else 0


if __name__ == "__main__":
    sys.exit(main())
