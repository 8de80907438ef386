"""The archive's own folder: what in it is an article, and what the page took in.

Files in `UPLOADS` are articles, kept as long as a document comes from them; no other file is.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from index.datatypes import Failure
from index.errors import ArchiveError
from index.read.source import shown
from index.storage.store import Store

UPLOADS = "uploads"
"""The folder within an archive's that takes files from the web page."""


def own_among(folder: Path, paths: Iterable[str]) -> list[Failure]:
    """Of the paths that were named themselves, those that `is_own` passes over."""
    own = Path(os.path.abspath(folder))
    reason = "in the archive's own folder nothing is taken for an article; move it elsewhere"
    return [
        Failure(path=shown(path), reason=reason)
        for path in map(absolute, paths)
        if path == own or (is_own(folder, path) and path != own / UPLOADS)
    ]


def is_own(folder: Path, found: Path | Failure) -> bool:
    """Whether a path lies in the archive's own folder, whose files are no articles."""
    if isinstance(found, Failure):
        return False
    own = Path(os.path.abspath(folder))
    return own in found.parents and own / UPLOADS not in found.parents


def drop(folder: Path, paths: Iterable[Path], store: Store) -> None:
    """Delete the files that the page took in and no document comes from any more.

    Raises:
        ArchiveError: one cannot be deleted; the others are.
    """
    uploads = Path(os.path.abspath(folder)) / UPLOADS
    # Of what lies in a zip file, that is the file.
    files = {
        uploads / path.relative_to(uploads).parts[0] for path in paths if uploads in path.parents
    }
    left: list[OSError] = []
    for file in files:
        if not store.has_path(shown(file)):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                left.append(error)
    if left:
        first = left[0]
        raise ArchiveError(
            f"no article comes from {first.filename} any more, but it cannot be deleted "
            f"({first.strerror}); delete it yourself"
        ) from first


def absolute(path: str) -> Path:
    """A path as it was named, `~` written out where it names a user."""
    try:
        return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH111 - Path's may raise
    except (OSError, ValueError):  # the folder that it starts from is gone, or it is no path
        return Path(path)
