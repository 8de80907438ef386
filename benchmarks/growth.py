"""What an archive costs as it grows: time, memory, disk and the quality of what it finds.

One archive grows through the sizes: some hundred stories of Reuters-21578 as they are, the rest
articles recombined from its sentences (`benchmarks/recombined.py`). The headlines of the stories,
which are no part of them, are the questions. At each size it is searched as it comes, and once more
with every vector compared; where that finds other passages, both are read and answers compared.
Some questions are then answered by a process of their own, with both models, for time and memory.

    python benchmarks/growth.py CACHE [--sizes 1000 10000 …] [--plot FILE.png] [--json FILE]

CACHE is a folder: what is in it is not encoded, written or measured again, so that a run that was
stopped goes on.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from reading_speed import DATA
from recombined import Recombined, Recombiner, Story, compare, judged, pool

from index import Archive, Document, Filters, SearchResult, Span
from index.models import (
    Encoder,
    EncoderIdentity,
    PassageText,
    PassageVectors,
    SentenceTransformerEncoder,
)
from index.models.encoder import Vector
from index.search.vectors import Found, Ids
from index.storage.store import Store
from index.storage.writer import Content, Writer, content_key
from index.text.sentences import SplitPassage
from qa import Assistant, Question
from qa.reading.reader import Reader

STORIES = 3_000
QUESTIONS = 500
COMPARED = 500
SIZES = (1_000, 10_000, 100_000)
ANSWERED = 100
TOP_K = 10
SOURCE = "Reuters"
CANDIDATES = 80
AT_ONCE = 500
PASSAGES = 4
PROJECTED = (10_000_000, 100_000_000)
STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """An archive of one size, measured.

    Milliseconds are of a search with the question's vector known, but for `answer_ms`, which is the
    median of whole answers; memory is the most that their process had. `same_hits`: the share of
    questions for which the reader is given the same, with lists as with every vector compared;
    `same_answers`: that get the same answer. `filtered_ms`: under a filter that admits everything,
    and the first time, when that is counted.
    """

    passages: int
    tier: str
    lists: int
    write_seconds: float
    disk_bytes: int
    vector_bytes: int
    open_seconds: float
    answer_ms: float
    memory_bytes: int
    median_ms: float
    slowest_ms: float
    filtered_ms: float
    filtered_first_ms: float
    first: float
    in_ten: float
    recall: float
    same_hits: float
    same_answers: float


def build(
    folder: Path,
    size: int,
    encoder: Encoder,
    asked: Sequence[Story],
    others: Sequence[Story],
    *,
    clock: Path,
) -> float:
    """Make the archive grow to a size, and say how many seconds it took, as `clock` remembers."""
    recombiner = Recombiner(others)
    before = float(clock.read_text(encoding="ascii")) if clock.exists() else 0.0
    started = time.perf_counter()
    with Archive.open(folder, encoder=encoder) as archive:
        with archive._backend.writing() as store:  # noqa: SLF001 - vectors are known, and not encoded
            if store.encoder() is None:
                with store.database.writing():
                    store.set_encoder(encoder.identity)
                    for story in asked:
                        put(store, story.id, [of_story(story)])
            first = store.totals(Filters()).documents
            while (missing := size - store.passage_count()) > 0:
                last = first + min(AT_ONCE, -(-missing // PASSAGES))
                with store.database.writing():
                    for number in range(first, last):
                        put(store, f"r{number}", recombiner.make(number))
                first = last
                _keep(clock, before + time.perf_counter() - started)
        archive.add_documents([])  # which writes the vector index, and trains it when it is due
    return _keep(clock, before + time.perf_counter() - started)


def _keep(clock: Path, seconds: float) -> float:
    clock.write_text(f"{seconds:.3f}\n", encoding="ascii")
    return seconds


def of_story(story: Story) -> Recombined:
    mean = story.vectors.mean(axis=0)
    return Recombined(
        sentences=story.sentences, vector=mean / np.linalg.norm(mean), vectors=story.vectors
    )


def put(store: Writer, name: str, made: Sequence[Recombined]) -> None:
    """Keep an article as `Archive.add` would, its passages as they were made."""
    text = " ".join(one.text for one in made)
    document = as_document(name, text)
    passages, place = [], 0
    for one in made:
        spans = []
        for sentence in one.sentences:
            spans.append(Span(place, place + len(sentence)))
            place += len(sentence) + 1
        passages.append(
            SplitPassage(start=spans[0].start, end=spans[-1].end, sentences=tuple(spans))
        )
    content = Content(
        key=content_key(document),
        headline="",
        text=text,
        passages=tuple(passages),
        vectors=tuple(PassageVectors(passage=one.vector, sentences=one.vectors) for one in made),
    )
    store.put(document, content)


def as_document(name: str, text: str) -> Document:
    return Document(id=name, text=text, path=f"/reuters/{name}.txt", source=SOURCE)


Questions = Sequence[tuple[str, str]]
"""The id of a story, and its headline."""


class KnownQuestions:
    """An `Encoder` of questions whose vectors are known: what it takes does not grow."""

    def __init__(self, questions: Questions, vectors: Vector, identity: EncoderIdentity) -> None:
        self._known = {text: row for (_, text), row in zip(questions, vectors, strict=True)}
        self.identity = identity
        self.languages = "those of the questions"

    def window(self, headline: str) -> int:
        raise NotImplementedError

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        raise NotImplementedError

    def encode_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        raise NotImplementedError

    def encode_question(self, question: str) -> Vector:
        return self._known[question]


class Exact:
    """In the place of a `VectorIndex`: of known questions, what comparing every vector finds."""

    def __init__(self, vectors: Vector, ids: Ids, scores: Vector) -> None:
        self._vectors = vectors
        self._found = {
            vector.tobytes(): Found(*row) for vector, *row in zip(vectors, ids, scores, strict=True)
        }

    @classmethod
    def of(cls, store: Store, vectors: Vector) -> "Exact":
        """Compare each of `vectors`, `(questions, dim)`, with all that `store` has."""
        ids = np.empty((len(vectors), 0), dtype=np.int64)
        scores = np.empty((len(vectors), 0), dtype=np.float32)
        for some, rows in store.vectors_after(0):
            ids = np.hstack([ids, np.broadcast_to(some, (len(vectors), len(some)))])
            scores = np.hstack([scores, vectors @ rows.T])
            best = np.argsort(-scores, axis=1)[:, :CANDIDATES]
            ids, scores = (np.take_along_axis(one, best, axis=1) for one in (ids, scores))
        return cls(vectors, ids, scores)

    def __iter__(self) -> Iterator[tuple[Vector, Ids]]:
        return ((vector, self._found[vector.tobytes()].ids) for vector in self._vectors)

    def search(
        self, vector: Vector, *, k: int, allowed: Ids | None = None, nprobe_factor: int = 1
    ) -> Found:
        assert k == CANDIDATES, "as many as the archive asks for"
        assert allowed is None, "no filters here"
        assert nprobe_factor == 1, "nor more than that"
        return self._found[vector.tobytes()]


def search(folder: Path, questions: Questions, encoder: KnownQuestions) -> dict[str, Any]:
    """Open an archive and search for all questions: as it comes, and with every vector compared."""
    started = time.perf_counter()
    with Archive.open(folder, create=False, encoder=encoder) as archive:
        archive.search(questions[0][1], top_k=TOP_K)
        opened = time.perf_counter() - started
        found, elapsed = _searched(archive, questions)
        all_of_them = Filters(sources=(SOURCE,))
        _, filtered = _searched(archive, questions[: ANSWERED + 1], all_of_them)
        backend = archive._backend  # noqa: SLF001 - what it finds is compared with numpy
        index = backend.current_index(archive._store(), encoder.identity)  # noqa: SLF001
        exact = Exact.of(
            archive._store(),  # noqa: SLF001
            np.stack([encoder.encode_question(question) for _, question in questions]),
        )
        recall = [
            np.isin(found_exactly[:TOP_K], index.search(vector, k=CANDIDATES).ids).mean()
            for vector, found_exactly in exact
        ]
        status = archive.status()
        tier, lists = index.tier, index.lists
        same_hits = same_answers = np.ones(len(questions), dtype=np.bool_)
        if lists:
            backend._index = exact  # noqa: SLF001 - it takes the place of the lists
            exactly = _searched(archive, questions)[0]
    if lists:
        pairs = list(zip(found, exactly, strict=True))
        same_hits = np.array([_read(one) == _read(other) for one, other in pairs])
        reader = Reader.load()
        same_answers = same_hits | np.array(
            [
                is_same or _answer(one, reader) == _answer(other, reader)
                for is_same, (one, other) in zip(same_hits, pairs, strict=True)
            ]
        )
    return {
        "passages": status.passages,
        "tier": tier,
        "lists": lists,
        "disk_bytes": status.store_bytes,
        "vector_bytes": status.vector_bytes,
        "open_seconds": opened,
        "median_ms": float(np.median(elapsed)),
        "slowest_ms": float(np.quantile(elapsed, 0.99)),
        "filtered_ms": float(np.median(filtered[1:])),
        "filtered_first_ms": filtered[0],
        "first": _share(questions, found, 1),
        "in_ten": _share(questions, found, TOP_K),
        "recall": float(np.mean(recall)),
        "same_hits": float(same_hits.mean()),
        "same_answers": float(same_answers.mean()),
    }


def answer(folder: Path, questions: Questions) -> dict[str, Any]:
    """Answer some questions with both models: the median milliseconds, and the memory."""
    with Assistant.open(folder) as assistant:
        elapsed = []
        for _, question in questions[: ANSWERED + 1]:
            started = time.perf_counter()
            assistant.inquire(Question(text=question))
            elapsed.append(1000 * (time.perf_counter() - started))
    return {"answer_ms": float(np.median(elapsed[1:])), "memory_bytes": _memory_bytes()}


def _searched(
    archive: Archive, questions: Questions, filters: Filters | None = None
) -> tuple[list[SearchResult], list[float]]:
    found, elapsed = [], []
    for _, question in questions:
        started = time.perf_counter()
        found.append(archive.search(question, top_k=TOP_K, filters=filters))
        elapsed.append(1000 * (time.perf_counter() - started))
    return found, elapsed


def _read(result: SearchResult) -> list[int]:
    """What the reader would be given, from which the answer follows."""
    return [hit.passage.id for hit in result.hits]


def _answer(result: SearchResult, reader: Reader) -> tuple[str, Span, bool]:
    """The answer's words and their place, and whether they would be given for an answer."""
    reading = reader.read_hits(result.query, result)
    best = reading.sentences[0]
    return best.document.id, best.answer, reading.is_given


def _share(questions: Questions, found: Sequence[SearchResult], depth: int) -> float:
    right = [
        any(name in (hit.document.id, *hit.copies) for hit in result.hits[:depth])
        for (name, _), result in zip(questions, found, strict=True)
    ]
    return float(np.mean(right))


def _memory_bytes() -> int:
    """The most memory that this process has had so far; getrusage would count its parent's too."""
    told = Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2]
    return 1024 * int(told.split(maxsplit=1)[0])


def exponent(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """The factor a and the exponent b of value = a · size^b, by least squares of the logarithms."""
    b, log_a = np.polyfit(np.log(sizes), np.log(values), 1)
    return float(np.exp(log_a)), float(b)


def draw(rows: Sequence[Grown], path: Path) -> None:
    """Time, memory, disk and quality against size, each with its fit to 100 million."""
    from matplotlib.figure import Figure

    sizes = [one.passages for one in rows]
    figure = Figure(figsize=(11, 7.4), dpi=150, layout="constrained")
    axes = figure.subplots(2, 2)
    far = np.geomspace(sizes[0], PROJECTED[-1], 60)
    curves: tuple[tuple[Any, str, tuple[tuple[str, list[float]], ...]], ...] = (
        (
            axes[0, 0],
            "milliseconds, median",
            (
                ("search", [one.median_ms for one in rows]),
                ("answer, with both models", [one.answer_ms for one in rows]),
            ),
        ),
        (
            axes[0, 1],
            "GB of memory",
            (("while answering", [one.memory_bytes / 1e9 for one in rows]),),
        ),
        (
            axes[1, 0],
            "GB on disk",
            (
                ("SQLite", [one.disk_bytes / 1e9 for one in rows]),
                ("vector index", [one.vector_bytes / 1e9 for one in rows]),
            ),
        ),
    )
    for place, title, lines in curves:
        for (label, values), (colour, mark) in zip(lines, STYLES, strict=False):
            a, b = exponent(sizes, values)
            place.plot(sizes, values, color=colour, marker=mark, label=f"{label}: n^{b:.2f}")
            place.plot(far, a * far**b, color=colour, linestyle=":")
        place.set(xscale="log", yscale="log", xlabel="passages", title=title)
    quality = (
        ("right story first", [one.first for one in rows]),
        ("right story in ten", [one.in_ten for one in rows]),
        ("recall@10 against exact", [one.recall for one in rows]),
    )
    for (label, values), (colour, mark) in zip(quality, STYLES, strict=True):
        axes[1, 1].plot(sizes, values, color=colour, marker=mark, label=label)
    axes[1, 1].set(xscale="log", ylim=(0, 1.02), xlabel="passages", title="quality")
    for place in axes.flat:
        place.grid(color="#e5e5e5", linewidth=0.8)
        place.spines[["top", "right"]].set_visible(False)
        place.legend(frameon=False)
    figure.savefig(path, format="png")


def project(rows: Sequence[Grown]) -> Iterator[str]:
    """What the fits say of larger archives, a line each."""
    sizes = [one.passages for one in rows]
    for name in (
        "median_ms",
        "answer_ms",
        "memory_bytes",
        "disk_bytes",
        "vector_bytes",
        "write_seconds",
    ):
        a, b = exponent(sizes, [getattr(one, name) for one in rows])
        told = ", ".join(f"{a * size**b:,.4g} at {size:,}" for size in PROJECTED)
        yield f"{name:14} ~ n^{b:.2f}: {told}"


def measure(cache: Path, sizes: Sequence[int], folder: Path) -> list[Grown]:
    """Each size, from the smallest; what was measured before is read from `cache`."""
    real = SentenceTransformerEncoder.load()
    asked, others = judged(pool(folder, STORIES, real, cache / "stories"), QUESTIONS)
    questions = [(one.id, one.title) for one in asked]
    kept = cache / "questions.npy"
    if not kept.exists():
        np.save(kept, np.stack([real.encode_question(text) for _, text in questions]))
    encoder = KnownQuestions(questions, np.load(kept), real.identity)
    rows = []
    for size in sorted(sizes):
        written = cache / f"grown-{size}.json"
        if not written.exists():
            place = cache / "archive"
            seconds = build(place, size, encoder, asked, others, clock=cache / "seconds.txt")
            figures = _apart(search, place, questions, encoder) | _apart(answer, place, questions)
            row = Grown(write_seconds=seconds, **figures)
            written.write_text(json.dumps(asdict(row)) + "\n", encoding="utf-8")
        rows.append(Grown(**json.loads(written.read_text(encoding="utf-8"))))
        print(rows[-1], flush=True)
    return rows


def _apart(work: Callable[..., dict[str, Any]], *given: object) -> dict[str, Any]:
    """What `work` gives in a process of its own, so that its memory is that of no other work."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the figures with their fits, and draw them where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, metavar="N")
    parser.add_argument("--reuters", type=Path, default=DATA / "reuters21578", metavar="FOLDER")
    parser.add_argument("--compare", action="store_true", help="encode 500 passages in full")
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    if not any(given.reuters.glob("*.sgm.xz")):
        sys.exit(f"no Reuters-21578 in {given.reuters}; name the folder of its .sgm.xz files")
    rows = measure(given.cache, given.sizes, given.reuters)
    if len(rows) > 1:
        print(*project(rows), sep="\n")
        if given.plot:
            draw(rows, given.plot)
    if given.json:
        told = json.dumps([asdict(one) for one in rows], indent=1)
        given.json.write_text(told + "\n", encoding="utf-8")
    if given.compare:
        encoder = SentenceTransformerEncoder.load()
        found = pool(given.reuters, STORIES, encoder, given.cache / "stories")
        recombiner = Recombiner(judged(found, QUESTIONS)[1])
        cosines = compare([recombiner.make(number)[0] for number in range(COMPARED)], encoder)
        tenth = np.quantile(cosines, 0.1)
        print(f"mean of sentences against encoded in full: {cosines.mean():.3f}, 10 %: {tenth:.3f}")


if __name__ == "__main__":
    main()
