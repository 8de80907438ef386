"""The files under some paths."""

import fnmatch
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from index.datatypes import Failure
from index.read.source import shown


def find_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Iterator[Path | Failure]:
    """The files under `paths`, folders recursively, in a fixed order.

    Hidden files and folders are left out of a folder, and links in it are not followed: one that
    leads out of it is a `Failure`, as is a path that is not there. A path that is named itself is
    always taken.

    Args:
        paths: files and folders.
        include: patterns like `*.html`, `2019/*`, or a folder's name; of a folder only what fits
            one is taken, or lies in a folder that does.
        exclude: patterns of what is left out of a folder, whether it is included or not.
    """
    for given in paths:
        try:
            path = Path(os.path.abspath(Path(given).expanduser()))
            is_folder, is_there = path.is_dir(), path.exists()
        except (OSError, RuntimeError, ValueError) as error:  # too long a name, no such user
            detail = getattr(error, "strerror", None) or error
            yield Failure(path=shown(Path(given)), reason=f"no such file or folder: {detail}")
            continue
        if is_folder:
            for found in _walk(path):
                if isinstance(found, Failure):
                    yield found
                elif _is_wanted(found.relative_to(path), include, exclude):
                    yield from _without_links(found, path)
        elif is_there:
            yield path
        else:
            yield Failure(path=shown(path), reason="no such file or folder")


def _is_wanted(inner: Path, include: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether a file may be taken by its path within the folder; each part may fit a pattern."""
    if not include and not exclude:
        return True
    named = [part for one in (inner, *inner.parents[:-1]) for part in (one.as_posix(), one.name)]

    def fits(patterns: Sequence[str]) -> bool:
        return any(fnmatch.fnmatch(name, one.rstrip("/")) for name in named for one in patterns)

    return not fits(exclude) and (not include or fits(include))


def _without_links(path: Path, folder: Path) -> Iterator[Path | Failure]:
    """The path; of a link that leads out of the folder, that it is not followed."""
    if not path.is_symlink():
        yield path
        return
    target = Path(os.path.realpath(path))
    if not target.is_relative_to(os.path.realpath(folder)):
        reason = (
            f"a link out of its folder, which is not followed; to take it too, add {shown(target)}"
        )
        yield Failure(path=shown(path), reason=reason)


def _walk(folder: Path) -> Iterator[Path | Failure]:
    unreadable: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = (name for name in folders if Path(root, name).is_symlink())
        for name in sorted([*names, *links]):
            if not name.startswith("."):
                yield Path(root, name)
    for error in unreadable:
        reason = f"cannot be opened: {error.strerror or error}"
        yield Failure(path=shown(Path(error.filename)), reason=reason)
