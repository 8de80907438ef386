"""What `add` tells of how far it is."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from index import Outcome
from qa.output.progress import Bar, Pace


@pytest.fixture(name="clock")
def _clock(monkeypatch):
    """A clock that stands still until it is told to go on."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("qa.output.progress.time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_the_rate_and_the_time_left(clock):
    """By the files whose articles are safe: what was only read is still to be encoded."""
    pace = Pace()
    pace.files(4)
    assert pace.text() == "0 articles"
    pace.file_done("a.txt")
    clock.now += 5
    assert pace.text() == "0 articles"
    pace.committed("a", Outcome.ADDED)
    assert pace.text() == "1 article, 0.2/s, 0:00:15 left"
    pace.file_done("b.txt")
    pace.file_done("c.txt")
    clock.now += 1
    assert pace.text() == "1 article, 0.2/s, 0:00:14 left"
    pace.file_done("d.txt")
    pace.committed("d", Outcome.ADDED)
    clock.now += 9
    assert pace.text() == "2 articles, 0.3/s"


def test_the_time_left_of_one_long_file(clock):
    """The part that was read tells it; of a file that says nothing of its parts nobody knows."""
    for parts, left in (((0.25, 0.5), ", 0:00:10 left"), ((), "")):
        pace = Pace()
        pace.files(1)
        pace.part_done("a.jsonl", 0)
        clock.now += 10
        for part in parts:
            pace.part_done("a.jsonl", part)
        pace.committed("a", Outcome.ADDED)
        pace.committed("b", Outcome.ADDED)
        assert pace.text() == f"2 articles, 0.2/s{left}"


def test_the_bar_of_a_terminal():
    """Files and articles; it goes along with the parts of a long file."""
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    with Bar(terminal) as bar:
        bar.files(2)
        bar.file_done("a.txt")
        bar.part_done("b.jsonl", 0.5)
        bar.committed("b", Outcome.ADDED)
        assert bar.read == 1.5
    drawn = re.sub(r"\x1b\[[\d;?]*\w", "", terminal.file.getvalue())
    assert "1/2 1 article" in drawn
