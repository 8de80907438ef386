"""An archive whose writer is killed, at random moments or at named steps of its work.

What it had acknowledged is there, it is in a state that it was in without the kill, and the same
work, done again, ends as if nothing had happened.
"""

import importlib
import itertools
import os
import random
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

import index.archive.adding
from index.read.pool import read_all
from tests.reliability import aside, scenario
from tests.reliability.faults import Bench
from tests.reliability.scenario import Course, Told, Wrong

KILLS = 10
"""How many kills one experiment of `at_random` makes."""

# A job, something that it calls, and whether the kill comes before or after the call.
STEPS = [
    ("add", "index.intake.ingest._encode_new", "after"),
    ("add", "index.storage.writer.Writer.put", "before"),
    ("add", "index.storage.writer.Writer.put", "after"),
    ("add", "index.storage.writer.Writer.put_version", "after"),
    ("add", "index.storage.writer.Writer.drop_orphans", "before"),
    ("add", "index.storage.writer.Writer.drop_orphans", "after"),
    ("add", "index.intake.ingest.commit", "after"),
    ("add", "index.storage.writer.Writer.put_file", "before"),
    ("add", "index.storage.writer.Writer.put_file", "after"),
    ("add", "index.intake.sync.note", "after"),
    ("add", "index.search.snapshots.Snapshots.save", "before"),
    ("add", "index.search.snapshots.os.fsync", "before"),
    ("add", "index.search.snapshots.os.fsync", "after"),
    ("add", "index.search.snapshots.sync_folder", "before"),
    ("add", "index.search.snapshots.sync_folder", "after"),
    ("add", "index.storage.writer.Writer.add_snapshot", "before"),
    ("add", "index.storage.writer.Writer.forget_snapshots", "after"),
    ("add", "index.search.snapshots.Snapshots.save", "after"),
    ("remove", "index.storage.writer.Writer.remove", "after"),
    ("remove", "index.storage.fts.Fts.optimize", "after"),
    ("remove", "index.search.snapshots.Snapshots.drop_all", "before"),
    ("remove", "index.search.snapshots.Snapshots.drop_all", "after"),
    ("remove", "index.storage.database.Database.flush_log", "before"),
    ("remove", "index.storage.database.Database.flush_log", "after"),
    ("reencode", "index.storage.writer.Writer.set_encoder", "after"),
    ("reencode", "index.storage.writer.Writer.replace_passages", "after"),
    ("repair", "index.storage.writer.Writer.rebuild_terms", "after"),
    ("repair", "index.storage.writer.Writer.rebuild_clusters", "after"),
    ("create", "index.storage.database.Database.migrate", "before"),
    ("create", "index.storage.database.Database._apply", "before"),
    ("create", "index.storage.database.Database._apply", "after"),
    ("create", "index.storage.database.Database.migrate", "after"),
]


def at_random(seed: int, folder: Path) -> int:
    """Kill `add` at ten random moments, going on in between, and let it finish."""
    numbers = random.Random(seed)
    archive, killed, seconds = folder / "archive", 0, 0.1
    round_number = 0
    while killed < KILLS:
        articles = scenario.write_round(folder, round_number)
        course = Course.of(archive, lambda one, told: one.add([articles], progress=told))  # noqa: B023
        told, is_done = 0, False
        while not is_done:
            add = partial(_add, archive, articles, is_first=seed % 10 == 0 and not killed)
            limit = numbers.uniform(0, 1.1 * seconds) if killed < KILLS else 60.0
            started = time.perf_counter()
            ended = aside.run(add, seconds=limit)
            is_done = ended.told[-1:] == ["done"]
            if not is_done and not ended.is_late:
                raise Wrong(f"ended by itself, having told {ended.told}")
            if is_done:
                seconds = time.perf_counter() - started
            killed += ended.is_late
            with scenario.open_archive(archive) as opened:
                scenario.check_sound(opened)
                state = scenario.state_of(opened)
            told = course.find(state, told=told + ended.told.count("told")).told
        if state != course.last:
            raise Wrong("the work was finished, and the archive is not as it must be")
        round_number += 1
    return killed


def _add(archive: Path, articles: Path, tell: aside.Tell, *, is_first: bool) -> None:
    if is_first:  # with readers in processes of their own, which must not outlive us
        index.archive.adding.read_all = read_all
    with scenario.open_archive(archive) as opened:
        opened.add([articles], progress=Told(lambda: tell("told")))
    tell("done")


def at_a_step(seed: int, folder: Path) -> int:
    """Kill a job before or after a step of it: the first time that it is taken, or a later one."""
    number, step = divmod(seed, len(STEPS))
    job, target, when = STEPS[step]
    bench = Bench(job, folder.with_name("faults-shared"))
    time_taken = 1 + number % 4
    if not _kill_at(bench, folder / "later", target, when, time_taken):
        assert _kill_at(bench, folder / "first", target, when, 1), f"{job} takes no step {target}"
    return 1


def _kill_at(bench: Bench, folder: Path, target: str, when: str, time_taken: int) -> bool:
    bench.copy_to(folder)

    def work(tell: aside.Tell) -> None:
        die_at(target, when, time_taken)
        bench.work(folder, Told(lambda: tell("told")))

    ended = aside.run(work)
    if ended.died_of not in (None, "SIGKILL") or ended.is_late:
        raise Wrong(f"died of {ended.died_of}; late: {ended.is_late}")
    bench.check(folder, told=ended.told.count("told"), is_done=not ended.signal)
    return bool(ended.signal)


def die_at(target: str, when: str, time_taken: int) -> None:
    """Make a call of `target` in this process its end: the first, the second, …"""
    owner, attribute = _find(target)
    real = getattr(owner, attribute)
    calls = itertools.count(1)

    def dying(*arguments: Any, **named: Any) -> Any:
        is_last = next(calls) == time_taken
        if is_last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        returned = real(*arguments, **named)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return returned

    setattr(owner, attribute, dying)


def _find(target: str) -> tuple[Any, str]:
    """What has the attribute that `target` names, and its name."""
    name, _, attribute = target.rpartition(".")
    parts: list[str] = name.split(".")
    rest: list[str] = []
    while True:
        try:
            owner: Any = importlib.import_module(".".join(parts))
            break
        except ModuleNotFoundError:
            rest.insert(0, parts.pop())
    for part in rest:
        owner = getattr(owner, part)
    return owner, attribute
