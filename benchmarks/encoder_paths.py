"""What runs the packaged models fastest: our BERT, or sentence-transformers and transformers.

Four ways (`benchmarks/ways.py`) take turns at the same work: passages of Reuters-21578 as they are
added, a slice at a time; one question's vector; the windows that are read for one question; and
fresh processes, which load what they need and encode one question, or answer it over the seed
article. Ratios are the medians of those turn by turn, so that what else runs meets all alike.

    python benchmarks/encoder_paths.py [--articles N] [--rounds N] [--threads N] [--json FILE]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from encoding import passages_of
from peers import drawn
from reading_speed import DATA, ROOT
from ways import FLOAT32, OURS, WAYS, encoder, reader

from index import Archive, Document, Encoder, PassageText
from index.split import split_sentences
from qa.span_model import Context

QUESTION = "Who claimed the Tazerbo attack?"
SLICE = 40
WINDOWS = 3
REPEATS = 5
COLD = {
    "import torch, cold": None,
    "a question's vector, cold": "vector",
    "onrecord ask, cold": "ask",
}
WAYS_PROGRAM = str(Path(__file__).with_name("ways.py"))

Seconds = dict[str, list[float]]


def in_turn(works: dict[str, Callable[[], object]], rounds: int) -> Seconds:
    """The seconds of each way's work, turn by turn; a first turn is not counted."""
    found: Seconds = {way: [] for way in works}
    for turn in range(rounds + 1):
        for way, work in works.items():
            started = time.perf_counter()
            work()
            if turn:
                found[way].append(time.perf_counter() - started)
    return found


def adding(
    encoders: dict[str, Encoder], passages: Sequence[PassageText], rounds: int
) -> tuple[list[int], Seconds]:
    """The tokens of each slice of the passages in each round, and the seconds of each way."""
    tokens: list[int] = []
    found: Seconds = {way: [] for way in encoders}
    for start in range(0, len(passages), SLICE):
        part = passages[start : start + SLICE]
        texts = [f"{one.headline}\n{one.text}" for one in part]
        tokens += [sum(encoders[OURS].count_tokens(texts)) + 2 * len(part)] * rounds
        works = {
            way: lambda one=one, part=part: one.encode_passages(part)
            for way, one in encoders.items()
        }
        for way, seconds in in_turn(works, rounds).items():
            found[way] += seconds
    return tokens, found


def agreement(encoders: dict[str, Encoder], passages: Sequence[PassageText]) -> dict[str, float]:
    """The first percentile of the cosines of each way's sentence vectors with those in float32."""
    vectors = {
        way: np.concatenate([found.sentences for found in one.encode_passages(passages)])
        for way, one in encoders.items()
    }
    return {
        way: float(np.quantile((one * vectors[FLOAT32]).sum(axis=1), 0.01))
        for way, one in vectors.items()
    }


def windows(documents: Sequence[Document]) -> list[Context]:
    """As much of some articles as is read for one question at first."""
    long = [one for one in documents if len(split_sentences(one.text)) > 5]
    return [Context(one.title, one.text, split_sentences(one.text)[:6]) for one in long[:WINDOWS]]


def cold(rounds: int) -> dict[str, Seconds]:
    """Seconds from the start of a process to its end, of each program in each way."""
    with tempfile.TemporaryDirectory() as folder:
        with Archive.open(folder) as archive:
            archive.add([ROOT / "seeds"])
        environment = {"PYTHONPATH": str(ROOT), "ONRECORD_ARCHIVE": folder, "PATH": ""}

        def run(work: str | None, way: str) -> None:
            program = [WAYS_PROGRAM, work, way, QUESTION] if work else ["-c", "import torch"]
            subprocess.run(  # noqa: S603 - our own program
                [sys.executable, *program], env=environment, check=True, capture_output=True
            )

        return {
            name: in_turn({way: partial(run, work, way) for way in WAYS}, rounds)
            for name, work in COLD.items()
        }


def ratios(found: Seconds) -> dict[str, float]:
    """How many times as long as ours each way takes, the median turn by turn."""
    return {
        way: median(one / ours for one, ours in zip(seconds, found[OURS], strict=True))
        for way, seconds in found.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure turn by turn, print the table, and write the seconds where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=400, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--reuters", type=Path, default=DATA / "reuters21578", metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    if not any(given.reuters.glob("*.sgm.xz")):
        sys.exit(f"no Reuters-21578 in {given.reuters}; name the folder of its .sgm.xz files")
    torch.set_num_threads(given.threads)
    documents = [
        Document(id=one["id"], text=one["text"], path=f"/{one['id']}", title=one["title"])
        for one in drawn(given.reuters, given.articles, 0)[0]
    ]
    encoders: dict[str, Encoder] = {way: encoder(way) for way in WAYS}
    readers = {way: reader(way) for way in WAYS}
    passages = passages_of(documents, encoders[OURS])
    contexts = windows(documents)
    tokens, found = adding(encoders, passages, given.rounds)
    measured = {
        "adding": found,
        "a question's vector, loaded": in_turn(
            {way: partial(one.encode_question, QUESTION) for way, one in encoders.items()},
            REPEATS * given.rounds,
        ),
        f"{WINDOWS} windows read, loaded": in_turn(
            {way: partial(one.read, QUESTION, contexts) for way, one in readers.items()},
            REPEATS * given.rounds,
        ),
        **cold(given.rounds),
    }
    cosines = agreement(encoders, passages)
    print(f"{len(passages)} passages of {len(documents)} articles, {given.threads} threads")
    print(f"in brackets: times ours\n\n| | {' | '.join(WAYS)} |\n|---{'|---' * len(WAYS)}|")
    rates = {way: median(np.array(tokens) / seconds) for way, seconds in found.items()}
    best = {way: max(np.array(tokens) / seconds) for way, seconds in found.items()}
    faster = {way: 1 / ratio for way, ratio in ratios(found).items()}
    row("adding, tokens a second", {way: f"{rates[way]:,.0f} ({faster[way]:.2f})" for way in WAYS})
    row("the best slice", {way: f"{best[way]:,.0f} ({best[way] / best[OURS]:.2f})" for way in WAYS})
    for name, seconds in measured.items():
        if name != "adding":
            times = ratios(seconds)
            row(
                f"{name}, ms",
                {
                    way: f"{1000 * median(seconds[way]):,.1f} ({times[way]:.2f})"
                    f", least {1000 * min(seconds[way]):,.1f}"
                    for way in WAYS
                },
            )
    row("cosine with float32, 1st percentile", {way: f"{cosines[way]:.5f}" for way in WAYS})
    if given.json:
        record = {"tokens": tokens, "seconds": measured, "cosines": cosines}
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def row(name: str, cells: dict[str, str]) -> None:
    """Print one row of the table."""
    print(f"| {name} | {' | '.join(cells[way] for way in WAYS)} |")


if __name__ == "__main__":
    main()
