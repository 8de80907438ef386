"""What the experiments add to an archive, and what it must hold at each moment.

Articles come in rounds, as folders of JSONL: new ones, new texts of old ones, copies, near-copies.
`Course` is what an uninterrupted archive held after each commit: an archive that was interrupted
must hold one of these states, and none before the last that it had acknowledged.
"""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import index.archive.adding
import index.intake.ingest
from index import Archive, Document, Failure, OnRecordError, Silent
from index.read import read
from index.read.source import shown
from tests.conftest import WordEncoder, write_jsonl

QUERIES = (
    "militants attack town",
    "army desert pursuit",
    "who won round 1?",
    "article 7",
    '"of article"',
)
_WORDS = "army desert militants attack town court sentence pursuit police city harbour vote".split()
_LONG_AGO = 1_600_000_000

State = dict[str, Any]


class Lost(AssertionError):
    """A document that was acknowledged is not there."""


class Wrong(AssertionError):
    """Something that is shown is not what it must be."""


def encoder(name: str = "words") -> WordEncoder:
    """A small encoder, so that an archive of it is small."""
    return WordEncoder(name=name, dimension=8, limit=24)


def open_archive(folder: Path, name: str = "words") -> Archive:
    return Archive.open(folder, encoder=encoder(name))


def prepare() -> None:
    """Make this process read files by itself, which is quicker, and commit often."""

    def read_all(files: Sequence[Path | Failure], progress: Any) -> Iterator[Document | Failure]:
        for file in files:
            if isinstance(file, Failure):
                yield file
                progress.file_done(file.path)
            else:
                yield from read(file)
                progress.file_done(shown(file))

    index.archive.adding.read_all = read_all
    index.intake.ingest._BATCH_DOCUMENTS = 3


# Articles


def article(number: int, version: int) -> dict[str, str]:
    numbers = random.Random(f"{number} {version}")
    words = " ".join(numbers.choices(_WORDS, k=14))
    record = {
        "id": f"d{number}",
        "text": f"Round {version} of article {number}. {words.capitalize()}.",
        "title": f"Number {number}",
        "published": f"2018-11-{1 + number % 28:02}",
    }
    if number % 3 == 0:  # its former texts are kept as versions
        record["url"] = f"https://example.com/{number}"
    if number % 5 == 0:
        record["text"] += " " + " ".join(f"{word.capitalize()} came." for word in words.split())
    return record


def records(round_number: int, *, new: int = 8) -> list[dict[str, str]]:
    """The articles of a round: `new` ones, some of old ones changed, a copy and a near-copy."""
    first = new * round_number
    found = [article(number, round_number) for number in range(first, first + new)]
    if round_number:
        numbers = random.Random(round_number)
        changed = numbers.sample(range(first), min(4, first))
        found[2:2] = [article(number, round_number) for number in changed]
        copied = found[-1]
        found.append({**copied, "id": f"copy{round_number}", "title": "Copied"})
        nearly = copied["text"].replace("came.", "went.", 1)
        found.append({**copied, "id": f"near{round_number}", "text": nearly})
    return found


def write_round(folder: Path, round_number: int, *, new: int = 8) -> Path:
    """A folder with the articles of a round, in two files that were last changed long ago."""
    place = folder / f"round-{round_number}"
    place.mkdir(parents=True, exist_ok=True)
    found = records(round_number, new=new)
    for name, some in (("a", found[: len(found) // 2]), ("b", found[len(found) // 2 :])):
        path = write_jsonl(place / f"{name}.jsonl", some)
        os.utime(path, (_LONG_AGO, _LONG_AGO))
    return place


# States


def state_of(archive: Archive) -> State:
    """All that an archive shows: documents with their versions, and the hits of some queries."""
    return {
        "documents": {one.id: one.checksum for one in archive.documents(versions=True)},
        "texts": {one.id: one.text for one in archive.documents(versions=True)},
        "answers": {query: hits(archive, query) for query in QUERIES},
    }


def hits(archive: Archive, query: str) -> list[list[object]]:
    """Every hit with all that is shown of it; those of one score in no order."""
    return sorted(
        [
            *(-hit.score, hit.document.id, hit.passage.start, hit.passage.text),
            *(list(hit.sentence_cosines), sorted(hit.copies)),
        ]
        for hit in archive.search(query, top_k=1_000).hits
    )


class Told(Silent):
    """A `Progress` that counts what is acknowledged, and calls something then."""

    def __init__(self, then: Callable[[], object] | None = None) -> None:
        self.count = 0
        self._then = then

    def committed(self, document_id: str, outcome: str) -> None:
        self.count += 1
        if self._then:
            self._then()


@dataclass(frozen=True)
class Moment:
    """A state, and how many documents had been acknowledged when the archive was in it."""

    told: int
    state: State


class Course:
    """The states of an archive to which a job is done without an interruption, in order."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        self.moments = list(moments)

    @classmethod
    def of(cls, folder: Path, work: Callable[[Archive, Told], None]) -> "Course":
        """Do `work` to a copy of the archive in `folder`, and look at it after each commit."""
        copy = folder.with_name(f"{folder.name}-uninterrupted")
        if folder.exists():
            shutil.copytree(folder, copy)
        moments = []

        def look() -> None:
            with open_archive(copy) as reader:
                moments.append(Moment(told.count, state_of(reader)))

        told = Told(look)
        with open_archive(copy) as archive:
            look()
            work(archive, told)
            moments.append(Moment(told.count, state_of(archive)))
        shutil.rmtree(copy)
        return cls(moments)

    @classmethod
    def from_json(cls, moments: list[dict[str, Any]]) -> "Course":
        return cls([Moment(**one) for one in moments])

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.moments]

    def find(self, state: State, *, told: int) -> Moment:
        """The moment at which the uninterrupted archive held `state`.

        Raises:
            Lost: it had acknowledged fewer than `told` documents then.
            Wrong: at none.
        """
        same = [one for one in self.moments if one.state == state]
        if not same:
            raise Wrong(f"held at no moment: {self._nearest(state)}")
        if same[-1].told < told:
            raise Lost(f"{told} were acknowledged, {same[-1].told} are there")
        return same[-1]

    def _nearest(self, state: State) -> str:
        """How a state differs from the one that it is most like."""
        last = min(
            (one.state for one in self.moments),
            key=lambda one: len(one["documents"].items() ^ state["documents"].items()),
        )
        return json.dumps(
            {
                "missing": sorted(last["documents"].keys() - state["documents"].keys()),
                "more": sorted(state["documents"].keys() - last["documents"].keys()),
                "other answers": [
                    query for query in QUERIES if last["answers"][query] != state["answers"][query]
                ],
            }
        )

    @property
    def last(self) -> State:
        return self.moments[-1].state


def check_sound(archive: Archive) -> None:
    """Raises Wrong: `verify` finds something, or a text is not the one that was written."""
    findings = archive.verify().findings
    if findings:
        raise Wrong(f"verify finds: {findings}")


def check_repaired(archive: Archive) -> None:
    """Raises Wrong: something is still wrong after `verify` has repaired the archive."""
    findings = archive.verify(repair=True).findings
    if findings:
        raise Wrong(f"left by repair: {findings}")


def check_error(error: BaseException) -> None:
    """Raises Wrong: an error that is none of ours, or says nothing in one line."""
    message = str(error)
    if not isinstance(error, OnRecordError) or not message or "\n" in message:
        raise Wrong(f"not an error of ours in one line: {error!r}") from error
