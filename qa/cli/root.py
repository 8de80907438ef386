"""The application that every command is registered with."""

import os
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
    debug: Annotated[  # noqa: ARG001 - `main` looks for it
        bool,
        typer.Option(
            "--debug", help="Show the traceback of an error. May stand anywhere on the line."
        ),
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="NAME",
            help="Where models run: cpu or cuda (default: $ONRECORD_DEVICE, else a GPU if any).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Ask your news archive. Every answer is a sentence on record, quoted and cited."""
    if device:
        os.environ["ONRECORD_DEVICE"] = device  # as the processes that this one starts see it
