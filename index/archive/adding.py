"""What changes an archive: adding, removing, encoding anew. One process at a time may."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from index.archive.opened import Opened
from index.datatypes import (
    AddReport,
    Cancelled,
    Document,
    Failure,
    Filters,
    Outcome,
    Progress,
    Renamed,
    Silent,
)
from index.errors import InvalidInput
from index.intake import encoding, ingest, sync, uploads
from index.intake.naming import Names
from index.models.encoder import Encoder, SentenceTransformerEncoder
from index.read import find_files, read_all
from index.read.source import shown
from index.storage.files import FileStat
from index.workers import Read


class Adding(Opened):
    """An open archive that takes in articles, and lets go of them."""

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
            InvalidInput: `paths` is one path, and not a list of them.
            EncoderMismatch: the archive's vectors come from another encoder.
            ArchiveLocked: another process is writing.
            ArchiveFull: the disk is full. What was committed is safe.
        """
        if isinstance(paths, str | os.PathLike):
            raise InvalidInput(f"add takes a list of paths: [{os.fspath(paths)!r}]")
        given = [os.fspath(path) for path in paths]
        found = find_files(given, include=include, exclude=exclude)
        files = [
            *uploads.own_among(self.folder, given),
            *(one for one in found if not uploads.is_own(self.folder, one)),
        ]
        progress = progress or Silent()
        progress.files(len(files))
        stats = {file: sync.stat_of(file) for file in files if isinstance(file, Path)}
        vanished = sync.vanished(self._store(), given)
        # What came from a file that is gone may be in another as well, and stays with that.
        doubtful = set(sync.strayed(self._store()) if vanished else ())
        sure = {} if reread else {one: stats[one] for one in stats if one not in doubtful}
        unchanged = sync.unchanged(self._store(), sure)
        for file in unchanged:
            progress.file_done(shown(file))
        failed = (Path(one.path) for one in files if isinstance(one, Failure))
        stats |= dict.fromkeys(filter(sync.may_be_there, failed))  # closed folders, links
        reading = sync.Reading(stats, progress)
        changed = [one for one in files if one not in unchanged]
        documents = reading.follow((read or read_all)(changed, reading))
        report = self._take_in(documents, reading, stats, is_cancelled)
        vanished = sync.vanished(self._store(), given) if vanished else []
        pruned = 0
        if prune and vanished and not report.interrupted:
            pruned = self.remove(self._store().ids_from(vanished))
        status = self._store().totals(Filters())
        return replace(
            report,
            unchanged=report.unchanged + sum(unchanged.values()),
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
        reading = sync.Reading((), progress or Silent())
        return self._take_in(documents, reading, {}, is_cancelled)

    def _take_in(
        self,
        documents: Iterable[Document | Failure],
        reading: sync.Reading,
        stats: Mapping[Path, FileStat | None],
        is_cancelled: Cancelled,
    ) -> AddReport:
        """Keep what is new of the documents, a batch at a time, and say what became of them.

        Args:
            documents: as they are read.
            reading: knows which files they came from, and whom to tell.
            stats: of those files, by which a change of them shows.
            is_cancelled: asked between documents.
        """
        encoder = self.encoder
        outcomes: Counter[Outcome] = Counter()
        renamed: list[Renamed] = []
        failed: list[Failure] = []
        started = time.perf_counter()
        with self._writing() as store:
            self._check_encoder(encoder)
            names = Names(store)
            fresh = ingest.without_known(documents, names, outcomes, failed, is_cancelled)
            for number, batch in enumerate(ingest.batches(fresh, is_cancelled)):
                if number == 0:
                    started += self.warm_up()
                done = reading.take()
                kept = ingest.commit(batch, store, encoder, names)
                self._backend.follow(store)
                for document, (named, outcome) in zip(batch, kept, strict=True):
                    outcomes[outcome] += 1
                    reading.committed(named.id, outcome)
                    renamed.extend(ingest.renamed(document, named, outcome))
                sync.note(done, stats, store)
            sync.note(reading.take(), stats, store)
            sync.forget_vanished(store)
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
                for file in sync.strayed(store):
                    store.forget_file(str(file))
                if store.drop_orphans():
                    store.database.lexicon.optimize()
            try:
                self._backend.erase(store, documents=len(ids))
            finally:
                uploads.drop(self.folder, paths, store)
        self._backend.settle()
        return len(ids)

    def drop_uploads(self, failed: Iterable[Failure]) -> None:
        """Delete the files of `failed` that lie among the archive's own and gave no document."""
        uploads.drop(self.folder, (Path(one.path) for one in failed), self._store())

    def reencode(self, encoder: Encoder | str | os.PathLike[str] | None = None) -> int:
        """Make all vectors anew with another encoder: all of them, or when stopped none.

        Returns:
            How many texts were encoded.

        Raises:
            ModelNotFound: a folder holds no such model.
            ArchiveLocked: another process is writing.
        """
        if encoder is None or isinstance(encoder, str | os.PathLike):
            encoder = SentenceTransformerEncoder.load(encoder)
        with self._writing() as store:
            numbers = store.content_numbers()
            with store.database.writing():
                store.set_encoder(encoder.identity)
                for number in numbers:
                    headed = encoding.Headed(*store.text(number)[:2])
                    contents = encoding.encode({"": headed}, encoder)
                    store.replace_passages(number, contents[""])
            with self._lock:
                self._given_encoder = self._encoder = encoder
            self._backend.start_anew(store)
        self._backend.settle()
        return len(numbers)
