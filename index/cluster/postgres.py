"""One connection to an archive's tables in PostgreSQL: settings, migrations, transactions, errors.

This is the only module that knows psycopg. Values are put into the SQL by psycopg itself, so that
one SQL serves both databases, and the server need not guess the type of what is `?` alone.
"""

import contextlib
import datetime as dt
import functools
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql as names
from psycopg.adapt import Buffer
from psycopg.types.string import StrDumper, TextLoader

from index.cluster.schema import MIGRATIONS, NEWEST
from index.cluster.settings import ClusterSettings
from index.errors import (
    ArchiveBusy,
    ArchiveError,
    ArchiveFull,
    ArchiveLocked,
    ArchiveReadOnly,
    UnsupportedArchive,
)
from index.storage.protocol import Row, TermRow

_OLDEST = 140_000
_PAUSE_SECONDS = 0.1
_TERMS_AT_ONCE = 1_000
_STATEMENT_SECONDS = 300
_IN_TRANSACTION = (
    psycopg.pq.TransactionStatus.ACTIVE,
    psycopg.pq.TransactionStatus.INTRANS,
    psycopg.pq.TransactionStatus.INERROR,
)

_ESCAPED = {"\x00": "\x1a0", "\x1a": "\x1a1"}
"""A text may hold NUL, which PostgreSQL's may not."""


class Postgres:
    """The tables of one archive, in a schema of its name."""

    def __init__(self, settings: ClusterSettings) -> None:
        self._settings = settings
        self._changed = 0
        self.lexicon = Vocabulary(self)
        self._connection = self._connect()

    @property
    def address(self) -> str:
        return f"{_without_password(self._settings.postgres)}, schema {self._settings.name}"

    def _connect(self) -> psycopg.Connection[Row]:
        seconds = max(2, round(self._settings.timeout_seconds))
        with self._translated():
            connection = psycopg.connect(
                self._settings.postgres,
                autocommit=True,
                cursor_factory=psycopg.ClientCursor,
                connect_timeout=seconds,
                keepalives_idle=seconds,
                tcp_user_timeout=1000 * seconds,
                application_name="onrecord",
                client_encoding="utf-8",
            )
            try:
                if connection.info.server_version < _OLDEST:
                    raise UnsupportedArchive(
                        f"PostgreSQL {connection.info.server_version // 10_000} at {self.address} "
                        "is older than 14, the oldest that is served"
                    )
                connection.adapters.register_dumper(str, _NulDumper)
                connection.adapters.register_loader("text", _NulLoader)
                schema = names.Identifier(self._settings.name)
                connection.execute(names.SQL("SET search_path TO {}").format(schema))
                connection.execute(f"SET statement_timeout TO '{_STATEMENT_SECONDS}s'")
            except BaseException:
                connection.close()
                raise
        return connection

    def close(self) -> None:
        self._connection.close()

    def execute(self, sql: str, bindings: tuple[object, ...] | dict[str, object] = ()) -> list[Row]:
        for is_again in (False, True):
            with self._translated(), self._reconnecting(is_wanted=not is_again):
                return self._execute(sql, bindings)
        raise AssertionError

    def _execute(self, sql: str, bindings: tuple[object, ...] | dict[str, object]) -> list[Row]:
        cursor = self._connection.execute(
            _in_psycopg(sql, is_named=isinstance(bindings, dict)).encode(), bindings or None
        )
        while cursor.nextset():  # the last statement's result is given
            pass
        self._changed = cursor.rowcount
        return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def _reconnecting(self, *, is_wanted: bool) -> Iterator[None]:
        """Outside of a transaction, a server that was started anew is spoken to once more."""
        was_idle = not self._is_in_transaction
        try:
            yield
        except psycopg.OperationalError:
            if not is_wanted or not was_idle or not self._connection.closed:
                raise
            self._connection = self._connect()

    def stream(self, sql: str, bindings: tuple[object, ...] = ()) -> Iterator[Row]:
        yield from self.execute(sql, bindings)

    def insert(self, sql: str, bindings: tuple[object, ...]) -> int:
        # In one message: over a network each takes a while to come back.
        return int(self.execute(f"{sql}; SELECT lastval()", bindings)[0][0])

    def changes(self) -> int:
        return self._changed

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        self.execute("BEGIN")
        try:
            yield
            self.execute("UPDATE state SET change = change + 1")
            self.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        if self._is_in_transaction:
            yield
            return
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self._roll_back()

    @property
    def _is_in_transaction(self) -> bool:
        return self._connection.info.transaction_status in _IN_TRANSACTION

    def _roll_back(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.rollback()

    @contextlib.contextmanager
    def locked(self, *, timeout_seconds: float) -> Iterator[None]:
        """Hold the right to write; the server frees it when the connection ends."""
        lock = f"onrecord {self._settings.name}"
        deadline = time.monotonic() + timeout_seconds
        while not self.execute("SELECT pg_try_advisory_lock(hashtextextended(?, 0))", (lock,))[0][
            0
        ]:
            if time.monotonic() >= deadline:
                raise ArchiveLocked(
                    f"{self.address} is locked by another process, which is writing to it; "
                    "wait until it is done, then run this again"
                )
            time.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            with contextlib.suppress(psycopg.Error):
                self._connection.execute(
                    "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (lock,)
                )

    def exists(self) -> bool:
        """Whether there are tables of this name."""
        rows = self.execute(
            "SELECT 1 FROM information_schema.tables"
            " WHERE table_schema = ? AND table_name = 'migrations'",
            (self._settings.name,),
        )
        return bool(rows)

    def create(self) -> None:
        """Make the schema, with tables of the newest form."""
        with self._translated():
            schema = names.Identifier(self._settings.name)
            self._connection.execute(names.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        self.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"
        )
        self.migrate()

    def migrate(self) -> None:
        """Bring the tables to the newest form, each step in one transaction with its record."""
        version = self._version()
        if version > NEWEST:
            raise UnsupportedArchive(
                f"{self.address} has tables of version {version}, this program knows {NEWEST}; "
                "run: pip install --upgrade onrecord"
            )
        for migration in MIGRATIONS[version:]:
            self.execute("BEGIN")
            try:
                self.execute("LOCK TABLE migrations")
                if self._version() < migration.number:
                    self.execute(migration.script)
                    self.execute(
                        "INSERT INTO migrations VALUES (?, ?, ?)",
                        (
                            migration.number,
                            migration.name,
                            dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                        ),
                    )
                self.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _version(self) -> int:
        return int(self.execute("SELECT coalesce(max(number), 0) FROM migrations")[0][0])

    def damage(self) -> Iterator[str]:
        """The server checks its own files, where its owner has checksums switched on."""
        yield from ()

    def lost_parents(self) -> Iterator[str]:
        """The server keeps foreign keys at all times."""
        yield from ()

    def vacuum(self) -> None:
        """Give back the room of what was erased, so that it is written over."""
        self.execute("VACUUM")

    def size_bytes(self) -> int:
        rows = self.execute(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = ? AND c.relkind = 'r'",
            (self._settings.name,),
        )
        return int(rows[0][0])

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn each of psycopg's exceptions into the one of ours that says what to do."""
        try:
            yield
        except (psycopg.errors.DiskFull, psycopg.errors.OutOfMemory) as error:
            raise ArchiveFull(
                f"no space left at {self.address}; free some, then run it again"
            ) from error
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.ReadOnlySqlTransaction,
            psycopg.errors.InvalidAuthorizationSpecification,
        ) as error:
            raise ArchiveReadOnly(
                f"{self.address} cannot be opened or written ({_line(error)}); "
                "check the user's rights"
            ) from error
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as error:
            raise ArchiveBusy(
                f"{self.address} has not answered for {_STATEMENT_SECONDS} s; try again in a moment"
            ) from error
        except psycopg.errors.UndefinedTable as error:
            raise UnsupportedArchive(
                f"{self.address} lacks tables ({_line(error)}); name another in cluster.toml"
            ) from error
        except psycopg.OperationalError as error:
            raise ArchiveError(
                f"PostgreSQL at {self.address} does not answer ({_line(error)}); check that it "
                "is running, then run this again: what was acknowledged is safe"
            ) from error
        except psycopg.Error as error:
            raise ArchiveError(f"{self.address}: PostgreSQL says {_line(error)}") from error


class Vocabulary:
    """A `Lexicon` that counts terms; Milvus knows where they stand."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def put(self, rows: Iterable[TermRow]) -> None:
        self._count(_counted(rows), sign=1)

    def take_out(self, rows: Iterable[TermRow]) -> None:
        counts = _counted(rows)
        self._count(counts, sign=-1)
        for some in _parts(list(counts)):
            self._database.execute(
                f"DELETE FROM vocabulary WHERE cnt <= 0 AND term IN ({_marks(some)})", tuple(some)
            )

    def _count(self, counts: Counter[str], *, sign: int) -> None:
        for some in _parts(sorted(counts)):
            values = [value for term in some for value in (term, sign * counts[term])]
            self._database.execute(
                f"INSERT INTO vocabulary VALUES {', '.join(['(?, ?)'] * len(some))}"
                " ON CONFLICT (term) DO UPDATE SET cnt = vocabulary.cnt + excluded.cnt",
                tuple(values),
            )

    def clear(self) -> None:
        self._database.execute("DELETE FROM vocabulary")

    def optimize(self) -> None:
        """What was taken out leaves nothing here but room, which `vacuum` gives back."""

    def is_made_of(self, rows: Iterable[TermRow]) -> bool:
        return dict(_counted(rows)) == dict(
            self._database.execute("SELECT term, cnt FROM vocabulary")
        )

    def occurrences(self, terms: Sequence[str]) -> dict[str, int]:
        if not terms:
            return {}
        rows = self._database.execute(
            f"SELECT term, cnt FROM vocabulary WHERE term IN ({_marks(terms)})", tuple(terms)
        )
        return dict(rows)

    def beginning(self, letters: Sequence[str]) -> Iterator[str]:
        for letter in letters:
            for (term,) in self._database.execute(
                "SELECT term FROM vocabulary WHERE term >= ? AND term < ?",
                (letter, chr(ord(letter) + 1)),
            ):
                yield term


class _NulDumper(StrDumper):
    def dump(self, obj: str) -> Buffer | None:
        if "\x00" in obj or "\x1a" in obj:
            obj = re.sub("[\x00\x1a]", lambda found: _ESCAPED[found.group()], obj)
        return super().dump(obj)


class _NulLoader(TextLoader):
    def load(self, data: Buffer) -> bytes | str:
        text = super().load(data)
        if isinstance(text, str) and "\x1a" in text:
            return text.replace("\x1a0", "\x00").replace("\x1a1", "\x1a")
        return text


@functools.lru_cache(maxsize=1_000)
def _in_psycopg(sql: str, *, is_named: bool) -> str:
    """Our marks for values as psycopg's."""
    sql = sql.replace("%", "%%") if "?" in sql or is_named else sql
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", sql) if is_named else sql.replace("?", "%s")


def _counted(rows: Iterable[TermRow]) -> Counter[str]:
    return Counter(
        term for row in rows for stored in (row.headline, row.text) for term in stored.split()
    )


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _TERMS_AT_ONCE):
        yield values[start : start + _TERMS_AT_ONCE]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _without_password(address: str) -> str:
    """The address as it may be shown."""
    address = re.sub(r"(//[^/@:]*):[^@/]*@", r"\1@", address)
    return re.sub(r"password=\S+", "password=…", address)
