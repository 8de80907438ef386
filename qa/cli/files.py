"""Files that commands write."""

import contextlib
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index import InvalidInput

if TYPE_CHECKING:
    from index import Archive


@contextlib.contextmanager
def as_new(path: Path) -> Iterator[None]:
    """Say what hinders a new file."""
    try:
        yield
    except FileExistsError as error:
        raise InvalidInput(f"{path} is there already; name another file") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from error


def kept_input(archive: "Archive") -> Path:
    """Standard input as a file of the archive's own, named by its content.

    Raises:
        ArchiveError: the archive's folder cannot be written, or the disk is full.
    """
    from index import UPLOADS, ArchiveError

    folder = archive.folder / UPLOADS
    try:
        return _kept_in(folder)
    except OSError as error:
        raise ArchiveError(
            f"{folder} cannot be written ({error.strerror}); standard input was not added"
        ) from error


def _kept_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".part-", dir=folder)
    try:
        with open(handle, "w+b") as file:  # noqa: PTH123 - it is open already
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        kept = folder / f"standard input {digest[:12]}"
        Path(part).replace(kept)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return kept
