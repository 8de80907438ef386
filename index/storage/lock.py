"""One writer at a time: a lock file, and beside it who holds it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import ArchiveLocked, ArchiveReadOnly


@contextlib.contextmanager
def writer_lock(folder: Path, *, timeout_seconds: float = 0) -> Iterator[None]:
    """Hold the right to write to the archive in `folder`. The system frees it when we die.

    Raises:
        ArchiveLocked: another process holds it, or another thread of this one.
        ArchiveReadOnly: the folder may not be written.
    """
    lock = FileLock(folder / "writer.lock")
    holder = folder / "writer.pid"
    try:
        lock.acquire(timeout=timeout_seconds)
    except Timeout as error:
        raise ArchiveLocked(
            f"{folder} is locked by process {_holder(holder)}, which is writing to it; "
            "wait until it is done, then run this again"
        ) from error
    except OSError as error:
        raise ArchiveReadOnly(
            f"{folder} cannot be written ({error.strerror}); check the folder's permissions"
        ) from error
    try:
        with contextlib.suppress(OSError):
            holder.write_text(str(os.getpid()))
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text() or "unknown"
    except OSError:
        return "unknown"
