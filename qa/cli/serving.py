"""`onrecord serve` and `demo`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from qa.cli.console import err
from qa.cli.opening import assistant_over, load_encoder, settings_now
from qa.cli.options import ArchiveOption
from qa.cli.root import app


@app.command(epilog="Example: onrecord serve --port 7861")
def serve(
    archive: ArchiveOption = None,
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 7860,
    allowed_host: Annotated[
        list[str] | None, typer.Option(help="A host name that browsers may use; repeatable.")
    ] = None,
) -> None:
    """Serve the web page for one archive, which is made when it is not there."""
    from index import Archive

    settings = settings_now()
    with Archive.open(archive or settings.archive):
        pass
    _serve(archive, host=host, port=port, allowed_hosts=allowed_host or (), is_demo=False)


@app.command(epilog="Example: onrecord demo --port 7861")
def demo(
    archive: ArchiveOption = None,
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 7860,
) -> None:
    """Serve the page over the article that comes with On Record, ready to be asked."""
    from index import Archive
    from qa import render
    from qa.demo import demo_folder, seeds_folder

    folder = archive or demo_folder()
    with Archive.open(folder, encoder=settings_now().encoder) as opened:
        load_encoder(opened)
        report = opened.add([seeds_folder()])
        err.print(Text(render.report_text(report)))
    _serve(folder, host=host, port=port, allowed_hosts=(), is_demo=True)


def _serve(
    archive: Path | None, *, host: str, port: int, allowed_hosts: Sequence[str], is_demo: bool
) -> None:
    from qa.web import serve as serve_page  # gradio takes seconds to import

    with assistant_over(archive) as assistant:
        serve_page(assistant, host=host, port=port, allowed_hosts=allowed_hosts, is_demo=is_demo)
