"""The command line: `onrecord add`, `ask`, `search`, `serve` and the rest.

JSON on standard output is only JSON; everything else goes to standard error. Exit codes: 0 done,
1 something failed and the rest was done, 2 wrong usage, 130 stopped by Ctrl-C.

Reading order: `root` (the application), `adding`, `asking`, `keeping`, `evaluating` and `serving`
(the commands, which register themselves with it), `options`, `opening` (the archive and assistant
of a command), `daemon` (a server that answers for it), `console` and `files` (what is written),
`stopping` (Ctrl-C). What a command needs is imported by the command: all of it takes seconds.
"""

import gc
import sys
from collections.abc import Sequence

from rich.text import Text

from index import InvalidInput, OnRecordError
from qa.cli import adding, asking, evaluating, keeping, serving
from qa.cli.console import err, write_utf8
from qa.cli.root import app

__all__ = ["adding", "app", "asking", "evaluating", "keeping", "main", "serving"]

_GARBAGE_THRESHOLD = 50_000
"""New objects until garbage is looked for: with 700, imports take a fifth longer."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line, and exit."""
    from qa.output.terminal import plain

    gc.set_threshold(_GARBAGE_THRESHOLD)
    given = list(sys.argv[1:] if args is None else args)
    debug = "--debug" in given
    write_utf8(sys.stdout)
    write_utf8(sys.stderr)
    try:
        app([one for one in given if one != "--debug"], prog_name="onrecord")
    except OnRecordError as error:
        if debug:
            raise
        line = plain(" ".join(f"onrecord: {error}".splitlines()))
        err.print(Text(line, style="red"), soft_wrap=True)
        sys.exit(2 if isinstance(error, InvalidInput) else 1)
