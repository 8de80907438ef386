"""Adding with Ray: as without it, whatever of the cluster dies."""

import threading
import time
from functools import partial
from pathlib import Path

import pytest

from index import Archive, ArchiveError
from tests.cluster.dying import Dying
from tests.conftest import Recorder, WordEncoder, write_jsonl

ray = pytest.importorskip("ray", reason="needs Ray: make test-cluster")
cluster_ray = pytest.importorskip("index.cluster.ray")
Cluster = pytest.importorskip("ray.cluster_utils").Cluster

# Ray's own: of its settings, and of files that it leaves to be closed by themselves.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)

FILES = 24


@pytest.fixture(name="files")
def _files(tmp_path) -> Path:
    """Files of five articles each, of which one is a copy, and one that cannot be read."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(FILES):
        write_jsonl(
            folder / f"{number:02}.jsonl",
            [
                {"id": f"d{number}-{one}", "text": f"Army word{number * (one % 4)} came. It went."}
                for one in range(5)
            ],
        )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    return folder


@pytest.fixture(name="expected")
def _expected(files, tmp_path):
    """What is in an archive without Ray."""
    with Archive.open(tmp_path / "plain", encoder=WordEncoder()) as archive:
        report = archive.add([files])
        return list(archive.documents()), [one.reason for one in report.failed]


def state(archive):
    return list(archive.documents()), [one.reason for one in archive.failures()]


def add(folder, files, load, address="local", progress=None):
    with (
        cluster_ray.RayWorkers(address, load) as workers,
        Archive.open(folder, encoder=workers.encoder) as archive,
    ):
        report = archive.add([files], read=workers.read, progress=progress)
        assert archive.verify().is_clean
        return report, state(archive)


def test_as_without_ray(tmp_path, files, expected):
    """The same articles in the same order; and what is unchanged is not read again."""
    progress = Recorder()
    report, found = add(tmp_path / "a", files, WordEncoder, progress=progress)
    assert found == expected
    assert len(progress.done) == progress.total == FILES + 1
    with Archive.open(tmp_path / "a", encoder=WordEncoder()) as archive:
        again = archive.add([files])
    assert (again.added, again.unchanged) == (0, report.added + report.duplicates)


def test_worker_is_killed(tmp_path, files, expected):
    """What the process was at is done by another."""
    flag = tmp_path / "killed"
    _, found = add(tmp_path / "a", files, partial(Dying, flag))
    assert flag.exists()
    assert found == expected


def test_node_is_killed(tmp_path, files, expected):
    """A machine goes, with what it was at and what it had done."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    try:
        node = cluster.add_node(num_cpus=2)
        progress = Recorder()
        is_gone = threading.Event()

        def kill():
            while len(progress.told) < 10:
                time.sleep(0.01)
            cluster.remove_node(node, allow_graceful=False)
            is_gone.set()

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        load = partial(Dying, seconds=0.2)
        _, found = add(tmp_path / "a", files, load, cluster.address, progress)
        assert is_gone.wait(timeout=60)
        assert found == expected
    finally:
        cluster.shutdown()


def test_no_cluster(files):
    """The address is named where nothing answers."""
    with pytest.raises(ArchiveError, match=r"Ray at 127\.0\.0\.1:1 .*refused"):
        cluster_ray.RayWorkers("127.0.0.1:1", WordEncoder)
