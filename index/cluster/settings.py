"""`cluster.toml`: which servers an archive is on, and under which name."""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from index.errors import SettingsError

TOKEN = "ONRECORD_MILVUS_TOKEN"  # noqa: S105 - the name of a variable
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KEYS = {"postgres", "milvus", "name", "dense_only", "rows_at_once", "timeout_seconds"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """Where an archive's servers are.

    Attributes:
        postgres: the address of a database, as libpq takes it; passwords are better in libpq's
            own `~/.pgpass` or `PGPASSWORD`.
        milvus: the address of Milvus, like `http://127.0.0.1:19530`; a token is taken from the
            variable `ONRECORD_MILVUS_TOKEN`.
        name: of the archive: PostgreSQL's schema and Milvus's collections are called so.
        dense_only: do without words in Milvus, for a server before 2.4.
        rows_at_once: so many passages are written to Milvus in one go.
        timeout_seconds: after so long without an answer a server counts as gone.
    """

    postgres: str
    milvus: str
    name: str
    dense_only: bool = False
    rows_at_once: int = 500
    timeout_seconds: float = 30.0

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises: SettingsError: the file cannot be read, or says something that cannot be."""
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path} cannot be read: {error}") from error
        unknown = sorted(given.keys() - _KEYS)
        if unknown:
            raise SettingsError(f"{path} has {unknown[0]!r}, which is none of {sorted(_KEYS)}")
        for key in ("postgres", "milvus", "name"):
            if not isinstance(given.get(key), str) or not given[key]:
                raise SettingsError(f'{path} needs {key} = "…"; see docs/cluster.md')
        if not _NAME.fullmatch(given["name"]):
            raise SettingsError(
                f"{path}: name = {given['name']!r} must be of small letters, digits and _, "
                "begin with a letter, and be at most 40 long"
            )
        settings = cls(**given)
        is_right = (
            isinstance(settings.dense_only, bool)
            and isinstance(settings.rows_at_once, int)
            and isinstance(settings.timeout_seconds, int | float)
            and settings.rows_at_once > 0
            and settings.timeout_seconds > 0
        )
        if not is_right:
            raise SettingsError(
                f"{path}: dense_only is true or false, rows_at_once and timeout_seconds are "
                "numbers above 0"
            )
        return settings

    @property
    def token(self) -> str:
        return os.environ.get(TOKEN, "")
