"""How fast articles are read and split: the 19,043 stories of Reuters-21578, without the encoder.

The stories are written as one JSONL file and read as `onrecord add` reads them, by processes of
their own; then they are split into passages, with a word for a token. What is measured is time of
the processor, so that what else runs counts little; the clock is shown beside it.

    python benchmarks/reading_speed.py [FOLDER] [--repeat N] [--json FILE]
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from index.datatypes import Document, Silent
from index.read import read, read_all
from index.text.sentences import split_passages
from qa.training.reuters import records

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ONRECORD_TEST_DATA", ROOT.parent / "shared" / "data"))

WINDOW = 254
"""The tokens that the packaged encoder has for a passage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The best of some runs. Rates are articles a second, of the processor and by the clock."""

    name: str
    articles: int
    cpu_seconds: float
    clock_seconds: float

    @property
    def a_core(self) -> float:
        return self.articles / self.cpu_seconds

    @property
    def by_the_clock(self) -> float:
        return self.articles / self.clock_seconds


def words_in(texts: Sequence[str]) -> list[int]:
    """A word for a token: the encoder's own count is part of encoding."""
    return [text.count(" ") + 1 for text in texts]


def split(documents: Sequence[Document]) -> int:
    """Split all texts, and say how many passages they make."""
    return sum(
        len(split_passages(one.text, window=WINDOW, count_tokens=words_in)) for one in documents
    )


def best_of(repeat: int, name: str, articles: int, work: Callable[[], object]) -> Timing:
    """The least time of the processor that `work` takes, that of its children included."""
    least: Timing | None = None
    for _ in range(repeat):
        clock, cpu = time.perf_counter(), processor_seconds()
        work()
        timing = Timing(
            name=name,
            articles=articles,
            cpu_seconds=processor_seconds() - cpu,
            clock_seconds=time.perf_counter() - clock,
        )
        if least is None or timing.cpu_seconds < least.cpu_seconds:
            least = timing
    assert least is not None
    return least


def processor_seconds() -> float:
    """What this process and its children have had of the processor."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(folder: Path, repeat: int) -> list[Timing]:
    """Each step by itself, and reading and splitting together."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "reuters.jsonl")
        with path.open("w", encoding="utf-8") as file:
            for record in records(folder):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        documents = [one for one in read(path) if isinstance(one, Document)]
        number = len(documents)

        def read_in_children() -> list[Document]:
            with closing(read_all([path], Silent())) as found:
                return [one for one in found if isinstance(one, Document)]

        return [
            best_of(repeat, "read, in this process", number, lambda: list(read(path))),
            best_of(repeat, "read, in a child", number, read_in_children),
            best_of(repeat, "split", number, lambda: split(documents)),
            best_of(repeat, "read in a child and split", number, lambda: split(read_in_children())),
        ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write the figures where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "reuters21578")
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    if not any(given.folder.glob("*.sgm.xz")):
        sys.exit(f"no Reuters-21578 in {given.folder}; name the folder of its .sgm.xz files")
    timings = measure(given.folder, given.repeat)
    print(f"{timings[0].articles} articles, the best of {given.repeat} runs")
    print(f"{'':28}{'a second a core':>18}{'a second by the clock':>24}")
    for one in timings:
        print(f"{one.name:28}{one.a_core:18,.0f}{one.by_the_clock:24,.0f}")
    if given.json:
        rows = [asdict(one) | {"articles_a_core_second": one.a_core} for one in timings]
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
