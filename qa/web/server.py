"""The page as an ASGI application, and the server that runs it.

Gradio takes seconds to import: it is imported when a page is built, not before.
"""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
import threading
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from index import OnRecordError
from qa.web import logs, tools
from qa.web.environment import import_gradio, prepare
from qa.web.gate.bodies import uploads_of
from qa.web.gate.guard import Guard
from qa.web.gate.login import USER, Door
from qa.web.gate.routes import MCP
from qa.web.health import Health
from qa.web.logs import LogStyle
from qa.web.opening import Opening
from qa.web.site import Site

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI
    from starlette.requests import Request

Made = TypeVar("Made")

MAX_SESSIONS = 50
MAX_CONNECTIONS = 900
"""Open at once: below the 1,024 files that a process may have open on most systems."""

GRACE_SECONDS = 2
MAX_PORT = 65535

_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not bound to


class CannotServe(OnRecordError):
    """The address cannot be listened on."""


def build(site: Site) -> "gr.Blocks":
    """The page's components and events, not yet served."""
    return _made(_build(site))


def application(site: Site, *, log: LogStyle = LogStyle.NONE) -> tuple[Guard, Opening]:
    """A site behind its guard, for any ASGI server; and what is being made behind it.

    Args:
        site: what is served.
        log: how requests are logged.

    Raises:
        NoMcp: the site has MCP tools, and the package for them is missing.
    """
    if site.has_mcp:
        tools.check()
    door = None if site.users is None else Door(site.users)
    uploads = Path(prepare())
    opening = Opening(lambda: asyncio.run(_unguarded(site, door)), needs_login=door is not None)
    return Guard(opening, site, uploads=uploads, door=door, log=log), opening


def _made(making: Coroutine[None, None, Made]) -> Made:
    """What a coroutine makes, in a thread of its own, whether or not this one has an event loop.

    Gradio makes event loops for its locks, and never closes them, unless one is running.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, making).result()


async def _build(site: Site) -> "gr.Blocks":
    import_gradio()
    from qa.web.page.desk import page_of

    return page_of(site)


async def _unguarded(site: Site, door: Door | None) -> "FastAPI":
    blocks = await _build(site)
    import gradio as gr
    from fastapi import FastAPI

    from qa.web.page.theme import theme

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_own_routes(app, site, blocks, door)
    blocks.state_session_capacity = MAX_SESSIONS
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        allowed_paths=[],
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=site.has_mcp,
        run_history=False,
        pwa=False,
        footer_links=[],
        theme=theme(),
        root_path=site.root_path,
        auth_dependency=None if door is None else _user_of,
    )
    if site.has_mcp:
        tools.write_json(blocks)
    return app


def _user_of(request: "Request") -> str | None:
    """Who the guard found to be asking."""
    user: str | None = request.scope[USER]
    return user


def _add_own_routes(app: "FastAPI", site: Site, blocks: "gr.Blocks", door: Door | None) -> None:
    """Serve what gradio has not, or does otherwise: health, uploads, logging in and out."""
    from starlette.requests import Request
    from starlette.responses import Response

    from qa.web.receiving import receive

    health = Health(site)
    folder = Path(prepare())

    def healthz(_request: Request) -> Response:
        return health.answer()

    async def upload(request: Request) -> Response:
        own = uploads_of(_user_of(request), folder)
        own.mkdir(mode=0o700, exist_ok=True)
        return await receive(request, blocks, own)

    app.add_route("/healthz", healthz, methods=["GET", "HEAD"])
    if not site.is_read_only:
        app.add_route("/gradio_api/upload", upload, methods=["POST"])
    if door is not None:
        app.add_route("/login", door.login, methods=["POST"])
        app.add_route("/logout", door.logout, methods=["POST"])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at the address; port 0 takes a free one.

    Raises:
        CannotServe: the port is in use, or the address is not this machine's.
    """
    if not 0 <= port <= MAX_PORT:
        raise CannotServe(f"a port is a number from 0 to {MAX_PORT}, got {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(
                f"port {port} is in use; take another: --port {port % MAX_PORT + 1}"
            ) from error
        raise CannotServe(
            f"cannot listen on {host}, port {port} ({error.strerror or error}); "
            "try --host 127.0.0.1 --port 7860"
        ) from error


def serve(
    site: Site,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    proxies: Iterable[str] = (),
    log: LogStyle = LogStyle.NONE,
) -> None:
    """Serve a site until Ctrl-C; its address is written to standard error.

    Args:
        site: what is served; `host` is one of its allowed hosts.
        host: the address to listen on.
        port: its port; 0 takes a free one.
        proxies: addresses of reverse proxies, who are believed about who asks and by which scheme.
        log: how requests are logged.

    Raises:
        CannotServe: the port is in use, or the address is not this machine's.
        NoMcp: the site has MCP tools, and the package for them is missing.
    """
    import uvicorn

    from qa.web.gate.patience import Leaving, Patient

    with listen(host, port) as listener:
        if host not in _EVERYWHERE:
            hosts = (*site.allowed_hosts, _in_address(host))
            site = replace(site, allowed_hosts=hosts)
        app, opening = application(site, log=log)
        trusted = list(proxies)
        config = uvicorn.Config(
            app,
            http=Patient,
            log_level="warning",
            log_config=logs.config_of(log) or uvicorn.config.LOGGING_CONFIG,
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted),
            forwarded_allow_ips=trusted,
            ws="none",
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        shown = "127.0.0.1" if host in _EVERYWHERE else _in_address(host)
        where = f"http://{shown}:{listener.getsockname()[1]}"
        _write(f"On Record is at {where}/ (Ctrl-C stops it)")
        if site.has_mcp:
            _write(f"MCP is at {where}{MCP}/")
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _leave)
        server = Leaving(config, end_streams=opening.end_streams)
        opening.made.add_done_callback(server.end_after_failure)
        with _warming_up(site, opening), contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
        if opening.made.done():
            opening.made.result()


@contextlib.contextmanager
def _warming_up(site: Site, opening: Opening) -> Iterator[None]:
    """Load the models when the page is there: the browser is still loading it then."""

    def warm_up() -> None:
        if opening.made.exception():
            return
        try:
            for assistant in site.assistants.values():
                assistant.warm_up()
        except OnRecordError as error:  # who asks is told too
            _write(f"onrecord: {error}")

    warming = threading.Thread(target=warm_up, name="warming up")
    warming.start()
    try:
        yield
    finally:
        warming.join()


def _leave(number: int, _frame: object) -> None:
    """End as a program does that was asked to: what is registered for the end still runs."""
    sys.exit(128 + number)


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
