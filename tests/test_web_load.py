"""A crowd at the door, and a server that is watched: does anything leave the machine?"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from index import Archive

ROOT = Path(__file__).resolve().parent.parent
LOAD = ROOT / "benchmarks" / "load.py"
TOLD = re.compile(
    r"(?P<right>[\d,]+) right, (?P<crossed>\d+) crossed.*"
    r" (?P<early>\d+) MB after a tenth, (?P<late>\d+) MB at the end",
    re.DOTALL,
)
CONNECTED = re.compile(r"\b(?:connect|sendto|sendmsg)\(.*sa_family=AF_INET6?,.*")
LOOPBACK = re.compile(r'(?!.*htons\(53\)).*(?:inet_addr\("127\.|inet_pton\(AF_INET6, "::1")')


@pytest.mark.long
@pytest.mark.parametrize(
    ("clients", "questions", "articles"),
    [(50, 1_000, 400), (8, 20_000, 0)],
    ids=["crowd", "soak"],
)
def test_a_crowd_gets_each_his_own_answer(test_data, clients, questions, articles):
    """All right, none crossed, and memory stays level."""
    counts = ["--clients", clients, "--questions", questions, "--articles", articles]
    folder = ["--reuters", test_data / "reuters21578"]
    told = subprocess.run(
        [sys.executable, LOAD, *map(str, counts), *map(str, folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = TOLD.search(told)
    assert int(found["right"].replace(",", "")) == questions, told
    assert found["crossed"] == "0"
    assert int(found["late"]) - int(found["early"]) < 50, told


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace: apt-get install strace")
def test_a_server_that_answers_reaches_for_nothing(tmp_path, real_encoder, seeds):
    """From its start to its end it connects to this machine alone, and looks up no name."""
    with Archive.open(tmp_path / "archive", encoder=real_encoder) as archive:
        archive.add([seeds])
    trace = tmp_path / "trace"
    watch = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(trace)]
    program = "from tests.test_web_load import ask_a_server; ask_a_server()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ARCHIVE": str(tmp_path / "archive")}
    subprocess.run(
        [*watch, sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, timeout=300
    )
    calls = CONNECTED.findall(trace.read_text(encoding="utf-8", errors="replace"))
    assert calls  # the client that asks connects to the server
    assert [call for call in calls if not LOOPBACK.match(call)] == []


def ask_a_server() -> None:
    """Serve an archive, look at the page, and ask."""
    from qa import Assistant
    from qa.web import Site
    from tests.serving import serving

    with (
        Assistant.open(os.environ["ARCHIVE"]) as assistant,
        serving(Site(assistants={"": assistant})) as address,
    ):
        assert httpx.get(address).status_code == 200
        assert httpx.get(f"{address}config").status_code == 200
        question = ["Who claimed the Tazerbo attack?", None, None, None, 5, ""]
        told = httpx.post(
            f"{address}gradio_api/run/ask", json={"data": question}, timeout=120
        ).json()
        assert told["data"][0]["answered"]
