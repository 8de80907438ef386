"""`python -m qa.training --data FOLDER --out FOLDER`: train, in the background if need be."""

import argparse
import time
from pathlib import Path

from qa.training.train import Settings, train


def main() -> None:
    """Read the command line and train; run again after an interruption, it goes on."""
    parser = argparse.ArgumentParser(prog="python -m qa.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds reader-training/, squad2/")
    parser.add_argument("--out", type=Path, required=True, help="for checkpoints and the model")
    given = parser.parse_args()
    started = time.perf_counter()

    def note(line: str) -> None:
        print(f"{time.perf_counter() - started:7.0f} s  {line}", flush=True)  # noqa: T201

    train(given.data, given.out, Settings(), note)


if __name__ == "__main__":
    main()
