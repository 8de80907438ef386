"""An archive as it is open: what keeps it, a connection for each thread, its encoder.

`adding`, `marking` and `archive` build on it. Whatever is asked after it was closed is refused.
"""

import os
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from index.backend import Backend
from index.datatypes import Document
from index.embedded import Embedded
from index.errors import (
    ArchiveClosed,
    ArchiveReadOnly,
    EncoderMismatch,
    NoArchive,
    SettingsError,
)
from index.folders import SERVERS, folder_named
from index.models.encoder import Encoder, SentenceTransformerEncoder
from index.storage.protocol import Tables
from index.storage.store import Store
from index.storage.writer import Writer


class Opened:
    """What an archive in a folder has open. Threads may share it."""

    def __init__(self, folder: Path, encoder: Encoder | Path | None) -> None:
        self.folder = folder
        self._backend = backend_of(folder)
        self._given_encoder = encoder
        self._encoder: Encoder | None = None
        self._lock = threading.RLock()
        self._readers = threading.local()
        self._opened: dict[threading.Thread, Tables] = {}
        self._is_closed = False

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        create: bool = True,
        encoder: Encoder | str | os.PathLike[str] | None = None,
    ) -> Self:
        """The archive in the folder `path`, which is made when it is not there.

        Args:
            path: a folder; the default is the platform's folder for a user's data.
            create: make the archive when there is none.
            encoder: an encoder, or the folder of a sentence-transformers model; the default is
                the packaged one. It is loaded when it is first needed.

        Raises:
            NoArchive: there is none, and none was to be made.
            EncoderMismatch: the archive was made with another encoder than the one given.
            UnsupportedArchive: the folder's file is of a newer version, or is no archive.
            ArchiveReadOnly: the folder may not be opened, or it cannot be made.
            SettingsError: its `cluster.toml` cannot be used.
        """
        folder = folder_named(path)
        if isinstance(encoder, str | os.PathLike):
            encoder = Path(encoder)
        archive = cls(folder, encoder)
        if not archive._backend.exists():
            if not create:
                raise NoArchive(f"no archive in {folder}; make one with: onrecord add PATH")
            archive._backend.create()
        try:
            archive._store()
            if encoder is not None:
                archive.encoder  # noqa: B018 - one that does not fit is refused at once
        except BaseException:
            archive.close()
            raise
        return archive

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive's files, in all threads, when no vector index is being made any more.

        Whatever is asked of it afterwards is refused.

        Raises:
            ArchiveError: the vector index that was being made cannot be made, or not be kept.
        """
        try:
            self._release()
        finally:
            self._is_closed = True

    def _release(self) -> None:
        """Let go of the files."""
        try:
            self._backend.close()
        finally:
            with self._lock:
                for database in self._opened.values():
                    database.close()
                self._opened.clear()
                self._readers = threading.local()

    # Parts

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded now if it is not yet.

        Raises:
            EncoderMismatch: the archive's vectors come from another one.
        """
        with self._lock:
            encoder = self._loaded_encoder()
            self._check_encoder(encoder)
            return encoder

    def _loaded_encoder(self) -> Encoder:
        with self._lock:
            if self._encoder is None:
                given = self._given_encoder
                if given is None or isinstance(given, Path):
                    given = SentenceTransformerEncoder.load(given)
                self._encoder = given
            return self._encoder

    def warm_up(self) -> float:
        """Load the encoder's model now, which is else loaded with its first text.

        Returns:
            How many seconds it took: next to none where it was loaded.

        Raises:
            EncoderMismatch: the archive's vectors come from another one.
            ModelNotFound: it cannot be loaded.
        """
        encoder = self.encoder
        started = time.perf_counter()
        encoder.encode_question("Is it warm?")
        return time.perf_counter() - started

    def _check_encoder(self, encoder: Encoder) -> None:
        stored = self._store().encoder()
        if stored is not None and stored != encoder.identity:
            used = encoder.identity
            raise EncoderMismatch(
                f"{self.folder} was made with the encoder {stored.name} ({stored.sha256[:12]}), "
                f"not with {used.name} ({used.sha256[:12]}); to encode it again with that one: "
                f"onrecord reencode --archive {self.folder}"
            )

    def _store(self) -> Store:
        """This thread's connection for reading."""
        store: Store | None = getattr(self._readers, "store", None)
        if store is None:
            self._check_open()
            database = self._backend.connect()
            with self._lock:
                self._close_those_of_ended_threads()
                self._opened[threading.current_thread()] = database
            store = self._readers.store = Store(database)
        return store

    def _writing(self, *, timeout_seconds: float = 0) -> AbstractContextManager[Writer]:
        """What may write, once no other process does."""
        self._check_open()
        return self._backend.writing(timeout_seconds=timeout_seconds)

    def _check_open(self) -> None:
        if self._is_closed:
            raise ArchiveClosed(f"the archive in {self.folder} was closed; open it again")

    def _close_those_of_ended_threads(self) -> None:
        """A server's threads come and go, and a connection is a file, or one of PostgreSQL's."""
        for thread in [one for one in self._opened if not one.is_alive()]:
            self._opened.pop(thread).close()

    def document(self, document_id: str) -> Document:
        """A document, or a former version of one.

        Raises:
            NoDocument: there is none of that id.
            ArchiveDamaged: it is not what was added.
        """
        store = self._store()
        with store.reading():
            return store.document(document_id)


def backend_of(folder: Path) -> Backend:
    """What keeps the archive of a folder: servers, where a `cluster.toml` names them."""
    file = folder / SERVERS
    try:
        is_on_servers = file.is_file()
    except OSError as error:
        raise ArchiveReadOnly(
            f"{folder} cannot be opened ({error.strerror}); name another with --archive"
        ) from error
    if not is_on_servers:
        return Embedded(folder)
    try:
        from index.cluster.backend import Cluster
        from index.cluster.settings import ClusterSettings
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{file} names servers, which needs: pip install 'onrecord[cluster]'"
        ) from error
    return Cluster(ClusterSettings.read(file))
