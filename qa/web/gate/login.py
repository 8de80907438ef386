"""Logging in and out, and who is asking.

A browser logs in once and then sends a cookie; a program may send its name and password with each
request (HTTP's Basic), which is checked once and then remembered. Wrong passwords are throttled by
user and address, and by address.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import math
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from qa.web.gate.sessions import LASTS_SECONDS, Sessions
from qa.web.gate.throttle import Throttle
from qa.web.gate.users import Users

COOKIE = "onrecord-session"
USER = "onrecord.user"
"""Where a request's scope says who is logged in."""

WRONG_TRIES = 5
WRONG_TRIES_OF_ADDRESS = 30
MINUTE_SECONDS = 60.0


class Throttled(Exception):
    """Too many wrong passwords; `seconds` to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = math.ceil(seconds)


class Door:
    """Knows who is asking, and lets users in and out."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._sessions = Sessions()
        self._tries = Throttle(WRONG_TRIES, MINUTE_SECONDS)
        self._tries_of_address = Throttle(WRONG_TRIES_OF_ADDRESS, MINUTE_SECONDS)
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, str] = {}

    async def user_of(self, scope: Scope) -> str | None:
        """Who sends a request, or None for nobody.

        Raises:
            Throttled: a password came with it, after too many wrong ones.
        """
        headers = Headers(scope=scope)
        if token := _token_of(headers):
            return self._user_of_token(token)
        if headers.get("authorization", "")[:6].lower() == "basic ":
            return await self._user_of_password(headers["authorization"], scope)
        return None

    async def login(self, request: Request) -> Response:
        """Answer the login form: a cookie, or what is wrong.

        A form is what gradio's page and its client send: `username` and `password`.
        """
        fields = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=10)
        name = fields.get("username", [""])[0].strip()
        password = fields.get("password", [""])[0]
        try:
            token = await self._begin(name, password, request.scope)
        except Throttled as throttled:
            return throttled_response(throttled)
        if token is None:
            return JSONResponse({"detail": "The name or the password is wrong."}, status_code=401)
        response = JSONResponse({"success": True})
        response.set_cookie(
            COOKIE,
            token,
            max_age=LASTS_SECONDS,
            secure=request.scope["scheme"] == "https",
            httponly=True,
            samesite="lax",
        )
        return response

    async def logout(self, request: Request) -> Response:
        """End the session of a browser."""
        if token := request.cookies.get(COOKIE):
            self._sessions.end(token)
        response = JSONResponse({"success": True})
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response

    def _user_of_token(self, token: str) -> str | None:
        """Whose session it is: none of a user who was taken out, or whose password is another."""
        user, _, stamp = (self._sessions.user_of(token) or "").rpartition("\n")
        return user if user and self._users.stamp(user) == stamp else None

    async def _user_of_password(self, authorization: str, scope: Scope) -> str | None:
        known = hmac.digest(self._key, authorization.encode(), hashlib.sha256)
        if (token := self._known.get(known)) and (user := self._user_of_token(token)):
            return user
        try:
            name, _, password = base64.b64decode(authorization[6:]).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        token = await self._begin(name, password, scope)
        if token is None:
            return None
        if len(self._known) >= 1_000:
            self._known.clear()
        self._known[known] = token
        return name

    async def _begin(self, name: str, password: str, scope: Scope) -> str | None:
        """The token of a new session, or None when name and password do not fit.

        Raises:
            Throttled: too many did not.
        """
        address = address_of(scope)
        tries = ((self._tries_of_address, address), (self._tries, (name, address)))
        for throttle, key in tries:
            if seconds := throttle.take(key):
                raise Throttled(seconds)
        if not await asyncio.to_thread(self._users.check, name, password):
            return None
        for throttle, key in tries:
            throttle.give_back(key)
        return self._sessions.start(f"{name}\n{self._users.stamp(name)}")


def throttled_response(throttled: Throttled) -> Response:
    """The answer to a password after too many wrong ones."""
    return JSONResponse(
        {"detail": f"Too many wrong passwords; try again in {throttled.seconds} seconds."},
        status_code=429,
        headers={"retry-after": str(throttled.seconds)},
    )


def address_of(scope: Scope) -> str:
    """Where a request comes from; of IPv6, the network, as one visitor has all of its addresses."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _token_of(headers: Headers) -> str | None:
    try:
        cookie = SimpleCookie("; ".join(headers.getlist("cookie"))).get(COOKIE)
    except CookieError:
        return None
    return None if cookie is None else cookie.value
