"""On Record beside what one might take instead: the same articles, models, threads and machine.

Articles are stories drawn from all over Reuters-21578, questions are made of headlines. Each
contestant (`benchmarks/contestants.py`) indexes and answers in processes of its own, turn by turn,
for some rounds; of these the median is told, and the ratio to On Record's. On Record stores the
vectors of passages and sentences; the others store those of passages, or of whole articles.

    python -m venv PEERS && PEERS/bin/pip install -r benchmarks/requirements.txt
    python benchmarks/peers.py PEERS/bin/python [--articles N] [--questions N] [--json FILE]

Nothing is fetched: the encoder is the packaged one, the reader `qa/reading/model`, written as
float32 for the peers, which would imitate its float16.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from contestants import CONTESTANTS
from reading_speed import DATA, ROOT
from safetensors.torch import load_file, save_file

from index.models.encoder import packaged_folder
from qa.training.reuters import records

OURS, OURS_SEARCH = "On Record", "On Record, search alone"
LEAST_TITLE_WORDS = 4
SEED = 21578

Round = dict[str, Any]


def drawn(folder: Path, articles: int, questions: int) -> tuple[list[dict[str, str]], list[str]]:
    """Some stories, and a question for each of some of them, made of its headline."""
    every = list(records(folder))
    order = np.random.default_rng(SEED).permutation(len(every))[:articles]
    chosen = [every[place] for place in order]
    asked = [one["title"] for one in chosen if len(one["title"].split()) >= LEAST_TITLE_WORDS]
    return chosen, [f"What is reported of {title}?" for title in asked[: questions + 1]]


def as_float32(model: Path, place: Path) -> Path:
    """A copy of a model in float32, as transformers reads it."""
    place.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (place / name).write_bytes((model / name).read_bytes())
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    (place / "config.json").write_text(json.dumps(config | {"dtype": "float32"}), encoding="utf-8")
    weights = {name: one.float() for name, one in load_file(model / "model.safetensors").items()}
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    return place


class Arena:
    """Where each step of a contestant runs: in a process of its own, with as many threads."""

    def __init__(self, peers: Path, place: Path, threads: int) -> None:
        self._peers = peers
        self._place = place
        self._models = (
            str(packaged_folder()),
            str(as_float32(ROOT / "qa/reading/model", place / "reader")),
        )
        self._environment = os.environ | {
            "HF_HUB_OFFLINE": "1",
            "HAYSTACK_TELEMETRY_ENABLED": "False",
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
        }

    def run(self, step: str, name: str, given: Path, folder: Path) -> Round:
        """What a step measured; `cold_seconds` from its start to the first answer."""
        is_ours = name in (OURS, OURS_SEARCH)
        python = sys.executable if is_ours else str(self._peers)
        environment = self._environment | ({"PYTHONPATH": str(ROOT)} if is_ours else {})
        script = str(Path(__file__).with_name("contestants.py"))
        started = time.perf_counter()
        found: Round = {}
        with (
            (self._place / "errors.txt").open("w+", encoding="utf-8") as errors,
            subprocess.Popen(  # noqa: S603 - our own program
                [python, script, step, name, *self._models, str(given), str(folder)],
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line) if line.startswith("{") else {}
                if told.pop("is_first", False):
                    found["cold_seconds"] = time.perf_counter() - started
                found |= told
            if process.wait():
                errors.seek(0)
                sys.exit(f"{name} failed to {step}:\n{errors.read()}")
        return found


def measure(arena: Arena, place: Path, names: Sequence[str], rounds: int) -> dict[str, list[Round]]:
    """Every round of every contestant, turn by turn."""
    found: dict[str, list[Round]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            folder = place / f"{number}-{OURS if name == OURS_SEARCH else name}"
            told: Round = {}
            if name != OURS_SEARCH:
                told = arena.run("index", name, place / "articles.json", folder)
                told["index_memory_bytes"] = told.pop("memory_bytes")
                told["disk_bytes"] = sum(
                    one.stat().st_size for one in folder.rglob("*") if one.is_file()
                )
            told |= arena.run("ask", name, place / "questions.json", folder)
            found[name].append(told)
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
    return found


def told_of(rounds: Sequence[Round], articles: int, sentences: int) -> dict[str, float]:
    """A contestant's figures: the median of its rounds; questions of all rounds together."""
    row: dict[str, float] = {}
    if "index_seconds" in rounds[0]:
        row["articles a second"] = articles / median(one["index_seconds"] for one in rounds)
        row["MB while indexing"] = median(one["index_memory_bytes"] for one in rounds) / 1e6
        row["bytes a sentence on disk"] = median(one["disk_bytes"] for one in rounds) / sentences
    row["cold start, s"] = median(one["cold_seconds"] for one in rounds)
    elapsed = [ms for one in rounds for ms in one["elapsed_ms"]]
    row["question, median ms"] = float(np.median(elapsed))
    row["question, 95th in 100"] = float(np.quantile(elapsed, 0.95))
    row["questions a second"] = median(one["a_second"] for one in rounds)
    row["asked again by turns"] = sum(one["by_turns"] for one in rounds)
    row["MB while answering"] = median(one["memory_bytes"] for one in rounds) / 1e6
    return row


def show(table: dict[str, dict[str, float]]) -> None:
    """The figures, and how many times On Record's each is."""
    columns = list(table[OURS])
    print("| | " + " | ".join(columns) + " |\n|---" + "|---" * len(columns) + "|")
    for name, row in table.items():
        cells = [
            f"{row[one]:,.4g} ({row[one] / table[OURS][one]:.2f})"
            if row.get(one) and table[OURS][one]
            else f"{row[one]:,.4g}"
            if one in row
            else ""
            for one in columns
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")
    peers = {name: row for name, row in table.items() if name not in (OURS, OURS_SEARCH)}
    rate, asked = "articles a second", "question, median ms"
    if peers:
        best = max(peers, key=lambda name: peers[name][rate])
        ratio = table[OURS][rate] / peers[best][rate]
        print(f"\nindexing: {ratio:.2f} times the articles a second of {best}, the best peer")
    if "Haystack" in peers:
        ratio = table[OURS][asked] / peers["Haystack"][asked]
        print(f"a question with reading: {ratio:.2f} of Haystack's median")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all contestants, print the table, and write the rounds where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("peers", type=Path, help="the interpreter of the peers' environment")
    parser.add_argument("--articles", type=int, default=1_000, metavar="N")
    parser.add_argument("--questions", type=int, default=100, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, metavar="NAME")
    parser.add_argument("--reuters", type=Path, default=DATA / "reuters21578", metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    if not any(given.reuters.glob("*.sgm.xz")):
        sys.exit(f"no Reuters-21578 in {given.reuters}; name the folder of its .sgm.xz files")
    names = [name for name in CONTESTANTS if not given.only or name in {OURS, *given.only}]
    articles, questions = drawn(given.reuters, given.articles, given.questions)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, what in (("articles", articles), ("questions", questions)):
            (place / f"{name}.json").write_text(json.dumps(what), encoding="utf-8")
        found = measure(Arena(given.peers, place, given.threads), place, names, given.rounds)
    sentences = found[OURS][0]["sentences"]
    table = {name: told_of(rounds, len(articles), sentences) for name, rounds in found.items()}
    print(
        f"{len(articles)} articles, {sentences} sentences, {len(questions) - 1} questions,", end=""
    )
    print(f" {given.threads} threads, {given.rounds} rounds; in brackets: times On Record's\n")
    show(table)
    if given.json:
        told = {"table": table, "rounds": found}
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
