"""What runs the packaged models fastest: our BERT, or sentence-transformers and transformers.

Four ways (`benchmarks/ways.py`) take turns at the same work: passages of Reuters-21578 as they are
added, a slice at a time; one question's vector; the windows that are read for one question; and
fresh processes, which load what they need and encode one question, or answer it over the seed
article. What is measured is time of the processor, on one thread unless more are asked for, so
that what else runs counts little; the clock is beside it. Ratios are medians of those turn by turn.

    python benchmarks/encoder_paths.py [--articles N] [--rounds N] [--threads N] [--json FILE]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from encoding import passages_of
from peers import drawn
from reading_speed import DATA, ROOT, processor_seconds
from ways import FLOAT32, OURS, WAYS, encoder, reader

from index import Archive, Document
from index.models import Encoder, PassageText
from index.text.sentences import split_sentences
from qa.reading.span_model import Context

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


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn took, in seconds: of the processor, children included, and by the clock."""

    processor: float
    clock: float


Turns = dict[str, list[Turn]]


def in_turn(works: dict[str, Callable[[], object]], rounds: int) -> Turns:
    """What each way's work took, turn by turn; a first turn is not counted."""
    found: Turns = {way: [] for way in works}
    for number in range(rounds + 1):
        for way, work in works.items():
            processor, clock = processor_seconds(), time.perf_counter()
            work()
            if number:
                turn = Turn(processor_seconds() - processor, time.perf_counter() - clock)
                found[way].append(turn)
    return found


def adding(
    encoders: dict[str, Encoder], passages: Sequence[PassageText], rounds: int
) -> tuple[list[int], Turns]:
    """The tokens of each slice of the passages in each round, and the seconds of each way."""
    tokens: list[int] = []
    found: Turns = {way: [] for way in encoders}
    for start in range(0, len(passages), SLICE):
        part = passages[start : start + SLICE]
        texts = [f"{one.headline}\n{one.text}" for one in part]
        tokens += [sum(encoders[OURS].count_tokens(texts)) + 2 * len(part)] * rounds
        works = {way: partial(one.encode_passages, part) for way, one in encoders.items()}
        for way, turns in in_turn(works, rounds).items():
            found[way] += turns
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


def cold(rounds: int) -> dict[str, Turns]:
    """Turns from the start of a process to its end, of each program in each way."""
    with tempfile.TemporaryDirectory() as folder:
        with Archive.open(folder) as archive:
            archive.add([ROOT / "seeds"])
        environment = {
            "PYTHONPATH": str(ROOT),
            "ONRECORD_ARCHIVE": folder,
            "PATH": "",
            "OMP_NUM_THREADS": "1",
        }

        def run(work: str | None, way: str) -> None:
            program = [WAYS_PROGRAM, work, way, QUESTION] if work else ["-c", "import torch"]
            subprocess.run(  # noqa: S603 - our own program
                [sys.executable, *program], env=environment, check=True, capture_output=True
            )

        return {
            name: in_turn({way: partial(run, work, way) for way in WAYS}, rounds)
            for name, work in COLD.items()
        }


def ratios(turns: Turns, kind: str) -> dict[str, float]:
    """How many times as long as ours each way takes, the median turn by turn."""
    return {
        way: median(
            getattr(one, kind) / getattr(ours, kind)
            for one, ours in zip(found, turns[OURS], strict=True)
        )
        for way, found in turns.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure turn by turn, print the table, and write the seconds where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=400, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
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
    tokens, added = adding(encoders, passages, given.rounds)
    loaded = REPEATS * given.rounds
    measured = {
        "adding": added,
        "a question's vector": in_turn(
            {way: partial(one.encode_question, QUESTION) for way, one in encoders.items()}, loaded
        ),
        f"{WINDOWS} windows read": in_turn(
            {way: partial(one.read, QUESTION, contexts) for way, one in readers.items()}, loaded
        ),
        **cold(given.rounds),
    }
    cosines = agreement(encoders, passages)
    print(f"{len(passages)} passages of {len(documents)} articles, {given.threads} threads")
    print("time of the processor; in brackets: times ours, then by the clock\n")
    show("", {way: way for way in WAYS})
    show("---", dict.fromkeys(WAYS, "---"))
    for name, turns in measured.items():
        times, by_clock = (ratios(turns, kind) for kind in ("processor", "clock"))
        spent = {way: median(1000 * one.processor for one in turns[way]) for way in WAYS}
        show(
            f"{name}, ms",
            {way: f"{spent[way]:,.1f} ({times[way]:.2f}; {by_clock[way]:.2f})" for way in WAYS},
        )
    rates = {
        way: median(count / one.processor for count, one in zip(tokens, added[way], strict=True))
        for way in WAYS
    }
    show("adding, tokens a second", {way: f"{rates[way]:,.0f}" for way in WAYS})
    show("cosine with float32, 1st percentile", {way: f"{cosines[way]:.5f}" for way in WAYS})
    if given.json:
        seconds = {
            name: {way: [asdict(one) for one in found] for way, found in turns.items()}
            for name, turns in measured.items()
        }
        record = {"tokens": tokens, "seconds": seconds, "cosines": cosines}
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def show(name: str, cells: dict[str, str]) -> None:
    """Print one row of the table."""
    print(f"| {name} | {' | '.join(cells[way] for way in WAYS)} |", flush=True)


if __name__ == "__main__":
    main()
