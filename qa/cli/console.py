"""What commands print: JSON on standard output, everything else on standard error."""

import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO, TypeVar

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from index import Failure

Thing = TypeVar("Thing")

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def print_json(record: object) -> None:
    """Print a record as one line of JSON on standard output."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_failures(failed: "Iterable[Failure]", console: Console) -> None:
    """Print what could not be read, one a line, each with its reason."""
    from qa.output.terminal import plain

    for failure in failed:
        place = failure.path if failure.line is None else f"{failure.path}:{failure.line}"
        line = plain(f"failed: {place}: {failure.reason}")
        console.print(Text(line, style="red"), soft_wrap=True)


def tracked(things: Sequence[Thing], doing: str) -> Iterable[Thing]:
    """The things, with a bar that shows how many are done where somebody is watching."""
    from rich.progress import track

    return track(things, doing, console=err, disable=not err.is_terminal)


def write_utf8(stream: TextIO) -> None:
    """Make a pipe or file UTF-8; half a surrogate pair is then written as JSON writes it."""
    if isinstance(stream, io.TextIOWrapper):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")
