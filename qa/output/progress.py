"""How `add` tells how far it is: a bar on a terminal, JSON lines for a program, or nothing."""

import datetime as dt
import json
import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from index import Outcome, Silent
from qa.output.wording import counted


class JsonLines(Silent):
    """One line on standard error for each document, once it is safe."""

    def committed(self, document_id: str, outcome: Outcome) -> None:
        sys.stderr.write(json.dumps({"committed": document_id}, ensure_ascii=False) + "\n")
        sys.stderr.flush()


class Pace(Silent):
    """How much of its files an `add` has read, how many articles it took in, how long it has yet.

    `total` files are to be read, `read` are, and `safe` are in the archive; of a file of many
    articles parts count.
    """

    def __init__(self) -> None:
        self.total = 0
        self.read = 0.0
        self.safe = 0.0
        self.articles = 0
        self._files = 0
        self._began = self._safe_at = time.monotonic()

    def files(self, total: int) -> None:
        self.total = total
        self._began = self._safe_at = time.monotonic()
        self.show()

    def part_done(self, path: str, share: float) -> None:
        self._read(self._files + share)

    def file_done(self, path: str) -> None:
        self._files += 1
        self._read(self._files)

    def committed(self, document_id: str, outcome: Outcome) -> None:
        self.articles += 1
        # Articles are read some at a time, then encoded: only up to here they are done with.
        self.safe, self._safe_at = self.read, time.monotonic()
        self.show()

    def show(self) -> None:
        """Called whenever something has changed."""

    def text(self) -> str:
        """Like "128 articles, 3.7/s, 0:05:31 left", as far as that can be told."""
        told = [counted(self.articles, "article")]
        spent = self._safe_at - self._began
        if self.articles and spent >= 1:
            told.append(f"{self.articles / spent:.1f}/s")
            if 0 < self.safe < self.total:
                end = self._began + spent * self.total / self.safe
                left = max(0, round(end - time.monotonic()))
                told.append(f"{dt.timedelta(seconds=left)} left")
        return ", ".join(told)

    def _read(self, files: float) -> None:
        self.read = files
        self.show()


class Bar(Pace):
    """Files read, articles taken in, articles a second and the time that is left."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._task: TaskID | None = None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Text(self),
            console=console,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def files(self, total: int) -> None:
        self._task = self._bar.add_task("Files", total=total)
        super().files(total)

    def show(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=self.read)


class _Text(ProgressColumn):
    """What a `Pace` tells, anew whenever the bar is drawn."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def render(self, task: Task) -> Text:
        return Text(self._pace.text())
