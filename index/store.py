"""What the archive keeps, and the only SQL there is: documents, passages, vectors, terms.

Everything that is shown is checked when it is read: the text by its SHA-256, what a citation
says by its fingerprint, spans and vectors by a checksum.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.database import Database, Row
from index.datatypes import Document, Filters, Outcome, Span, sha256_of
from index.encoder import EncoderIdentity, PassageVectors, Vector
from index.errors import ArchiveDamaged, NoDocument
from index.lexical import document_terms
from index.split import SplitPassage

Ids = npt.NDArray[np.int64]

_DOCUMENT_COLUMNS = (
    "d.id, d.title, d.source, d.url, d.published, d.authors, d.path, d.line, d.fingerprint"
)


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
class Content:
    """What is encoded of a text under a headline, ready to be stored."""

    key: str
    headline: str
    text: str
    passages: tuple[SplitPassage, ...]
    vectors: tuple[PassageVectors, ...]


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


def content_key(document: Document) -> str:
    """What two documents must share to be encoded once: the text, and the headline with it."""
    return sha256_of(f"{document.sha256}\n{document.title}")


class Store:
    """The tables of one archive, through one connection."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # State

    def change(self) -> int:
        """A number that grows with every transaction."""
        return int(self.database.execute("SELECT change FROM state")[0][0])

    def encoder(self) -> EncoderIdentity | None:
        """The encoder that the archive's vectors come from; none before the first document."""
        rows = self.database.execute("SELECT name, sha256, dimension, pooling FROM encoder")
        if not rows:
            return None
        name, sha256, dimension, pooling = rows[0]
        return EncoderIdentity(name=name, sha256=sha256, dimension=dimension, pooling=pooling)

    def set_encoder(self, identity: EncoderIdentity) -> None:
        self.database.execute(
            "INSERT INTO encoder VALUES (1, ?, ?, ?, ?) ON CONFLICT (only) DO UPDATE SET"
            " name = excluded.name, sha256 = excluded.sha256,"
            " dimension = excluded.dimension, pooling = excluded.pooling",
            (identity.name, identity.sha256, identity.dimension, identity.pooling),
        )

    # Writing: each of these belongs in a transaction of `Database.writing`

    def put(self, document: Document, content: Content | None) -> Outcome:
        """Keep one document; `content` may be left out where the archive has it already.

        Contents that no document has any more stay until `drop_orphans`.
        """
        before = self.fingerprint(document.id)
        if before == document.fingerprint:
            return Outcome.UNCHANGED
        is_copy = bool(
            self.database.execute(
                "SELECT 1 FROM contents c JOIN documents d USING (content)"
                " WHERE c.sha256 = ? AND d.id != ? LIMIT 1",
                (document.sha256, document.id),
            )
        )
        number = self.content_number(content_key(document))
        if number is None:
            if content is None:
                raise ArchiveDamaged(f"the text of {document.id} was not encoded; add it again")
            number = self._put_content(content, document.sha256)
        self._put_document(document, number)
        if before is not None:
            return Outcome.UPDATED
        return Outcome.DUPLICATE if is_copy else Outcome.ADDED

    def _put_document(self, document: Document, content: int) -> None:
        published = None if document.published is None else document.published.isoformat()
        self.database.execute(
            "INSERT INTO documents (id, content, fingerprint, title, source, source_key, url,"
            " published, authors, path, line, added_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET content = excluded.content,"
            " fingerprint = excluded.fingerprint, title = excluded.title, source = excluded.source,"
            " source_key = excluded.source_key, url = excluded.url,"
            " published = excluded.published, authors = excluded.authors, path = excluded.path,"
            " line = excluded.line, added_at = excluded.added_at",
            (
                document.id,
                content,
                document.fingerprint,
                document.title,
                document.source,
                document.source.casefold(),
                document.url,
                published,
                json.dumps(document.authors, ensure_ascii=False),
                document.path,
                document.line,
                dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            ),
        )

    def _put_content(self, content: Content, sha256: str) -> int:
        sentences = sum(len(passage.sentences) for passage in content.passages)
        number = self.database.insert(
            "INSERT INTO contents (key, sha256, headline, text, sentences) VALUES (?,?,?,?,?)",
            (content.key, sha256, content.headline, content.text, sentences),
        )
        self._put_passages(number, content)
        return number

    def _put_passages(self, number: int, content: Content) -> None:
        first = 0
        headline = document_terms(content.headline)
        for passage, vectors in zip(content.passages, content.vectors, strict=True):
            blobs = (
                np.asarray(passage.sentences, dtype="<i4").tobytes(),
                vectors.passage.astype("<f4").tobytes(),
                vectors.sentences.astype("<f2").tobytes(),
            )
            row = self.database.insert(
                "INSERT INTO passages"
                " (content, first_sentence, spans, vector, sentence_vectors, checksum)"
                " VALUES (?,?,?,?,?,?)",
                (number, first, *blobs, _checksum(number, first, *blobs)),
            )
            self.database.execute(
                "INSERT INTO terms (rowid, headline, passage) VALUES (?,?,?)",
                (row, headline, document_terms(content.text[passage.start : passage.end])),
            )
            first += len(passage.sentences)

    def remove(self, document_id: str) -> None:
        """Forget a document. Its text goes with `drop_orphans`, unless a copy still has it.

        Raises:
            NoDocument: there is none of that id.
        """
        self.database.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        if not self.database.changes():
            raise _no_document(document_id)

    def drop_orphans(self) -> int:
        """Erase the contents that no document has: text, passages, vectors and terms."""
        rows = self.database.execute(
            "SELECT content FROM contents EXCEPT SELECT content FROM documents"
        )
        for (content,) in rows:
            self._erase_passages(content)
            self.database.execute("DELETE FROM contents WHERE content = ?", (content,))
        return len(rows)

    def _erase_passages(self, content: int) -> None:
        """Take the passages of a content out, and out of FTS5 by naming what they had put in."""
        for row in self._term_rows(content):
            self.database.execute(
                "INSERT INTO terms (terms, rowid, headline, passage) VALUES ('delete', ?, ?, ?)",
                row,
            )
        self.database.execute("DELETE FROM passages WHERE content = ?", (content,))

    def replace_passages(self, number: int, content: Content) -> None:
        """Put newly encoded passages in the place of those that a content has."""
        self._erase_passages(number)
        sentences = sum(len(passage.sentences) for passage in content.passages)
        self.database.execute(
            "UPDATE contents SET sentences = ? WHERE content = ?", (sentences, number)
        )
        self._put_passages(number, content)

    def rebuild_terms(self) -> None:
        """Make the lexical index anew from the texts."""
        self.database.execute("INSERT INTO terms (terms) VALUES ('delete-all')")
        for content in self.content_numbers():
            for row in self._term_rows(content):
                self.database.execute(
                    "INSERT INTO terms (rowid, headline, passage) VALUES (?,?,?)", row
                )

    def terms_are_whole(self) -> bool:
        """Whether the lexical index holds exactly what the texts make: each term in its place."""
        kept = sum(
            hash((term, passage, column, place))
            for term, passage, column, place in self.database.stream(
                "SELECT term, doc, col, offset FROM term_places"
            )
        )
        made = sum(
            hash((term, passage, column, place))
            for content in self.content_numbers()
            for passage, *columns in self._term_rows(content)
            for column, stored in zip(("headline", "passage"), columns, strict=True)
            for place, term in enumerate(stored.split())
        )
        return kept == made

    def _term_rows(self, content: int) -> list[tuple[int, str, str]]:
        """What FTS5 was given for each passage of a content: id, headline, passage."""
        ((headline, text),) = self.database.execute(
            "SELECT headline, text FROM contents WHERE content = ?", (content,)
        )
        headline = document_terms(headline)
        rows = []
        for passage, spans in self.database.execute(
            "SELECT passage, spans FROM passages WHERE content = ?", (content,)
        ):
            places = np.frombuffer(spans, dtype="<i4")
            read = document_terms(text[int(places[0]) : int(places[-1])])
            rows.append((passage, headline, read))
        return rows

    def optimize_terms(self) -> None:
        """Write the lexical index anew, in one piece, which leaves nothing of what was erased."""
        self.database.execute("INSERT INTO terms (terms) VALUES ('optimize')")

    def add_snapshot(self, snapshot: Snapshot) -> None:
        self.database.execute(
            "INSERT INTO snapshots VALUES (?,?,?,?,?,?)",
            (
                snapshot.generation,
                snapshot.file,
                snapshot.sha256,
                snapshot.passages,
                snapshot.last_passage,
                snapshot.encoder_sha256,
            ),
        )

    def forget_snapshots(self, generations: Sequence[int]) -> None:
        for generation in generations:
            self.database.execute("DELETE FROM snapshots WHERE generation = ?", (generation,))

    # Reading

    def snapshots(self) -> list[Snapshot]:
        """Newest first."""
        rows = self.database.execute(
            "SELECT generation, file, sha256, passages, last_passage, encoder_sha256"
            " FROM snapshots ORDER BY generation DESC"
        )
        names = ("generation", "file", "sha256", "passages", "last_passage", "encoder_sha256")
        return [Snapshot(**dict(zip(names, row, strict=True))) for row in rows]

    def fingerprint(self, document_id: str) -> str | None:
        rows = self.database.execute(
            "SELECT fingerprint FROM documents WHERE id = ?", (document_id,)
        )
        return rows[0][0] if rows else None

    def content_number(self, key: str) -> int | None:
        rows = self.database.execute("SELECT content FROM contents WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def content_of(self, document_id: str) -> int:
        rows = self.database.execute("SELECT content FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise _no_document(document_id)
        return int(rows[0][0])

    def text(self, content: int) -> tuple[str, str]:
        """The headline and the text of a content, the text checked against its SHA-256."""
        rows = self.database.execute(
            "SELECT headline, text, sha256 FROM contents WHERE content = ?", (content,)
        )
        if not rows:
            raise ArchiveDamaged(f"the text number {content} is missing; run: onrecord verify")
        headline, text, sha256 = rows[0]
        if sha256_of(text) != sha256:
            raise ArchiveDamaged(
                f"the text number {content} is not the one that was added; run: onrecord verify"
            )
        return headline, text

    def document(self, document_id: str) -> Document:
        """Raises: NoDocument; ArchiveDamaged when it is not what was added."""
        rows = self.database.execute(
            f"SELECT content, {_DOCUMENT_COLUMNS} FROM documents d WHERE id = ?", (document_id,)
        )
        if not rows:
            raise _no_document(document_id)
        content, *row = rows[0]
        return _document(tuple(row), self.text(content)[1])

    def document_ids(self) -> list[str]:
        """In the order in which the documents came."""
        return [row[0] for row in self.database.execute("SELECT id FROM documents ORDER BY number")]

    def ids_of(self, content: int) -> list[str]:
        """The documents that have a content."""
        rows = self.database.execute(
            "SELECT id FROM documents WHERE content = ? ORDER BY number", (content,)
        )
        return [row[0] for row in rows]

    def documents_of(self, content: int, filters: Filters) -> tuple[Document, tuple[str, ...]]:
        """The first document with a content that the filters admit, and the ids of its copies.

        A copy is any other document with the very same text, whatever its headline.
        """
        where, bindings = _where(filters)
        rows = self.database.execute(
            f"SELECT {_DOCUMENT_COLUMNS} FROM documents d"
            f" WHERE d.content = ? AND {where} ORDER BY d.number LIMIT 1",
            (content, *bindings),
        )
        if not rows:
            raise ArchiveDamaged(f"no document has the text number {content}; run: onrecord verify")
        document = _document(rows[0], self.text(content)[1])
        copies = self.database.execute(
            "SELECT d.id FROM documents d JOIN contents c USING (content)"
            " WHERE c.sha256 = ? AND d.id != ? ORDER BY d.number",
            (document.sha256, document.id),
        )
        return document, tuple(copy for (copy,) in copies)

    def totals(self, filters: Filters) -> Totals:
        """How much there is under the filters; `undated` is what a date filter leaves out."""
        where, bindings = _where(filters)
        ((documents, texts),) = self.database.execute(
            f"SELECT count(*), count(DISTINCT content) FROM documents d WHERE {where}", bindings
        )
        ((sentences,),) = self.database.execute(
            "SELECT coalesce(sum(sentences), 0) FROM contents WHERE content IN"
            f" (SELECT content FROM documents d WHERE {where})",
            bindings,
        )
        undated = 0
        if filters.has_dates:
            where, bindings = _where(Filters(sources=filters.sources))
            ((undated,),) = self.database.execute(
                f"SELECT count(*) FROM documents d WHERE published IS NULL AND {where}", bindings
            )
        return Totals(documents=documents, texts=texts, sentences=sentences, undated=undated)

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
            "SELECT min(published), max(published), sum(published IS NULL) FROM documents"
        )
        return first, last, undated or 0

    def passage_count(self) -> int:
        return int(self.database.execute("SELECT count(*) FROM passages")[0][0])

    def passage_count_after(self, passage_id: int) -> int:
        rows = self.database.execute(
            "SELECT count(*) FROM passages WHERE passage > ?", (passage_id,)
        )
        return int(rows[0][0])

    def content_numbers(self) -> list[int]:
        return [row[0] for row in self.database.execute("SELECT content FROM contents")]

    def passage_ids(self, filters: Filters | None = None) -> Ids:
        """The ids of all passages, or of those that the filters admit, in order."""
        if not filters:
            rows = self.database.execute("SELECT passage FROM passages ORDER BY passage")
        else:
            where, bindings = _where(filters)
            rows = self.database.execute(
                "SELECT passage FROM passages WHERE content IN"
                f" (SELECT content FROM documents d WHERE {where}) ORDER BY passage",
                bindings,
            )
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def vectors_after(
        self, passage_id: int, *, at_once: int = 4096
    ) -> Iterator[tuple[Ids, Vector]]:
        """Ids and vectors of the passages above an id, in order, some thousands at a time."""
        while True:
            rows = self.database.execute(
                "SELECT passage, vector FROM passages WHERE passage > ? ORDER BY passage LIMIT ?",
                (passage_id, at_once),
            )
            if not rows:
                return
            ids = np.array([row[0] for row in rows], dtype=np.int64)
            vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
            yield ids, vectors.reshape(len(rows), -1)
            passage_id = int(ids[-1])

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """The passages of these ids, each checked; ids that the archive has not are left out."""
        found: dict[int, StoredPassage] = {}
        for start in range(0, len(ids), 500):
            some = tuple(ids[start : start + 500])
            rows = self.database.execute(
                "SELECT passage, content, first_sentence, spans, vector, sentence_vectors, checksum"
                f" FROM passages WHERE passage IN ({', '.join('?' * len(some))})",
                some,
            )
            found.update((row[0], _passage(row)) for row in rows)
        return found

    def passages_of(self, content: int) -> list[StoredPassage]:
        """All passages of a content, in order, each checked."""
        rows = self.database.execute(
            "SELECT passage, content, first_sentence, spans, vector, sentence_vectors, checksum"
            " FROM passages WHERE content = ? ORDER BY first_sentence",
            (content,),
        )
        return [_passage(row) for row in rows]

    def around(self, passage: StoredPassage) -> tuple[Span | None, Span | None]:
        """The sentence before a passage and the one after it, where the text has them."""
        before = self.database.execute(
            "SELECT spans FROM passages WHERE content = ? AND first_sentence < ?"
            " ORDER BY first_sentence DESC LIMIT 1",
            (passage.content, passage.first_sentence),
        )
        after = self.database.execute(
            "SELECT spans FROM passages WHERE content = ? AND first_sentence > ?"
            " ORDER BY first_sentence LIMIT 1",
            (passage.content, passage.first_sentence),
        )
        return (
            _spans(before[0][0])[-1] if before else None,
            _spans(after[0][0])[0] if after else None,
        )

    def match(self, expression: str, filters: Filters, *, limit: int) -> list[tuple[int, float]]:
        """Passages that match an FTS5 expression of `index.lexical`, with BM25, best first."""
        where, bindings = _where(filters)
        within = (
            ""
            if not filters
            else " AND rowid IN (SELECT passage FROM passages WHERE content IN"
            f" (SELECT content FROM documents d WHERE {where}))"
        )
        rows = self.database.execute(
            f"SELECT rowid, -bm25(terms) FROM terms WHERE terms MATCH ?{within}"
            " ORDER BY bm25(terms), rowid LIMIT ?",
            (expression, *(bindings if filters else ()), limit),
        )
        return [(row[0], row[1]) for row in rows]

    def occurrences(self, terms: Sequence[str]) -> dict[str, int]:
        """How often each term stands in the archive; absent terms are left out."""
        if not terms:
            return {}
        rows = self.database.execute(
            f"SELECT term, cnt FROM vocabulary WHERE term IN ({', '.join('?' * len(terms))})",
            tuple(terms),
        )
        return dict(rows)


def _where(filters: Filters) -> tuple[str, tuple[str, ...]]:
    """The filters as SQL over `documents d`. A document without a date passes no date filter."""
    parts, bindings = ["1"], []
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


def _no_document(document_id: str) -> NoDocument:
    return NoDocument(f"no document has the id {document_id!r}; see: onrecord list")


def _document(row: Row, text: str) -> Document:
    document_id, title, source, url, published, authors, path, line, fingerprint = row
    try:
        document = Document(
            id=document_id,
            text=text,
            path=path,
            title=title,
            source=source,
            url=url,
            published=None if published is None else dt.date.fromisoformat(published),
            authors=tuple(json.loads(authors)),
            line=line,
        )
    except ValueError as error:
        raise ArchiveDamaged(
            f"what is kept of document {document_id} is damaged; run: onrecord verify"
        ) from error
    if document.fingerprint != fingerprint:
        raise ArchiveDamaged(
            f"what is kept of document {document_id} is not what was added; run: onrecord verify"
        )
    return document


def _spans(blob: bytes) -> tuple[Span, ...]:
    places = np.frombuffer(blob, dtype="<i4").reshape(-1, 2).tolist()
    return tuple(Span(start, end) for start, end in places)


def _checksum(content: int, first_sentence: int, *blobs: bytes) -> bytes:
    digest = hashlib.blake2b(f"{content} {first_sentence}".encode(), digest_size=16)
    for blob in blobs:
        digest.update(blob)
    return digest.digest()


def _passage(row: Row) -> StoredPassage:
    passage, content, first, spans, vector, sentence_vectors, checksum = row
    if _checksum(content, first, spans, vector, sentence_vectors) != checksum:
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
