"""`onrecord add` and `watch`."""

import contextlib
import os
import time
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from qa.cli.console import err, out, print_failures, print_json
from qa.cli.files import kept_input
from qa.cli.opening import settings_now
from qa.cli.options import ArchiveOption, ExcludeOption, IncludeOption, JsonOption, PruneOption
from qa.cli.root import app
from qa.cli.stopping import stopping

if TYPE_CHECKING:
    from collections.abc import Collection

    from index import AddReport, Workers

_SETTLED_MS = 1_600
"""Changes of a folder are waited for until they have settled for so long."""

_ASKED_MS = 500
"""How often it is asked whether to stop watching."""


class ProgressStyle(StrEnum):
    """How `add` shows how far it is."""

    AUTO = "auto"
    JSONL = "jsonl"
    NONE = "none"


@app.command(epilog="Example: onrecord add ~/clippings --include '*.html' --archive my-archive")
def add(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Files and folders; - for standard input.")
    ],
    archive: ArchiveOption = None,
    *,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    prune: PruneOption = False,
    reread: Annotated[
        bool, typer.Option("--reread", help="Read unchanged files again too.")
    ] = False,
    on_ray: Annotated[
        str,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Read and encode on a Ray cluster: HOST:PORT, auto, or local for this machine.",
        ),
    ] = "",
    as_json: JsonOption = False,
    progress: Annotated[
        ProgressStyle, typer.Option(help="How to report progress on standard error.")
    ] = ProgressStyle.AUTO,
) -> None:
    """Add the articles in files and folders. Unchanged files are skipped."""
    from index import Archive, Silent
    from qa.output.progress import Bar, JsonLines
    from qa.output.wording import report_text

    settings = settings_now()
    with (
        contextlib.ExitStack() as stack,
        _workers(on_ray, settings.encoder) as workers,
        Archive.open(
            archive or settings.archive, encoder=workers.encoder if workers else settings.encoder
        ) as opened,
        stopping("this document") as is_stopped,
    ):
        shown: Bar | JsonLines | Silent = Silent()
        if progress is ProgressStyle.JSONL:
            shown = JsonLines()
        elif progress is ProgressStyle.AUTO and err.is_terminal:
            shown = stack.enter_context(Bar(err))
        report = opened.add(
            [kept_input(opened) if path == "-" else path for path in paths],
            include=include or (),
            exclude=exclude or (),
            prune=prune,
            reread=reread,
            read=workers.read if workers else None,
            progress=shown,
            is_cancelled=is_stopped,
        )
        opened.drop_uploads(report.failed)
    if as_json:
        print_json(report.as_json())
    else:
        out.print(Text(report_text(report)))
    print_failures(report.failed, err)
    _print_renamed(report)
    if not prune:
        _print_vanished(report.vanished)
    if report.interrupted:
        err.print("Stopped. Everything counted above is safe; run the same command to go on.")
        raise typer.Exit(130)
    if report.failed:
        raise typer.Exit(1)


def _print_renamed(report: "AddReport") -> None:
    from qa.output.terminal import plain
    from qa.output.wording import renamed_lines

    for line in renamed_lines(report):
        err.print(Text(plain(line)), soft_wrap=True)


def _print_vanished(paths: "Collection[str]") -> None:
    from qa.output.terminal import plain

    for path in paths:
        err.print(Text(plain(f"vanished: {path}")), soft_wrap=True)
    if paths:
        err.print("Their articles are still in the archive; to remove those too, add --prune.")


def _workers(
    address: str, encoder: Path | None
) -> "contextlib.AbstractContextManager[Workers | None]":
    """The processes of a Ray cluster, where one is named."""
    if not address:
        return contextlib.nullcontext()
    from index import ray_workers
    from index.models import SentenceTransformerEncoder

    return ray_workers(address, partial(SentenceTransformerEncoder.load, encoder))


@app.command(epilog="Example: onrecord watch ~/clippings --prune")
def watch(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="Folders of articles.")],
    archive: ArchiveOption = None,
    *,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    prune: PruneOption = False,
) -> None:
    """Add what is in folders, then what changes there. Ctrl-C ends it."""
    import watchfiles

    from index import Archive
    from index.errors import ArchiveLocked
    from qa.output.terminal import plain
    from qa.output.wording import report_text

    missing = [
        one
        for one in folders
        if not os.path.isdir(one)  # noqa: PTH112 - false where nobody lets us look
    ]
    if missing:
        raise typer.BadParameter(f"{missing[0]} is not a folder; watch takes folders")
    settings = settings_now()
    with (
        Archive.open(archive or settings.archive, encoder=settings.encoder) as opened,
        stopping("this document") as is_stopped,
    ):
        changes = watchfiles.watch(
            *folders,
            debounce=_SETTLED_MS,
            rust_timeout=_ASKED_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        is_first = is_due = True
        told: set[str] = set()
        for changed in changes:  # nothing, at first: by then it is watching
            if is_stopped():
                break
            if not changed and not is_due:
                continue
            try:
                report = opened.add(
                    folders,
                    include=include or (),
                    exclude=exclude or (),
                    prune=prune,
                    is_cancelled=is_stopped,
                )
            except ArchiveLocked as error:
                if is_first:
                    raise
                if not is_due:
                    err.print(Text(plain(f"waiting: {error}")), soft_wrap=True)
                is_due = True
                continue
            vanished = set() if prune else {*report.vanished}
            news = report.added or report.updated or report.duplicates or report.pruned
            if is_first or news or report.failed or vanished - told:
                out.print(Text(f"{time.strftime('%X')} {report_text(report)}"))
                print_failures(report.failed, err)
                _print_renamed(report)
                _print_vanished(sorted(vanished - told))
            is_first = is_due = False
            told = vanished
