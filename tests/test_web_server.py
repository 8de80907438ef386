"""A server under load, and under those who mean it ill: it answers right, and stays small."""

import asyncio
import contextlib
import json
import resource
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from index import Archive, Document
from index.errors import ArchiveDamaged
from qa import Assistant, Question
from qa.output.table import answer_all
from qa.web import LogStyle, Site, logs
from qa.web.api import Operations
from qa.web.environment import prepare
from qa.web.gate import bodies, patience
from qa.web.gate.admission import Admission
from qa.web.gate.bodies import Refused
from qa.web.gate.guard import Guard
from qa.web.health import FRESH_SECONDS, Health
from qa.web.page.conversation import Exchange, Pending
from qa.web.page.desk import Page
from tests.conftest import LONG
from tests.serving import serving

CLIENTS, QUESTIONS = 8, 200
BROKEN_OFF = 500 if LONG else 50
SILENT = 500
FIELD_MB = 800 if LONG else 150
TOWNS = [
    f"{name}{end}" for end in ("abad", "ville", "grad") for name in ("Zu", "Ket", "Mor", "Lan")
]
SENTENCE = "The mayor of {} is {} Haddad."
MAYORS = "Adam Bilal Celia Dunya Emil Farah Ghani Hana Idris Jamal Karim Layla".split()


@pytest.fixture(name="archive", scope="module")
def _archive(tmp_path_factory, real_encoder):
    """An archive of towns, each with a mayor of its own."""
    folder = tmp_path_factory.mktemp("towns") / "archive"
    with Archive.open(folder, encoder=real_encoder) as archive:
        archive.add_documents(
            Document(id=town, text=SENTENCE.format(town, mayor), path=f"/news/{town}.txt")
            for town, mayor in zip(TOWNS, MAYORS, strict=True)
        )
        yield archive


@pytest.fixture(name="address", scope="module")
def _address(archive, real_reader):
    with serving(Site(assistants={"": Assistant(archive, real_reader)})) as address:
        yield address


def resident() -> int:
    """The bytes of memory that this process has."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    pytest.skip("this system does not say how much memory a process has")


def uploaded() -> set[Path]:
    return {path for path in Path(prepare()).rglob("*") if path.is_file()}


def connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def until(is_so, seconds=60.0) -> bool:
    """Wait until something is so."""
    ends = time.monotonic() + seconds
    while not is_so() and time.monotonic() < ends:
        time.sleep(0.05)
    return is_so()


# Load


def test_many_clients_get_each_their_own_answer(address):
    """No answer is wrong, and none is another's."""

    def ask(number: int) -> tuple[str, str]:
        town = TOWNS[number % len(TOWNS)]
        told = httpx.post(
            f"{address}gradio_api/run/ask",
            json={"data": [f"Who is the mayor of {town}?", None, None, None, 5, ""]},
            timeout=120,
        )
        assert told.status_code == 200, told.text
        return SENTENCE.format(town, MAYORS[number % len(TOWNS)]), told.json()["data"][0]

    with ThreadPoolExecutor(CLIENTS) as clients:
        told = list(clients.map(ask, range(QUESTIONS)))
    wrong = [(right, one) for right, one in told if one["answer"]["sentence"] != right]
    assert wrong == []


def test_all_who_ask_take_turns_together(archive, real_reader):
    """Programs, the page and a table of questions: two questions are answered at once, not six."""
    inside, most, lock = 0, 0, threading.Lock()

    class Counting(Assistant):
        def inquire(self, question, *, history=()):
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.05)
            with lock:
                inside -= 1
            return super().inquire(question, history=history)

    assistant = Counting(archive, real_reader)
    site = Site(assistants={"": assistant})
    page = object.__new__(Page)
    page._site = site
    page._archive = SimpleNamespace(assistant=lambda name: assistant)
    question = f"Who is the mayor of {TOWNS[0]}?"
    ways = (
        lambda: Operations(site).ask(question),
        lambda: page._ask(Exchange(question, Pending.WAITING), ()),
        lambda: list(answer_all(assistant, [Question(text=question)], turn=site.turns)),
    )
    with ThreadPoolExecutor(12) as askers:
        list(askers.map(lambda ask: ask(), ways * 4))
    assert most == 2


def test_more_than_can_wait_are_turned_away():
    """With a clean 503 that says when to come again; those who wait are let in in turn."""

    async def crowd():
        admission = Admission(at_once=1, waiting=2)
        let_in, turned_away = [], []
        leave = asyncio.Event()

        async def visit(number):
            try:
                async with admission.one():
                    let_in.append(number)
                    await leave.wait()
            except Refused as refused:
                turned_away.append((number, refused.status, refused.headers["retry-after"]))

        visits = [asyncio.create_task(visit(number)) for number in range(5)]
        await asyncio.sleep(0.01)
        assert let_in == [0]
        leave.set()
        await asyncio.gather(*visits)
        return let_in, turned_away

    assert asyncio.run(crowd()) == ([0, 1, 2], [(3, 503, "2"), (4, 503, "2")])


# Those who mean it ill


def test_uploads_that_are_broken_off_leave_nothing(address):
    """However much of them had come."""
    before, memory = uploaded(), resident()
    head = (
        "POST /gradio_api/upload HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5000000\r\n"
        "content-type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    )
    for number in range(BROKEN_OFF):
        with connected(address) as sender:
            sender.sendall(head.encode() + b"x" * 100_000)
        if number % 25 == 0:  # as many at once as one's own machine sends
            assert httpx.get(f"{address}healthz").status_code == 200
    assert until(lambda: uploaded() == before)
    assert resident() - memory < 50_000_000


def test_a_huge_form_field_is_not_kept(address):
    """A plain field is refused, and none of it stays in memory."""
    memory = resident()
    head = (
        "POST /gradio_api/upload HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n"
        "content-type: multipart/form-data; boundary=b\r\n\r\n"
    )
    field = b'--b\r\ncontent-disposition: form-data; name="note"\r\n\r\n'
    with connected(address) as sender:
        sender.sendall(head.encode() + chunk(field))
        with contextlib.suppress(OSError):  # it may have hung up
            for _ in range(FIELD_MB):
                sender.sendall(chunk(b"x" * 1_000_000))
        assert sender.recv(100).startswith(b"HTTP/1.1 400")
    assert resident() - memory < 50_000_000


def chunk(content: bytes) -> bytes:
    """A part of a body whose length nobody knows beforehand."""
    return b"%x\r\n%s\r\n" % (len(content), content)


def test_connections_that_say_nothing_are_closed(address, monkeypatch):
    """After a while; others are answered meanwhile, and nothing is left of them in memory."""
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 1.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 3 * SILENT), hard), hard))
    memory = resident()
    silent = [connected(address) for _ in range(SILENT // 2)]
    begun = [connected(address) for _ in range(SILENT // 2)]
    try:
        for one in begun:
            one.sendall(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ")
        assert httpx.get(f"{address}healthz").status_code == 200
        for one in [*silent, *begun]:
            one.settimeout(10)
            assert one.recv(1) == b""
        assert resident() - memory < 50_000_000
    finally:
        for one in [*silent, *begun]:
            one.close()


def test_a_body_that_does_not_come_is_not_waited_for(address, monkeypatch):
    """It is answered that it was too slow."""
    monkeypatch.setattr(bodies, "PATIENCE_SECONDS", 0.5)
    with connected(address) as slow:
        slow.sendall(
            b"POST /gradio_api/run/ask HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 50\r\n\r\n{"
        )
        slow.settimeout(10)
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


# Health


def test_health_counts_the_articles(address):
    """For what watches over the server, without a login."""
    answer = httpx.get(f"{address}healthz")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "documents": len(TOWNS)}


def test_health_is_looked_at_once_in_a_while():
    """However often it is asked; a damaged archive is told of without its name."""
    now = [0.0]
    looks = []

    def status():
        looks.append(now[0])
        if len(looks) > 1:
            raise ArchiveDamaged("/secret/archive is damaged")
        return SimpleNamespace(documents=3)

    archive = SimpleNamespace(status=status)
    site = Site(assistants={"": SimpleNamespace(archive=archive)})
    health = Health(site, clock=lambda: now[0])
    assert [health.answer().status_code for _ in range(3)] == [200] * 3
    assert len(looks) == 1
    now[0] = FRESH_SECONDS
    answer = health.answer()
    assert answer.status_code == 503
    assert json.loads(answer.body) == {"ok": False, "error": "ArchiveDamaged"}


# Logs


@pytest.fixture(name="lines")
def _lines(capsys):
    """What was logged, line by line."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def answered_by(app, path, log=LogStyle.JSON, **request):
    site = Site(assistants={"": SimpleNamespace()})
    client = TestClient(
        Guard(app, site, uploads=Path(), log=log),
        base_url="http://localhost",
        raise_server_exceptions=False,
    )
    return client.post(path, **request)


async def fine(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def test_a_request_is_a_line_without_what_was_asked(lines):
    """The route, not the path; an id that the answer has too; nothing of the visitor's."""
    answer = answered_by(fine, "/gradio_api/run/ask?x=secret", json={"data": ["secret"]})
    refused = answered_by(fine, "/secret", headers={"host": "secret.example"})
    first, second = lines()
    assert first["route"] == "run/ask"
    assert first["status"] == 200
    assert first["request"] == answer.headers["x-request-id"]
    assert (second["route"], second["status"]) == ("none", refused.status_code)
    assert "secret" not in json.dumps([first, second])


def test_nothing_is_logged_unless_it_is_wanted(lines):
    """A page of one's own is quiet."""
    answered_by(fine, "/gradio_api/run/ask", log=LogStyle.NONE, json={"data": []})
    assert lines() == []


def test_an_error_is_logged_by_its_kind_and_place(lines):
    """Its message may quote an article."""
    handler = logs.JsonHandler()
    try:
        raise ValueError("secret")
    except ValueError as error:
        import logging

        record = logging.LogRecord("uvicorn", 40, __file__, 1, "secret", (), None)
        record.exc_info = (type(error), error, error.__traceback__)
        handler.emit(record)
    (line,) = lines()
    assert line["error"] == "ValueError"
    assert line["at"][0].startswith(__file__)
    assert "secret" not in json.dumps(line)


def test_a_server_with_a_page_open_ends_without_a_word(archive, real_reader, capfd):
    """Each open page has a stream that never ends by itself: stopping does not wait for it."""
    with contextlib.ExitStack() as stack:
        with serving(Site(assistants={"": Assistant(archive, real_reader)})) as address:
            page = f"{address}gradio_api/heartbeat/page"
            beat = stack.enter_context(httpx.stream("GET", page, timeout=30))
            lines = beat.iter_lines()
            assert next(lines) == "data: ALIVE"
        assert [line for line in lines if line] == []
    assert "ERROR" not in capfd.readouterr().err


def test_threads_are_not_left_behind(archive, real_reader):
    """A server that ends takes its threads with it."""
    before = threading.active_count()
    with serving(Site(assistants={"": Assistant(archive, real_reader)})) as address:
        httpx.get(f"{address}healthz")
    assert until(lambda: threading.active_count() <= before + 2)
