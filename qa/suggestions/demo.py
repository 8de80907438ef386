"""The article that comes with On Record, and where its archive is made."""

from pathlib import Path

import platformdirs

from index.errors import NoArchive

QUESTIONS = (
    "Who claimed the Tazerbo attack?",
    "How many people were killed in Tazerbo?",
    "What did Abaaj say about the extremist organization?",
    "Who won the 2018 World Cup?",
)
"""One to begin with, one with a number, one about who said what, one that nothing answers."""


def seeds_folder() -> Path:
    """The folder of the article: within the package, or beside it in a checkout.

    Raises:
        NoArchive: it is in neither place.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "seeds", package.parent / "seeds"):
        if folder.is_dir():
            return folder
    raise NoArchive("the demo's article is missing; run: pip install --force-reinstall onrecord")


def demo_folder() -> Path:
    """Where the demo's archive lies."""
    return Path(platformdirs.user_data_dir("onrecord", appauthor=False)) / "demo"
