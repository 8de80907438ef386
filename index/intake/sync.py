"""Which files have changed since they were read, which are gone, and which are done with."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from index.datatypes import Document, Failure, Outcome, Progress
from index.intake.uploads import absolute
from index.read.source import is_there, shown
from index.storage.files import FileStat
from index.storage.store import Store
from index.storage.writer import Writer

_STILL_CHANGING_NS = 2_000_000_000
"""A file changed so lately may change again without another time or size to show for it."""


class FileRead(NamedTuple):
    """A file that was read to its end: how many documents it gave, and what gave none."""

    path: Path
    documents: int
    failed: list[Failure]


class Reading:
    """Follows the stream of what is read, and says which files are done with.

    As a `Progress` it is told of each file's end, and tells another of it.
    """

    def __init__(self, files: Iterable[Path], progress: Progress) -> None:
        self._paths = {shown(path): path for path in files}
        self._progress = progress
        self._documents = 0
        self._failed: list[Failure] = []
        self._done: list[FileRead] = []

    def follow(self, stream: Iterable[Document | Failure]) -> Iterator[Document | Failure]:
        """The stream as it is, counted for the file that it is in."""
        for found in stream:
            if isinstance(found, Failure):
                self._failed.append(found)
            else:
                self._documents += 1
            yield found

    def files(self, total: int) -> None:
        self._progress.files(total)

    def part_done(self, path: str, share: float) -> None:
        self._progress.part_done(path, share)

    def file_done(self, path: str) -> None:
        if path in self._paths:
            self._done.append(FileRead(self._paths[path], self._documents, self._failed))
        self._documents, self._failed = 0, []
        self._progress.file_done(path)

    def committed(self, document_id: str, outcome: Outcome) -> None:
        self._progress.committed(document_id, outcome)

    def take(self) -> list[FileRead]:
        """The files that have been read to their ends since the last time."""
        done, self._done = self._done, []
        return done


def stat_of(path: Path) -> FileStat | None:
    """What a file's next change will show against; None where it may not show."""
    try:
        found = path.stat()
    except OSError:
        return None
    if time.time_ns() - found.st_mtime_ns < _STILL_CHANGING_NS:
        return None
    return FileStat(found.st_size, found.st_mtime_ns)


def note(files: Sequence[FileRead], stats: Mapping[Path, FileStat | None], store: Writer) -> None:
    """Note what was read of each file, once its documents are safe."""
    if files:
        with store.database.writing():
            for one in files:
                store.put_file(one.path, stats[one.path], one.documents, one.failed)


def may_be_there(path: Path) -> bool:
    """Whether something is there, if only a link to nothing, or nobody lets us look."""
    try:
        path.lstat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def forget_vanished(store: Writer) -> None:
    """Forget what is said of files that are no longer there, and of folders that can be opened now.

    Each is looked for: once an `add`.
    """
    gone = [
        path
        for path in store.failed_files()
        if not (is_there(path) or may_be_there(path)) or _can_be_listed(path)
    ]
    if gone:
        with store.database.writing():
            store.forget_failures(gone)


def _can_be_listed(path: Path) -> bool:
    if os.path.islink(path):  # noqa: PTH114 - false where nobody lets us look
        return False
    try:
        os.scandir(path).close()
    except OSError:  # a file, for one
        return False
    return True


def strayed(store: Store) -> list[Path]:
    """The files whose documents are not all kept under their paths, or under paths within them.

    They were removed, or another file gave them too, or a record among them names another path.
    """
    files = {shown(path): (path, documents) for path, documents in store.files()}
    here: Counter[str] = Counter()
    for path, documents in store.paths():
        within = path
        while within and within not in files:
            within = within.rpartition("/")[0]
        here[within] += documents
    return [path for name, (path, documents) in files.items() if documents > here[name]]


def vanished(store: Store, paths: Iterable[str]) -> list[str]:
    """Files of the folders among `paths` that are gone, while their documents are not."""
    return [
        path
        for folder in map(absolute, paths)
        if os.path.isdir(folder)  # noqa: PTH112 - false where nobody lets us look
        for path in store.paths_under(shown(folder) + os.sep)
        if not is_there(Path(path))
    ]


def unchanged(store: Store, stats: Mapping[Path, FileStat | None]) -> dict[Path, int]:
    """Of the files that have not changed since they were read, how many documents each gave."""
    known = {file: store.read_file(file, stat) for file, stat in stats.items() if stat is not None}
    return {file: documents for file, documents in known.items() if documents is not None}
