"""The process that reads files for another: paths in, documents out, one JSON object a line.

Whatever a file does to its parser happens here, within limits: of memory, of the time of the
processor, and to no file, since none can be written.
"""

import contextlib
import ctypes
import datetime as dt
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from index.datatypes import Document, Failure
from index.read.formats import read

MEMORY_BYTES = 420_000_000
CPU_SECONDS = 20
"""What one file, or one article of a file of many, may take."""

DONE = {"done": True}


def main() -> None:
    """Read the file of each line of standard input, until it ends."""
    # What a library prints must not come between the records.
    records = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", newline="\n")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    allow_time = _limit()
    for line in sys.stdin:
        allow_time()
        for found in read(Path(os.fsdecode(bytes.fromhex(line.strip())))):
            _send(as_record(found), records)
            allow_time()
        _send(DONE, records)


def as_record(found: Document | Failure) -> dict[str, Any]:
    """What is sent of one thing read."""
    record = {one.name: getattr(found, one.name) for one in fields(found)}
    for name, value in record.items():
        if isinstance(value, dt.date):
            record[name] = value.isoformat()
    return {"document" if isinstance(found, Document) else "failure": record}


def from_record(sent: dict[str, Any]) -> Document | Failure:
    """What was read, from what was sent of it."""
    if "failure" in sent:
        return Failure(**sent["failure"])
    record = sent["document"]
    for name in ("published", "modified", "retrieved"):
        if record[name] is not None:
            record[name] = dt.date.fromisoformat(record[name])
    for name in ("authors", "pages"):
        record[name] = tuple(record[name])
    return Document(**record)


def _send(record: dict[str, Any], records: TextIO) -> None:
    records.write(json.dumps(record, ensure_ascii=False) + "\n")
    records.flush()


def _limit() -> Callable[[], None]:
    """Set the limits; what comes back, called, allows the next article its own time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's clock is left
        return lambda: None
    _die_with_parent()
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_DATA, MEMORY_BYTES),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]

    def allow_time() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_SECONDS, hard))

    return allow_time


def _die_with_parent() -> None:
    """Linux ends us when the parent ends, however it does; elsewhere we end at the next line."""
    if sys.platform == "linux":
        parent = os.getppid()
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
