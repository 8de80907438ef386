"""`onrecord ask` and `search`."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from index import InvalidInput
from qa.cli.console import err, out, print_json, tracked
from qa.cli.files import as_new
from qa.cli.opening import asked_of, assistant_over, searched_in
from qa.cli.options import (
    AfterOption,
    ArchiveOption,
    BatchOption,
    BeforeOption,
    JsonOption,
    SourceOption,
)
from qa.cli.root import app
from qa.cli.stopping import stopping

if TYPE_CHECKING:
    from index import Filters
    from qa.datatypes import NoAnswer, Question


@app.command(epilog='Example: onrecord ask "who claimed the Tazerbo attack?" --after 2019-11-01')
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    top_k: Annotated[int, typer.Option(help="At most this many citations.")] = 5,
    after: AfterOption = None,
    before: BeforeOption = None,
    source: SourceOption = None,
    batch_file: BatchOption = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="With --batch, a new table of answers: .csv or .xlsx."
        ),
    ] = None,
) -> None:
    """Answer with a sentence, quoted and cited. Or say that none answers."""
    from qa import batch
    from qa.datatypes import NoAnswer
    from qa.output.json import answer_json
    from qa.output.terminal import answer_terminal, help_lines, plain

    filters = filters_of(after, before, source)
    asked = batch.questions(question, batch_file, filters=filters, top_k=top_k)
    if not asked:
        err.print(Text(plain(f"{batch_file} has no question; write one a line")))
    if table is not None:
        if batch_file is None:
            raise InvalidInput("--out goes with --batch FILE; for one answer there is --json")
        _fill_table(table, asked, archive, as_json=as_json)
        return
    with asked_of(archive, questions=len(asked)) as assistant:
        for one in asked:
            answer = assistant.ask(one)
            if as_json:
                if isinstance(answer, NoAnswer):
                    answer = assistant.suggest(answer)
                print_json(answer_json(answer))
                continue
            if batch_file:
                out.print(Text(plain(one.text), style="bold"))
            out.print(answer_terminal(answer))
            if isinstance(answer, NoAnswer):
                for line in help_lines(assistant.suggest(answer)):
                    out.print(Text(plain(line)))


def _fill_table(
    path: Path, asked: "Sequence[Question]", archive: Path | None, *, as_json: bool
) -> None:
    """Write what was answered, all of it or as much as there is when it is stopped."""
    from qa.datatypes import Answer
    from qa.output.json import answer_json
    from qa.output.table import answer_all, row_of, writer_for
    from qa.output.terminal import plain
    from qa.output.wording import counted

    write = writer_for(path.name)
    done: list[Answer | NoAnswer] = []
    with assistant_over(archive) as assistant, stopping("this question") as is_stopped:
        with as_new(path):
            file = path.open("xb")
        try:
            questions = tracked(asked, "Asking")
            for answer in answer_all(assistant, questions, is_cancelled=is_stopped):
                done.append(answer)
                if as_json:
                    print_json(answer_json(answer))
        finally:
            with as_new(path), file:
                file.write(write(map(row_of, done)))
            if not done:
                path.unlink()
        stopped = is_stopped()
    answered = sum(isinstance(one, Answer) for one in done)
    line = f"{counted(len(done), 'question')}, {answered:,} answered: {path}"
    if stopped:
        line = f"Stopped after {len(done):,} of {len(asked):,}: {line}"
    err.print(Text(plain(line)), soft_wrap=True)
    if stopped:
        raise typer.Exit(130)


@app.command(epilog='Example: onrecord search "police station" --top-k 3')
def search(
    query: Annotated[str | None, typer.Argument(help="Words, or a “quoted phrase”.")] = None,
    archive: ArchiveOption = None,
    *,
    as_json: JsonOption = False,
    top_k: Annotated[int, typer.Option(help="At most this many passages.")] = 10,
    after: AfterOption = None,
    before: BeforeOption = None,
    source: SourceOption = None,
    batch_file: BatchOption = None,
) -> None:
    """List the articles that fit best. Each by its best passage; no answer is looked for."""
    from qa import batch
    from qa.output.json import search_json
    from qa.output.terminal import search_terminal

    filters = filters_of(after, before, source)
    asked = batch.questions(query, batch_file, filters=filters, top_k=top_k)
    with searched_in(archive, queries=len(asked)) as opened:
        for one in asked:
            result = opened.search(one.text, top_k=top_k, filters=filters, spread=True)
            if as_json:
                print_json(search_json(result, query_id=one.id))
            else:
                out.print(search_terminal(result))


def filters_of(after: str | None, before: str | None, sources: list[str] | None) -> "Filters":
    """The filters that the options of a command name. Raises: InvalidInput: a date is none."""
    from index import Filters

    return Filters(
        after=_date("--after", after),
        before=_date("--before", before),
        sources=tuple(sources or ()),
    )


def _date(option: str, value: str | None) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput(f"{option} takes a date like 2019-11-27, got {value!r}") from error
