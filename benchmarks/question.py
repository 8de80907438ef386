"""What a question costs, and where its time goes; and how long a cold start takes.

An archive is made of stories of Reuters-21578, or named; questions made of headlines are asked one
by one, with both models. The time of each step is its own, without the steps within it. Cold starts
are processes of their own, turn by turn with one that imports torch and nothing else.

    python benchmarks/question.py [--archive FOLDER] [--articles N] [--questions N] [--json FILE]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from peers import drawn
from reading_speed import DATA, ROOT

from index import Archive, Document
from index.models import SentenceTransformerEncoder
from index.search.candidates import LocalFinder
from index.search.retriever import Retriever
from index.storage.fts import Fts
from index.storage.store import Store
from qa import Assistant, Question
from qa.cli.daemon import answering
from qa.reading.reader import Reader
from qa.reading.span_model import LocalSpanModel
from qa.settings import Settings

STEPS: tuple[tuple[str, type, str], ...] = (
    ("encoding the question", SentenceTransformerEncoder, "encode_question"),
    ("FAISS", LocalFinder, "nearest"),
    ("FTS5", LocalFinder, "with_any"),
    ("FTS5, how often terms occur", Fts, "occurrences"),
    ("candidates from SQLite, checked", Store, "passages"),
    ("scoring", Retriever, "_score"),
    ("hits from SQLite, checked", Retriever, "_hits"),
    ("choosing candidates, the rest of the search", Retriever, "search"),
    ("the reader's network", LocalSpanModel, "read"),
    ("judging what was read", Reader, "read_hits"),
    ("the rest", Assistant, "inquire"),
)
KEPT = {"XDG_RUNTIME_DIR"}
ASK = "onrecord ask"
SERVED = "onrecord ask, a server running"
COLD = {
    "import torch": "import torch",
    "onrecord --help": "from qa.cli import main; main(['--help'])",
    ASK: "import sys; from qa.cli import main; main(['ask', sys.argv[1]])",
    SERVED: "import sys; from qa.cli import main; main(['ask', sys.argv[1]])",
}


class Clock:
    """Takes the time of methods, each without that of the others that it calls."""

    def __init__(self) -> None:
        self._running: list[float] = []
        self.spent: dict[str, list[float]] = defaultdict(list)

    def watch(self, name: str, owner: type, method: str) -> None:
        """From now on, take the time of a method."""
        work: Callable[..., Any] = getattr(owner, method)

        @wraps(work)
        def watched(*args: Any, **options: Any) -> Any:
            self._running.append(0.0)
            started = time.perf_counter()
            try:
                return work(*args, **options)
            finally:
                elapsed = time.perf_counter() - started
                self.spent[name].append(1000 * (elapsed - self._running.pop()))
                if self._running:
                    self._running[-1] += elapsed

        setattr(owner, method, watched)


def ask_all(folder: Path, questions: Sequence[str]) -> dict[str, list[float]]:
    """The milliseconds of each step, question by question; a first one is not counted."""
    clock = Clock()
    for name, owner, method in STEPS:
        clock.watch(name, owner, method)
    by_step: dict[str, list[float]] = defaultdict(list)
    with Assistant.open(folder) as assistant:
        for place, question in enumerate(questions):
            clock.spent.clear()
            assistant.inquire(Question(text=question))
            for name, _, _ in STEPS:
                if place:
                    by_step[name].append(sum(clock.spent[name]))
    return by_step


def cold(folder: Path, question: str, rounds: int) -> dict[str, list[float]]:
    """Seconds from the start of a process to its end."""
    found: dict[str, list[float]] = {name: [] for name in COLD}
    settings = Settings(archive=folder)
    environment = {"PYTHONPATH": str(ROOT), "ONRECORD_ARCHIVE": str(folder), "PATH": ""}
    with Assistant.open(folder) as assistant:
        assistant.warm_up()
        for _ in range(rounds):
            for name, program in COLD.items():
                server = answering([assistant] if name == SERVED else [], settings)
                with server:
                    started = time.perf_counter()
                    subprocess.run(  # noqa: S603 - our own program
                        [sys.executable, "-c", program, question],
                        env={name: os.environ[name] for name in KEPT & {*os.environ}} | environment,
                        check=name not in {ASK, SERVED},  # they exit with 1 where nothing answers
                        capture_output=True,
                    )
                    found[name].append(time.perf_counter() - started)
    return found


def make(folder: Path, articles: Sequence[dict[str, str]]) -> None:
    """An archive of the articles."""
    with Archive.open(folder) as archive:
        archive.add_documents(
            Document(id=one["id"], text=one["text"], path=f"/{one['id']}", title=one["title"])
            for one in articles
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the shares and the cold starts, and write them where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--archive", type=Path, metavar="FOLDER")
    parser.add_argument("--articles", type=int, default=300, metavar="N")
    parser.add_argument("--questions", type=int, default=60, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of cold starts")
    parser.add_argument("--reuters", type=Path, default=DATA / "reuters21578", metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    if not any(given.reuters.glob("*.sgm.xz")):
        sys.exit(f"no Reuters-21578 in {given.reuters}; name the folder of its .sgm.xz files")
    articles, questions = drawn(
        given.reuters, max(given.articles, given.questions), given.questions
    )
    with tempfile.TemporaryDirectory() as made:
        folder = given.archive or Path(made, "archive")
        if not given.archive:
            make(folder, articles)
        starts = cold(folder, questions[0], given.rounds)
        steps = ask_all(folder, questions)
    whole = np.sum(list(steps.values()), axis=0)
    late = np.quantile(whole, 0.95)
    print(f"{len(whole)} questions: median {np.median(whole):.1f} ms, 95th in 100 {late:.1f} ms")
    print("\n| step | median ms | share |\n|---|---|---|")
    for name, spent in steps.items():
        print(f"| {name} | {np.median(spent):.1f} | {sum(spent) / whole.sum():.0%} |")
    print("\n| cold | median s | least s |\n|---|---|---|")
    for name, seconds in starts.items():
        print(f"| {name} | {median(seconds):.2f} | {min(seconds):.2f} |")
    if given.json:
        record = {"steps_ms": steps, "cold_seconds": starts}
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
