"""`python -m qa.training --data FOLDER --out FOLDER`: train and fit, in the background or not."""

import argparse
import logging
import random
import tempfile
from pathlib import Path

from qa.reading.fitted import Fitted
from qa.reading.span_model import PACKAGED
from qa.training import news
from qa.training.base import write_base
from qa.training.fit import fit_weights
from qa.training.recipe import Mixture, kept_apart_rows, mixed, paragraph_rows
from qa.training.train import Hyperparameters, train


def main() -> None:
    """Read the command line and train. Run again after an interruption, it goes on."""
    parser = argparse.ArgumentParser(prog="python -m qa.training", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="holds reader-training/, reuters21578/, squad2/"
    )
    parser.add_argument("--out", type=Path, required=True, help="for checkpoints and the model")
    parser.add_argument(
        "--base", type=Path, help="a model's folder to go on from; else multilingual-e5-small"
    )
    parser.add_argument(
        "--confidence",
        type=Path,
        nargs=2,
        action="append",
        required=True,
        metavar=("QUESTIONS", "ARCHIVE"),
        help="judged questions, and an archive of their articles, that the chances are set by",
    )
    given = parser.parse_args()
    logging.basicConfig(format="%(relativeCreated)9.0f ms  %(message)s", level=logging.INFO)
    settings = Hyperparameters()
    chance = random.Random(settings.seed)
    paragraphs = paragraph_rows(given.data, Mixture(), chance)
    with (
        tempfile.TemporaryDirectory() as folder,
        news.archive_of(given.data, Path(folder, "news")) as archive,
    ):
        first_sight = Fitted.load(PACKAGED).first_sight
        asked = news.questions(kept_apart=False)
        over_news = list(news.rows(archive, asked, first_sight, chance))
    base = given.base or given.out / "base"
    if given.base is None:
        write_base(base)
    train(
        mixed(paragraphs, over_news, chance),
        base,
        given.out,
        settings,
        logging.getLogger(__name__).info,
        judged=kept_apart_rows(given.data),
    )
    fit_weights(given.data, given.out / "model", given.confidence)


if __name__ == "__main__":
    main()
