"""How `add` shows how far it is: a bar on a terminal, JSON lines for a program, or nothing."""

import json
import sys
from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from index import Outcome, Silent
from qa.render import counted


class JsonLines(Silent):
    """One line on standard error for each document, once it is safe."""

    def committed(self, document_id: str, outcome: Outcome) -> None:
        sys.stderr.write(json.dumps({"committed": document_id}, ensure_ascii=False) + "\n")
        sys.stderr.flush()


class Bar:
    """Files read, documents taken in, documents a second and the time that is left."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[documents]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._done = 0
        self._outcomes: Counter[Outcome] = Counter()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def files(self, total: int) -> None:
        self._task = self._bar.add_task("Files", total=total, documents="")

    def part_done(self, path: str, share: float) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=self._done + share)

    def file_done(self, path: str) -> None:
        self._done += 1
        if self._task is not None:
            self._bar.update(self._task, completed=self._done)

    def committed(self, document_id: str, outcome: Outcome) -> None:
        self._outcomes[outcome] += 1
        if self._task is not None:
            elapsed = self._bar.tasks[0].elapsed or 0.0
            total = self._outcomes.total()
            rate = f", {total / elapsed:.1f}/s" if elapsed >= 1 else ""
            self._bar.update(self._task, documents=f"{counted(total, 'article')}{rate}")
