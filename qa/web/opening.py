"""The page's files are served at once, all else when gradio is imported, which takes seconds.

So the browser loads the page's scripts while the server is still at it.
"""

import asyncio
import contextlib
import importlib.util
import re
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from qa.web.gate.login import USER

if TYPE_CHECKING:
    from fastapi import FastAPI

FILES = Path(__file__).parent / "files"

_ASSET = re.compile(r"assets/index-[\w-]+\.(?:js|css)")
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Opening:
    """An ASGI application that serves files, and asks another for the rest, which is being made.

    Attributes:
        made: the other one, when it is there.
    """

    def __init__(self, make: "Callable[[], FastAPI]", *, needs_login: bool) -> None:
        """Begin.

        Args:
            make: makes the other one, in a thread.
            needs_login: whether the first page is for users.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="opening")
        self.made: Future[FastAPI] = thread.submit(make)
        thread.shutdown(wait=False)
        self._begun: asyncio.Future[FastAPI] | None = None
        files = [*_files(needs_login=needs_login)]
        self._app = ExceptionMiddleware(
            Router(files, default=self._behind, lifespan=self._lifespan)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def end_streams(self) -> None:
        """End the streams of messages that each open page has: the server is to stop."""
        if self.made.done() and not self.made.exception():
            for route in self.made.result().routes:
                if isinstance(route, Mount) and hasattr(route.app, "stop_event"):
                    route.app.stop_event.set()

    async def _behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Shielded: who stops waiting must not stop what all wait for.
        app = await asyncio.shield(self._begun or asyncio.wrap_future(self.made))
        await app(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _router: Router) -> AsyncIterator[None]:
        self._begun = asyncio.get_running_loop().create_future()
        is_over = asyncio.Event()
        living = asyncio.create_task(self._live(self._begun, is_over))
        yield
        is_over.set()
        await living

    async def _live(self, begun: "asyncio.Future[FastAPI]", is_over: asyncio.Event) -> None:
        """The other one's life: it begins and ends in one task, as its own parts want it."""
        try:
            app = await asyncio.shield(asyncio.wrap_future(self.made))
        except Exception as error:  # noqa: BLE001 - who has `made` is told; who asks is told here
            begun.set_exception(error)
            begun.exception()
            return
        async with app.router.lifespan_context(app):
            begun.set_result(app)
            await is_over.wait()


def _files(*, needs_login: bool) -> Iterator[BaseRoute]:
    """Our first page, in place of gradio's, which has scripts in it, and what both are made of."""
    found = importlib.util.find_spec("gradio")
    assert found is not None
    assert found.origin is not None
    frontend = Path(found.origin).parent / "templates" / "frontend"
    assets = _ASSET.findall((frontend / "index.html").read_text(encoding="utf-8"))
    script, style = (next(name for name in assets if name.endswith(end)) for end in (".js", ".css"))
    page = (FILES / "page.html").read_text(encoding="utf-8").format(script=script, style=style)
    login = (FILES / "login.html").read_text(encoding="utf-8")
    own = {file.name: file for file in FILES.iterdir() if file.suffix in _MEDIA_TYPES}

    def first_page(request: Request) -> Response:
        is_nobody = needs_login and request.scope[USER] is None
        return HTMLResponse(login if is_nobody else page)

    def own_file(request: Request) -> Response:
        file = own.get(request.path_params["name"])
        if file is None:
            raise HTTPException(status_code=404)
        return FileResponse(file, media_type=_MEDIA_TYPES[file.suffix])

    yield Route("/", first_page, methods=["GET"])
    yield Route("/onrecord/{name}", own_file, methods=["GET"])
    for name in ("assets", "static"):
        yield Mount(f"/{name}", StaticFiles(directory=frontend / name))
