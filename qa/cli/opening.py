"""The archive and the assistant that a command works with."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli.console import err

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index import Archive
    from qa.assistant import Assistant
    from qa.cli.daemon import Daemon
    from qa.settings import Settings


def settings_now() -> "Settings":
    from index.models import use_device
    from qa.settings import Settings

    settings = Settings.load()
    use_device(settings.device)
    return settings


def open_archive(archive: Path | None, *, encoder_matters: bool = True) -> "Archive":
    from index import Archive

    settings = settings_now()
    encoder = settings.encoder if encoder_matters else None
    return Archive.open(archive or settings.archive, create=False, encoder=encoder)


@contextlib.contextmanager
def loading() -> "Iterator[None]":
    """Say that models are being loaded, where somebody is waiting."""
    with err.status("Loading the models…") if err.is_terminal else contextlib.nullcontext():
        yield


def assistant_over(archive: Path | None) -> "Assistant":
    from qa.assistant import Assistant
    from qa.reading.reader import Reader

    opened = open_archive(archive)
    with loading():
        assistant = Assistant(opened, Reader.load(settings_now().reader))
        assistant.warm_up()
    return assistant


def asked_of(archive: Path | None) -> "Assistant | Daemon":
    """What answers questions: a server that runs over the archive, or an assistant made here."""
    return _daemon(archive) or assistant_over(archive)


def searched_in(archive: Path | None) -> "Archive | Daemon":
    """What searches: a server that runs over the archive, or the archive, its encoder loaded."""
    if daemon := _daemon(archive):
        return daemon
    opened = open_archive(archive)
    with loading():
        opened.encoder.encode_question("Is it warm?")
    return opened


def _daemon(archive: Path | None) -> "Daemon | None":
    from index.folders import folder_named
    from qa.cli.daemon import reach

    settings = settings_now()
    return reach(folder_named(archive or settings.archive), settings)
