"""What the archive keeps, read: documents, passages, vectors, terms.

Everything that is shown is checked when it is read: the text by its SHA-256, what a citation
says by its fingerprint and checksum, spans and vectors by a checksum.
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from index.datatypes import MADE_FROM, Document, Failure, Filters, Span, sha256_of
from index.errors import ArchiveDamaged, NoDocument, TextDamaged
from index.models.encoder import EncoderIdentity, Vector
from index.storage.protocol import Row, Tables, TermRow
from index.text.analysis import document_terms

Ids = npt.NDArray[np.int64]

FLOAT_BYTES = 4
"""Of each number of a vector."""

_REMEMBERED = 16
_AT_ONCE = 500
_MANY = 10
"""A filter admits many when that is more than one text of so many."""

_PASSAGE_COLUMNS = "passage, content, first_sentence, spans, vector, sentence_vectors, checksum"
_DOCUMENT_COLUMNS = (
    "d.id, d.title, d.source, d.url, d.published, d.authors, d.path, d.line, d.details,"
    " d.fingerprint, d.checksum"
)

_VERSION_COLUMNS = (
    ", ".join(
        f"record ->> '{name}'"
        for name in ("id", "title", "source", "url", "published", "authors", "path")
    )
    + ", CAST(record ->> 'line' AS integer), record ->> 'details', fingerprint, checksum"
)


class FileStat(NamedTuple):
    """What tells whether a file has changed since it was read."""

    size: int
    modified_ns: int


class StoredText(NamedTuple):
    """A text under its headline, which has been checked against its SHA-256."""

    headline: str
    text: str
    sha256: str


class Namesake(NamedTuple):
    """What tells whether a document that has an id, or one made from it, is an article."""

    id: str
    given_id: str
    path: str
    url: str
    canonical_url: str
    sha256: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassage:
    """A passage as it is kept. `sentence_vectors`: `(sentences, dim)` float32, unit norm."""

    id: int
    content: int
    first_sentence: int
    spans: tuple[Span, ...]
    vector: Vector
    sentence_vectors: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One FAISS file, as the archive remembers it."""

    generation: int
    file: str
    sha256: str
    passages: int
    last_passage: int
    encoder_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    documents: int
    texts: int
    sentences: int
    undated: int


class Store:
    """Reads the tables of one archive, through one connection. `writer` writes them."""

    def __init__(self, database: Tables) -> None:
        self.database = database
        self._counted: dict[Filters, Totals] = {}
        self._counted_at = -1
        self._is_reading = False
        self._state: Row | None = None
        """The change and the encoder, which stay the same as long as one state is seen."""

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the archive throughout, whatever is written meanwhile."""
        if self._is_reading:
            yield
            return
        with self.database.reading():
            self._is_reading = True
            try:
                yield
            finally:
                self._is_reading, self._state = False, None

    def _state_now(self) -> Row:
        if self._state is not None:
            return self._state
        (state,) = self.database.execute(
            "SELECT change, name, sha256, dimension, pooling FROM state LEFT JOIN encoder ON TRUE"
        )
        if self._is_reading:
            self._state = state
        return state

    def change(self) -> int:
        """A number that grows with every transaction."""
        return int(self._state_now()[0])

    def encoder(self) -> EncoderIdentity | None:
        """The encoder that the archive's vectors come from; none before the first document."""
        _, name, sha256, dimension, pooling = self._state_now()
        if name is None:
            return None
        return EncoderIdentity(name=name, sha256=sha256, dimension=dimension, pooling=pooling)

    def terms_are_whole(self) -> bool:
        """Whether the lexical index holds exactly what the texts make: each term in its place."""
        rows = (row for content in self.content_numbers() for row in self.term_rows(content))
        return self.database.lexicon.is_made_of(rows)

    def term_rows(self, content: int) -> list[TermRow]:
        """What the lexicon was given for each passage of a content."""
        ((headline, text),) = self.database.execute(
            "SELECT headline, text FROM contents WHERE content = ?", (content,)
        )
        headline = document_terms(headline)
        rows = []
        for passage, spans in self.database.execute(
            "SELECT passage, spans FROM passages WHERE content = ?", (content,)
        ):
            if not spans or len(spans) % 8:  # damaged: `verify` says so
                continue
            places = np.frombuffer(spans, dtype="<i4")
            read = document_terms(text[int(places[0]) : int(places[-1])])
            rows.append(TermRow(passage, headline, read))
        return rows

    def snapshots(self) -> list[Snapshot]:
        """Newest first."""
        rows = self.database.execute(
            "SELECT generation, file, sha256, passages, last_passage, encoder_sha256"
            " FROM snapshots ORDER BY generation DESC"
        )
        names = ("generation", "file", "sha256", "passages", "last_passage", "encoder_sha256")
        return [Snapshot(**dict(zip(names, row, strict=True))) for row in rows if None not in row]

    def fingerprint(self, document_id: str) -> str | None:
        rows = self.database.execute(
            "SELECT fingerprint FROM documents WHERE id = ?", (document_id,)
        )
        return rows[0][0] if rows else None

    def namesakes(self, given_id: str) -> list[Namesake]:
        """The documents with an id or with one made from it, in the order in which they came."""
        rows = self.database.execute(
            "SELECT d.id, d.path, d.url, d.details, c.sha256, c.signature"
            " FROM documents d JOIN contents c USING (content)"
            " WHERE d.id = ? OR (d.id > ? AND d.id < ?) ORDER BY d.number",
            (given_id, given_id + MADE_FROM, given_id + chr(ord(MADE_FROM) + 1)),
        )
        return [
            Namesake(
                id=kept,
                given_id=said.get("given_id", ""),
                path=path,
                url=url,
                canonical_url=said.get("canonical_url", ""),
                sha256=sha256,
                signature=signature or b"",
            )
            for kept, path, url, details, sha256, signature in rows
            if (said := _said(details)).get("given_id", given_id) == given_id
            and (kept == given_id) == ("given_id" not in said)
        ]

    def has(self, document_id: str) -> bool:
        """Whether a document or a former version goes by an id."""
        return bool(
            self.database.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,))
            or self.database.execute("SELECT 1 FROM versions WHERE id = ?", (document_id,))
        )

    def version_path(self, version_id: str) -> str | None:
        """The path that a former version comes from, if there is one of that id."""
        rows = self.database.execute(
            "SELECT record ->> 'path' FROM versions WHERE id = ?", (version_id,)
        )
        return rows[0][0] if rows else None

    def content_number(self, key: str) -> int | None:
        """The number of a content that is searched."""
        rows = self.database.execute(
            "SELECT content FROM contents WHERE key = ? AND sentences > 0", (key,)
        )
        return rows[0][0] if rows else None

    def content_of(self, document_id: str) -> int:
        rows = self.database.execute("SELECT content FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise no_document(document_id)
        return int(rows[0][0])

    def path_of(self, document_id: str) -> str:
        """Raises: NoDocument."""
        rows = self.database.execute(
            "SELECT path FROM documents WHERE id = ?"
            " UNION ALL SELECT record ->> 'path' FROM versions WHERE id = ?",
            (document_id, document_id),
        )
        if not rows:
            raise no_document(document_id)
        return str(rows[0][0])

    def has_path(self, path: str) -> bool:
        """Whether a document comes from the file at `path`, or from one within it."""
        return bool(
            self.database.execute("SELECT 1 FROM documents WHERE path = ? LIMIT 1", (path,))
            or self.paths_under(f"{path}/")
        )

    def text(self, content: int) -> StoredText:
        """The headline and the text of a content, the text checked against its SHA-256."""
        return self.texts([content])[content]

    def texts(self, contents: Sequence[int]) -> dict[int, StoredText]:
        """The headlines and texts of contents, each text checked against its SHA-256.

        Raises:
            TextDamaged: one is missing, or is not what was added.
        """
        rows = self._among("SELECT content, headline, text, sha256 FROM contents", contents)
        found = {content: StoredText(*row) for content, *row in rows}
        for content in contents:
            if content not in found:
                raise TextDamaged(f"the text number {content} is missing; run: onrecord verify")
            if sha256_of(found[content].text) != found[content].sha256:
                raise TextDamaged(
                    f"the text number {content} is not the one that was added; run: onrecord verify"
                )
        return found

    def _among(self, select: str, contents: Sequence[int], rest: str = "") -> Iterator[Row]:
        """Rows of a SELECT over these contents alone, some hundreds at a time."""
        for start in range(0, len(contents), _AT_ONCE):
            some = tuple(contents[start : start + _AT_ONCE])
            yield from self.database.execute(
                f"{select} WHERE content IN ({', '.join('?' * len(some))}){rest}", some
            )

    def document(self, document_id: str) -> Document:
        """A document or a former version. Raises: NoDocument; ArchiveDamaged."""
        rows = self.database.execute(
            f"SELECT content, {_DOCUMENT_COLUMNS} FROM documents d WHERE id = ?", (document_id,)
        ) or self.database.execute(
            f"SELECT content, {_VERSION_COLUMNS} FROM versions WHERE id = ?", (document_id,)
        )
        if not rows:
            raise no_document(document_id)
        content, *row = rows[0]
        return _document(tuple(row), self.text(content))

    def document_ids(self) -> list[str]:
        """In the order in which the documents came."""
        return [row[0] for row in self.database.execute("SELECT id FROM documents ORDER BY number")]

    def version_ids(self, document_id: str | None = None) -> list[str]:
        """The former versions of one document, or of all, the oldest first."""
        rows = self.database.execute(
            "SELECT id FROM versions WHERE ? IS NULL OR of = ? ORDER BY number",
            (document_id, document_id),
        )
        return [row[0] for row in rows]

    def ids_of(self, content: int) -> list[str]:
        """The documents and former versions that have a content."""
        rows = self.database.execute(
            "SELECT id FROM documents WHERE content = ?"
            " UNION ALL SELECT id FROM versions WHERE content = ?",
            (content, content),
        )
        return [row[0] for row in rows]

    def first_documents(self, contents: Sequence[int]) -> dict[int, int]:
        """Of each content the number of the first document that has it; they count upwards."""
        first = "SELECT content, min(number) FROM documents"
        return dict(self._among(first, contents, " GROUP BY content"))

    def documents_of(
        self, texts: Mapping[int, StoredText], filters: Filters
    ) -> dict[int, Document]:
        """Of each of some contents the first document that the filters admit.

        Raises:
            ArchiveDamaged: there is none, or it is not what was added.
        """
        where, bindings = _where(filters)
        found: dict[int, Document] = {}
        contents = list(texts)
        for start in range(0, len(contents), _AT_ONCE):
            some = tuple(contents[start : start + _AT_ONCE])
            rows = self.database.execute(
                f"SELECT d.content, {_DOCUMENT_COLUMNS} FROM documents d WHERE d.number IN"
                " (SELECT min(d.number) FROM documents d"
                f" WHERE d.content IN ({', '.join('?' * len(some))}) AND {where}"
                " GROUP BY d.content)",
                (*some, *bindings),
            )
            found |= {content: _document(tuple(row), texts[content]) for content, *row in rows}
        for content in contents:
            if content not in found:
                raise ArchiveDamaged(
                    f"no document has the text number {content}; run: onrecord verify"
                )
        return found

    def copies(self, document_id: str, content: int) -> tuple[str, ...]:
        """The ids of the other documents that tell the story of a document with a content."""
        (story,) = self.stories([content]).values()
        return tuple(copy for copy in self.telling([story])[story] if copy != document_id)

    def telling(self, stories: Sequence[int]) -> dict[int, list[str]]:
        """The ids of the documents that tell each of some stories, in their order."""
        told: dict[int, list[str]] = {story: [] for story in stories}
        for start in range(0, len(stories), _AT_ONCE):
            some = tuple(stories[start : start + _AT_ONCE])
            for story, document_id in self.database.execute(
                "SELECT c.story, d.id FROM documents d JOIN contents c USING (content)"
                f" WHERE c.story IN ({', '.join('?' * len(some))}) ORDER BY d.number",
                some,
            ):
                told[story].append(document_id)
        return told

    def stories(self, contents: Sequence[int]) -> dict[int, int]:
        """The number of the story that each of some contents tells.

        Raises:
            ArchiveDamaged: one is not the one that was found when it was added.
        """
        found: dict[int, int] = {}
        for content, story, signature, checksum in self._among(
            "SELECT content, story, signature, story_checksum FROM contents", contents
        ):
            if (story, signature, checksum) == (None, None, None):  # added before they were told
                found[content] = content
            elif story is None or story_checksum(content, story, signature) != checksum:
                raise ArchiveDamaged(
                    f"the story of text number {content} is damaged; run: onrecord verify --repair"
                )
            else:
                found[content] = int(story)
        return found

    def totals(self, filters: Filters) -> Totals:
        """How much there is under the filters; `undated` is what a date filter leaves out.

        What was counted is remembered until the archive changes.
        """
        change = self.change()
        if change != self._counted_at or len(self._counted) >= _REMEMBERED:
            self._counted, self._counted_at = {}, change
        if filters not in self._counted:
            counted = self._count(filters) if filters else self._count_everything()
            self._counted[filters] = counted
        return self._counted[filters]

    def _count(self, filters: Filters) -> Totals:
        where, bindings = _where(filters)
        ((documents, texts),) = self.database.execute(
            f"SELECT count(*), count(DISTINCT content) FROM documents d WHERE {where}", bindings
        )
        # For the plus, all sizes are read from their index; each row has a whole text in it.
        plus = "+" if _MANY * texts > self.totals(Filters()).texts else ""
        ((sentences,),) = self.database.execute(
            "SELECT coalesce(sum(sentences), 0) FROM contents WHERE sentences > 0"
            f" AND {plus}content IN (SELECT content FROM documents d WHERE {where})",
            bindings,
        )
        undated = 0
        if filters.has_dates:
            where, bindings = _where(Filters(sources=filters.sources))
            ((undated,),) = self.database.execute(
                f"SELECT count(*) FROM documents d WHERE published IS NULL AND {where}", bindings
            )
        return Totals(documents=documents, texts=texts, sentences=int(sentences), undated=undated)

    def _count_everything(self) -> Totals:
        """As `_count`, from indexes alone: of a text that is searched some document is left."""
        ((documents,),) = self.database.execute("SELECT count(*) FROM documents")
        ((texts, sentences),) = self.database.execute(
            "SELECT count(*), coalesce(sum(sentences), 0) FROM contents WHERE sentences > 0"
        )
        return Totals(documents=documents, texts=texts, sentences=sentences, undated=0)

    def sources(self) -> dict[str, int]:
        """How many documents each source has, the largest first."""
        rows = self.database.execute(
            "SELECT min(source), count(*) FROM documents GROUP BY source_key"
            " ORDER BY count(*) DESC, min(source)"
        )
        return dict(rows)

    def published_range(self) -> tuple[str | None, str | None, int]:
        """The first and the last date, and how many documents have none."""
        ((first, last, undated),) = self.database.execute(
            "SELECT min(published), max(published), count(*) FILTER (WHERE published IS NULL)"
            " FROM documents"
        )
        return first, last, undated

    def passage_count(self) -> int:
        return int(self.database.execute("SELECT count(*) FROM passages")[0][0])

    def passage_count_after(self, passage_id: int) -> int:
        rows = self.database.execute(
            "SELECT count(*) FROM passages WHERE passage > ?", (passage_id,)
        )
        return int(rows[0][0])

    def content_numbers(self) -> list[int]:
        """Of the contents that are searched."""
        rows = self.database.execute("SELECT content FROM contents WHERE sentences > 0")
        return [row[0] for row in rows]

    def text_numbers(self) -> list[int]:
        """Of all contents, those of former versions included."""
        return [row[0] for row in self.database.execute("SELECT content FROM contents")]

    def passage_ids(self, filters: Filters | None = None) -> Ids:
        """The ids of all passages, or of those that the filters admit, in order."""
        if not filters:
            rows = self.database.execute("SELECT passage FROM passages ORDER BY passage")
        else:
            within, bindings = passages_within(filters)
            rows = self.database.execute(f"{within} ORDER BY passage", bindings)
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def admitted(self, ids: Sequence[int], filters: Filters) -> frozenset[int]:
        """Those of the passages that are a document's that the filters admit."""
        where, bindings = _where(filters)
        rows = self._passages_among(
            ids,
            "p.passage",
            f" AND EXISTS (SELECT 1 FROM documents d WHERE d.content = p.content AND {where})",
            bindings,
        )
        return frozenset(row[0] for row in rows)

    def _passages_among(
        self, ids: Sequence[int], columns: str, condition: str = "", bindings: tuple[str, ...] = ()
    ) -> Iterator[Row]:
        """Rows of `passages p`, of these ids alone, some hundreds at a time."""
        for start in range(0, len(ids), _AT_ONCE):
            some = tuple(ids[start : start + _AT_ONCE])
            yield from self.database.execute(
                f"SELECT {columns} FROM passages p"
                f" WHERE p.passage IN ({', '.join('?' * len(some))}){condition}",
                (*some, *bindings),
            )

    def vectors_after(
        self, passage_id: int, *, at_once: int = 4096
    ) -> Iterator[tuple[Ids, Vector]]:
        """Ids and vectors of the passages above an id, in order, some thousands at a time.

        Raises:
            ArchiveDamaged: a vector has another length than the encoder's have.
        """
        encoder = self.encoder()
        length = 0 if encoder is None else FLOAT_BYTES * encoder.dimension
        while True:
            rows = self.database.execute(
                "SELECT passage, vector FROM passages WHERE passage > ? ORDER BY passage LIMIT ?",
                (passage_id, at_once),
            )
            if not rows:
                return
            for passage, vector in rows:
                if len(vector) != length:
                    raise ArchiveDamaged(
                        f"the vector of passage {passage} is damaged; run: onrecord reencode"
                    )
            ids = np.array([row[0] for row in rows], dtype=np.int64)
            vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
            yield ids, vectors.reshape(len(rows), -1)
            passage_id = int(ids[-1])

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages of these ids, each checked; ids that the archive has not are left out."""
        return {row[0]: _passage(row) for row in self._passages_among(ids, _PASSAGE_COLUMNS)}

    def passages_of(self, content: int) -> list[StoredPassage]:
        """All passages of a content, in order, each checked."""
        rows = self.database.execute(
            f"SELECT {_PASSAGE_COLUMNS} FROM passages WHERE content = ? ORDER BY first_sentence",
            (content,),
        )
        return [_passage(row) for row in rows]

    def around(self, ids: Sequence[int]) -> dict[int, tuple[Span | None, Span | None]]:
        """The sentence before each passage and the one after it, where the text has them."""
        neighbours = ", ".join(
            "(SELECT o.spans FROM passages o WHERE o.content = p.content AND o.first_sentence"
            f" {beyond} p.first_sentence ORDER BY o.first_sentence {order} LIMIT 1)"
            for beyond, order in (("<", "DESC"), (">", "ASC"))
        )
        return {
            passage: (
                None if before is None else _spans(before)[-1],
                None if after is None else _spans(after)[0],
            )
            for passage, before, after in self._passages_among(ids, f"p.passage, {neighbours}")
        }

    def read_file(self, path: Path, stat: FileStat) -> int | None:
        """How many documents a file gave when it was read as it is now; None when it was not."""
        rows = self.database.execute(
            "SELECT documents FROM files WHERE path = ? AND bytes = ? AND modified_ns = ?",
            (os.fsencode(path), stat.size, stat.modified_ns),
        )
        return rows[0][0] if rows else None

    def files(self) -> list[tuple[Path, int]]:
        """The files that were read, and how many documents each gave."""
        rows = self.database.execute("SELECT path, documents FROM files")
        return [(Path(os.fsdecode(path)), documents) for path, documents in rows]

    def paths(self) -> list[tuple[str, int]]:
        """The paths that documents come from, and how many come from each."""
        rows = self.database.execute("SELECT path, count(*) FROM documents GROUP BY path")
        return [(path, documents) for path, documents in rows]

    def paths_under(self, prefix: str) -> list[str]:
        """The paths that documents come from and that begin so."""
        rows = self.database.execute(
            "SELECT DISTINCT path FROM documents WHERE substr(path, 1, ?) = ?",
            (len(prefix), prefix),
        )
        return [row[0] for row in rows]

    def ids_from(self, paths: Iterable[str]) -> list[str]:
        """The documents that come from these paths, in the order in which they came."""
        wanted = frozenset(paths)
        rows = self.database.stream("SELECT id, path FROM documents ORDER BY number")
        return [document_id for document_id, path in rows if path in wanted]

    def failed_files(self) -> list[Path]:
        """The files of which something could not be read the last time."""
        rows = self.database.execute("SELECT DISTINCT file FROM failures")
        return [Path(os.fsdecode(name)) for (name,) in rows]

    def failures(self) -> list[Failure]:
        """What could not be read the last time, in the order of the paths."""
        rows = self.database.execute(
            "SELECT path, reason, line FROM failures ORDER BY path, line NULLS FIRST, reason"
        )
        return [Failure(path=path, reason=reason, line=line) for path, reason, line in rows]


def passages_within(filters: Filters) -> tuple[str, tuple[str, ...]]:
    """A SELECT of the passages of the documents that the filters admit, and its values."""
    where, bindings = _where(filters)
    select = (
        "SELECT passage FROM passages WHERE content IN"
        f" (SELECT content FROM documents d WHERE {where})"
    )
    return select, bindings


def _where(filters: Filters) -> tuple[str, tuple[str, ...]]:
    """The filters as SQL over `documents d`. A document without a date passes no date filter."""
    parts, bindings = ["1 = 1"], []
    if filters.after is not None:
        parts.append("d.published >= ?")
        bindings.append(filters.after.isoformat())
    if filters.before is not None:
        parts.append("d.published <= ?")
        bindings.append(filters.before.isoformat())
    if filters.sources:
        parts.append(f"d.source_key IN ({', '.join('?' * len(filters.sources))})")
        bindings.extend(source.casefold() for source in filters.sources)
    return " AND ".join(parts), tuple(bindings)


def no_document(document_id: str) -> NoDocument:
    return NoDocument(f"no document has the id {document_id!r}; see: onrecord list")


def _document(row: Row, stored: StoredText) -> Document:
    document_id, title, source, url, published, authors, path, line, details, *kept = row
    try:
        document = Document(
            id=document_id,
            text=stored.text,
            path=path,
            title=title,
            source=source,
            url=url,
            published=None if published is None else dt.date.fromisoformat(published),
            authors=tuple(json.loads(authors)),
            line=line,
            **_details(details),
        ).with_sha256(stored.sha256)
    except (TypeError, ValueError) as error:
        raise ArchiveDamaged(
            f"what is kept of document {document_id} is damaged; run: onrecord verify"
        ) from error
    if [document.fingerprint, document.checksum] != kept:
        raise ArchiveDamaged(
            f"what is kept of document {document_id} is not what was added; run: onrecord verify"
        )
    return document


def _said(details: str) -> dict[str, str]:
    """What a document's details say; nothing where they are damaged, as reading it will tell."""
    try:
        said = json.loads(details)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _details(written: str) -> dict[str, Any]:
    """The fields of `Document.details`, as the document has them."""
    details: dict[str, Any] = json.loads(written)
    for name in ("modified", "retrieved"):
        if name in details:
            details[name] = dt.date.fromisoformat(details[name])
    if "pages" in details:
        details["pages"] = tuple(details["pages"])
    return details


def _spans(blob: bytes) -> tuple[Span, ...]:
    places = np.frombuffer(blob, dtype="<i4").reshape(-1, 2).tolist()
    return tuple(Span(start, end) for start, end in places)


def story_checksum(content: int, story: int, signature: bytes | None) -> bytes:
    written = f"{content} {story}".encode() + (signature or b"")
    return hashlib.blake2b(written, digest_size=8).digest()


def checksum_of(content: int, first_sentence: int, *blobs: bytes) -> bytes:
    digest = hashlib.blake2b(f"{content} {first_sentence}".encode(), digest_size=16)
    for blob in blobs:
        digest.update(blob)
    return digest.digest()


def _passage(row: Row) -> StoredPassage:
    passage, content, first, spans, vector, sentence_vectors, checksum = row
    if checksum_of(content, first, spans, vector, sentence_vectors) != checksum:
        raise ArchiveDamaged(f"passage {passage} is damaged; run: onrecord verify")
    places = _spans(spans)
    rows = np.frombuffer(sentence_vectors, dtype="<f2").reshape(len(places), -1)
    return StoredPassage(
        id=passage,
        content=content,
        first_sentence=first,
        spans=places,
        vector=np.frombuffer(vector, dtype="<f4"),
        sentence_vectors=rows.astype(np.float32),
    )
