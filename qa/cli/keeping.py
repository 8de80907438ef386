"""What is in an archive, whether it is whole, and what leaves it."""

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from qa.cli.console import err, out, print_failures, print_json
from qa.cli.files import as_new
from qa.cli.opening import open_archive, settings_now
from qa.cli.options import ArchiveOption, JsonOption
from qa.cli.root import app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.errors import ArchiveDamaged


@app.command(epilog="Example: onrecord status --json")
def status(archive: ArchiveOption = None, *, as_json: JsonOption = False) -> None:
    """Show what is in the archive, and what it was made with."""
    from rich.table import Table

    from index import status_of
    from qa.output.json import status_json
    from qa.output.terminal import plain, status_rows

    found = status_of(archive or settings_now().archive)
    if as_json:
        print_json(status_json(found))
        return
    table = Table.grid(padding=(0, 2))
    for name, value in status_rows(found):
        table.add_row(Text(name, style="dim"), Text(plain(value)))
    out.print(table)


@app.command(epilog="Example: onrecord verify --repair")
def verify(
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Rebuild what is derived from the texts, and delete damaged marks of answers.",
        ),
    ] = False,
) -> None:
    """Check the archive against its checksums. Exits with 1 when something is wrong."""
    from qa.output.json import verify_json
    from qa.output.terminal import plain
    from qa.output.wording import counted

    with open_archive(archive) as opened:
        report = opened.verify(repair=repair)
    if as_json:
        print_json(verify_json(report))
    else:
        for finding in report.findings:
            line = plain(f"{finding.what}; {finding.remedy}")
            out.print(Text(line, style="red"), soft_wrap=True)
        looked_at = ", ".join(
            (
                counted(report.documents, "article"),
                counted(report.passages, "passage"),
            )
        )
        found = counted(len(report.findings), "problem")
        out.print(f"{looked_at}: {'nothing is wrong' if report.is_clean else found}.")
    if not report.is_clean:
        raise typer.Exit(1)


@app.command("list", epilog="Example: onrecord list --json")
def list_documents(
    archive: ArchiveOption = None,
    *,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="List the files that could not be read instead, and why."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the articles: id, source, title, date, and how many copies each has."""
    from index.errors import ArchiveDamaged, NoDocument
    from qa.output.json import document_json
    from qa.output.terminal import plain
    from qa.output.wording import copies_text, source_line

    with open_archive(archive) as opened:
        if failed:
            for failure in opened.failures():
                if as_json:
                    print_json(failure.as_json())
                else:
                    print_failures([failure], out)
            return
        damaged: list[ArchiveDamaged] = []
        for document in opened.documents(damaged=damaged.append):
            try:
                copies = opened.copies(document.id)
            except NoDocument:  # it has been removed meanwhile
                continue
            except ArchiveDamaged as error:
                damaged.append(error)
                continue
            if as_json:
                print_json(document_json(document, copies))
            else:
                line = f"{document.id}  {source_line(document)}"
                if copies:
                    line += f", {copies_text(copies)}"
                out.print(Text(plain(line)), soft_wrap=True)
        _fail_for(damaged)


@app.command(epilog="Example: onrecord remove 5cd58fc28da61dcc")
def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="See: onrecord list")],
    archive: ArchiveOption = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Erase articles for good: text, index, vectors. Your own files are left alone."""
    from qa.output.terminal import plain
    from qa.output.wording import counted, source_line

    with open_archive(archive) as opened:
        if not yes and sys.stdin.isatty():
            for document_id in ids:
                err.print(Text(plain(source_line(opened.document(document_id)))))
            typer.confirm(f"Erase {counted(len(ids), 'article')} for good?", abort=True, err=True)
        removed = opened.remove(ids)
    err.print(f"Erased {removed}.")


@app.command(epilog="Example: onrecord export > archive.jsonl")
def export(
    archive: ArchiveOption = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Write to this new file, not to standard output."),
    ] = None,
) -> None:
    """Write every article as JSONL. `onrecord add` takes the file back, with the same ids."""
    from qa.output.json import export_json

    with open_archive(archive) as opened, contextlib.ExitStack() as stack:
        stream = sys.stdout
        if output is not None:
            stack.enter_context(as_new(output))
            stream = stack.enter_context(output.open("x", encoding="utf-8"))
        damaged: list[ArchiveDamaged] = []
        for document in opened.documents(versions=True, damaged=damaged.append):
            stream.write(json.dumps(export_json(document), ensure_ascii=False) + "\n")
        _fail_for(damaged)


def _fail_for(damaged: "Sequence[ArchiveDamaged]") -> None:
    """Say what was left out, and exit with 1 where anything was."""
    from qa.output.terminal import plain

    for error in damaged:
        err.print(Text(plain(f"left out: {error}"), style="red"), soft_wrap=True)
    if damaged:
        raise typer.Exit(1)


@app.command(epilog="Example: onrecord reencode --encoder ~/models/multilingual-e5-small")
def reencode(
    archive: ArchiveOption = None,
    *,
    encoder: Annotated[
        Path | None,
        typer.Option(
            help="The folder of a sentence-transformers model; default: the packaged one."
        ),
    ] = None,
) -> None:
    """Compute all vectors again with another encoder."""
    from qa.output.terminal import plain
    from qa.output.wording import counted

    chosen = encoder or settings_now().encoder
    with open_archive(archive, encoder_matters=False) as opened, err.status("Encoding…"):
        count = opened.reencode(chosen)
    err.print(f"Encoded {counted(count, 'text')}.")
    if chosen is not None:
        line = plain(f"From now on, name this encoder in your settings: ONRECORD_ENCODER={chosen}")
        err.print(Text(line), soft_wrap=True)
