"""No network: nothing is fetched at run time, and nothing is asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Put before the program: every way out of the process is noted and refused.
GUARD = """
import os, socket, sys

tried = open(os.environ["TRIED"], "a", buffering=1)

def refuse(what):
    def refused(*args, **kwargs):
        print(what, *map(repr, args), file=tried)
        raise OSError(f"{what} was called, and there is no network")
    return refused

for name in ("connect", "connect_ex", "sendto", "bind"):
    setattr(socket.socket, name, refuse(name))
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
    setattr(socket, name, refuse(name))

def audit(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print(event, *map(repr, args), file=tried)
        raise OSError(f"{event}, and there is no network")

sys.addaudithook(audit)
"""
RUN = (
    GUARD
    + """
from qa.cli import main
main()
"""
)


@pytest.fixture(name="offline")
def _offline(tmp_path):
    """A function that runs Python code, or the command line, without a network."""
    kept = ("PATH", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    environment = {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": str(tmp_path),
        "USERPROFILE": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "ONRECORD_ARCHIVE": str(tmp_path / "archive"),
        "TRIED": str(tmp_path / "tried"),
    }

    def offline(*args, code=RUN):
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, args)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return offline


@pytest.mark.slow
def test_nothing_reaches_for_a_network(offline, seeds, tmp_path):
    """Adding and asking, in processes that cannot reach anything and ask for nothing."""
    added = offline("add", seeds, "--json")
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["added"] == 1
    asked = offline("ask", "who claimed the Tazerbo attack?", "--json")
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["answer"]["text"] == "ISIS"
    assert (tmp_path / "tried").read_text() == ""


@pytest.mark.parametrize(
    "attempt",
    [
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import _socket; _socket.socket().connect(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 9)",
    ],
)
def test_an_attempt_would_be_seen(offline, tmp_path, attempt):
    """The guard of the test above refuses and notes each way out, the lowest too."""
    ran = offline(code=GUARD + attempt)
    assert ran.returncode == 1
    assert "there is no network" in ran.stderr
    assert (tmp_path / "tried").read_text()
