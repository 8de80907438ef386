"""Which folder an archive lies in, and what of it says which archive it is."""

import os
from pathlib import Path

import platformdirs

from index.errors import InvalidInput

FILE_NAME = "archive.sqlite"
"""What an archive in a folder is kept in."""

SERVERS = "cluster.toml"
"""What names the servers of an archive that is kept on some."""


def default_folder() -> Path:
    """Where an archive lies when none is named: the platform's folder for a user's data."""
    return Path(platformdirs.user_data_dir("onrecord", appauthor=False)) / "archive"


def folder_named(path: str | os.PathLike[str] | None) -> Path:
    """The folder that is meant, `~` written out; the default one for none.

    Raises:
        InvalidInput: no folder can be called so.
    """
    if path is None:
        return default_folder()
    if "\0" in os.fspath(path):
        raise InvalidInput(f"no folder can have the name {os.fspath(path)!r}")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InvalidInput(f"{os.fspath(path)!r} names no user of this machine") from error


def archive_in(folder: Path) -> object:
    """What is not the same for another archive that takes this one's place while it is open.

    Raises:
        OSError: there is none, or the folder may not be read.
    """
    servers = folder / SERVERS
    if servers.exists():
        return servers.read_bytes()
    found = (folder / FILE_NAME).stat()
    return found.st_dev, found.st_ino
