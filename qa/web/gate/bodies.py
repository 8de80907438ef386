"""The bodies of requests: how much of one is taken, how long is waited, and what may be in JSON.

Gradio fetches a file that a request names by an address, and takes whoever names a session for
the one who began it. So a file in a request must be one that was uploaded, and with a login the
name of a session is made one that no other user's request can have.
"""

import asyncio
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from starlette.types import Message, Receive, Scope

PATIENCE_SECONDS = 30.0
"""How long is waited for a small body, or for the next piece of a large one."""

_FILE = "gradio.FileData"


class Refused(Exception):
    """A request that is not let in, and why."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers


class Gone(Exception):
    """Whoever asked has hung up."""


def too_large(limit: int) -> Refused:
    """The refusal of a body above `limit` bytes."""
    at_most = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit:,} bytes"
    return Refused(
        413,
        f"too large: at most {at_most} at once; for more, use: onrecord add PATH",
        connection="close",
    )


async def read_whole(receive: Receive, limit: int) -> bytes:
    """A small body, all of it.

    Raises:
        Refused: it is too large, or takes too long.
        Gone: the sender hung up.
    """
    parts = []
    left = limit
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        message = await _next(receive, ends - time.monotonic())
        part = message.get("body", b"")
        left -= len(part)
        if left < 0:
            raise too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _next(receive: Receive, seconds: float) -> Message:
    try:
        message = await asyncio.wait_for(receive(), max(seconds, 0))
    except TimeoutError as error:
        raise Refused(408, "too slow", connection="close") from error
    if message["type"] == "http.disconnect":
        raise Gone
    return message


class Streamed:
    """A `Receive` for a large body: it counts the bytes, and hangs up on a slow sender.

    `trouble` says why it hung up.
    """

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._left = limit
        self._is_read = False
        self.trouble: Refused | None = None

    async def __call__(self) -> Message:
        if self.trouble is not None:
            return {"type": "http.disconnect"}
        if self._is_read:
            return await self._receive()
        try:
            message = await _next(self._receive, PATIENCE_SECONDS)
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise too_large(self._limit)
        except Gone:
            return {"type": "http.disconnect"}
        except Refused as refused:
            self.trouble = refused
            return {"type": "http.disconnect"}
        self._is_read = not message.get("more_body", False)
        return message


class Replayed:
    """A `Receive` that gives a body that was read already, and then what comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def checked_json(raw: bytes, *, uploads: Path, user: str | None) -> bytes:
    """A JSON body written anew, so that nobody reads it otherwise than it was checked.

    Args:
        raw: what was sent.
        uploads: the folder of uploaded files: a file that is named must lie in it.
        user: who is logged in.

    Raises:
        Refused: it is no JSON, or names a file that is none of the uploaded.
    """
    try:
        body = json.loads(raw)
        _check_files(body, uploads)
        if user is not None and isinstance(body, dict) and body.get("session_hash") is not None:
            body["session_hash"] = session_of(user, str(body["session_hash"]))
        return json.dumps(body).encode()
    except (ValueError, RecursionError) as error:
        raise Refused(400, "this is no JSON that is taken here") from error


def session_of(user: str, name: str) -> str:
    """The session of a user under a name of his: no two users have one in common."""
    return hashlib.sha256(f"{user}\n{name}".encode(errors="surrogatepass")).hexdigest()[:32]


def uploads_of(user: str | None, folder: Path) -> Path:
    """Where the files lie that a user sent, within the folder of all; no other may name them."""
    return folder if user is None else folder / session_of(user, "uploads")


def _check_files(value: Any, uploads: Path) -> None:
    if isinstance(value, list):
        for one in value:
            _check_files(one, uploads)
    elif isinstance(value, dict):
        meta = value.get("meta")
        # What has a path is a file, marked as gradio marks them or not: operations take both.
        if "path" in value or (isinstance(meta, dict) and meta.get("_type") == _FILE):
            _check_file(value, uploads)
        for one in value.values():
            _check_files(one, uploads)


def _check_file(file: dict[str, Any], uploads: Path) -> None:
    if not is_uploaded(file.get("path"), uploads):
        raise Refused(400, "a file must be one that was uploaded")


def is_uploaded(path: object, uploads: Path) -> bool:
    """Whether a path leads into the folder of what was uploaded, links followed."""
    if not isinstance(path, str) or not Path(path).is_absolute() or "\0" in path:
        return False
    return Path(path).resolve().is_relative_to(uploads.resolve())


def with_length(scope: Scope, length: int) -> Scope:
    """The scope of a request whose body was written anew."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}
