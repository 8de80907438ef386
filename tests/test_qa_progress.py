"""The bar that `add` shows on a terminal."""

import io

from rich.console import Console

from index import Outcome
from qa.progress import Bar


def test_the_bar_tells_files_articles_and_the_time_left():
    """It goes along with the parts of a long file, and is full with the last file."""
    shown = Console(file=io.StringIO(), force_terminal=True, width=100)
    with Bar(shown) as bar:
        bar.files(2)
        (task,) = bar._bar.tasks
        bar.file_done("a.txt")
        bar.part_done("b.jsonl", 0.25)
        assert task.completed == 1.25
        bar.part_done("b.jsonl", 0.5)
        bar.committed("b", Outcome.ADDED)
        assert task.completed == 1.5
        assert task.fields["documents"] == "1 article"
        bar.file_done("b.jsonl")
        assert task.finished
