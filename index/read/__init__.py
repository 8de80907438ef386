"""Files in, documents out: one small module for each format, chosen by one table.

To add a format, write a module with one function of the type `Format`, and give it its
suffixes in `FORMATS`. A reader yields a `Document` for each article and a `Failure` for each
record that holds none, and raises `UnreadableFile` when the file as a whole cannot be read.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from index.datatypes import Document, Failure, Progress
from index.errors import InvalidInput, UnreadableFile
from index.read.csv import read_csv
from index.read.jsonl import read_jsonl
from index.read.markdown import read_markdown
from index.read.record import shown
from index.read.text import read_text

Format = Callable[[Path], Iterator[Document | Failure]]

FORMATS: dict[str, Format] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": read_csv,
}


def find_files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Path | Failure]:
    """The files under `paths`, folders recursively, in a fixed order.

    Hidden files and folders are left out of a folder, and links are not followed out of it;
    a path that is named itself is always taken. A path that is not there is a `Failure`.
    """
    for given in paths:
        try:
            path = Path(os.path.abspath(Path(given).expanduser()))
            is_folder, is_there = path.is_dir(), path.exists()
        except (OSError, RuntimeError) as error:  # too long a name, no such user
            detail = getattr(error, "strerror", None) or error
            yield Failure(path=shown(Path(given)), reason=f"no such file or folder: {detail}")
            continue
        if is_folder:
            yield from _walk(path)
        elif is_there:
            yield path
        else:
            yield Failure(path=shown(path), reason="no such file or folder")


def _walk(folder: Path) -> Iterator[Path | Failure]:
    unreadable: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if not name.startswith(".") and not path.is_symlink():
                yield path
    for error in unreadable:
        yield Failure(path=shown(Path(error.filename)), reason=_reason(error))


def read(path: Path) -> Iterator[Document | Failure]:
    """The articles in one file, in the file's order; what holds none, with its reason.

    Never raises for what a file contains: a bad file is one `Failure`, a bad record another.
    """
    reader = FORMATS.get(path.suffix.lower())
    if reader is None:
        known = " ".join(FORMATS)
        yield Failure(path=shown(path), reason=f"not a kind of file that can be read ({known})")
        return
    try:
        if not path.is_file():
            raise UnreadableFile("not a regular file")
        yield from reader(path)
    except (UnreadableFile, InvalidInput) as error:
        yield Failure(path=shown(path), reason=str(error))
    except UnicodeDecodeError as error:
        reason = f"looks like {error.encoding}, but the bytes at {error.start} are not"
        yield Failure(path=shown(path), reason=reason)
    except OSError as error:
        yield Failure(path=shown(path), reason=_reason(error))


def read_all(files: Sequence[Path | Failure], progress: Progress) -> Iterator[Document | Failure]:
    """The articles in all files, in order; `progress` is told of each file that is done."""
    for file in files:
        if isinstance(file, Failure):
            yield file
            progress.file_done(file.path)
        else:
            yield from read(file)
            progress.file_done(str(file))


def _reason(error: OSError) -> str:
    return f"cannot be opened: {error.strerror or error}"


__all__ = ["FORMATS", "Format", "find_files", "read", "read_all"]
