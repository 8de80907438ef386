"""A server answers the command line: it has the models loaded, which takes a command seconds.

`onrecord serve` and `demo` listen at a Unix socket for each of their archives, and `onrecord ask`
and `search` go there first. The socket is in a folder that is the user's alone, and its name stands
for the version, the archive and the models, so that what answers there would answer here the same.
Whoever finds nobody there loads the models himself; `docs/adr/0017-daemon.md`.

Leaves out: Windows, where Python has no Unix sockets.
"""

import contextlib
import hashlib
import os
import socket
import stat
import struct
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import platformdirs

from index import ArchiveError, OnRecordError
from index.folders import archive_in

if TYPE_CHECKING:
    from index import Filters, SearchResult
    from qa.assistant import Assistant
    from qa.datatypes import Answer, NoAnswer, Question
    from qa.settings import Settings

_GREETING = "On Record"
_GREETED_WITHIN = 2.0


class Daemon:
    """A server's assistant, as a command sees it. Made by `reach`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
    address = _address(folder, settings)
    if address is None or not address.exists():
        return None
    with contextlib.suppress(OSError, EOFError):
        with socket.socket(socket.AF_UNIX) as found:
            found.connect(str(address))
            connection = _connection(found)
        if connection.poll(_GREETED_WITHIN) and connection.recv() == _GREETING:
            return Daemon(connection)
        connection.close()
    return None


@contextlib.contextmanager
def answering(assistants: "Iterable[Assistant]", settings: "Settings") -> Iterator[None]:
    """Answer commands, each archive's at its own socket, until the end of the context.

    Where another server does so already, or nothing can be kept in the user's folder, commands do
    without this one.
    """
    with contextlib.ExitStack() as stack:
        for assistant in assistants:
            folder = assistant.archive.folder
            with contextlib.suppress(OSError):
                if (address := _address(folder, settings)) and reach(folder, settings) is None:
                    address.unlink(missing_ok=True)
                    stack.enter_context(_listening(address, assistant))
        yield


@contextlib.contextmanager
def _listening(address: Path, assistant: "Assistant") -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(address))
        try:
            door.listen()
            threading.Thread(target=_let_in, args=(door, assistant), daemon=True).start()
            yield
        finally:
            address.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)


def _let_in(door: socket.socket, assistant: "Assistant") -> None:
    while True:
        try:
            found, _ = door.accept()
        except OSError:  # it was closed
            return
        with found, contextlib.suppress(OSError):
            given = (_connection(found), assistant)
            threading.Thread(target=_answer, args=given, daemon=True).start()


def _answer(connection: Connection, assistant: "Assistant") -> None:
    calls: dict[str, Callable[..., object]] = {
        "ask": assistant.ask,
        "suggest": assistant.suggest,
        "search": assistant.archive.search,
    }
    with connection, contextlib.suppress(EOFError, OSError):
        connection.send(_GREETING)
        while True:
            name, given, named = connection.recv()
            try:
                found: object = calls[name](*given, **named)
            except OnRecordError as error:
                found = error
            connection.send(found)


def _connection(found: socket.socket) -> Connection:
    """It takes the socket over.

    Raises:
        PermissionError: it is another user's at the other end, where the system says so.
    """
    if hasattr(socket, "SO_PEERCRED"):
        form = struct.Struct("3i")
        _, user, _ = form.unpack(found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
        if user != os.getuid():
            raise PermissionError(f"user {user} is at the other end")
    return Connection(found.detach())


def _address(folder: Path, settings: "Settings") -> Path | None:
    """Where a server over this archive listens; none where nobody can, safe from other users."""
    if not hasattr(socket, "AF_UNIX"):
        return None
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
        found = place.lstat()
        is_own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if is_own and not found.st_mode & 0o077:
            return place / name
    return None
