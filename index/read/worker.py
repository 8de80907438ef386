"""The process that reads files for another: paths in, documents out, one JSON object a line.

Whatever a file does to its parser happens here, within limits: of memory, of the time of the
processor, and to no file, since none can be written. Where the system has no such limits, as on
Windows, the parent's clock is left.
"""

import contextlib
import ctypes
import datetime as dt
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from index.datatypes import Document, Failure
from index.read.formats import read
from index.read.source import Position, shown

MEMORY_BYTES = 420_000_000
CPU_SECONDS = 20
"""What one file, or one article of a file of many, may take."""

_DOCUMENT_FIELDS = tuple(one.name for one in fields(Document) if one.init)
_FAILURE_FIELDS = tuple(one.name for one in fields(Failure))
_DATES = ("published", "modified", "retrieved")

FILES = 500
"""A process ends after so many, so that what its libraries forget to free comes free."""


def main() -> None:
    """Read the files that standard input names, one a line in hexadecimal, until it ends."""
    # What a library prints must not come between the records.
    records = os.fdopen(
        os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="replace", newline="\n"
    )
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    allow_time = _limit()
    for number, path in enumerate(_asked_for(), 1):
        allow_time()
        is_last = number == FILES
        try:
            position = Position(path)
            for found in read(path, position):
                _send(as_record(found) | {"share": position.share()}, records)
                allow_time()
        except MemoryError:
            reason = "takes more memory than a reader may have"
            _send(as_record(Failure(path=shown(path), reason=reason)), records)
            is_last = True
        _send({"done": True, "is_last": is_last}, records)
        if is_last:
            os._exit(0)


def as_record(found: Document | Failure) -> dict[str, Any]:
    """What is sent of one thing read."""
    if isinstance(found, Failure):
        return {"failure": {name: getattr(found, name) for name in _FAILURE_FIELDS}}
    record = {name: getattr(found, name) for name in _DOCUMENT_FIELDS}
    for name in _DATES:
        if record[name] is not None:
            record[name] = record[name].isoformat()
    return {"document": record}


def from_record(sent: dict[str, Any]) -> Document | Failure:
    """What was read, from what was sent of it."""
    if "failure" in sent:
        return Failure(**sent["failure"])
    record = sent["document"]
    for name in _DATES:
        if record[name] is not None:
            record[name] = dt.date.fromisoformat(record[name])
    for name in ("authors", "pages"):
        record[name] = tuple(record[name])
    return Document(**record)


def _send(record: dict[str, Any], records: TextIO) -> None:
    records.write(json.dumps(record, ensure_ascii=False) + "\n")
    records.flush()


def _asked_for() -> Iterator[Path]:
    names: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(names,), daemon=True).start()
    while True:
        yield Path(os.fsdecode(bytes.fromhex(names.get().strip())))


def _listen(names: "queue.SimpleQueue[str]") -> None:
    """Take the names as they come, and end the process when nobody is left to read for."""
    for line in sys.stdin:
        names.put(line)
    os._exit(0)


def _limit() -> Callable[[], None]:
    """Set the limits; what comes back, called, allows the next article its own time."""
    try:
        import resource
    except ImportError:
        return lambda: None
    _die_with_parent()
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_DATA, MEMORY_BYTES),
    ):
        with contextlib.suppress(ValueError, OSError):  # it is lower as it is
            resource.setrlimit(limit, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]

    def allow_time() -> None:
        soft = int(time.process_time()) + 1 + CPU_SECONDS
        if hard == resource.RLIM_INFINITY or soft < hard:
            resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))

    return allow_time


def _die_with_parent() -> None:
    """Linux ends us with our parent, whatever a parser is at; else the end of the names does."""
    if sys.platform == "linux":
        parent = os.getppid()
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
