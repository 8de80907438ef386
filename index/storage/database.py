"""One connection to the archive's SQLite file: settings, migrations, transactions, errors.

SQLite is `apsw`'s own: Debian's 3.40 can corrupt a database in WAL mode (fixed in 3.51.3).
This is the only module that knows apsw's exceptions.
"""

import contextlib
import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

import apsw

from index.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveFull,
    ArchiveReadOnly,
    UnsupportedArchive,
)
from index.storage.fts import Fts
from index.storage.protocol import Row
from index.storage.schema import MIGRATIONS, NEWEST

APPLICATION_ID = 0x4F6E5265  # "OnRe"
_OLDEST_SQLITE = (3, 51, 3)
_BUSY_TIMEOUT_MS = 15_000
_BUSY_PAUSE_SECONDS = 0.01

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
)


class Database:
    """A connection to the SQLite file at `path`, which must be there unless it is created."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self.lexicon = Fts(self)
        found = tuple(int(part) for part in apsw.sqlite_lib_version().split(".")[:3])
        if found < _OLDEST_SQLITE:
            raise UnsupportedArchive(
                f"SQLite {apsw.sqlite_lib_version()} is older than 3.51.3, which mends a bug that "
                "corrupts archives; run: pip install --upgrade apsw"
            )
        with translated(path):
            self._connection = _connect(path, create=create)
            try:
                for pragma in _PRAGMAS:
                    self._connection.execute(pragma)
                with self.reading():  # while another process may be making it
                    self._check_identity()
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        with translated(self.path):
            self._connection.close()

    def execute(self, sql: str, bindings: tuple[object, ...] | dict[str, object] = ()) -> list[Row]:
        """Every row of one statement."""
        with translated(self.path):
            return list(self._connection.execute(sql, bindings))

    def stream(self, sql: str, bindings: tuple[object, ...] = ()) -> Iterator[Row]:
        """The rows of one statement, one at a time."""
        with translated(self.path):
            yield from self._connection.execute(sql, bindings)

    def insert(self, sql: str, bindings: tuple[object, ...]) -> int:
        """Run one INSERT and return the row's number."""
        with translated(self.path):
            self._connection.execute(sql, bindings)
            return self._connection.last_insert_rowid()

    def changes(self) -> int:
        """How many rows the last statement changed."""
        return self._connection.changes()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it is kept, or nothing."""
        with translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("UPDATE state SET change = change + 1")
            with translated(self.path):
                self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the archive throughout, whatever is written meanwhile."""
        if self._connection.in_transaction:
            yield
            return
        with translated(self.path):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        """End the transaction, if an error of the disk has not ended it already.

        SQLite ends it even where it then finds that it cannot write or read.
        """
        if self._connection.in_transaction:
            with contextlib.suppress(apsw.Error):
                self._connection.execute("ROLLBACK")

    def migrate(self) -> None:
        """Bring the tables to the newest form, each step in one transaction with its record."""
        version = self._version()
        if version == 0:
            with translated(self.path):
                self._begin_log()
                self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for migration in MIGRATIONS[version:]:
            with translated(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    if self._version() < migration.number:
                        self._apply(migration.number, migration.name, migration.script)
                    self._connection.execute("COMMIT")
                except BaseException:
                    self._roll_back()
                    raise

    def _begin_log(self) -> None:
        """Use a write-ahead log. SQLite does not wait here by itself for others to be done."""
        deadline = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except apsw.BusyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_BUSY_PAUSE_SECONDS)
            else:
                return

    def _apply(self, number: int, name: str, script: str) -> None:
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations "
            "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT"
        )
        self._connection.execute(script)
        self._connection.execute(
            "INSERT INTO migrations VALUES (?, ?, ?)",
            (number, name, dt.datetime.now(dt.UTC).isoformat(timespec="seconds")),
        )
        self._connection.execute(f"PRAGMA user_version = {number}")

    def damage(self) -> Iterator[str]:
        """What is wrong with the file. SQLite says "ok" to most single flipped bits."""
        try:
            missing = self._missing_bytes()
        except OSError as error:
            detail = error.strerror or error
            raise ArchiveError(f"{self.path} cannot be read: {detail}; check the disk") from error
        if missing:
            yield f"it lacks its last {missing} bytes"
        for (message,) in self.execute("PRAGMA integrity_check(20)"):
            if message != "ok":
                yield message

    def lost_parents(self) -> Iterator[str]:
        """The rows that name a row that is not there."""
        for table, row, parent, _ in self.execute("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} has lost its {parent}"

    def _missing_bytes(self) -> int:
        """How many bytes the file is shorter than its own header says; 0 when it is whole.

        SQLite takes what is missing for empty pages. Source: its file format, section 1.3. With a
        write-ahead log that is not empty the pages may still be there.
        """
        log = _log_of(self.path)
        if log.is_file() and log.stat().st_size:
            return 0
        with self.path.open("rb") as file:
            header = file.read(100)
            size = file.seek(0, os.SEEK_END)
        page_bytes = int.from_bytes(header[16:18], "big")
        pages = int.from_bytes(header[28:32], "big")
        return max(0, pages * (65_536 if page_bytes == 1 else page_bytes) - size)

    def flush_log(self) -> bool:
        """Move the write-ahead log into the file and empty it; false when a reader holds it."""
        with translated(self.path):
            busy, _, _ = next(iter(self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")))
        return not busy

    def _version(self) -> int:
        return int(self.execute("PRAGMA user_version")[0][0])

    def _check_identity(self) -> None:
        application = int(next(iter(self._connection.execute("PRAGMA application_id")))[0])
        version = self._version()
        is_new = (
            version == 0
            and not next(iter(self._connection.execute("SELECT count(*) FROM sqlite_schema")))[0]
        )
        if is_new:
            return
        if application != APPLICATION_ID:
            raise UnsupportedArchive(
                f"{self.path} is not an On Record archive; name another folder"
            )
        if version > NEWEST:
            raise UnsupportedArchive(
                f"{self.path} has tables of version {version}, this program knows {NEWEST}; "
                "run: pip install --upgrade onrecord"
            )


def _connect(path: Path, *, create: bool) -> apsw.Connection:
    writable = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    try:
        connection = apsw.Connection(str(path), flags=writable)
        connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        if create or not path.is_file():
            raise
        _check_no_log(path)
        uri = f"{path.absolute().as_uri()}?immutable=1"
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        return apsw.Connection(uri, flags=flags)
    return connection


def _check_no_log(path: Path) -> None:
    """Raise where a crash may have left documents in the log, which `immutable` passes by."""
    log = _log_of(path)
    try:
        is_empty = not log.stat().st_size
    except FileNotFoundError:
        is_empty = True
    except OSError:
        is_empty = False
    if not is_empty:
        raise ArchiveReadOnly(
            f"{log} may hold documents that a crash kept from {path.name}, and cannot be used as "
            "nothing may be written there; open the archive once where it may be written: "
            f"onrecord verify --archive {path.parent}"
        )


def _log_of(path: Path) -> Path:
    """The write-ahead log that SQLite keeps beside the file at `path`."""
    return path.with_name(f"{path.name}-wal")


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn each of apsw's exceptions into the one of ours that says what to do."""
    try:
        yield
    except apsw.FullError as error:
        raise ArchiveFull(f"no space left for {path}; free some, then run it again") from error
    except (apsw.ReadOnlyError, apsw.PermissionsError, apsw.CantOpenError, apsw.AuthError) as error:
        raise ArchiveReadOnly(
            f"{path} cannot be opened or written ({error}); check the folder's permissions"
        ) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise ArchiveBusy(
            f"{path} has been busy for {_BUSY_TIMEOUT_MS // 1000} s; try again in a moment"
        ) from error
    except apsw.NotADBError as error:
        raise UnsupportedArchive(
            f"{path} is not an On Record archive; name another folder"
        ) from error
    except (apsw.CorruptError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise ArchiveDamaged(f"{path} is damaged ({said}); run: onrecord verify") from error
    except apsw.IOError as error:
        raise ArchiveError(f"{path} cannot be read or written: {error}; check the disk") from error
    except apsw.Error as error:
        said = " ".join(str(error).split())
        raise ArchiveError(f"{path}: SQLite says {said}; run: onrecord verify") from error


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a loss of power, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
