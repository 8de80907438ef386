"""The application that every command is registered with."""

from typing import Annotated

import typer

app = typer.Typer(
    name="onrecord",
    help="Ask your news archive. Every answer is a sentence on record, quoted and cited.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def root(
    *,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; anywhere on the line.")
    ] = False,
) -> None:
    """Ask your news archive. Every answer is a sentence on record, quoted and cited."""
