"""`onrecord serve`, `demo` and `user`."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from index import InvalidInput
from qa.cli.console import err, out
from qa.cli.opening import settings_now
from qa.cli.options import ArchiveOption
from qa.cli.root import app
from qa.web.logs import LogStyle

if TYPE_CHECKING:
    from qa.assistant import Assistant

_LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}

HostOption = Annotated[str, typer.Option(help="The address to listen on.")]
PortOption = Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)]
McpOption = Annotated[
    bool, typer.Option("--mcp", help='Offer MCP tools too (pip install "onrecord[mcp]").')
]
AuthOption = Annotated[
    Path, typer.Option("--auth", metavar="FILE", help="The file of users.", show_default=False)
]

user_app = typer.Typer(
    name="user",
    help="Manage who may log in to a shared server.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(user_app)


@app.command(epilog="Example: onrecord serve --port 7861")
def serve(
    archive: Annotated[
        list[Path] | None,
        typer.Option(
            "--archive",
            metavar="DIR",
            help="An archive's folder; if given several times, visitors choose one by name.",
            show_default=False,
        ),
    ] = None,
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 7860,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            "--allowed-host",
            metavar="NAME",
            help="Another host name that browsers may use; may be given several times.",
        ),
    ] = None,
    auth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Require a login; the users are in this file (see: onrecord user add).",
            show_default=False,
        ),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Let nobody add or change anything.")
    ] = False,
    add_from: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="Programs may add what lies here, by its path; may be given several times.",
        ),
    ] = None,
    mcp: McpOption = False,
    root_path: Annotated[
        str,
        typer.Option(
            metavar="PATH", help="The path at which a reverse proxy shows the page, like /archive."
        ),
    ] = "",
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="A reverse proxy whose X-Forwarded-For and -Proto are trusted.",
        ),
    ] = None,
    log: Annotated[
        LogStyle, typer.Option(help="Log each request on standard error.")
    ] = LogStyle.NONE,
) -> None:
    """Serve the web page for one or more archives. One that is not there yet is made."""
    from index import Archive
    from qa import web
    from qa.cli import daemon
    from qa.web.gate.users import Users

    users = None if auth is None else Users(auth)
    if users is not None and not users.names():
        raise InvalidInput(f"{auth} has no users; add one: onrecord user add NAME --auth {auth}")
    for folder in add_from or ():
        if not os.path.isdir(folder):  # noqa: PTH112 - false where nobody lets us look
            raise InvalidInput(f"{folder}, named by --add-from, is not a folder")
    folders = archive or [settings_now().archive]
    if not read_only:
        for folder in folders:
            with Archive.open(folder):
                pass
    if host not in _LOOPBACK and users is None:
        may = "ask" if read_only else "ask and add"
        err.print(f"Anyone who can reach {host} may {may}; to require a login: --auth FILE")
    with _assistants(folders) as assistants:
        site = web.Site(
            assistants=assistants,
            is_read_only=read_only,
            users=users,
            folders=tuple(add_from or ()),
            has_mcp=mcp,
            allowed_hosts=tuple(allow_host or ()),
            root_path=root_path.rstrip("/"),
        )
        with daemon.answering(assistants.values(), settings_now()):
            web.serve(site, host=host, port=port, proxies=proxy or (), log=log)


@app.command(epilog="Example: onrecord demo --port 7861")
def demo(
    archive: ArchiveOption = None,
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 7860,
    mcp: McpOption = False,
) -> None:
    """Serve the page over a sample article. It comes with On Record, ready to be asked about."""
    from index import Archive
    from qa import web
    from qa.cli import daemon
    from qa.output.wording import report_text
    from qa.suggestions.demo import demo_folder, seeds_folder

    folder = archive or demo_folder()
    with Archive.open(folder):
        pass
    with _assistants([folder]) as assistants:
        (assistant,) = assistants.values()
        report = assistant.archive.add([seeds_folder()])
        err.print(Text(report_text(report)))
        site = web.Site(assistants=assistants, is_demo=True, has_mcp=mcp)
        with daemon.answering(assistants.values(), settings_now()):
            web.serve(site, host=host, port=port)


@user_app.command("add", epilog="Example: onrecord user add ann --auth users.txt")
def add_user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")], auth: AuthOption
) -> None:
    """Add a user, or change a password. It is asked for, or read from a pipe."""
    from qa.web.gate.users import Users

    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    is_new = Users(auth).add(name, password)
    err.print(f"{name} {'may log in' if is_new else 'has a new password'}.")


@user_app.command("remove", epilog="Example: onrecord user remove ann --auth users.txt")
def remove_user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")], auth: AuthOption
) -> None:
    """Remove a user. Whoever is logged in under the name is logged out at once."""
    from qa.web.gate.users import Users

    Users(auth).remove(name)
    err.print(f"{name} can no longer log in.")


@user_app.command("list", epilog="Example: onrecord user list --auth users.txt")
def list_users(auth: AuthOption) -> None:
    """List who may log in."""
    from qa.web.gate.users import Users

    for name in Users(auth).names():
        out.print(Text(name))


@contextlib.contextmanager
def _assistants(folders: Sequence[Path]) -> "Iterator[Mapping[str, Assistant]]":
    """An assistant for each archive, under the name of its folder; the models are loaded once."""
    from index import Archive
    from index.models import Encoder
    from qa.assistant import Assistant
    from qa.reading.reader import Reader

    settings = settings_now()
    assistants: dict[str, Assistant] = {}
    encoder: Encoder | Path | None = settings.encoder
    reader = Reader.load(settings.reader)
    with contextlib.ExitStack() as stack:
        for folder in folders:
            name = folder.expanduser().resolve().name
            if name in assistants:
                raise InvalidInput(
                    f"two archives are called {name}; visitors choose them by their folders' names"
                )
            opened = stack.enter_context(Archive.open(folder, create=False, encoder=encoder))
            encoder = opened.encoder
            assistants[name] = Assistant(opened, reader)
        yield assistants
