"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        help="The archive's folder (ONRECORD_ARCHIVE; else the user's data folder).",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AfterOption = Annotated[
    str | None, typer.Option("--after", metavar="DATE", help="Published on this day or later.")
]
BeforeOption = Annotated[
    str | None, typer.Option("--before", metavar="DATE", help="Published on this day or earlier.")
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Published by this outlet; may be repeated."),
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="PATTERN",
        help="Of folders, only files like this: '*.html'; repeatable.",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="PATTERN", help="Of folders, no files like this; repeatable."
    ),
]
PruneOption = Annotated[
    bool, typer.Option("--prune", help="Remove the articles of files that have vanished.")
]
BatchOption = Annotated[
    Path | None,
    typer.Option(
        "--batch",
        metavar="FILE",
        help="A file of questions: one a line, or JSONL or CSV with “question” and “id”; - for "
        "standard input.",
    ),
]
