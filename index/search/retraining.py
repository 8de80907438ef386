"""A new vector index, made in the background when an archive has outgrown the one it has.

Whoever searches goes on with the old one. The lock of the writer is held to write the new one out,
not while it is made; when another process holds it for long, that process makes its own.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from index.errors import ArchiveError, ArchiveLocked
from index.models.encoder import EncoderIdentity
from index.search.snapshots import Snapshots, refresh, trained
from index.search.vectors import VectorIndex
from index.storage.store import Store
from index.storage.writer import Writer

_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.1


class Retraining:
    """Makes the index of one archive anew, once at a time.

    Args:
        snapshots: where the index is kept.
        reading: opens the archive for reading, for a thread of its own.
        writing: opens it for writing; raises `ArchiveLocked` when it may not.

    `turn` is held while the new index is written out: who means to write in this process waits.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        *,
        reading: Callable[[], AbstractContextManager[Store]],
        writing: Callable[[], AbstractContextManager[Writer]],
    ) -> None:
        self._snapshots = snapshots
        self._reading = reading
        self._writing = writing
        self.turn = threading.RLock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._error: ArchiveError | None = None

    def start_if_due(self, store: Store) -> None:
        """Begin, if the newest snapshot is outgrown and nothing has begun yet."""
        with self._starting:  # threads that search may find it due at the same time
            is_running = self._thread is not None and self._thread.is_alive()
            if is_running or store.encoder() is None or not self._snapshots.is_outgrown(store):
                return
            # Ending the program does not wait for it; `wait` does.
            self._thread = threading.Thread(target=self._run, name="retraining", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until nothing is being made any more.

        Raises:
            ArchiveError: it could not be made, or not be kept.
        """
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        try:
            with self._reading() as store:
                encoder = store.encoder()
                index = trained(store, dimension=encoder.dimension) if encoder else None
            if encoder and index:
                self._keep(index, encoder)
        except ArchiveError as error:
            self._error = error
        except (MemoryError, RuntimeError) as error:  # FAISS raises either where memory runs out
            reason = str(error) or type(error).__name__
            self._error = ArchiveError(
                f"a vector index cannot be made ({reason}); the documents are safe, and are "
                "searched without it, more slowly; with more free memory, run: "
                "onrecord verify --repair"
            )
            self._error.__cause__ = error

    def _keep(self, index: VectorIndex, encoder: EncoderIdentity) -> None:
        """Write the index out as soon as nobody else writes; after a minute leave it be."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with self.turn, self._writing() as store:
                    if store.encoder() == encoder:  # else it was encoded anew meanwhile
                        refresh(index, store)
                        self._snapshots.save(store, index, encoder_sha256=encoder.sha256)
                    return
            except ArchiveLocked:
                if time.monotonic() > deadline:
                    return
            time.sleep(_PAUSE_SECONDS)
