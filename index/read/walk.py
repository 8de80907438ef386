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

    Hidden files and folders are left out of a folder, and links are not followed out of it;
    a path that is named itself is always taken. A path that is not there is a `Failure`.

    Args:
        paths: files and folders.
        include: patterns like `*.html` or `2019/*`; of a folder only what fits one is taken.
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
                if isinstance(found, Failure) or _is_wanted(found, path, include, exclude):
                    yield found
        elif is_there:
            yield path
        else:
            yield Failure(path=shown(path), reason="no such file or folder")


def _is_wanted(path: Path, folder: Path, include: Sequence[str], exclude: Sequence[str]) -> bool:
    inner = path.relative_to(folder).as_posix()

    def fits(patterns: Sequence[str]) -> bool:
        return any(
            fnmatch.fnmatch(inner, one) or fnmatch.fnmatch(path.name, one) for one in patterns
        )

    return not fits(exclude) and (not include or fits(include))


def _walk(folder: Path) -> Iterator[Path | Failure]:
    unreadable: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if not name.startswith(".") and not path.is_symlink():
                yield path
    for error in unreadable:
        reason = f"cannot be opened: {error.strerror or error}"
        yield Failure(path=shown(Path(error.filename)), reason=reason)
