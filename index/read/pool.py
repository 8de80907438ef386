"""Readers in processes of their own, so that a hostile file hurts nobody.

Each of a few processes reads every so-manieth file, and its results are taken in the files' order:
one that is ahead waits until its pipe is read. A process that takes too long, or too much memory,
is ended; its file is reported, and another process goes on with the next.
"""

import contextlib
import itertools
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.datatypes import Document, Failure, Progress
from index.read.child import Child
from index.read.source import shown
from index.read.worker import from_record

_MOST = 4
_SECONDS = 30.0
"""So long a process may take for one article, by the clock."""

_AHEAD = 32
_AHEAD_BYTES = 2000
"""So many names of files wait for a process, and so long: what fits the pipe of any system."""


def read_all(
    files: Sequence[Path | Failure], progress: Progress, *, processes: int | None = None
) -> Iterator[Document | Failure]:
    """The articles in all files, in order; `progress` is told of each file, and of its parts.

    Args:
        files: what `find_files` found.
        progress: told of files.
        processes: how many read at once; as many as there are processors, and no more than 4.
    """
    paths = [file for file in files if isinstance(file, Path)]
    number = min(processes or min(_MOST, os.cpu_count() or 1), len(paths))
    with contextlib.ExitStack() as stack:
        workers = [
            stack.enter_context(contextlib.closing(_Worker(paths[first::number])))
            for first in range(number)
        ]
        for worker in workers:
            worker.begin()
        in_turn = itertools.cycle(workers)
        for file in files:
            if isinstance(file, Failure):
                yield file
                progress.file_done(file.path)
            else:
                yield from next(in_turn).results(progress)
                progress.file_done(shown(file))


class _Worker:
    """The files that one process is to read, in order, and the process that is at it."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._next = 0  # the file whose results come next
        self._asked = 0  # files whose names were sent
        self._child: Child | None = None

    def begin(self) -> None:
        """Let the reading begin, if it can: if not, the first file's results say so."""
        with contextlib.suppress(OSError):
            self._ask()

    def results(self, progress: Progress) -> Iterator[Document | Failure]:
        """Of the next file. Where its process ends over it, what was read, and why no more."""
        path = shown(self._paths[self._next])
        try:
            child = self._ask()
        except OSError as error:
            self._next += 1
            reason = f"no process can be started to read it: {error.strerror or error}"
            yield Failure(path=path, reason=reason)
            return
        self._next += 1
        while True:
            try:
                line = child.take(_SECONDS)
            except TimeoutError:
                self.close()
                yield Failure(path=path, reason=f"took longer than {_SECONDS:.0f} seconds")
                return
            if line is None:
                reason = child.why_ended()
                self.close()
                yield Failure(path=path, reason=reason)
                return
            sent: dict[str, Any] = json.loads(line)
            if "done" in sent:
                if sent["is_last"]:
                    self.close()
                return
            yield from_record(sent)
            if sent.get("share"):
                progress.part_done(path, sent["share"])

    def close(self) -> None:
        """End the process. The files after the one at hand are for another."""
        if self._child is not None:
            self._child.close()
        self._child = None

    def _ask(self) -> Child:
        """Send the names of the next files, from the one at hand on."""
        if self._child is None:
            self._child = Child()
            self._asked = self._next
        waiting = sum(map(len, self._names(self._next, self._asked)))
        first = self._asked
        for name in self._names(first, self._next + _AHEAD):
            waiting += len(name)
            if waiting > _AHEAD_BYTES and self._asked > self._next:
                break
            self._asked += 1
        self._child.ask(self._names(first, self._asked))
        return self._child

    def _names(self, first: int, last: int) -> list[bytes]:
        return [os.fsencode(path) for path in self._paths[first:last]]
