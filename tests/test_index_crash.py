"""An `add` that is killed at any moment loses nothing that it had acknowledged.

Run as a program, this file is the one that is killed: it forks a child for each order that it
reads from its input, so that nothing has to be imported again.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

WORDS = "army desert militants attack town court sentence pursuit police city".split()
QUERIES = ["militants attack town", "army desert pursuit", "who won round 3?", "article 17"]

# Where a child kills itself: a thing that is called, and whether before or after the call.
STEPS = [
    ("add", "index.ingest._encode_new", "after"),
    ("add", "index.writer.Writer.put", "before"),
    ("add", "index.writer.Writer.put", "after"),
    ("add", "index.writer.Writer.drop_orphans", "before"),
    ("add", "index.writer.Writer.drop_orphans", "after"),
    ("add", "index.ingest.commit", "after"),
    ("add", "index.snapshots.Snapshots.save", "before"),
    ("add", "index.snapshots.os.fsync", "before"),
    ("add", "index.snapshots.os.fsync", "after"),
    ("add", "index.snapshots.sync_folder", "before"),
    ("add", "index.snapshots.sync_folder", "after"),
    ("add", "index.writer.Writer.add_snapshot", "before"),
    ("add", "index.writer.Writer.forget_snapshots", "after"),
    ("add", "index.snapshots.Snapshots.save", "after"),
    ("remove", "index.writer.Writer.remove", "after"),
    ("remove", "index.fts.Fts.optimize", "after"),
    ("remove", "index.snapshots.Snapshots.drop_all", "before"),
    ("remove", "index.snapshots.Snapshots.drop_all", "after"),
    ("remove", "index.database.Database.flush_log", "before"),
    ("remove", "index.database.Database.flush_log", "after"),
    ("create", "index.database.Database.migrate", "before"),
    ("create", "index.database.Database._apply", "before"),
    ("create", "index.database.Database._apply", "after"),
    ("create", "index.database.Database.migrate", "after"),
]


def record(number, round_number):
    """The article of a number as it reads in a round: another text each time."""
    picked = random.Random(f"{number} {round_number}").choices(WORDS, k=12)
    text = f"Round {round_number} of article {number}. {' '.join(picked).capitalize()}."
    return {"id": f"d{number}", "text": text}


def articles(round_number):
    """What a round adds: thirty new articles, and ten old ones with new texts."""
    new = range(30 * round_number, 30 * (round_number + 1))
    old = random.Random(round_number).sample(range(30 * round_number), 10) if round_number else []
    return [record(number, round_number) for number in (*new, *old)]


# The program


class Acknowledge:
    """A `Progress` that writes down what is committed."""

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def files(self, total): ...

    def file_done(self, path): ...

    def committed(self, document_id, outcome):
        os.write(self._file, f"{document_id}\n".encode())


def main() -> None:
    from conftest import WordEncoder

    from index import ingest

    ingest._BATCH_DOCUMENTS = 3  # more moments between two commits
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            try:
                work(order, WordEncoder())
            finally:  # with 1 after an error, which Python has no time to show
                os._exit(1 if sys.exc_info()[0] else 0)
        sys.stdout.write(f"{_outlived(child, order['seconds'])}\n")
        sys.stdout.flush()


def _outlived(child, seconds):
    """How a child ended, by itself or killed after some time."""
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1]
        time.sleep(0.0005)


def work(order, encoder):
    """Do in a child what was ordered."""
    from index import Archive

    if order["step"]:
        _die_at(*order["step"])
    with Archive.open(order["archive"], encoder=encoder) as archive:
        if order["job"] == "remove":
            archive.remove(order["ids"])
        else:
            archive.add(order["files"], progress=Acknowledge(order["acknowledged"]))


def _die_at(target, when):
    """Make the first call of `target` in this process its end."""
    import importlib

    name, _, attribute = target.rpartition(".")
    parts, rest = name.split("."), []
    while True:
        try:
            owner = importlib.import_module(".".join(parts))
            break
        except ModuleNotFoundError:
            rest.insert(0, parts.pop())
    for part in rest:
        owner = getattr(owner, part)
    real = getattr(owner, attribute)

    def dying(*args, **fields):
        if when == "after":
            real(*args, **fields)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, attribute, dying)


# The tests


class Nursery:
    """Starts children that work on an archive, and tells how they ended."""

    def __init__(self, process):
        self._process = process

    def work(self, **order):
        """The status with which a child ended, which had these orders."""
        defaults = {"step": None, "ids": [], "files": [], "job": "add", "seconds": 60}
        self._process.stdin.write(json.dumps({**defaults, **order}, default=str).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@pytest.fixture(name="nursery", scope="module")
def _nursery():
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **one_thread, "PYTHONPATH": str(ROOT)},
    ) as process:
        yield Nursery(process)
        process.stdin.close()


def open_archive(folder, make_encoder):
    from index import Archive

    return Archive.open(folder, encoder=make_encoder())


def answers(archive):
    """For each query, the documents and exact scores of its hits; ties in no order."""
    return [
        sorted((-hit.score, hit.document.id, hit.passage.text) for hit in hits)
        for hits in (archive.search(query, top_k=10_000).hits for query in QUERIES)
    ]


def clean_rebuild(folder, documents, make_encoder):
    with open_archive(folder, make_encoder) as archive:
        archive.add_documents(documents)
        return answers(archive)


@pytest.mark.slow
def test_fifty_kills_at_random_moments(tmp_path, nursery, jsonl, make_encoder):
    """After each of fifty SIGKILLs the archive opens and holds what was acknowledged.

    At the end, with every article added, it answers as one that was never interrupted.
    """
    numbers = random.Random(1)
    folder, acknowledged = tmp_path / "archive", tmp_path / "acknowledged"
    killed, lengths, round_number, files, latest = 0, [0.15], 0, [], {}
    while killed < 50:
        path = jsonl(tmp_path / f"{round_number}.jsonl", articles(round_number))
        files.append(path)
        expected = {one["id"]: one["text"] for one in articles(round_number)}
        while True:
            acknowledged.unlink(missing_ok=True)
            started = time.perf_counter()
            seconds = numbers.uniform(0, 1.1 * max(lengths[-5:])) if killed < 50 else 60
            status = nursery.work(
                archive=folder, files=[path], acknowledged=acknowledged, seconds=seconds
            )
            told = acknowledged.read_text().split() if acknowledged.exists() else []
            with open_archive(folder, make_encoder) as archive:
                latest.update({one: expected[one] for one in told})
                for document_id in told:
                    assert archive.document(document_id).text == expected[document_id]
                if killed % 5 == 0:
                    assert archive.verify().findings == ()
                    kept = {one.id: one.text for one in archive.documents()}
                    for document_id, text in latest.items():
                        assert kept[document_id] in (text, expected.get(document_id))
            if os.WIFSIGNALED(status):
                assert os.WTERMSIG(status) == signal.SIGKILL
                killed += 1
            else:
                assert status == 0
                latest.update(expected)
                lengths.append(time.perf_counter() - started)
                break
        round_number += 1
    with open_archive(folder, make_encoder) as archive:
        report = archive.add(files[-1:])
        assert report.unchanged == 40 if round_number > 1 else 30
        assert archive.verify().findings == ()
        found = answers(archive)
        documents = list(archive.documents())
    assert {one.id: one.text for one in documents} == latest
    assert found == clean_rebuild(tmp_path / "clean", documents, make_encoder)


@pytest.fixture(name="prepared")
def _prepared(tmp_path, jsonl, make_encoder):
    """An archive of one round, and the file of the next."""
    with open_archive(tmp_path / "archive", make_encoder) as archive:
        archive.add([jsonl(tmp_path / "0.jsonl", articles(0))])
    return tmp_path / "archive", jsonl(tmp_path / "1.jsonl", articles(1))


@pytest.mark.parametrize("step", STEPS, ids="-".join)
def test_kill_at_a_step(prepared, nursery, make_encoder, step):
    """Killed before or after a step, the archive is whole, and the same work finishes it."""
    job, target, when = step
    folder, path = prepared
    tmp_path = folder.parent
    acknowledged = tmp_path / "acknowledged"
    old = {one["id"]: one["text"] for one in articles(0)}
    new = {one["id"]: one["text"] for one in articles(1)}
    if job == "create":
        shutil.rmtree(folder)
        old = {}
    removed = ["d1", "d2"]
    order = {
        "archive": folder,
        "files": [path],
        "ids": removed,
        "acknowledged": acknowledged,
        "job": job,
    }
    assert nursery.work(**order, step=(target, when)) == signal.SIGKILL
    told = acknowledged.read_text().split() if acknowledged.exists() else []
    with open_archive(folder, make_encoder) as archive:
        assert archive.verify().findings == ()
        kept = {one.id: one.text for one in archive.documents()}
        assert all(kept[one] == new[one] for one in told)
        for document_id, text in old.items():
            if job != "remove" or document_id not in removed:
                assert kept[document_id] in (text, new.get(document_id))
        if job == "remove":
            archive.remove([one for one in removed if one in kept])
            expected = {one: text for one, text in old.items() if one not in removed}
            data = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
            assert not any(old[one].encode() in data for one in removed)
        else:
            archive.add([path])
            expected = {**old, **new}
        assert archive.verify().findings == ()
        assert not list(folder.glob("*.tmp"))
        documents = list(archive.documents())
        assert {one.id: one.text for one in documents} == expected
        found = answers(archive)
    assert found == clean_rebuild(tmp_path / "clean", documents, make_encoder)


if __name__ == "__main__":
    main()
