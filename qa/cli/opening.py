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
    """The user's settings; models are loaded on the device that they name from now on."""
    from index.models import use_device
    from qa.settings import Settings

    settings = Settings.load()
    use_device(settings.device)
    return settings


def open_archive(
    archive: Path | None, *, encoder_matters: bool = True, is_for_one_question: bool = False
) -> "Archive":
    """The archive that an option or the settings name, which must be there.

    Args:
        archive: the folder that an option names, if one does.
        encoder_matters: whether it is opened with the encoder of the settings.
        is_for_one_question: the encoder is loaded for that alone, which is sooner done.
    """
    from index import Archive
    from index.models import SentenceTransformerEncoder

    settings = settings_now()
    encoder: SentenceTransformerEncoder | Path | None = None
    if encoder_matters:
        encoder = settings.encoder
        if encoder is None and is_for_one_question:
            encoder = SentenceTransformerEncoder.load_for_one_question()
    return Archive.open(archive or settings.archive, create=False, encoder=encoder)


@contextlib.contextmanager
def loading() -> "Iterator[None]":
    """Say that models are being loaded, where somebody is waiting."""
    with err.status("Loading the models…") if err.is_terminal else contextlib.nullcontext():
        yield


def assistant_over(archive: Path | None, *, is_for_one_question: bool = False) -> "Assistant":
    """An assistant over an archive, its models loaded."""
    from qa.assistant import Assistant
    from qa.reading.reader import Reader

    opened = open_archive(archive, is_for_one_question=is_for_one_question)
    chosen = settings_now().reader
    with loading():
        is_quick = chosen is None and is_for_one_question
        reader = Reader.load_for_one_question() if is_quick else Reader.load(chosen)
        assistant = Assistant(opened, reader)
        assistant.warm_up()
    return assistant


def asked_of(archive: Path | None, *, questions: int) -> "Assistant | Daemon":
    """What answers so many: a server that runs over the archive, or an assistant made here."""
    return _daemon(archive) or assistant_over(archive, is_for_one_question=questions == 1)


def searched_in(archive: Path | None, *, queries: int) -> "Archive | Daemon":
    """What searches so often: a server that runs over the archive, or the archive, warmed up."""
    if daemon := _daemon(archive):
        return daemon
    opened = open_archive(archive, is_for_one_question=queries == 1)
    with loading():
        opened.warm_up()
    return opened


def _daemon(archive: Path | None) -> "Daemon | None":
    from index.folders import folder_named
    from qa.cli.daemon import reach

    settings = settings_now()
    return reach(folder_named(archive or settings.archive), settings)
