"""What a request must be before the page's server sees it.

A web page elsewhere can make its visitor's browser send requests to this machine. So the guard
lets in only requests that name a host of ours, that come from our own page, that are of a size
the page sends, and that ask for a route the page uses.
"""

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

MAX_BODY = 2_000_000
MAX_UPLOAD = 200_000_000
"""Bytes of one request: what a browser sends when a folder of articles is dropped on the page."""

_ROUTES = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt"
    r"|/(assets|static)/(?!.*\.\.)[\w./-]+"
    r"|/onrecord/(page\.css|page\.js|icon\.svg)"
    r"|/gradio_api/(info|startup-events|queue/join|queue/data|cancel|reset|upload|upload_progress)/?"
    r"|/gradio_api/heartbeat/\w+"
)
_CACHED = re.compile(r"/(assets|static)/")
_UPLOAD = "/gradio_api/upload"

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; frame-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """An ASGI application that refuses what `app` should not see, and seals what it answers."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = {host.lower() for host in (*LOOPBACK, *allowed_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        sealed = _Sealed(send, path=scope["path"])
        if refusal := self._refusal(scope):
            await refusal(scope, receive, sealed)
            return
        limit = MAX_UPLOAD if scope["path"].rstrip("/") == _UPLOAD else MAX_BODY
        body = _Body(receive, limit)
        try:
            await self._app(scope, body, _Unless(body, sealed))
        except Exception:
            if not body.is_too_large:
                raise
        if body.is_too_large and not sealed.has_started:
            await _too_large(limit)(scope, receive, sealed)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return _refuse(400, "this host name is not served here")
        if not _is_own_origin(headers, host) or not _is_own_fetch(headers, scope):
            return _refuse(403, "only the page itself may ask this")
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return _refuse(405, "no such method here")
        if not _ROUTES.fullmatch(scope["path"]):
            return _refuse(404, "no such page")
        limit = MAX_UPLOAD if scope["path"].rstrip("/") == _UPLOAD else MAX_BODY
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > limit:
            return _too_large(limit)
        return None


class _Body:
    """A `Receive` that counts the bytes and hangs up when there are too many."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit
        self.is_too_large = False

    async def __call__(self) -> Message:
        if self.is_too_large:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_too_large = True
            return {"type": "http.disconnect"}
        return message


class _Unless:
    """A `Send` that says nothing once the body is too large: the refusal is to be sent instead."""

    def __init__(self, body: _Body, send: Send) -> None:
        self._body = body
        self._send = send

    async def __call__(self, message: Message) -> None:
        if not self._body.is_too_large:
            await self._send(message)


class _Sealed:
    """A `Send` that puts the security headers on the response."""

    def __init__(self, send: Send, *, path: str) -> None:
        self._send = send
        self._is_cached = _CACHED.match(path) is not None
        self.has_started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
            headers.update(_HEADERS)
            if not self._is_cached:
                headers["cache-control"] = "no-store"
        await self._send(message)


def _is_own_origin(headers: Headers, host: str) -> bool:
    return all(
        origin in {f"http://{host}", f"https://{host}"} for origin in headers.getlist("origin")
    )


def _is_own_fetch(headers: Headers, scope: Scope) -> bool:
    """Whether the browser says that our page asked, or the user, by a link or the address bar."""
    if headers.get("sec-fetch-site", "none") in {"none", "same-origin"}:
        return True
    is_followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )
    return is_followed and scope["method"] == "GET" and scope["path"] == "/"


def _name_of(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def _refuse(status: int, reason: str) -> PlainTextResponse:
    return PlainTextResponse(f"{reason}\n", status_code=status)


def _too_large(limit: int) -> PlainTextResponse:
    return PlainTextResponse(
        f"too large: at most {limit // 1_000_000} MB at once; for more, use: onrecord add PATH\n",
        status_code=413,
        headers={"connection": "close"},
    )
