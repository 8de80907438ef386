"""Every call to the disk that a job makes goes wrong once, in each of five ways.

The error is one of ours, the archive is in a state that it was in without the fault, none before
the last that it had acknowledged, and the same job finishes the work.
"""

import errno
import itertools
import json
import shutil
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import index.storage.database
from index import Archive, ArchiveError
from tests.reliability import aside, scenario
from tests.reliability.disk import Disk
from tests.reliability.scenario import Course, Lost, Told, Wrong


class Job(NamedTuple):
    """Work on an archive of so many rounds, with a write-ahead log of so many pages."""

    rounds: int
    work: Callable[[Archive, Path, Told], object]
    pages: int = 1000


def _add(archive: Archive, articles: Path, told: Told) -> None:
    archive.add([articles], progress=told)


def _remove(archive: Archive, articles: Path, told: Told) -> None:
    kept = {one.id for one in archive.documents()}
    archive.remove(sorted({"d1", "d3"} & kept))


def _reencode(archive: Archive, articles: Path, told: Told) -> None:
    archive.reencode(scenario.encoder("other"))


def _repair(archive: Archive, articles: Path, told: Told) -> None:
    archive.verify(repair=True)


JOBS = {
    "create": Job(0, _add),
    "add": Job(1, _add),
    "add with checkpoints": Job(1, _add, pages=8),
    "remove": Job(1, _remove),
    "reencode": Job(1, _reencode),
    "repair": Job(1, _repair),
}


class Way(NamedTuple):
    error: int | None
    lasting: bool


WAYS = {
    "an error, once": Way(errno.EIO, lasting=False),
    "errors from then on": Way(errno.EIO, lasting=True),
    "full, once": Way(errno.ENOSPC, lasting=False),
    "full from then on": Way(errno.ENOSPC, lasting=True),
    "the end of the process": Way(None, lasting=False),
}
_NEW = 4


class Bench:
    """What the experiments with one job share: an archive to work on, and its course."""

    def __init__(self, name: str, folder: Path) -> None:
        self.job = JOBS[name]
        self._folder = folder / name.replace(" ", "-")
        self.archive = self._folder / "archive"
        self.articles = self._folder / f"round-{self.job.rounds}"
        notes = self._folder / "notes.json"
        if not notes.exists():
            shutil.rmtree(self._folder, ignore_errors=True)
            for number in range(self.job.rounds):
                with scenario.open_archive(self.archive) as archive:
                    archive.add([scenario.write_round(self._folder, number, new=_NEW)])
            scenario.write_round(self._folder, self.job.rounds, new=_NEW)
            notes.write_text(json.dumps(self._look(folder)))
        read = json.loads(notes.read_text())
        self.points: int = read["points"]
        self.course = Course.from_json(read["course"])

    def _look(self, folder: Path) -> dict[str, object]:
        """The course of the job, and how many calls it makes to the disk."""
        course = Course.of(self.archive, self.work_on)
        counted = folder / "counted"
        self.copy_to(counted)
        ended = aside.run(lambda tell: tell(len(self.run(counted, Disk(counted)))))
        shutil.rmtree(counted)
        return {"points": ended.told[-1], "course": course.as_json()}

    def work_on(self, archive: Archive, told: Told) -> None:
        self.job.work(archive, self.articles, told)

    def copy_to(self, folder: Path) -> None:
        if self.archive.exists():
            shutil.copytree(self.archive, folder)

    def run(self, folder: Path, disk: Disk, told: Told | None = None) -> list[str]:
        """Do the job on a disk, in a process that ends then. What it called is returned."""
        index.storage.database._PRAGMAS += (f"PRAGMA wal_autocheckpoint = {self.job.pages}",)
        disk.install()
        self.work(folder, told or Told())
        return disk.calls

    def work(self, folder: Path, told: Told) -> None:
        with scenario.open_archive(folder) as archive:
            self.work_on(archive, told)

    def check(self, folder: Path, *, told: int, is_done: bool) -> None:
        """Raises: Lost; Wrong. Look at an archive after a fault, and finish the work."""
        with scenario.open_archive(folder, _encoder_of(folder)) as archive:
            scenario.check_sound(archive)
            moment = self.course.find(scenario.state_of(archive), told=told)
            if is_done and moment.state != self.course.last:
                raise Wrong("the work was done, and the archive is as it was before its end")
        with scenario.open_archive(folder, _encoder_of(folder)) as archive:
            self.work_on(archive, Told())
            scenario.check_sound(archive)
            if scenario.state_of(archive) != self.course.last:
                raise Wrong("the work was finished, and the archive is not as it must be")
        self._check_erased(folder)
        left = [path.name for path in folder.glob("*.tmp")]
        if left:
            raise Wrong(f"left behind: {left}")

    def _check_erased(self, folder: Path) -> None:
        """Raises Wrong: a file still has the text of an article that is not there any more."""
        kept = self.course.last["texts"]
        gone = [
            text
            for document_id, text in self.course.moments[0].state["texts"].items()
            if self.job.work is _remove and document_id not in kept
        ]
        data = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
        if any(text.encode() in data for text in gone):
            raise Wrong("what was removed still stands in a file")


def _encoder_of(folder: Path) -> str:
    with Archive.open(folder) as archive:
        return archive.status().encoder or "words"


def count(folder: Path) -> int:
    """How many experiments there are: jobs, the calls of each, and ways for these to go wrong."""
    return sum(Bench(name, folder).points * len(WAYS) for name in JOBS)


def experiment(seed: int, folder: Path) -> int:
    """One call of one job goes wrong in one way."""
    shared = folder.with_name("faults-shared")
    name, seed = _job(seed, shared)
    point, way = divmod(seed, len(WAYS))
    return fail(Bench(name, shared), list(WAYS)[way], point + 1, folder / "archive")


def _job(seed: int, shared: Path) -> tuple[str, int]:
    for name in itertools.islice(JOBS, len(JOBS) - 1):
        here = Bench(name, shared).points * len(WAYS)
        if seed < here:
            return name, seed
        seed -= here
    return list(JOBS)[-1], seed


def fail(bench: Bench, way: str, point: int, folder: Path) -> int:
    """Do the job of a bench on a disk whose call number `point` goes wrong; 0 when none did."""
    bench.copy_to(folder)
    disk = Disk(folder, point, error=WAYS[way].error, lasting=WAYS[way].lasting)
    ended = aside.run(partial(_work, bench, folder, disk))
    died_as_it_should = WAYS[way].error is None and ended.died_of == "SIGKILL"
    if ended.is_late or (ended.signal and not died_as_it_should):
        raise Wrong(f"late: {ended.is_late}, died of {ended.died_of}")
    told = ended.told.count("told")
    is_done = "done" in ended.told
    wrong = [line["wrong"] for line in ended.told if isinstance(line, dict)]
    if wrong:
        raise Wrong(wrong[0])
    try:
        bench.check(folder, told=told, is_done=is_done)
    except (Lost, Wrong, ArchiveError) as error:
        error.add_note(f"call {point}, {way}: {ended.told}")
        raise
    return 0 if "untouched" in ended.told else 1


def _work(bench: Bench, folder: Path, disk: Disk, tell: aside.Tell) -> None:
    try:
        bench.run(folder, disk, Told(lambda: tell("told")))
        tell("done")
    except Exception as error:  # noqa: BLE001 - whether it is one of ours is the question
        try:
            scenario.check_error(error)
        except Wrong as wrong:
            tell({"wrong": f"{wrong}\n{''.join(traceback.format_exception(error)[-8:])}"})
        tell(str(error))
    if not disk.has_failed:
        tell("untouched")
