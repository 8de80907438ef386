"""A Milvus of eight processes on this machine, which can be killed one by one.

From packages alone: `milvus` 2.3.5 has the server's own program, Debian's `etcd-server` what its
nodes agree by, and `confluent-kafka` a log broker that lives in this process. That broker is made
for tests: it forgets old messages, so write little at a time, and it is not killed with the rest.
"""

import contextlib
import copy
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.servers import free_port, wait_for

ROLES = {
    "coordinators": "mixture -rootcoord=true -querycoord=true -datacoord=true -indexcoord=true",
    "proxy": "proxy",
    "data": "datanode",
    "index": "indexnode",
    "query-1": "querynode",
    "query-2": "querynode",
}
_STARTED_ANEW_AFTER = 5.0
"""Seconds: what Kubernetes takes, at the least, to see that one is gone."""


class MilvusNodes:
    """The processes, and who starts those anew that have ended."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="onrecord-nodes-"))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._etcd_port, self._peer_port = free_port(), free_port()
        self.port = free_port()
        self._configure()
        self.start()
        self._keeper = threading.Thread(target=self._start_anew, daemon=True)
        self._keeper.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start what does not run, and wait until it answers."""
        with self._lock:
            self._start("etcd", self._etcd())
            self._start_roles()
        wait_for(self._answers, "the start of Milvus", seconds=180)

    def kill(self, roles: Iterable[str] = ("etcd", *ROLES)) -> None:
        """End processes at once; `start`, or some seconds, bring them back."""
        with self._lock:
            for role in roles:
                os.killpg(self._processes[role].pid, signal.SIGKILL)
                self._processes[role].wait()

    def close(self) -> None:
        self._is_over.set()
        self._keeper.join()
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _configure(self) -> None:
        """Give each process its configuration: the package's, but for addresses and storage."""
        import milvus
        import yaml
        from confluent_kafka import Producer

        milvus._initialize_data_files(str(self._folder))
        made = milvus.MilvusServerConfig(data_dir=str(self._folder))
        made.resolve()
        made.write_config()
        made.cleanup_listen_ports()
        self._broker = Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1})
        (broker,) = self._broker.list_topics(timeout=10).brokers.values()
        settings = yaml.safe_load((self._folder / "configs" / "milvus.yaml").read_text())
        settings["etcd"] |= {
            "endpoints": f"127.0.0.1:{self._etcd_port}",
            "use": {"embed": False},
        }
        settings["mq"]["type"] = "kafka"
        for other in ("pulsar", "rocksmq"):
            settings.pop(other, None)
        settings["kafka"] = {
            "brokerList": f"{broker.host}:{broker.port}",
            "securityProtocol": "PLAINTEXT",
            "saslMechanisms": "PLAIN",
            "readTimeout": 10,
        }
        settings["common"]["storageType"] = "local"
        settings["localStorage"]["path"] = str(self._folder / "shared")
        settings["log"]["file"]["rootPath"] = ""
        for part in ("rootCoord", "queryCoord", "dataCoord", "queryNode", "indexNode", "dataNode"):
            settings[part]["ip"] = "127.0.0.1"
        settings["proxy"] |= {"ip": "127.0.0.1", "port": self.port, "internalPort": free_port()}
        for role in ROLES:
            own = copy.deepcopy(settings)
            own["queryNode"]["port"] = free_port()
            folder = self._folder / "roles" / role
            folder.mkdir(parents=True)
            shutil.copy(self._folder / "configs" / "glog.conf", folder)
            (folder / "milvus.yaml").write_text(yaml.safe_dump(own))

    def _etcd(self) -> list[str]:
        clients, peers = (f"http://127.0.0.1:{port}" for port in (self._etcd_port, self._peer_port))
        named = {
            "data-dir": str(self._folder / "etcd"),
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"default={peers}",
        }
        return ["etcd", *(part for name, value in named.items() for part in (f"--{name}", value))]

    def _start_roles(self) -> None:
        program = str(self._folder / "bin" / "milvus")
        for role, options in ROLES.items():
            self._start(role, [program, "run", *options.split()])

    def _start(self, role: str, command: list[str]) -> None:
        if role in self._processes and self._processes[role].poll() is None:
            return
        with (self._folder / f"{role}.log").open("ab") as log:
            self._processes[role] = subprocess.Popen(
                command,
                cwd=self._folder,
                env=os.environ
                | {
                    "MILVUSCONF": str(self._folder / "roles" / role),
                    "METRICS_PORT": str(free_port()),
                    "LD_LIBRARY_PATH": str(self._folder / "bin"),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _start_anew(self) -> None:
        while not self._is_over.wait(_STARTED_ANEW_AFTER):
            with self._lock:
                self._start_roles()

    def _answers(self) -> bool:
        from pymilvus import MilvusClient, MilvusException

        with contextlib.suppress(MilvusException):
            client = MilvusClient(self.address, timeout=5)
            client.list_collections()
            client.close()
            return True
        return False
