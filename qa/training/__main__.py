"""`python -m qa.training --data FOLDER --out FOLDER`: train and fit, in the background or not."""

import argparse
import logging
from pathlib import Path

from qa.training.fit import fit_weights
from qa.training.train import Hyperparameters, train


def main() -> None:
    """Read the command line and train. Run again after an interruption, it goes on."""
    parser = argparse.ArgumentParser(prog="python -m qa.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds reader-training/, squad2/")
    parser.add_argument("--out", type=Path, required=True, help="for checkpoints and the model")
    given = parser.parse_args()
    logging.basicConfig(format="%(relativeCreated)9.0f ms  %(message)s", level=logging.INFO)
    train(given.data, given.out, Hyperparameters(), logging.getLogger(__name__).info)
    fit_weights(given.data, given.out / "model")


if __name__ == "__main__":
    main()
