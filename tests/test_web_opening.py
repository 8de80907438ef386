"""The page's files are served before gradio is there; the rest waits for it."""

import asyncio
import contextlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from qa.web import Site, listen, serve, server
from qa.web.gate.login import USER
from qa.web.gate.patience import Leaving
from qa.web.opening import Opening


class Slow:
    """Makes an application when it is told to; notes the tasks in which that one lives."""

    def __init__(self):
        self.may = threading.Event()
        self.tasks = []

    def __call__(self):
        assert self.may.wait(60)

        @contextlib.asynccontextmanager
        async def life(_app):
            self.tasks.append(asyncio.current_task())
            yield
            self.tasks.append(asyncio.current_task())

        async def config(_request):
            return PlainTextResponse(f"begun {len(self.tasks)}")

        return Starlette(routes=[Route("/config", config)], lifespan=life)


@contextlib.contextmanager
def served(opening):
    """The address of a server that runs until the end."""
    with listen("127.0.0.1", 0) as listener:
        server = Leaving(
            uvicorn.Config(_without_users(opening), log_level="error", ws="none"),
            end_streams=opening.end_streams,
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive()


def _without_users(opening):
    async def app(scope, receive, send):
        await opening(scope | {USER: None}, receive, send)

    return app


def test_files_come_at_once_and_the_rest_when_it_is_made():
    """The first page, its scripts and styles do not wait; what gradio answers does."""
    slow = Slow()
    opening = Opening(slow, needs_login=False)
    with served(opening) as address, httpx.Client(base_url=address, timeout=30) as client:
        page = client.get("/").text
        files = re.findall(r'(?:src|href)="([\w./-]+)"', page)
        assert len(files) >= 5
        for file in files:
            assert client.get(f"/{file}").status_code == 200, file
        assert client.head("/").status_code == 200
        found = []
        asking = threading.Thread(target=lambda: found.append(client.get("/config").text))
        asking.start()
        asking.join(timeout=0.3)
        assert not found
        slow.may.set()
        asking.join(timeout=30)
        assert found == ["begun 1"]
    assert len(slow.tasks) == 2
    assert slow.tasks[0] is slow.tasks[1]


@pytest.mark.parametrize("has_life", [True, False])
def test_who_stops_waiting_stops_nobody_else(has_life):
    """A request that is broken off leaves the others their answer."""
    slow = Slow()
    opening = Opening(slow, needs_login=False)
    sent = []

    async def send(message):
        sent.append(message)

    async def run():
        life = opening._lifespan(None) if has_life else contextlib.nullcontext()
        async with life:
            given = {"type": "http", "method": "GET", "path": "/config", "headers": []}
            asking = [asyncio.create_task(opening(dict(given), None, send)) for _ in range(2)]
            await asyncio.sleep(0.1)
            asking[0].cancel()
            slow.may.set()
            await asking[1]
            with pytest.raises(asyncio.CancelledError):
                await asking[0]

    asyncio.run(run())
    assert [one["status"] for one in sent if "status" in one] == [200]


def test_a_server_may_end_while_it_is_opening():
    """It waits for what is being made, and nothing is left."""
    slow = Slow()
    opening = Opening(slow, needs_login=False)
    with served(opening) as address:
        assert httpx.get(f"{address}/onrecord/page.js").status_code == 200
        threading.Timer(0.3, slow.may.set).start()
    assert len(slow.tasks) == 2


@pytest.mark.parametrize("path", ["onrecord/page.py", "onrecord/page.html", "onrecord/none.js"])
def test_only_the_pages_own_files_are_there(path):
    """What lies beside them is not served."""
    slow = Slow()
    slow.may.set()
    with served(Opening(slow, needs_login=False)) as address:
        assert httpx.get(f"{address}/{path}").status_code == 404


def test_what_cannot_be_made_ends_the_server(monkeypatch):
    """The error is the command's own, and is not hidden behind a page that never comes."""

    async def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(server, "_unguarded", fail)
    warmed = []
    site = Site(assistants={"": SimpleNamespace(warm_up=lambda: warmed.append(1))})
    with ThreadPoolExecutor() as thread, pytest.raises(ZeroDivisionError):
        thread.submit(serve, site, port=0).result(timeout=60)
    assert not warmed
