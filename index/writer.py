"""Writes what `index.store` reads. Each method belongs in a transaction of `Database.writing`."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.datatypes import Document, Outcome, sha256_of
from index.encoder import EncoderIdentity, PassageVectors
from index.errors import ArchiveDamaged
from index.lexical import document_terms
from index.split import SplitPassage
from index.store import Snapshot, Store, checksum_of, no_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is encoded of a text under a headline, ready to be stored."""

    key: str
    headline: str
    text: str
    passages: tuple[SplitPassage, ...]
    vectors: tuple[PassageVectors, ...]


def content_key(document: Document) -> str:
    """What two documents must share to be encoded once: the text, and the headline with it."""
    return sha256_of(f"{document.sha256}\n{document.title}")


class Writer(Store):
    """A `Store` that may be changed, by the one process that holds the writer's lock."""

    def set_encoder(self, identity: EncoderIdentity) -> None:
        self.database.execute(
            "INSERT INTO encoder VALUES (1, ?, ?, ?, ?) ON CONFLICT (only) DO UPDATE SET"
            " name = excluded.name, sha256 = excluded.sha256,"
            " dimension = excluded.dimension, pooling = excluded.pooling",
            (identity.name, identity.sha256, identity.dimension, identity.pooling),
        )

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
        row = {
            "id": document.id,
            "content": content,
            "fingerprint": document.fingerprint,
            "checksum": document.checksum,
            "title": document.title,
            "source": document.source,
            "source_key": document.source.casefold(),
            "url": document.url,
            "published": published,
            "authors": json.dumps(document.authors, ensure_ascii=False),
            "path": document.path,
            "line": document.line,
            "details": json.dumps(document.details, ensure_ascii=False),
            "added_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
        self.database.execute(
            f"INSERT INTO documents ({', '.join(row)})"
            f" VALUES ({', '.join(f':{name}' for name in row)}) ON CONFLICT (id)"
            f" DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in row)}",
            row,
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
                (number, first, *blobs, checksum_of(number, first, *blobs)),
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
            raise no_document(document_id)

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
        for row in self.term_rows(content):
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
            for row in self.term_rows(content):
                self.database.execute(
                    "INSERT INTO terms (rowid, headline, passage) VALUES (?,?,?)", row
                )

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
