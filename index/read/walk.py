"""The files under some paths."""

import fnmatch
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from index.datatypes import Failure
from index.read.source import shown, why_closed

_TO_NOTHING = "a link to what is not there; delete it, or mend it"


def find_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Iterator[Path | Failure]:
    """The files under `paths`, folders recursively, in a fixed order.

    Hidden files and folders are left out of a folder, and links in it are not followed: one that
    leads out of it, or nowhere, is a `Failure`, as is a path that is not there, and a file or
    folder that we are not let into. A path that is named itself is always taken.

    Args:
        paths: files and folders.
        include: patterns like `*.html`, `2019/*`, or a folder's name; of a folder only what fits
            one is taken, or lies in a folder that does.
        exclude: patterns of what is left out of a folder, whether it is included or not.
    """
    for given in paths:
        path = Path(given)
        try:
            path = Path(os.path.abspath(path.expanduser()))
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, RuntimeError, ValueError) as error:  # no such user, for one
            yield Failure(path=shown(path), reason=_why_not_there(path, error))
            continue
        if not is_folder:
            yield path
            continue
        for found, reason in _walk(path):
            if not _is_wanted(found.relative_to(path), include, exclude, is_folder=bool(reason)):
                continue
            if reason:
                yield Failure(path=shown(found), reason=reason)
            else:
                yield from _without_links(found, path)


def _why_not_there(path: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        if isinstance(error, FileNotFoundError) and os.path.islink(path):  # noqa: PTH114 - no error
            return _TO_NOTHING
        is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        return "no such file or folder" if is_missing else why_closed(error)
    return f"no such file or folder: {error}"


def _is_wanted(
    inner: Path, include: Sequence[str], exclude: Sequence[str], *, is_folder: bool
) -> bool:
    """Whether a file may be taken by its path within the folder; each part may fit a pattern.

    Of a folder whatever is included might be in it.
    """
    if not include and not exclude:
        return True
    named = [part for one in (inner, *inner.parents[:-1]) for part in (one.as_posix(), one.name)]

    def fits(patterns: Sequence[str]) -> bool:
        return any(fnmatch.fnmatch(name, one.rstrip("/")) for name in named for one in patterns)

    return not fits(exclude) and (is_folder or not include or fits(include))


def _without_links(path: Path, folder: Path) -> Iterator[Path | Failure]:
    """The path; of a link, why it is not followed, unless what it leads to is found by itself."""
    reason = ""
    try:
        if not stat.S_ISLNK(path.lstat().st_mode):
            yield path
            return
        target = Path(os.path.realpath(path))
        path.stat()
        if not target.is_relative_to(os.path.realpath(folder)):
            reason = (
                "a link out of its folder, which is not followed; to take it too, add "
                f"{shown(target)}"
            )
    except FileNotFoundError:
        reason = _TO_NOTHING
    except OSError as error:
        reason = why_closed(error)
    if reason:
        yield Failure(path=shown(path), reason=reason)


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files and links in a folder, with nothing, and each folder that is closed, with why.

    Of a folder the files come first, by name, then what is in its folders, by name.
    """
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not entry.name.startswith("."):
                        (folders if _is_folder(entry) else files).append(entry.name)
        except OSError as error:  # at its beginning, or after some of its names
            yield folder, why_closed(error)
        for name in sorted(files):
            yield folder / name, ""
        waiting.extend(folder / name for name in sorted(folders, reverse=True))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # what nobody lets us look at is looked at as a file, and then reported
        return False
