"""Every setting there is, read in one place: a TOML file, then environment variables over it.

The file is `settings.toml` in the platform's folder for a user's configuration, or the one that
`ONRECORD_SETTINGS` names. A key that is not known is an error.

    archive    the archive's folder                             ONRECORD_ARCHIVE
    encoder    the folder of a sentence-transformers model      ONRECORD_ENCODER
    reader     the folder of an extractive QA model             ONRECORD_READER
    device     where models run: "cpu", "cuda"; else the best   ONRECORD_DEVICE
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import platformdirs

from index.errors import SettingsError
from index.folders import default_folder

_PREFIX = "ONRECORD_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user may choose. Made by `Settings.load`; every other class takes plain arguments."""

    archive: Path
    encoder: Path | None = None
    reader: Path | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        for name, folder in (("encoder", self.encoder), ("reader", self.reader)):
            if folder is not None and not folder.is_dir():
                raise SettingsError(f"{name} names {folder}, which is not a folder")

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The settings of this user.

        Raises:
            SettingsError: the file is no TOML, a key is unknown, or a value cannot be used.
        """
        environment = os.environ if environment is None else environment
        named = environment.get(f"{_PREFIX}SETTINGS")
        path = Path(named).expanduser() if named else _default_file()
        chosen = _from_file(path, must_exist=named is not None)
        for field in fields(cls):
            if value := environment.get(_PREFIX + field.name.upper()):
                chosen[field.name] = value
        device = chosen.pop("device", None)
        folders = {name: Path(str(value)).expanduser() for name, value in chosen.items()}
        return cls(
            device=None if device is None else str(device),
            **{"archive": default_folder(), **folders},
        )


def _default_file() -> Path:
    return Path(platformdirs.user_config_dir("onrecord", appauthor=False)) / "settings.toml"


def _from_file(path: Path, *, must_exist: bool) -> dict[str, object]:
    try:
        chosen: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if must_exist:
            raise SettingsError(f"{path}, named by ONRECORD_SETTINGS, does not exist") from error
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", None) or error
        raise SettingsError(f"{path} cannot be read: {detail}") from error
    known = {field.name for field in fields(Settings)}
    if unknown := sorted(set(chosen) - known):
        raise SettingsError(
            f"{path} has the unknown setting {unknown[0]!r}; known are: {', '.join(sorted(known))}"
        )
    for name, value in chosen.items():
        if not isinstance(value, str) or not value:
            raise SettingsError(f"{path} has {name} = {value!r}, which is not text")
    return chosen
