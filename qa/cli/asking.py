"""`onrecord ask` and `search`."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from index import InvalidInput
from qa.cli.console import out, print_json
from qa.cli.opening import assistant_over, load_encoder, open_archive
from qa.cli.options import (
    AfterOption,
    ArchiveOption,
    BatchOption,
    BeforeOption,
    JsonOption,
    SourceOption,
)
from qa.cli.root import app

if TYPE_CHECKING:
    from index import Filters


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
) -> None:
    """Find the sentence that answers, quote it, and cite it; or say that there is none."""
    from qa import batch, render

    filters = filters_of(after, before, source)
    asked = batch.questions(question, batch_file, filters=filters, top_k=top_k)
    with assistant_over(archive) as assistant:
        for one in asked:
            answer = assistant.ask(one)
            if as_json:
                print_json(render.answer_json(answer))
            else:
                if batch_file:
                    out.print(Text(render.plain(one.text), style="bold"))
                out.print(render.answer_terminal(answer))


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
    """List the articles that fit best, each by its best passage, without reading for an answer."""
    from qa import batch, render

    filters = filters_of(after, before, source)
    asked = batch.questions(query, batch_file, filters=filters, top_k=top_k)
    with open_archive(archive) as opened:
        load_encoder(opened)
        for one in asked:
            result = opened.search(one.text, top_k=top_k, filters=filters, spread=True)
            if as_json:
                print_json(render.search_json(result, query_id=one.id))
            else:
                out.print(render.search_terminal(result))


def filters_of(after: str | None, before: str | None, sources: list[str] | None) -> "Filters":
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
