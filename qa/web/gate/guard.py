"""What a request must be before the page's server sees it.

A web page elsewhere can make its visitor's browser send requests to this machine. So the guard
lets in only requests that name a host of ours, that come from our own page, that are of a size
the page sends, that ask for a route the site has, and that come from a user when the site has
users.
"""

import re
import secrets
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web import logs
from qa.web.gate.admission import Admission
from qa.web.gate.bodies import (
    Gone,
    Refused,
    Replayed,
    Streamed,
    checked_json,
    read_whole,
    session_of,
    too_large,
    uploads_of,
    with_length,
)
from qa.web.gate.login import USER, Door, Throttled, throttled_response
from qa.web.gate.routes import Body, Route, routes_of
from qa.web.site import Site

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_METHODS = {"GET", "HEAD", "POST"}
_HEARTBEAT = re.compile(r"(/gradio_api/heartbeat/)(\w+)")
_NAMES_OF_SESSIONS = {"session_hash", "upload_id"}
_BELIEVED = re.compile(rb"x-forwarded-.*|forwarded|x-gradio-server|x-gradio-.*token|x-zerogpu-.*")
"""Headers by which gradio is told where it is, or who asks: nobody may send them."""

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
    """An ASGI application that refuses what `app` should not see, and seals what it answers.

    Args:
        app: what is guarded.
        site: its routes, its hosts, and where a proxy shows it.
        uploads: the folder of the files that visitors sent.
        door: knows who is asking; None when the site has no users.
        log: how requests are logged.
    """

    def __init__(
        self,
        app: ASGIApp,
        site: Site,
        *,
        uploads: Path,
        door: Door | None = None,
        log: logs.LogStyle = logs.LogStyle.NONE,
    ) -> None:
        self._app = app
        self._hosts = {host.lower() for host in (*LOOPBACK, *site.allowed_hosts)}
        self._routes = routes_of(site)
        self._root_path = site.root_path
        self._uploads = uploads
        self._door = door
        self._log = log
        self._admission = Admission()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        started = time.perf_counter()
        scope = self._cleaned(scope)
        route = self._route_of(scope["path"])
        sealed = _Sealed(send, is_cached=route is not None and route.is_cached)
        try:
            await self._let_in(scope, route, receive, sealed)
        finally:
            if self._log is logs.LogStyle.JSON:
                logs.write_request(
                    request=sealed.request_id,
                    route="none" if route is None else route.name,
                    method=scope["method"],
                    status=sealed.status,
                    ms=1000 * (time.perf_counter() - started),
                )

    async def _let_in(
        self, scope: Scope, route: Route | None, receive: Receive, send: "_Sealed"
    ) -> None:
        try:
            route = self._checked(scope, route)
            user = None if self._door is None else await self._door.user_of(scope)
            if self._door is not None and user is None and not route.is_open:
                raise _NotLoggedIn
            scope = _of_user(scope, user)
            if route.body is Body.FILES:
                await self._stream(scope, route, receive, send)
            elif scope["method"] == "POST":
                await self._take(scope, route, receive, send, user=user)
            else:
                await self._app(scope, receive, send)
        except Refused as refused:
            await _answer(refused)(scope, receive, send)
        except Throttled as throttled:
            await throttled_response(throttled)(scope, receive, send)
        except _NotLoggedIn:
            await _not_logged_in()(scope, receive, send)
        except _Elsewhere as elsewhere:
            await RedirectResponse(elsewhere.path, 307)(scope, receive, send)
        except Gone:
            pass

    async def _take(
        self, scope: Scope, route: Route, receive: Receive, send: Send, *, user: str | None
    ) -> None:
        """Pass on a request whose body is small, once all of it is there."""
        body = await read_whole(receive, route.max_body)
        if route.body is Body.JSON:
            body = checked_json(body, uploads=uploads_of(user, self._uploads), user=user)
            scope = with_length(scope, len(body))
        if not route.is_work:
            await self._app(scope, Replayed(body, receive), send)
            return
        async with self._admission.one():
            await self._app(scope, Replayed(body, receive), send)

    async def _stream(self, scope: Scope, route: Route, receive: Receive, send: "_Sealed") -> None:
        """Pass on a large body as it comes."""
        body = Streamed(receive, route.max_body)
        try:
            await self._app(scope, body, _Unless(body, send))
        except Exception:
            if body.trouble is None:
                raise
        if body.trouble is not None and not send.has_started:
            raise body.trouble

    def _cleaned(self, scope: Scope) -> Scope:
        """The request as if no proxy stood before us: without its prefix, and without its word."""
        path, root = scope["path"], self._root_path
        if root and path.startswith(f"{root}/"):
            path = path.removeprefix(root)
        headers = [header for header in scope["headers"] if not _BELIEVED.fullmatch(header[0])]
        return {
            **scope,
            "path": path,
            "raw_path": path.encode(errors="surrogatepass"),
            "root_path": "",
            "headers": headers,
        }

    def _route_of(self, path: str) -> Route | None:
        return next((route for route in self._routes if route.pattern.fullmatch(path)), None)

    def _checked(self, scope: Scope, route: Route | None) -> Route:
        """The route of a request that may be let in.

        Raises:
            Refused: it may not.
        """
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            raise Refused(400, "this host name is not served here")
        if not _is_own_origin(headers, host) or not _is_own_fetch(headers, scope):
            raise Refused(403, "only the page itself may ask this")
        if scope["method"] not in _METHODS:
            raise Refused(405, "no such method here")
        if route is None:
            if self._root_path and scope["path"] == self._root_path:
                raise _Elsewhere(f"{self._root_path}/")
            raise Refused(404, "no such page")
        if scope["method"] not in route.methods:
            raise Refused(405, "no such method here")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()) or int(length[:20]) > route.max_body:
            raise too_large(route.max_body)
        return route


class _NotLoggedIn(Exception):
    """Nobody is logged in, and the route is for users."""


class _Elsewhere(Exception):
    """The page is at another path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class _Unless:
    """A `Send` that says nothing once the body is in trouble: that is to be said instead."""

    def __init__(self, body: Streamed, send: Send) -> None:
        self._body = body
        self._send = send

    async def __call__(self, message: Message) -> None:
        if self._body.trouble is None:
            await self._send(message)


class _Sealed:
    """A `Send` that puts the security headers on the response, and notes how it went."""

    def __init__(self, send: Send, *, is_cached: bool) -> None:
        self._send = send
        self._is_cached = is_cached
        self.request_id = secrets.token_hex(8)
        self.status = 0

    @property
    def has_started(self) -> bool:
        return self.status != 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
            headers.update(_HEADERS)
            headers["x-request-id"] = self.request_id
            if not self._is_cached:
                headers["cache-control"] = "no-store"
        await self._send(message)


def _of_user(scope: Scope, user: str | None) -> Scope:
    """The request with its user noted, and its sessions named as no other user's are."""
    if user is None:
        return {**scope, USER: None}
    heartbeat = _HEARTBEAT.fullmatch(scope["path"])
    path = heartbeat[1] + session_of(user, heartbeat[2]) if heartbeat else scope["path"]
    query = [
        (name, session_of(user, value) if name in _NAMES_OF_SESSIONS else value)
        for name, value in parse_qsl(
            scope["query_string"].decode("latin-1"), keep_blank_values=True
        )
    ]
    return {
        **scope,
        USER: user,
        "path": path,
        "raw_path": path.encode(errors="surrogatepass"),
        "query_string": urlencode(query).encode(),
    }


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


def _answer(refused: Refused) -> Response:
    return PlainTextResponse(
        f"{refused.reason}\n", status_code=refused.status, headers=refused.headers
    )


def _not_logged_in() -> Response:
    """As gradio says it, so that its clients understand."""
    detail = {"error": "Not authenticated", "auth_message": "Log in first."}
    return JSONResponse({"detail": detail}, status_code=401)
