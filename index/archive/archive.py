"""Archive: the user's collection on disk, with all that `adding` and `marking` do to it.

One process writes at a time; any number read, and are never locked out. The tables are the truth,
in SQLite or PostgreSQL; the index of vectors, FAISS's or Milvus's, is derived and follows them.
"""

import os
from collections.abc import Callable, Iterator

from index import verify
from index.archive.adding import Adding
from index.archive.marking import Marking
from index.archive.opened import backend_of
from index.datatypes import (
    Document,
    Failure,
    Filters,
    SearchResult,
    Sentence,
    Status,
    VerifyReport,
)
from index.errors import ArchiveDamaged, InvalidInput, NoDocument
from index.folders import folder_named
from index.models.encoder import languages_of
from index.search import spelling
from index.search.retriever import Retriever
from index.storage.store import Store
from index.text.sentences import sentences_in


class Archive(Adding, Marking):
    """An archive in a folder. Made by `Archive.open`; threads may share it for reading."""

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
            EncoderMismatch: the archive's vectors come from another encoder.
            ArchiveDamaged: a passage or a text is not what was added.
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
        """The ids of the documents that say nearly the same, in nearly the same words.

        Raises:
            NoDocument: there is none of that id.
            ArchiveDamaged: its near-duplicate cluster is not what was found when it was added.
        """
        store = self._store()
        with store.reading():
            return store.copies(document_id, store.content_of(document_id))

    def sentences(self, document_id: str) -> tuple[Sentence, ...]:
        """The sentences of a document, in order.

        Raises:
            NoDocument: there is none of that id.
            ArchiveDamaged: its text or a passage is not what was added.
        """
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


def status_of(path: str | os.PathLike[str] | None = None) -> Status:
    """The status of the archive at `path`: zeros when there is none, which it does not make."""
    folder = folder_named(path)
    if not backend_of(folder).exists():
        return Status(path=str(folder), exists=False, languages=languages_of())
    with Archive.open(folder, create=False) as archive:
        return archive.status()
