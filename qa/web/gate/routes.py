"""What can be asked of the server. A route that is not in this table is not there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from qa.web.site import Site

MAX_BODY = 2_000_000
MAX_UPLOAD = 200_000_000
"""Bytes of one request: what a browser sends when a folder of articles is dropped on the page."""

LOGIN = "/login"
MCP = "/gradio_api/mcp"
READING = ("ask", "search", "status")
WRITING = ("add",)


class Body(StrEnum):
    """What a request carries, and so how it is taken."""

    SMALL = "small"
    JSON = "json"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One kind of request.

    Attributes:
        name: what logs call it; nothing in it is a visitor's.
        pattern: the whole path.
        methods: what may be done.
        body: `JSON` is read and checked before the application sees it, `FILES` is streamed.
        is_open: it is there without a login.
        is_work: it keeps the models busy, outside of gradio's queue.
        is_cached: it never changes, so a browser may keep it.
    """

    name: str
    pattern: re.Pattern[str]
    methods: frozenset[str] = frozenset({"GET"})
    body: Body = Body.SMALL
    is_open: bool = False
    is_work: bool = False
    is_cached: bool = False

    @property
    def max_body(self) -> int:
        """The most bytes that a request may carry."""
        return MAX_UPLOAD if self.body is Body.FILES else MAX_BODY


def routes_of(site: Site) -> tuple[Route, ...]:
    """The routes of a site: a read-only one has none that writes."""
    return tuple(_routes(site))


def _routes(site: Site) -> Iterator[Route]:
    yield _get("page", "/", is_open=True)
    yield _get("file", r"/(theme\.css|favicon\.ico|robots\.txt)", is_open=True)
    yield _get("file", r"/onrecord/[\w-]+\.(css|js|svg)", is_open=True)
    yield _get("file", r"/(assets|static)/(?!.*\.\.)[\w./-]+", is_open=True, is_cached=True)
    yield _get("healthz", "/healthz", is_open=True)
    yield _get("config", "/config/?")
    for name in ("app_id", "info", "startup-events", "queue/data"):
        yield _get(name, f"/gradio_api/{name}/?")
    yield _get("heartbeat", r"/gradio_api/heartbeat/\w+")
    for name in ("queue/join", "cancel", "reset"):
        yield _post(name, f"/gradio_api/{name}/?", body=Body.JSON)
    if not site.is_read_only:
        yield _get("upload_progress", "/gradio_api/upload_progress/?")
        yield _post("upload", "/gradio_api/upload/?", body=Body.FILES)
    for name in operations_of(site):
        path = f"/gradio_api/(run|api)/{name}/?"
        yield _post(f"run/{name}", path, body=Body.JSON, is_work=True)
    if site.has_mcp:
        yield _post("mcp", f"{MCP}/?", body=Body.JSON, is_work=True)
    if site.users is not None:
        yield _post("login", f"{LOGIN}/?", is_open=True)
        yield _post("logout", "/logout/?")


def operations_of(site: Site) -> tuple[str, ...]:
    """The names of what programs can ask for."""
    return READING if site.is_read_only else (*READING, *WRITING)


def _get(name: str, path: str, *, is_open: bool = False, is_cached: bool = False) -> Route:
    methods = frozenset({"GET", "HEAD"})
    return Route(
        name=name,
        pattern=re.compile(path),
        methods=methods,
        is_open=is_open,
        is_cached=is_cached,
    )


def _post(
    name: str,
    path: str,
    *,
    body: Body = Body.SMALL,
    is_open: bool = False,
    is_work: bool = False,
) -> Route:
    return Route(
        name=name,
        pattern=re.compile(path),
        methods=frozenset({"POST"}),
        body=body,
        is_open=is_open,
        is_work=is_work,
    )
