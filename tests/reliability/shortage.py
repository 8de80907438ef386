"""What the system refuses: room on the disk, writing to a folder, any access, more open files.

The error is one of ours, reading goes on where anything may be read, and nothing is lost.
"""

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from index import ArchiveError, OnRecordError
from index.errors import UnsupportedArchive
from tests.reliability import aside, scenario
from tests.reliability.faults import JOBS, Bench
from tests.reliability.scenario import Told, Wrong

_NOBODY = 65_534
_WRITING = ["add", "remove", "reencode", "repair"]


def experiment(seed: int, folder: Path) -> int:
    """One of the refusals, in one of twenty forms; 0 where this system cannot be made to."""
    number, kind = divmod(seed, len(KINDS))
    return KINDS[kind](number, folder)


def full_disk(number: int, folder: Path) -> int:
    """An add to a disk with room for less and less."""
    bench = _bench("add", folder)
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return 0  # only a superuser can have a disk of 8 MB
    try:
        archive, filler = disk / "archive", disk / "filler"
        bench.copy_to(archive)
        room = shutil.disk_usage(disk).free - 24_000 * number
        filler.write_bytes(bytes(max(0, room)))
        ended = aside.run(partial(_try, bench, archive))
        filler.unlink()
        _check(bench, archive, ended)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
    return 1


def no_handles(number: int, folder: Path) -> int:
    """A job of a process that may open few more files than it has open."""
    bench = _bench(_WRITING[number % len(_WRITING)], folder)
    archive = folder / "archive"
    bench.copy_to(archive)

    def work(tell: aside.Tell) -> None:
        used = len(list(Path("/proc/self/fd").iterdir()))
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + number, used + number))
        _try(bench, archive, tell)

    if not Path("/proc/self/fd").exists():
        return 0
    _check(bench, archive, aside.run(work))
    return 1


def read_only(number: int, folder: Path) -> int:
    """Jobs in a folder that may not be written, with a write-ahead log from a crash, or none."""
    if os.getuid():
        return 0
    left = ["nothing", "log", "log and memory"][number % 3]
    bench = _bench(_WRITING[number % len(_WRITING)], folder)
    with _place_for_all() as place:
        archive = place / "archive"
        told = _crashed(bench, archive, left)
        for path in archive.iterdir():
            path.chmod(0o444)
        archive.chmod(0o555)
        ended = aside.run(partial(_as_nobody, bench, archive, told))
        archive.chmod(0o755)
        _check(bench, archive, ended, told=told)
        if "done" in ended.told:
            raise Wrong("wrote to a folder that may not be written")
    return 1


def no_access(number: int, folder: Path) -> int:
    """Jobs in a folder of which something may be neither read nor written."""
    if os.getuid():
        return 0
    closed = [".", "archive.sqlite", "archive.sqlite-wal", "writer.lock", "passages-*"][number % 5]
    bench = _bench(_WRITING[number // 5], folder)
    with _place_for_all() as place:
        archive = place / "archive"
        told = _crashed(bench, archive, "log and memory")
        for path in (archive, *archive.iterdir()):
            os.chown(path, _NOBODY, _NOBODY)
        for path in archive.glob(closed) if closed != "." else [archive]:
            path.chmod(0)
        ended = aside.run(partial(_as_nobody, bench, archive, told))
        archive.chmod(0o755)
        _check(bench, archive, ended, told=told)
    return 1


KINDS: list[Callable[[int, Path], int]] = [full_disk, no_handles, read_only, no_access]


def _bench(job: str, folder: Path) -> Bench:
    return Bench(job, folder.with_name("faults-shared"))


@contextlib.contextmanager
def _place_for_all() -> Iterator[Path]:
    """A folder that any user may enter."""
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _crashed(bench: Bench, archive: Path, left: str) -> int:
    """Leave an archive as a crash in the middle of an add leaves it; how many it acknowledged."""
    bench.copy_to(archive)
    if left == "nothing" or JOBS["add"] is not bench.job:
        return 0

    def work(tell: aside.Tell) -> None:
        told = Told(lambda: (tell("told"), os.abort() if told.count == 3 else None))
        bench.work(archive, told)

    ended = aside.run(work)
    if left == "log":
        (archive / "archive.sqlite-shm").unlink()
    return len(ended.told)


def _as_nobody(bench: Bench, archive: Path, told: int, tell: aside.Tell) -> None:
    warm = Path(tempfile.mkdtemp())  # so that nothing is imported later that nobody may read
    bench.copy_to(warm / "archive")
    bench.work(warm / "archive", Told())
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)
    _try(bench, archive, tell, told=told)


def _try(bench: Bench, archive: Path, tell: aside.Tell, *, told: int = 0) -> None:
    """Do a job, and read before and after it; tell what came of each."""
    try:
        with scenario.open_archive(archive) as opened:
            counted = Told(lambda: tell("told"))
            bench.course.find(scenario.state_of(opened), told=told)
            try:
                bench.work_on(opened, counted)
                tell("done")
            except OnRecordError as error:
                scenario.check_error(error)
                tell(f"{type(error).__name__}: {error}")
                bench.course.find(scenario.state_of(opened), told=told + counted.count)
                tell("read on")
    except ArchiveError as error:
        scenario.check_error(error)
        if isinstance(error, UnsupportedArchive):
            raise Wrong(f"taken for a foreign file: {error}") from error
        tell(f"{type(error).__name__}: {error}")


def _check(bench: Bench, archive: Path, ended: aside.Ended, *, told: int = 0) -> None:
    if ended.signal or ended.is_late or ended.status:
        raise Wrong(f"died of {ended.died_of}, late: {ended.is_late}: {ended.told}")
    bench.check(archive, told=told + ended.told.count("told"), is_done=ended.told[-1:] == ["done"])
