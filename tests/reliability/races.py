"""Two writers and two readers at once, each in a process of its own.

While one writes, the other is told who does, and tries again. A reader sees of each writer's work
what that had acknowledged before it looked, whole transactions, and what it sees it also finds.
"""

import mmap
import random
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from index import Archive
from index.errors import ArchiveLocked, NoArchive
from tests.conftest import write_jsonl
from tests.reliability import aside, scenario
from tests.reliability.scenario import Lost, Told, Wrong

KINDS = 5
_BATCH = 3
_TOGETHER_SECONDS = 0.2
_APART_SECONDS = 0.02
_WAIT_SECONDS = 0.001


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one writer does: texts come, in order, or documents go, all at once."""

    adds: Path | None = None
    coming: Mapping[str, str] = field(default_factory=dict)
    going: tuple[str, ...] = ()

    def do(self, archive: Archive, told: Told) -> None:
        if self.adds:
            archive.add([self.adds], progress=told)
        if self.going:
            archive.remove(self.going)
            told.committed(self.going[-1], "removed")


def experiment(seed: int, folder: Path) -> int:
    """One race: to a new archive, to one, with the same work, with a removal, with an update."""
    archive = folder / "archive"
    tasks = _tasks(seed % KINDS, archive, folder)
    race = Race(archive, tasks)
    numbers = random.Random(seed)
    starts = [
        time.monotonic() + _TOGETHER_SECONDS + numbers.uniform(0, _APART_SECONDS) for _ in tasks
    ]
    writers = [aside.Aside(partial(race.write, *one)) for one in enumerate(starts)]
    readers = [aside.Aside(partial(race.read, keeps_open=one)) for one in (True, False)]
    ended = [writer.wait() for writer in writers]
    race.is_over = True
    ended += [reader.wait() for reader in readers]
    for one in ended:
        if one.told != ["done"]:
            raise Wrong(f"ended by {one.died_of}, late: {one.is_late}: {one.told}")
    race.check(folder / "alone")
    return 1


def _tasks(kind: int, archive: Path, folder: Path) -> list[Task]:
    """Two writers' tasks; unless the archive is to be made by them, there is one with articles."""
    base = _articles(folder, "base")
    if kind:
        with scenario.open_archive(archive) as opened:
            opened.add([folder])
    first = _articles(folder, "first")
    match kind:
        case 2:
            return [first, first]
        case 3:
            return [first, Task(going=tuple(base.coming)[:3])]
        case 4:
            return [first, _articles(folder, "base", version=2)]
        case _:
            return [first, _articles(folder, "second")]


def _articles(folder: Path, name: str, *, version: int = 1) -> Task:
    """Two files of six articles each, that are to be added."""
    place = folder / f"{name}-{version}"
    place.mkdir()
    texts = {
        f"{name}-{number}": f"Of {name} this is article {number}, version {version}."
        for number in range(12)
    }
    # At one address, so that another version is an update, though it is in another file.
    records = [
        {"id": one, "text": text, "url": f"https://news.example/{one}"}
        for one, text in texts.items()
    ]
    write_jsonl(place / "a.jsonl", records[:6])
    write_jsonl(place / "b.jsonl", records[6:])
    return Task(adds=place, coming=texts)


class Race:
    """Tasks for one archive, and what all processes are to know of each other."""

    def __init__(self, archive: Path, tasks: Sequence[Task]) -> None:
        self._archive = archive
        self._tasks = tasks
        self._before: dict[str, str] = {}
        if archive.exists():
            with scenario.open_archive(archive) as opened:
                self._before = {one.id: one.text for one in opened.documents()}
        # Whether it is over, and how much each writer has acknowledged.
        self._shared = mmap.mmap(-1, 8 * (1 + len(tasks)))

    def _get(self, number: int) -> int:
        value: int = struct.unpack_from("q", self._shared, 8 * number)[0]
        return value

    def _set(self, number: int, value: int) -> None:
        struct.pack_into("q", self._shared, 8 * number, value)

    @property
    def is_over(self) -> bool:
        return bool(self._get(0))

    @is_over.setter
    def is_over(self, value: bool) -> None:
        self._set(0, value)

    def write(self, number: int, start: float, tell: aside.Tell) -> None:
        """Do a task, from a moment on, as soon as nobody else writes."""
        told = Told(lambda: self._set(1 + number, told.count))
        time.sleep(max(0.0, start - time.monotonic()))
        is_done = False
        while not is_done:
            try:
                with scenario.open_archive(self._archive) as opened:
                    self._tasks[number].do(opened, told)
                is_done = True
            except ArchiveLocked as error:
                scenario.check_error(error)
                if "is locked by process" not in str(error) or told.count:
                    raise Wrong(f"locked out after {told.count}: {error}") from error
                time.sleep(_WAIT_SECONDS)
        tell("done")

    def read(self, tell: aside.Tell, *, keeps_open: bool) -> None:
        """Look until the race is over, and once more."""
        opened: Archive | None = None
        was_over = False
        while not was_over:
            was_over = self.is_over
            try:
                opened = opened or Archive.open(
                    self._archive, create=False, encoder=scenario.encoder()
                )
            except NoArchive:
                time.sleep(_WAIT_SECONDS)
                continue
            self._look(opened)
            if not keeps_open:
                opened.close()
                opened = None
        tell("done")

    def _look(self, archive: Archive) -> None:
        told = [self._get(1 + number) for number in range(len(self._tasks))]
        with archive._store().database.reading():
            shown = {one.id: one.text for one in archive.documents()}
        for task, count in zip(self._tasks, told, strict=True):
            there = [one for one, text in task.coming.items() if shown.get(one) == text]
            if there != list(task.coming)[: len(there)] or len(there) % _BATCH:
                raise Wrong(f"a half of a transaction is seen: {there}")
            if task.coming and len(there) < count:
                raise Lost(f"{count} were acknowledged, {len(there)} are seen")
            left = [one for one in task.going if one in shown]
            if left and (count or len(left) < len(task.going)):
                raise Wrong(f"{left} are seen of {task.going}, which are removed together")
            for one in there[-1:]:
                hits = archive.search(f'"{shown[one].rstrip(".")}"').hits
                if one not in {hit.document.id for hit in hits}:
                    raise Wrong(f"{one} is seen, and not found")
        for one in archive.documents():  # not all from one state
            texts = [texts.get(one.id) for texts in (self._before, *self._coming)]
            if one.text not in texts:
                raise Wrong(f"{one.id} has another text: {one.text}")

    @property
    def _coming(self) -> list[Mapping[str, str]]:
        return [task.coming for task in self._tasks]

    def check(self, alone: Path) -> None:
        """Raises: Lost; Wrong. The archive is not as one writer would have left it."""
        texts = dict(self._before)
        for task in self._tasks:
            texts |= task.coming
            texts = {one: text for one, text in texts.items() if one not in task.going}
        with scenario.open_archive(self._archive) as opened, scenario.open_archive(alone) as other:
            scenario.check_sound(opened)
            documents = list(opened.documents(versions=True))
            current = {one.id: one.text for one in documents if not one.superseded_by}
            if current != texts:
                raise Lost(f"left are {list(current)}")
            other.add_documents(documents)
            if scenario.state_of(opened) != scenario.state_of(other):
                raise Wrong("the answers are not those of an archive that one has written alone")
