"""A server answers the command line: it has the models loaded, which takes a command seconds.

`onrecord serve` and `demo` listen at a socket, on Windows a named pipe, for each of their archives,
and `onrecord ask` and `search` go there first. Its name stands for the version, the archive and the
models, so that what answers there would answer here the same. Both sides must have the key that the
server keeps in a folder that is the user's alone, before anything else is read. Whoever finds
nobody there loads the models himself; `docs/adr/0017-daemon.md`.
"""

import contextlib
import hashlib
import os
import queue
import socket
import stat
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import platformdirs

from index import ArchiveError, OnRecordError
from index.folders import archive_in

if TYPE_CHECKING:
    from index import Filters, SearchResult
    from qa.assistant import Assistant
    from qa.datatypes import Answer, NoAnswer, Question
    from qa.settings import Settings

_GREETED_WITHIN = 2.0
_KEY_BYTES = 32
_MOST_WAITING = 16
_NOT_GREETED = (OSError, EOFError, AuthenticationError, AssertionError, ValueError)
"""What comes of a greeting that fails; the last two of a challenge that is none, or no MD5."""


class _Door(NamedTuple):
    """Where a server over an archive listens, and the file with its key."""

    address: str
    key: Path


class Daemon:
    """A server's assistant, as a command sees it. Made by `reach`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, question: "Question") -> "Answer | NoAnswer":
        """As `Assistant.ask`."""
        answer: Answer | NoAnswer = self._call("ask", question)
        return answer

    def suggest(self, answer: "NoAnswer") -> "NoAnswer":
        """As `Assistant.suggest`."""
        found: NoAnswer = self._call("suggest", answer)
        return found

    def search(self, query: str, *, top_k: int, filters: "Filters", spread: bool) -> "SearchResult":
        """As `Archive.search`."""
        result: SearchResult = self._call(
            "search", query, top_k=top_k, filters=filters, spread=spread
        )
        return result

    def _call(self, name: str, *given: object, **named: object) -> Any:
        try:
            self._connection.send((name, given, named))
            found = self._connection.recv()
        except (EOFError, OSError) as error:
            raise ArchiveError(
                "the server of this archive ended while it answered; run the command again"
            ) from error
        if isinstance(found, OnRecordError):
            raise found
        return found


def reach(folder: Path, settings: "Settings") -> Daemon | None:
    """The assistant of a server over the archive in `folder`; none where nobody answers at once."""
    door = _door(folder, settings)
    if door is None:
        return None
    try:
        key = door.key.read_bytes()
    except OSError:
        return None
    # What hangs keeps the thread waiting, and nobody else.
    greeted: queue.SimpleQueue[Connection | None] = queue.SimpleQueue()
    threading.Thread(
        target=lambda: greeted.put(_connection(door.address, key)), daemon=True
    ).start()
    with contextlib.suppress(queue.Empty):
        if connection := greeted.get(timeout=_GREETED_WITHIN):
            return Daemon(connection)
    return None


@contextlib.contextmanager
def answering(assistants: "Iterable[Assistant]", settings: "Settings") -> Iterator[None]:
    """Answer commands, each archive's at its own address, until the end of the context.

    Where another server does so already, or nothing can be kept in the user's folder, commands do
    without this one.
    """
    with contextlib.ExitStack() as stack:
        for assistant in assistants:
            folder = assistant.archive.folder
            with contextlib.suppress(OSError):
                if (door := _door(folder, settings)) and reach(folder, settings) is None:
                    stack.enter_context(_listening(door, assistant))
        yield


@contextlib.contextmanager
def _listening(door: _Door, assistant: "Assistant") -> Iterator[None]:
    key = os.urandom(_KEY_BYTES)
    is_over = threading.Event()
    door.key.unlink(missing_ok=True)  # what a server left that was killed
    if sys.platform != "win32":
        Path(door.address).unlink(missing_ok=True)
    try:
        door.key.touch(mode=0o600, exist_ok=False)
        door.key.write_bytes(key)
        listener = Listener(door.address, backlog=_MOST_WAITING)
        given = (listener, key, assistant, is_over)
        thread = threading.Thread(target=_let_in, args=given, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            with contextlib.suppress(OSError):
                Client(door.address).close()  # nothing else ends `accept` on every system
            thread.join(_GREETED_WITHIN)
    finally:
        door.key.unlink(missing_ok=True)


def _let_in(
    listener: Listener, key: bytes, assistant: "Assistant", is_over: threading.Event
) -> None:
    with contextlib.suppress(OSError), listener:
        while True:
            connection = listener.accept()
            if is_over.is_set():
                connection.close()
                return
            given = (connection, key, assistant)
            threading.Thread(target=_answer, args=given, daemon=True).start()


def _answer(connection: Connection, key: bytes, assistant: "Assistant") -> None:
    calls: dict[str, Callable[..., object]] = {
        "ask": assistant.ask,
        "suggest": assistant.suggest,
        "search": assistant.archive.search,
    }
    with connection, contextlib.suppress(EOFError, OSError):
        if not _has_key(connection, key):
            return
        while True:
            name, given, named = connection.recv()
            try:
                found: object = calls[name](*given, **named)
            except OnRecordError as error:
                found = error
            connection.send(found)


def _connection(address: str, key: bytes) -> Connection | None:
    """A connection to the server at `address`; none where nobody is there that has the key."""
    with contextlib.suppress(*_NOT_GREETED), contextlib.ExitStack() as stack:
        connection = stack.enter_context(Client(address))
        _check_user(connection)
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
        stack.pop_all()
        return connection
    return None


def _has_key(connection: Connection, key: bytes) -> bool:
    with contextlib.suppress(*_NOT_GREETED):
        _check_user(connection)
        deliver_challenge(connection, key)
        answer_challenge(connection, key)
        return True
    return False


def _check_user(connection: Connection) -> None:
    """Nothing where the system does not say whose process is at the other end.

    Raises:
        PermissionError: it is another user's.
    """
    if hasattr(socket, "SO_PEERCRED"):
        form = struct.Struct("3i")
        with socket.socket(fileno=os.dup(connection.fileno())) as found:
            told = found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size)
        _, user, _ = form.unpack(told)
        if user != os.getuid():
            raise PermissionError(f"user {user} is at the other end")


def _door(folder: Path, settings: "Settings") -> _Door | None:
    """Where a server over this archive listens; none where nobody can, safe from other users."""
    try:
        told = [version("onrecord"), folder.resolve(), archive_in(folder)]
    except OSError:
        return None
    told += [settings.encoder, settings.reader, settings.device]
    name = hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the folder that the environment names is not private
        place = Path(platformdirs.user_runtime_dir("onrecord", appauthor=False))
    with contextlib.suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_own(place.lstat()):
            is_pipe = sys.platform == "win32"
            address = rf"\\.\pipe\onrecord-{name}" if is_pipe else str(place / name)
            return _Door(address, place / f"{name}.key")
    return None


def _is_own(found: os.stat_result) -> bool:
    """Whether it is a folder of the user's alone. On Windows, so is all in the user's profile."""
    if sys.platform == "win32":
        return stat.S_ISDIR(found.st_mode)
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return is_ours and not found.st_mode & 0o077
