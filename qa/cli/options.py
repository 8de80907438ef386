"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        help="The archive's folder (default: $ONRECORD_ARCHIVE, else your user data folder).",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AfterOption = Annotated[
    str | None,
    typer.Option("--after", metavar="DATE", help="Only articles published on this day or later."),
]
BeforeOption = Annotated[
    str | None,
    typer.Option(
        "--before", metavar="DATE", help="Only articles published on this day or earlier."
    ),
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source", metavar="NAME", help="Only articles of this outlet; may be given several times."
    ),
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="PATTERN",
        help="In folders, take only files and folders that match: '*.html'; may be given several "
        "times.",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="PATTERN",
        help="In folders, leave out files and folders that match; may be given several times.",
    ),
]
PruneOption = Annotated[
    bool,
    typer.Option("--prune", help="Remove the articles of files that are gone from the folders."),
]
BatchOption = Annotated[
    Path | None,
    typer.Option(
        "--batch",
        metavar="FILE",
        help="A file of questions: one a line, JSONL, or CSV with “question” and optionally “id”; "
        "- for standard input.",
    ),
]
