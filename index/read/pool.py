"""Readers in processes of their own, so that a hostile file hurts nobody.

Each of a few processes reads every so-manieth file, and its results are taken in the files' order:
one that is ahead waits until its pipe is read. A process that takes too long, or too much memory,
is ended; its file is reported, and another process goes on with the next.
"""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import index
from index.datatypes import Document, Failure, Progress
from index.read.source import shown
from index.read.worker import CPU_SECONDS, from_record

_MOST = 4
_SECONDS = 30.0
_AHEAD = 8
_HELD_BYTES = 16_000_000
"""So much of what a process has read waits to be taken; then the process waits."""

# `index/__init__.py` loads the search engine, which would be some 200 MB for each process.
_START = """
import sys, types
package = types.ModuleType("index")
package.__path__ = [sys.argv[1]]
sys.modules["index"] = package
from index.read.worker import main
main()
"""


def read_all(
    files: Sequence[Path | Failure], progress: Progress, *, processes: int | None = None
) -> Iterator[Document | Failure]:
    """The articles in all files, in order; `progress` is told of each file that is done.

    Args:
        files: what `find_files` found.
        progress: told of files.
        processes: how many read at once; as many as there are processors, and no more than 4.
    """
    paths = [file for file in files if isinstance(file, Path)]
    number = min(processes or min(_MOST, os.cpu_count() or 1), len(paths))
    with contextlib.ExitStack() as stack:
        workers = itertools.cycle(
            [
                stack.enter_context(contextlib.closing(_Worker(paths[first::number])))
                for first in range(number)
            ]
        )
        for file in files:
            if isinstance(file, Failure):
                yield file
                progress.file_done(file.path)
            else:
                yield from next(workers).results()
                progress.file_done(shown(file))


class _Worker:
    """A process and the files it is to read, in order."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._next = 0  # the file whose results come next
        self._asked = 0  # files whose names were sent
        self._process: subprocess.Popen[bytes] | None = None
        self._lines = _Lines()

    def results(self) -> Iterator[Document | Failure]:
        """Of the next file. Where its process ends over it, what was read, and why no more."""
        path = shown(self._paths[self._next])
        self._ask()
        self._next += 1
        while True:
            try:
                line = self._lines.take(_SECONDS)
            except TimeoutError:
                self.close()
                yield Failure(path=path, reason=f"took longer than {_SECONDS:.0f} seconds")
                return
            if line is None:
                reason = self._why_ended()
                self.close()
                yield Failure(path=path, reason=reason)
                return
            sent: dict[str, Any] = json.loads(line)
            if "done" in sent:
                return
            yield from_record(sent)

    def close(self) -> None:
        """End the process. The files after the one at hand are for another."""
        self._lines.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
        self._process = None

    def _ask(self) -> None:
        """Send the names of the next files, from the one at hand on."""
        if self._process is None:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        ahead = self._paths[self._asked : self._next + _AHEAD]
        names = b"".join(os.fsencode(path).hex().encode() + b"\n" for path in ahead)
        with contextlib.suppress(BrokenPipeError):  # it has ended: that there is no line says so
            self._process.stdin.write(names)
            self._process.stdin.flush()
        self._asked += len(ahead)

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-c", _START, str(Path(index.__file__).parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self._asked = self._next
        self._lines = _Lines()
        self._lines.listen(self._process.stdout)

    def _why_ended(self) -> str:
        assert self._process is not None
        code = self._process.wait()
        if code in _SIGNALS:
            return _SIGNALS[code]
        return f"its reader ended by itself ({code})"


_SIGNALS = {
    -getattr(signal, name): reason
    for name, reason in (
        ("SIGXCPU", f"took longer than {CPU_SECONDS} seconds of the processor"),
        ("SIGKILL", "its reader was ended by the system, as when memory runs out"),
        ("SIGSEGV", "crashed its reader"),
        ("SIGABRT", "crashed its reader"),
        ("SIGBUS", "crashed its reader"),
    )
    if hasattr(signal, name)
}


class _Lines:
    """Lines of a pipe, taken off it by a thread, no more than so many bytes at once."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | None] = deque()
        self._held = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def listen(self, pipe: IO[bytes]) -> None:
        threading.Thread(target=self._listen, args=(pipe,), daemon=True).start()

    def _listen(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed under our hands
            for line in pipe:
                if line.endswith(b"\n"):
                    self._put(line)
                if self._is_closed:
                    return
        self._put(None)

    def _put(self, line: bytes | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._held < _HELD_BYTES or self._is_closed)
            self._waiting.append(line)
            self._held += len(line or b"")
            self._changed.notify_all()

    def take(self, seconds: float) -> bytes | None:
        """The next line, or None at the end. Raises TimeoutError after so many seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, timeout=seconds):
                raise TimeoutError
            line = self._waiting.popleft()
            self._held -= len(line or b"")
            self._changed.notify_all()
            return line

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
