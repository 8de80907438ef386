"""Writes what `store` reads. Each method belongs in a transaction of `Tables.writing`."""

import datetime as dt
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.datatypes import Document, Failure, Outcome, sha256_of
from index.errors import ArchiveDamaged
from index.models.encoder import EncoderIdentity, PassageVectors
from index.storage import marks
from index.storage.documents import cluster_checksum
from index.storage.files import FileStat
from index.storage.passages import checksum_of
from index.storage.protocol import Tables, TermRow
from index.storage.store import Snapshot, Store
from index.text import near_duplicates
from index.text.analysis import document_terms
from index.text.sentences import SplitPassage

_OF_A_BAND = 8
"""So many of the first texts that share a band, and of the last, a new one is compared with."""


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


def _row(document: Document) -> dict[str, object]:
    """What is kept of a document beside its text."""
    published = document.published
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "url": document.url,
        "published": None if published is None else published.isoformat(),
        "authors": json.dumps(document.authors, ensure_ascii=False),
        "path": document.path,
        "line": document.line,
        "details": json.dumps(document.details, ensure_ascii=False),
    }


def _is_later(one: Document, other: Document) -> bool:
    """Whether a text of an article is later than another: retrieved so, or else modified so."""
    if one.retrieved and other.retrieved and one.retrieved != other.retrieved:
        return one.retrieved > other.retrieved
    return bool(one.modified and other.modified and one.modified > other.modified)


def former_id(document: Document) -> str:
    """The id that a document's text is cited by when another has taken its place."""
    return f"{document.id}@{document.sha256[:8]}"


def _former(document: Document) -> Document:
    """A document as a former version of what goes by its id now."""
    return replace(document, id=former_id(document), superseded_by=document.id)


class Writer(Store):
    """A `Store` that may be changed, by the one process that holds the writer's lock."""

    def __init__(self, database: Tables) -> None:
        super().__init__(database)
        self._left: set[int] = set()
        """Contents that a document or a version had until now."""

    def set_encoder(self, identity: EncoderIdentity) -> None:
        """Note which encoder the vectors come from, in the place of any other."""
        self.database.execute(
            'INSERT INTO encoder VALUES (1, ?, ?, ?, ?) ON CONFLICT ("only") DO UPDATE SET'
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
            self._put_document(document, self.content_of(document.id))  # its file may have moved
            return Outcome.UNCHANGED
        if before is not None:
            kept = self._other_text(document)
            if kept is not None and _is_later(kept, document):
                return self.put_version(_former(document))
            self._left.add(self.content_of(document.id))
            if kept is not None:
                self.put_version(_former(kept))
            else:  # the text is the same, or was damaged
                marks.forget_unless_in(self.database, document.id, document.text)
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

    def put_version(self, document: Document) -> Outcome:
        """Keep a former version, which is cited and not searched.

        Of what is kept already nothing changes.
        """
        known = self.database.execute("SELECT 1 FROM versions WHERE id = ?", (document.id,))
        if known:
            return Outcome.UNCHANGED
        key = content_key(document)
        rows = self.database.execute("SELECT content FROM contents WHERE key = ?", (key,))
        number = (
            rows[0][0]
            if rows
            else self.database.insert(
                "INSERT INTO contents (key, sha256, headline, text, sentences)"
                " VALUES (?, ?, ?, ?, 0)",
                (key, document.sha256, document.title, document.text),
            )
        )
        record = _row(document)
        self.database.execute(
            "INSERT INTO versions (id, of, content, record, fingerprint, checksum)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                document.id,
                document.superseded_by,
                number,
                json.dumps(record, ensure_ascii=False),
                document.fingerprint,
                document.checksum,
            ),
        )
        return Outcome.ADDED

    def _other_text(self, document: Document) -> Document | None:
        """What the archive has under a document's id, where that says something else."""
        try:
            kept = self.document(document.id)
        except ArchiveDamaged:  # what is damaged is not worth keeping; the other text mends it
            return None
        return kept if kept.sha256 != document.sha256 else None

    def _put_document(self, document: Document, content: int) -> None:
        row = _row(document) | {
            "content": content,
            "fingerprint": document.fingerprint,
            "checksum": document.checksum,
            "source_key": document.source.casefold(),
            "added_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
        self.database.execute(
            f"INSERT INTO documents ({', '.join(row)})"
            f" VALUES ({', '.join(f':{name}' for name in row)}) ON CONFLICT (id)"
            f" DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in row)}",
            row,
        )

    def _put_content(self, content: Content, sha256: str) -> int:
        """Keep a content; one that is kept for former versions alone is searched from now on."""
        kept = self.database.execute("SELECT content FROM contents WHERE key = ?", (content.key,))
        if kept:
            number = int(kept[0][0])
            self.replace_passages(number, content)
        else:
            sentences = sum(len(passage.sentences) for passage in content.passages)
            number = self.database.insert(
                "INSERT INTO contents (key, sha256, headline, text, sentences) VALUES (?,?,?,?,?)",
                (content.key, sha256, content.headline, content.text, sentences),
            )
            self._put_passages(number, content)
        self._put_in_cluster(number, sha256, content.text)
        return number

    def _put_in_cluster(self, number: int, sha256: str, text: str) -> None:
        """Find the near-duplicate cluster of a text: that of its likest near-copy, or its own."""
        sketch = near_duplicates.signature(text)
        cluster = self._cluster_of_twin(number, sha256)
        if cluster is None and sketch is not None:
            cluster = self._cluster_of_likest(number, sketch)
        cluster = number if cluster is None else cluster
        self.database.execute(
            "UPDATE contents SET cluster = ?, signature = ?, cluster_checksum = ?"
            " WHERE content = ?",
            (cluster, sketch, cluster_checksum(number, cluster, sketch), number),
        )
        self.database.execute("DELETE FROM cluster_bands WHERE content = ?", (number,))
        if parts := near_duplicates.bands(sketch) if sketch else ():
            self.database.execute(
                f"INSERT INTO cluster_bands VALUES {', '.join(['(?, ?)'] * len(parts))}",
                tuple(value for band in parts for value in (band, number)),
            )

    def _cluster_of_twin(self, number: int, sha256: str) -> int | None:
        """The cluster of the same text under another headline."""
        rows = self.database.execute(
            "SELECT cluster FROM contents WHERE sha256 = ? AND content != ? AND cluster IS NOT NULL"
            " ORDER BY content LIMIT 1",
            (sha256, number),
        )
        return rows[0][0] if rows else None

    def _cluster_of_likest(self, number: int, sketch: bytes) -> int | None:
        """The cluster of the likest near-copy, of those that are looked at.

        Of each band these are the first few texts that share it and the last few. Where many do,
        as versions of one table, they are mostly one cluster: the first begin it, and the last are
        likest where it drifts. What makes a text like one of them rather than the others lies in
        bands that few share, and there all are looked at.
        """
        parts = near_duplicates.bands(sketch)
        of_one_band = " UNION ".join(
            "SELECT content FROM (SELECT content FROM cluster_bands WHERE band = ? AND content != ?"
            f" ORDER BY content {order} LIMIT {_OF_A_BAND}) AS {name}"
            for order, name in (("ASC", "earliest"), ("DESC", "latest"))
        )
        rows = self.database.execute(
            "SELECT content, cluster, signature FROM contents"
            f" WHERE content IN ({' UNION '.join([of_one_band] * len(parts))})",
            tuple(value for part in parts for value in (part, number) * 2),
        )
        alike = [
            (near_duplicates.likeness(sketch, other), -content, cluster)
            for content, cluster, other in rows
            if other is not None and len(other) == len(sketch)
        ]
        best = max(alike, default=(0.0, 0, 0))
        return best[2] if best[0] >= near_duplicates.ALIKE else None

    def rebuild_clusters(self) -> None:
        """Find the clusters anew, from the texts."""
        self.database.execute(
            "UPDATE contents SET cluster = NULL, signature = NULL, cluster_checksum = NULL"
        )
        self.database.execute("DELETE FROM cluster_bands")
        for number in self.content_numbers():
            ((sha256, text),) = self.database.execute(
                "SELECT sha256, text FROM contents WHERE content = ?", (number,)
            )
            self._put_in_cluster(number, sha256, text)

    def _put_passages(self, number: int, content: Content) -> None:
        first = 0
        headline = document_terms(content.headline)
        rows: list[TermRow] = []
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
            rows.append(
                TermRow(row, headline, document_terms(content.text[passage.start : passage.end]))
            )
            first += len(passage.sentences)
        self.database.lexicon.put(rows)

    def remove(self, document_id: str) -> None:
        """Forget a document with its former versions, or one former version.

        Texts go with `drop_orphans`, unless a copy still has them.

        Raises:
            NoDocument: there is none of that id.
        """
        path = self.path_of(document_id)
        marks.forget(self.database, document_id)
        rows = self.database.execute(
            "SELECT content FROM documents WHERE id = ?"
            " UNION SELECT content FROM versions WHERE id = ? OR of = ?",
            (document_id, document_id, document_id),
        )
        self._left.update(content for (content,) in rows)
        self.database.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        self.database.execute(
            "DELETE FROM versions WHERE id = ? OR of = ?", (document_id, document_id)
        )
        self.forget_file(path)

    def forget_file(self, path: str) -> None:
        """Read the file again the next time, or the one that it lies in."""
        for one in (Path(path), *Path(path).parents):
            self.database.execute("DELETE FROM files WHERE path = ?", (os.fsencode(one),))

    def put_file(
        self, path: Path, stat: FileStat | None, documents: int, failed: Sequence[Failure]
    ) -> None:
        """Note that a file was read, and what of it could not be.

        With failures, or without a `stat` that tells its next change, it is read the next time.
        """
        name = os.fsencode(path)
        self.database.execute("DELETE FROM failures WHERE file = ?", (name,))
        for one in failed:
            self.database.execute(
                "INSERT INTO failures VALUES (?, ?, ?, ?)", (name, one.path, one.line, one.reason)
            )
        if failed or stat is None:
            self.database.execute("DELETE FROM files WHERE path = ?", (name,))
        else:
            self.database.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
                " bytes = excluded.bytes, modified_ns = excluded.modified_ns,"
                " documents = excluded.documents",
                (name, stat.size, stat.modified_ns, documents),
            )

    def forget_failures(self, files: Iterable[Path]) -> None:
        """Forget what could not be read of these files."""
        for file in files:
            self.database.execute("DELETE FROM failures WHERE file = ?", (os.fsencode(file),))

    def drop_orphans(self) -> int:
        """Erase the contents that no document has any more: text, passages, vectors and terms.

        Of those that former versions have, the text is kept.

        Returns:
            How many they are.
        """
        orphans = [
            content for content in sorted(self._left) if not self._is_in("documents", content)
        ]
        for content in orphans:
            self._erase_passages(content)
            if self._is_in("versions", content):
                self._leave_to_versions(content)
            else:
                self.database.execute("DELETE FROM contents WHERE content = ?", (content,))
        self._left.clear()
        return len(orphans)

    def _leave_to_versions(self, content: int) -> None:
        """Keep of a content no more than is cited: it is not searched, and in no cluster."""
        self.database.execute(
            "UPDATE contents SET sentences = 0, cluster = NULL, signature = NULL,"
            " cluster_checksum = NULL WHERE content = ?",
            (content,),
        )
        self.database.execute("DELETE FROM cluster_bands WHERE content = ?", (content,))

    def _is_in(self, table: str, content: int) -> bool:
        rows = self.database.execute(f"SELECT 1 FROM {table} WHERE content = ? LIMIT 1", (content,))
        return bool(rows)

    def _erase_passages(self, content: int) -> None:
        """Take the passages of a content out, and their terms by naming what had been put in."""
        self.database.lexicon.take_out(self.term_rows(content))
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
        self.database.lexicon.clear()
        for content in self.content_numbers():
            self.database.lexicon.put(self.term_rows(content))

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Note a FAISS file that has been written."""
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
        """Forget the FAISS files of these generations."""
        for generation in generations:
            self.database.execute("DELETE FROM snapshots WHERE generation = ?", (generation,))
