"""Work in a forked process, which may be killed over it, and what it told until then."""

import ctypes
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

Tell = Callable[[object], None]
_CRASH = 70


@dataclass(frozen=True)
class Ended:
    """How a process ended: what it told, in order, its status, and the signal that ended it."""

    told: list[Any]
    status: int
    signal: int
    is_late: bool

    @property
    def died_of(self) -> str | None:
        return signal.Signals(self.signal).name if self.signal else None


class Aside:
    """A process that does `work`; what it passes to its one argument comes out of `wait`."""

    def __init__(self, work: Callable[[Tell], object]) -> None:
        self._pipe, theirs = os.pipe()
        self._child = os.fork()
        if not self._child:
            os.close(self._pipe)
            _do(work, theirs)
        os.close(theirs)

    def wait(self, *, seconds: float = 60.0) -> Ended:
        """Wait until it ends, or end it by SIGKILL after so many seconds."""
        deadline = time.monotonic() + seconds
        raw, is_late = b"", False
        while True:
            left = max(0.0, deadline - time.monotonic())
            if not is_late and not select.select([self._pipe], [], [], left)[0]:
                is_late = True
                os.kill(self._child, signal.SIGKILL)
            read = os.read(self._pipe, 1 << 16)
            if not read:
                break
            raw += read
        os.close(self._pipe)
        _, status = os.waitpid(self._child, 0)
        lines = raw.split(b"\n")[:-1]
        return Ended([json.loads(line) for line in lines], status, os.WTERMSIG(status), is_late)


def run(work: Callable[[Tell], object], *, seconds: float = 60.0) -> Ended:
    return Aside(work).wait(seconds=seconds)


def _do(work: Callable[[Tell], object], pipe: int) -> NoReturn:
    def tell(what: object) -> None:
        os.write(pipe, json.dumps(what).encode() + b"\n")

    _die_with_parent()
    try:
        work(tell)
    except BaseException:  # noqa: BLE001 - it would run on in what the parent was doing
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(_CRASH)
    os._exit(0)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
