"""Which files were read, when they last changed, and what could not be read."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from index.datatypes import Failure
from index.storage.state import State


class FileStat(NamedTuple):
    """What tells whether a file has changed since it was read."""

    size: int
    modified_ns: int


class Files(State):
    """The files that documents come from, as they are kept."""

    def read_file(self, path: Path, stat: FileStat) -> int | None:
        """How many documents a file gave when it was read as it is now; None when it was not."""
        rows = self.database.execute(
            "SELECT documents FROM files WHERE path = ? AND bytes = ? AND modified_ns = ?",
            (os.fsencode(path), stat.size, stat.modified_ns),
        )
        return rows[0][0] if rows else None

    def files(self) -> list[tuple[Path, int]]:
        """The files that were read, and how many documents each gave."""
        rows = self.database.execute("SELECT path, documents FROM files")
        return [(Path(os.fsdecode(path)), documents) for path, documents in rows]

    def paths(self) -> list[tuple[str, int]]:
        """The paths that documents come from, and how many come from each."""
        rows = self.database.execute("SELECT path, count(*) FROM documents GROUP BY path")
        return [(path, documents) for path, documents in rows]

    def has_path(self, path: str) -> bool:
        """Whether a document comes from the file at `path`, or from one within it."""
        return bool(
            self.database.execute("SELECT 1 FROM documents WHERE path = ? LIMIT 1", (path,))
            or self.paths_under(f"{path}/")
        )

    def paths_under(self, prefix: str) -> list[str]:
        """The paths that documents come from and that begin so."""
        rows = self.database.execute(
            "SELECT DISTINCT path FROM documents WHERE substr(path, 1, ?) = ?",
            (len(prefix), prefix),
        )
        return [row[0] for row in rows]

    def ids_from(self, paths: Iterable[str]) -> list[str]:
        """The documents that come from these paths, in the order in which they came."""
        wanted = frozenset(paths)
        rows = self.database.stream("SELECT id, path FROM documents ORDER BY number")
        return [document_id for document_id, path in rows if path in wanted]

    def failed_files(self) -> list[Path]:
        """The files of which something could not be read the last time."""
        rows = self.database.execute("SELECT DISTINCT file FROM failures")
        return [Path(os.fsdecode(name)) for (name,) in rows]

    def failures(self) -> list[Failure]:
        """What could not be read the last time, in the order of the paths."""
        rows = self.database.execute(
            "SELECT path, reason, line FROM failures ORDER BY path, line NULLS FIRST, reason"
        )
        return [Failure(path=path, reason=reason, line=line) for path, reason, line in rows]
