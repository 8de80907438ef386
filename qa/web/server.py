"""The page as an ASGI application, and the server that runs it.

Gradio takes seconds to import: it is imported when a page is built, not before.
"""

import asyncio
import contextlib
import errno
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from index import OnRecordError
from qa.web.environment import prepare
from qa.web.guard import Guard

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from qa.assistant import Assistant

Made = TypeVar("Made")

HERE = Path(__file__).parent

MAX_FILE = "50mb"
MAX_SESSIONS = 50
GRACE_SECONDS = 2
MAX_PORT = 65535

_ASSET = re.compile(r"assets/index-[\w-]+\.(?:js|css)")
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not bound to

_OWN_FILES = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


class CannotServe(OnRecordError):
    """The address cannot be listened on."""


def build(assistant: "Assistant", *, is_demo: bool = False) -> "gr.Blocks":
    """The page's components and events, not yet served."""
    return _made(_build(assistant, is_demo=is_demo))


def application(
    assistant: "Assistant", *, allowed_hosts: Iterable[str] = (), is_demo: bool = False
) -> "ASGIApp":
    """The page behind its guard, for any ASGI server.

    Args:
        assistant: answers the questions.
        allowed_hosts: names that a request may ask for, beside those of this machine.
        is_demo: the archive is the one that comes with On Record; show questions to click.
    """
    return Guard(_made(_unguarded(assistant, is_demo=is_demo)), allowed_hosts=allowed_hosts)


def _made(making: Coroutine[None, None, Made]) -> Made:
    """What a coroutine makes, in a thread of its own, whether or not this one has an event loop.

    Gradio makes event loops for its locks, and never closes them, unless one is running.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, making).result()


async def _build(assistant: "Assistant", *, is_demo: bool) -> "gr.Blocks":
    prepare()
    from qa.web.page import page_of

    return page_of(assistant, is_demo=is_demo)


async def _unguarded(assistant: "Assistant", *, is_demo: bool) -> "FastAPI":
    blocks = await _build(assistant, is_demo=is_demo)
    import gradio as gr
    from fastapi import FastAPI

    from qa.web.page import theme

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_own_files(app)
    blocks.state_session_capacity = MAX_SESSIONS
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        allowed_paths=[],
        show_error=False,
        max_file_size=MAX_FILE,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        run_history=False,
        pwa=False,
        footer_links=[],
        theme=theme(),
    )
    return app


def _add_own_files(app: "FastAPI") -> None:
    """Serve our first page, in place of gradio's, which has scripts in it, and what it needs."""
    import gradio
    from fastapi import HTTPException
    from fastapi.responses import FileResponse, HTMLResponse

    template = Path(gradio.__file__).parent / "templates" / "frontend" / "index.html"
    assets = _ASSET.findall(template.read_text(encoding="utf-8"))
    script, style = (next(name for name in assets if name.endswith(end)) for end in (".js", ".css"))
    page = (HERE / "page.html").read_text(encoding="utf-8").format(script=script, style=style)

    @app.api_route("/", methods=["GET", "HEAD"])
    def first_page() -> HTMLResponse:
        return HTMLResponse(page)

    @app.get("/onrecord/{name}")
    def own_file(name: str) -> FileResponse:
        if name not in _OWN_FILES:
            raise HTTPException(status_code=404)
        return FileResponse(HERE / name, media_type=_OWN_FILES[name])


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
    assistant: "Assistant",
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    allowed_hosts: Iterable[str] = (),
    is_demo: bool = False,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until Ctrl-C.

    Args:
        assistant: answers the questions.
        host: the address to listen on.
        port: its port; 0 takes a free one.
        allowed_hosts: names that a request may ask for, beside those of this machine and `host`.
        is_demo: the archive is the one that comes with On Record; show questions to click.
        announce: is told the page's address in one line; by default it is written to stderr.

    Raises:
        CannotServe: the port is in use, or the address is not this machine's.
    """
    import uvicorn

    with listen(host, port) as listener:
        named = () if host in _EVERYWHERE else (_in_address(host),)
        app = application(assistant, allowed_hosts=(*allowed_hosts, *named), is_demo=is_demo)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        shown = "127.0.0.1" if host in _EVERYWHERE else _in_address(host)
        line = f"On Record is at http://{shown}:{listener.getsockname()[1]}/ (Ctrl-C stops it)"
        (announce or _write)(line)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _leave)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _leave(number: int, _frame: object) -> None:
    """End as a program does that was asked to: what is registered for the end still runs."""
    sys.exit(128 + number)


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
