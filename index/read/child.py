"""A process that reads files, as its parent sees it: names go in, lines come out, limits hold."""

import contextlib
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from io import BufferedReader
from pathlib import Path

import index
from index.read.worker import CPU_SECONDS

_HELD_BYTES = 16_000_000
"""So much of what a process has read waits to be taken; then the process waits."""

_AT_ONCE_BYTES = 1 << 16

_GRACE_SECONDS = 5.0
"""So long after its last line a process may take to end."""

# `index/__init__.py` loads the search engine, which would be some 200 MB for each process.
_START = """
import signal, sys, types
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
package = types.ModuleType("index")
package.__path__ = [sys.argv[1]]
sys.modules["index"] = package
from index.read.worker import main
main()
"""

_SIGNALS = {
    -getattr(signal, name): reason
    for name, reason in (
        ("SIGXCPU", f"took longer than {CPU_SECONDS} seconds of the processor"),
        ("SIGKILL", "its reader was ended by the system, as when memory runs out"),
        ("SIGSEGV", "crashed its reader"),
        ("SIGABRT", "crashed its reader"),
        ("SIGBUS", "crashed its reader"),
        ("SIGILL", "crashed its reader"),
        ("SIGFPE", "crashed its reader"),
    )
    if hasattr(signal, name)
}


class Child:
    """The process, and the thread that starts it and takes its lines as they come.

    The thread lives as long as the process: Linux ends a child with the thread that started it.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self) -> None:
        self._taken: deque[bytes] = deque()
        self._waiting: deque[list[bytes]] = deque()
        self._held = 0
        self._is_at_end = False
        self._is_closed = False
        self._changed = threading.Condition()
        started: Future[subprocess.Popen[bytes]] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        self._process = started.result()

    def ask(self, names: Iterable[bytes]) -> None:
        """Send the names of files to be read. They wait in a pipe, so that it must not be many."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: that no line comes says so
            self._process.stdin.write(b"".join(name.hex().encode() + b"\n" for name in names))
            self._process.stdin.flush()

    def take(self, seconds: float) -> bytes | None:
        """The next line, or None where the process has ended.

        Raises:
            TimeoutError: none came for so many seconds.
        """
        if not self._taken:
            with self._changed:
                if not self._changed.wait_for(self._has_more_to_tell, timeout=seconds):
                    raise TimeoutError
                while self._waiting:
                    self._taken.extend(self._waiting.popleft())
                self._held = 0
                self._changed.notify_all()
        return self._taken.popleft() if self._taken else None

    def why_ended(self) -> str:
        """What a process that has sent its last line died of."""
        try:
            code = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "its reader fell silent"
        return _SIGNALS.get(code, f"its reader ended of itself (exit status {code})")

    def close(self) -> None:
        """End the process, whatever it is doing."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._thread.join(_GRACE_SECONDS)

    def _run(self, started: "Future[subprocess.Popen[bytes]]") -> None:
        try:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-P", "-c", _START, str(Path(index.__file__).parent)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(process)
        assert isinstance(process.stdout, BufferedReader)
        with process.stdout as pipe:
            for lines in _lines(pipe):
                if not self._put(lines):
                    return
        with self._changed:
            self._is_at_end = True
            self._changed.notify_all()
        process.wait()

    def _has_more_to_tell(self) -> bool:
        return bool(self._waiting) or self._is_at_end

    def _put(self, lines: list[bytes]) -> bool:
        """Let lines wait to be taken, and say whether there is still somebody to take them."""
        with self._changed:
            self._changed.wait_for(lambda: self._held < _HELD_BYTES or self._is_closed)
            self._waiting.append(lines)
            self._held += sum(map(len, lines))
            self._changed.notify_all()
            return not self._is_closed


def _lines(pipe: BufferedReader) -> Iterator[list[bytes]]:
    """The whole lines of `pipe` as they come, some at once; not a last one without its end."""
    begun: list[bytes] = []
    while part := pipe.read1(_AT_ONCE_BYTES):
        *whole, rest = part.split(b"\n")
        if whole:
            whole[0] = b"".join([*begun, whole[0]])
            begun = []
            yield whole
        begun.append(rest)
