"""Archive: the user's collection on disk. Opens, adds, removes, verifies, searches.

One process writes at a time; any number read, and are never locked out. SQLite is the truth;
the FAISS index is derived from it and follows it.
"""

import datetime as dt
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from index import ingest, verify
from index.backend import Backend
from index.datatypes import (
    AddReport,
    Cancelled,
    Document,
    Failure,
    Filters,
    Mark,
    Outcome,
    Progress,
    Renamed,
    SearchResult,
    Sentence,
    Silent,
    Status,
    Verdict,
    VerifyReport,
)
from index.embedded import Embedded
from index.errors import (
    ArchiveClosed,
    ArchiveDamaged,
    ArchiveError,
    ArchiveReadOnly,
    EncoderMismatch,
    InvalidInput,
    NoArchive,
    NoDocument,
    SettingsError,
)
from index.folders import SERVERS, folder_named
from index.models.encoder import Encoder, SentenceTransformerEncoder, languages_of
from index.naming import Names
from index.read import find_files, read_all
from index.read.source import is_there, shown
from index.search import spelling
from index.search.retriever import Retriever
from index.storage import marks
from index.storage.protocol import Tables
from index.storage.store import FileStat, Store
from index.storage.writer import Writer
from index.sync import Reading, forget_vanished, may_be_there, note, stat_of, strayed
from index.text.sentences import sentences_in
from index.workers import Read

_MARKING_SECONDS = 2.0
UPLOADS = "uploads"
"""The folder within an archive's that takes files from the web page; these are articles."""


class Archive:
    """An archive in a folder. Made by `Archive.open`; threads may share it for reading."""

    def __init__(self, folder: Path, encoder: Encoder | Path | None) -> None:
        self.folder = folder
        self._backend = _backend_of(folder)
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
    ) -> "Archive":
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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

    # Writing

    def add(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        prune: bool = False,
        reread: bool = False,
        read: Read | None = None,
        progress: Progress | None = None,
        is_cancelled: Cancelled = bool,
    ) -> AddReport:
        """Take in the articles of files and folders; what is unchanged costs next to nothing.

        Each document is safe once `progress.committed` has been told of it. When it is stopped,
        by `is_cancelled` or by force, the next run goes on where this one was.

        Args:
            paths: files and folders.
            include: patterns like `*.html`, or names of folders; of a folder only what fits one
                is taken, or lies in a folder that does.
            exclude: patterns of what is left out of a folder.
            prune: remove the documents of files that have vanished from the folders.
            reread: read files again that have not changed since they were read.
            read: what reads the files, if not processes of this machine.
            progress: told how far it is.
            is_cancelled: asked between documents.

        Raises:
            ArchiveLocked: another process is writing.
            ArchiveFull: the disk is full. What was committed is safe.
        """
        if isinstance(paths, str | os.PathLike):
            raise InvalidInput(f"add takes a list of paths: [{os.fspath(paths)!r}]")
        given = [os.fspath(path) for path in paths]
        found = find_files(given, include=include, exclude=exclude)
        files = [*self._own_among(given), *(one for one in found if not self._is_own(one))]
        progress = progress or Silent()
        progress.files(len(files))
        stats = {file: stat_of(file) for file in files if isinstance(file, Path)}
        failed = (Path(one.path) for one in files if isinstance(one, Failure))
        stats |= dict.fromkeys(filter(may_be_there, failed))  # closed folders, links
        vanished = self._vanished(given)
        # What came from a file that is gone may be in another as well, and stays with that.
        doubtful = set(strayed(self._store()) if vanished else ())
        changed: list[Path | Failure] = []
        unchanged = 0
        for file in files:
            known = None
            if isinstance(file, Path) and not reread and file not in doubtful:
                stat = stats[file]
                known = None if stat is None else self._store().read_file(file, stat)
            if isinstance(file, Failure) or known is None:
                changed.append(file)
            else:
                unchanged += known
                progress.file_done(shown(file))
        reading = Reading(stats, progress)
        report = self._take_in(
            reading.follow((read or read_all)(changed, reading)), reading, stats, is_cancelled
        )
        vanished = self._vanished(given) if vanished else []
        pruned = 0
        if prune and vanished and not report.interrupted:
            pruned = self.remove(self._store().ids_from(vanished))
        status = self._store().totals(Filters())
        return replace(
            report,
            unchanged=report.unchanged + unchanged,
            vanished=tuple(vanished),
            pruned=pruned,
            documents=status.documents,
            sentences=status.sentences,
        )

    def add_documents(
        self,
        documents: Iterable[Document | Failure],
        *,
        progress: Progress | None = None,
        is_cancelled: Cancelled = bool,
    ) -> AddReport:
        """Take in documents that are already read. As `add`, otherwise."""
        reading = Reading((), progress or Silent())
        return self._take_in(documents, reading, {}, is_cancelled)

    def _take_in(
        self,
        documents: Iterable[Document | Failure],
        reading: Reading,
        stats: Mapping[Path, FileStat | None],
        is_cancelled: Cancelled,
    ) -> AddReport:
        encoder = self.encoder
        outcomes: Counter[Outcome] = Counter()
        renamed: list[Renamed] = []
        failed: list[Failure] = []
        started = time.perf_counter()
        with self._writing() as store:
            self._check_encoder(encoder)
            names = Names(store)
            fresh = ingest.without_known(documents, names, outcomes, failed, is_cancelled)
            for batch in ingest.batches(fresh, is_cancelled):
                done = reading.take()
                kept = ingest.commit(batch, store, encoder, names)
                self._backend.follow(store)
                for document, (named, outcome) in zip(batch, kept, strict=True):
                    outcomes[outcome] += 1
                    reading.committed(named.id, outcome)
                    renamed.extend(ingest.renamed(document, named, outcome))
                note(done, stats, store)
            note(reading.take(), stats, store)
            forget_vanished(store)
            self._backend.keep(store)
            totals = store.totals(Filters())
        self._backend.settle()
        return AddReport(
            added=outcomes[Outcome.ADDED],
            updated=outcomes[Outcome.UPDATED],
            unchanged=outcomes[Outcome.UNCHANGED],
            duplicates=outcomes[Outcome.DUPLICATE],
            failed=tuple(failed),
            documents=totals.documents,
            sentences=totals.sentences,
            seconds=time.perf_counter() - started,
            interrupted=is_cancelled(),
            renamed=tuple(renamed),
        )

    def _vanished(self, paths: Iterable[str]) -> list[str]:
        """Files of the folders among `paths` that are gone, while their documents are not."""
        store = self._store()
        return [
            path
            for folder in map(_absolute, paths)
            if os.path.isdir(folder)  # noqa: PTH112 - false where nobody lets us look
            for path in store.paths_under(shown(folder) + os.sep)
            if not is_there(Path(path))
        ]

    def failures(self) -> list[Failure]:
        """What could not be read the last time that it was tried, and why."""
        store = self._store()
        with store.reading():
            return store.failures()

    def versions(self, document_id: str) -> list[Document]:
        """What a document was before it was updated, the oldest first; cited by ids of their own.

        Raises:
            NoDocument: there is none of that id.
        """
        store = self._store()
        with store.reading():
            store.content_of(document_id)
            return [store.document(one) for one in store.version_ids(document_id)]

    def remove(self, document_ids: Sequence[str]) -> int:
        """Erase documents: text, terms, vectors, free pages, old snapshots; all or none of them.

        Files that they came from are left alone, but for those that the page took in.

        Returns:
            How many documents were removed.

        Raises:
            NoDocument: one of the ids is not in the archive; nothing was removed.
            ArchiveError: all were removed, but something that still holds their text was not.
        """
        ids = dict.fromkeys(document_ids)
        with self._writing() as store:
            with store.database.writing():
                paths = {Path(store.path_of(document_id)) for document_id in ids}
                for document_id in ids:
                    store.remove(document_id)
                for file in strayed(store):
                    store.forget_file(str(file))
                if store.drop_orphans():
                    store.database.lexicon.optimize()
            try:
                self._backend.erase(store, documents=len(ids))
            finally:
                self._drop_uploads(paths, store)
        self._backend.settle()
        return len(ids)

    def drop_uploads(self, failed: Iterable[Failure]) -> None:
        """Delete the files of `failed` that lie among the archive's own and gave no document."""
        self._drop_uploads((Path(failure.path) for failure in failed), self._store())

    def _drop_uploads(self, paths: Iterable[Path], store: Store) -> None:
        """Delete the files that the page took in and no document comes from any more.

        Raises:
            ArchiveError: one cannot be deleted; the others are.
        """
        uploads = Path(os.path.abspath(self.folder)) / UPLOADS
        # Of what lies in a zip file, that is the file.
        files = {
            uploads / path.relative_to(uploads).parts[0]
            for path in paths
            if uploads in path.parents
        }
        left: list[OSError] = []
        for file in files:
            if not store.has_path(shown(file)):
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    left.append(error)
        if left:
            first = left[0]
            raise ArchiveError(
                f"no article comes from {first.filename} any more, but it cannot be deleted "
                f"({first.strerror}); delete it yourself"
            ) from first

    def reencode(self, encoder: Encoder | str | os.PathLike[str] | None = None) -> int:
        """Make all vectors anew with another encoder: all of them, or when stopped none.

        Returns:
            How many texts were encoded.
        """
        if encoder is None or isinstance(encoder, str | os.PathLike):
            encoder = SentenceTransformerEncoder.load(encoder)
        with self._writing() as store:
            numbers = store.content_numbers()
            with store.database.writing():
                store.set_encoder(encoder.identity)
                for number in numbers:
                    headed = ingest.Headed(*store.text(number)[:2])
                    contents = ingest.encode({"": headed}, encoder)
                    store.replace_passages(number, contents[""])
            with self._lock:
                self._given_encoder = self._encoder = encoder
            self._backend.start_anew(store)
        self._backend.settle()
        return len(numbers)

    def verify(self, *, repair: bool = False) -> VerifyReport:
        """Check everything against its checksums; with `repair`, first mend what is derived."""
        if repair:
            with self._writing() as store:
                verify.repair(store)
                self._backend.start_anew(store)
            self._backend.settle(is_waiting=True)
        self._check_open()
        # A connection of its own: FTS5's check trips over what another one remembers.
        database = self._backend.connect()
        try:
            with database.reading():
                return verify.verify(Store(database), self._backend)
        finally:
            database.close()

    # Marks

    def mark(
        self,
        verdict: Verdict,
        *,
        question: str,
        document_id: str,
        start: int,
        end: int,
        answer: str,
        who: str = "",
    ) -> Mark:
        """Keep that an answer is right, or wrong; a user's later verdict replaces the former.

        Args:
            verdict: what the user says.
            question: what was asked, as it stands alone.
            document_id: the document or former version that is cited.
            start: where its sentence begins in the text.
            end: where it ends.
            answer: the words of the sentence that were given for the answer.
            who: the user's name, where there are users.

        Raises:
            InvalidInput: there is no such sentence, or the answer is no part of it.
            NoDocument: there is no such document.
            ArchiveLocked: another process has been writing for longer than two seconds.
        """
        document = self.document(document_id)
        mark = Mark(
            number=0,
            question=question,
            document=document_id,
            sha256=document.sha256,
            start=start,
            end=end,
            sentence=document.text[start:end],
            answer=answer,
            verdict=verdict,
            who=who,
            marked_at=dt.datetime.now(dt.UTC).replace(microsecond=0),
        )
        with (
            self._writing(timeout_seconds=_MARKING_SECONDS) as store,
            store.database.writing(),
        ):
            store.path_of(document_id)  # it may have been removed meanwhile
            return marks.put(store.database, mark)

    def marks(self, *, who: str | None = None) -> list[Mark]:
        """The marks of one user, or of all, in the order in which they were made."""
        return marks.listed(self._store().database, who=who)

    def withdraw(self, number: int, *, who: str | None = None) -> None:
        """Forget a mark; with `who`, only if it is that user's.

        Raises:
            NoMark: there is none of that number.
        """
        with (
            self._writing(timeout_seconds=_MARKING_SECONDS) as store,
            store.database.writing(),
        ):
            marks.withdraw(store.database, number, who=who)

    # Reading

    def search(
        self,
        query: str,
        *,
        top_k: int = 10,
        filters: Filters | None = None,
        spread: bool = False,
    ) -> SearchResult:
        """The passages that fit a query best; a `"quoted phrase"` must be there word for word.

        Args:
            query: words, phrases, or a question.
            top_k: at most this many passages.
            filters: which documents to search.
            spread: put the best passage of each document before the second of any.

        Raises:
            InvalidInput: `top_k` is below 1.
        """
        if top_k < 1:
            raise InvalidInput(f"top_k must be at least 1, got {top_k}")
        store = self._store()
        encoder = self._loaded_encoder()
        with store.reading():
            self._check_encoder(encoder)
            finder = self._backend.finder(store, lambda: encoder.identity)
            retriever = Retriever(store, finder, encoder)
            return retriever.search(query, top_k=top_k, filters=filters or Filters(), spread=spread)

    def document(self, document_id: str) -> Document:
        """Raises: NoDocument; ArchiveDamaged when it is not what was added."""
        store = self._store()
        with store.reading():
            return store.document(document_id)

    def documents(
        self,
        *,
        versions: bool = False,
        damaged: Callable[[ArchiveDamaged], object] | None = None,
    ) -> Iterator[Document]:
        """All documents, in the order in which they came.

        Those that are removed meanwhile are left out.

        Args:
            versions: let the former versions follow.
            damaged: told of each that is not what was added, which is then left out.

        Raises:
            ArchiveDamaged: one is not what was added, and `damaged` is not there to be told.
        """
        store = self._store()
        for document_id in (*store.document_ids(), *(store.version_ids() if versions else ())):
            try:
                document = self.document(document_id)
            except NoDocument:
                continue
            except ArchiveDamaged as error:
                if damaged is None:
                    raise
                damaged(error)
                continue
            yield document

    def copies(self, document_id: str) -> tuple[str, ...]:
        """The ids of the documents that tell the same story in nearly the same words.

        Raises:
            NoDocument: there is none of that id.
            ArchiveDamaged: which story it tells is not what was found when it was added.
        """
        store = self._store()
        with store.reading():
            return store.copies(document_id, store.content_of(document_id))

    def sentences(self, document_id: str) -> tuple[Sentence, ...]:
        """The sentences of a document, in order."""
        store = self._store()
        with store.reading():
            content = store.content_of(document_id)
            spans = [span for passage in store.passages_of(content) for span in passage.spans]
            return sentences_in(store.text(content).text, spans, first=0)

    def unknown_words(self, text: str, *, alike: bool = True) -> dict[str, tuple[str, ...]]:
        """The first words of `text` that no article has, each with words spelt alike that some do.

        Args:
            text: a question.
            alike: whether to look for those that are spelt alike, which takes longer.
        """
        store = self._store()
        with store.reading():
            finder = self._backend.finder(store, lambda: self.encoder.identity)
            return spelling.unknown_words(store, finder, text, alike=alike)

    def status(self) -> Status:
        """What is in the archive, and what it was made with. No model is loaded."""
        store = self._store()
        with store.reading():
            totals = store.totals(Filters())
            first, last, undated = store.published_range()
            identity = store.encoder()
            return Status(
                path=str(self.folder),
                exists=True,
                documents=totals.documents,
                texts=totals.texts,
                sentences=totals.sentences,
                passages=store.passage_count(),
                undated=undated,
                first_published=first,
                last_published=last,
                sources=store.sources(),
                encoder=identity.name if identity else None,
                encoder_sha256=identity.sha256 if identity else None,
                dimension=identity.dimension if identity else 0,
                pooling=identity.pooling if identity else None,
                languages=languages_of(identity.sha256) if identity else languages_of(),
                **self._backend.sizes(store)._asdict(),
            )

    def _own_among(self, paths: Iterable[str]) -> list[Failure]:
        """Of the paths that were named themselves, those that `_is_own` passes over."""
        own = Path(os.path.abspath(self.folder))
        reason = "in the archive's own folder nothing is taken for an article; move it elsewhere"
        return [
            Failure(path=shown(path), reason=reason)
            for path in map(_absolute, paths)
            if path == own or (self._is_own(path) and path != own / UPLOADS)
        ]

    def _is_own(self, found: Path | Failure) -> bool:
        """Whether a path lies in the archive's own folder, whose files are no articles."""
        if isinstance(found, Failure):
            return False
        own = Path(os.path.abspath(self.folder))
        return own in found.parents and own / UPLOADS not in found.parents


def _absolute(path: str) -> Path:
    """A path as it was named, `~` written out where it names a user."""
    try:
        return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH111 - Path's may raise
    except (OSError, ValueError):  # the folder that it starts from is gone, or it is no path
        return Path(path)


def _backend_of(folder: Path) -> Backend:
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


def status_of(path: str | os.PathLike[str] | None = None) -> Status:
    """The status of the archive at `path`: zeros when there is none, which it does not make."""
    folder = folder_named(path)
    if not _backend_of(folder).exists():
        return Status(path=str(folder), exists=False, languages=languages_of())
    with Archive.open(folder, create=False) as archive:
        return archive.status()
