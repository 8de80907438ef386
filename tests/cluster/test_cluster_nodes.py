"""A Milvus of eight processes: recall, and what is said while some of them are gone.

It is 2.3, the newest that comes as a package, which knows no words: `dense_only`.
"""

import contextlib
import shutil
import threading
import time

import numpy as np
import pytest

from index import Archive, ArchiveError, Filters
from tests.cluster.conftest import named
from tests.cluster.recall import TOP_K, recall
from tests.cluster.test_cluster_archive import articles
from tests.conftest import WordEncoder

pytest.importorskip("milvus", reason="needs milvus 2.3.5: make test-cluster")
pytest.importorskip("confluent_kafka", reason="needs confluent-kafka: make test-cluster")
pytest.importorskip("yaml", reason="needs PyYAML: make test-cluster")
if shutil.which("etcd") is None:
    pytest.skip("no etcd: apt-get install etcd-server", allow_module_level=True)

from tests.cluster.nodes import MilvusNodes

# The package's own: it leaves sockets to be closed by themselves.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

MANY, PARTS = 2_000, 4
QUESTIONS = [f"army word{number} desert word{number + 7}" for number in range(0, MANY, 50)]
BACK_WITHIN = 120.0
STALL_SECONDS = 3.0
WATCHED_FOR = 45.0
"""Longer than it takes Milvus to see that a node is gone, and to give its work to another."""


@pytest.fixture(name="nodes", scope="module")
def _nodes():
    with contextlib.closing(MilvusNodes()) as nodes:
        yield nodes


@pytest.fixture(name="archive", scope="module")
def _archive(tmp_path_factory, nodes, postgres):
    """Some articles, written in parts that each of the query nodes has some of."""
    folder = named(
        tmp_path_factory.mktemp("nodes") / "a", postgres, nodes, dense_only=True, rows_at_once=200
    )
    with Archive.open(folder, encoder=WordEncoder()) as archive:
        for part in range(PARTS):
            archive.add_documents(articles(part * MANY // PARTS, MANY // PARTS))
            flush(archive)
        yield archive


def flush(archive):
    """Have Milvus write what it holds as a part of its own, which it may give to any node."""
    collection = archive._backend._collection
    name = collection.name(archive._store().encoder())
    collection._client.flush(name, timeout=120)


def nearest_found(archive, **filters):
    """The share of the ten nearest to each question that are found."""
    queries = np.stack([archive.encoder.encode_question(question) for question in QUESTIONS])
    return recall(archive, queries, Filters(**filters))[0]


def found(archive, question):
    """What is found, and whether it is said to be all; or that an error was raised."""
    try:
        result = archive.search(question, top_k=TOP_K)
    except ArchiveError:
        return None, True
    return [hit.document.id for hit in result.hits], result.searched.is_partial


def is_whole(archive, expected):
    return all(found(archive, question) == (ids, False) for question, ids in expected.items())


def wait_until_whole(archive, expected, since):
    while not is_whole(archive, expected):
        assert time.monotonic() < since + BACK_WITHIN, "not all is found again"
        time.sleep(1)


def test_recall(archive):
    """Nearly all of the nearest are found, with a filter too."""
    assert nearest_found(archive) >= 0.99
    assert nearest_found(archive, sources=("AFP",)) >= 0.97
    assert archive.verify().is_clean


def test_query_nodes_are_killed(archive, nodes):
    """Whoever asks meanwhile is told all, or that it is not all; later all is there again."""
    expected = {question: found(archive, question)[0] for question in QUESTIONS}
    assert all(expected.values())
    wrong, marked, waits = [], [], []
    is_over = threading.Event()

    def ask():
        with Archive.open(archive.folder, create=False, encoder=WordEncoder()) as own:
            while not is_over.is_set():
                for question, ids in expected.items():
                    asked = time.monotonic()
                    told, is_partial = found(own, question)
                    waits.append(time.monotonic() - asked)
                    if is_partial:
                        marked.append(question)
                    elif told != ids:
                        wrong.append((question, told, ids))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for one in asking:
        one.start()
    for node in ("query-1", "query-2"):
        time.sleep(2)
        killed = time.monotonic()
        nodes.kill([node])
        time.sleep(WATCHED_FOR)
        wait_until_whole(archive, expected, killed)
    is_over.set()
    for one in asking:
        one.join()
    assert wrong == []
    # Of one of them at least it was noticed.
    assert marked or max(waits) > STALL_SECONDS
    assert nearest_found(archive) >= 0.99


def test_all_are_killed(archive, nodes):
    """What was acknowledged is there when they are started again, and more can be added."""
    expected = {question: found(archive, question)[0] for question in QUESTIONS}
    before = [one.id for one in archive.documents()]
    nodes.kill()
    assert found(archive, QUESTIONS[0]) == (None, True)
    assert [one.id for one in archive.documents()] == before
    nodes.start()
    wait_until_whole(archive, expected, time.monotonic())
    report = archive.add_documents(articles(MANY, 20))
    assert report.added == 20
    assert archive.verify().is_clean
    assert nearest_found(archive) >= 0.99
