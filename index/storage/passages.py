"""Passages as they are kept: spans, vectors and terms, each checked when it is read."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.datatypes import Filters, Span
from index.errors import ArchiveDamaged
from index.models.encoder import Vector
from index.storage.filtering import admitting, passages_within
from index.storage.protocol import Row, TermRow
from index.storage.state import State
from index.text.analysis import document_terms

Ids = npt.NDArray[np.int64]

FLOAT_BYTES = 4
"""Of each number of a vector."""

_PASSAGE_COLUMNS = "passage, content, first_sentence, spans, vector, sentence_vectors, checksum"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassage:
    """A passage as it is kept. `sentence_vectors`: `(sentences, dim)` float32, unit norm."""

    id: int
    content: int
    first_sentence: int
    spans: tuple[Span, ...]
    vector: Vector
    sentence_vectors: Vector


class Passages(State):
    """The passages of the contents, and the vectors that they are found by."""

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
        where, bindings = admitting(filters)
        rows = self.among(
            "SELECT p.passage FROM passages p WHERE p.passage",
            ids,
            f" AND EXISTS (SELECT 1 FROM documents d WHERE d.content = p.content AND {where})",
            bindings,
        )
        return frozenset(row[0] for row in rows)

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
        select = f"SELECT {_PASSAGE_COLUMNS} FROM passages WHERE passage"
        return {row[0]: _passage(row) for row in self.among(select, ids)}

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
            for passage, before, after in self.among(
                f"SELECT p.passage, {neighbours} FROM passages p WHERE p.passage", ids
            )
        }

    def passage_count(self) -> int:
        """How many passages the archive has."""
        return int(self.database.execute("SELECT count(*) FROM passages")[0][0])

    def passage_count_after(self, passage_id: int) -> int:
        """How many passages have an id above this one."""
        rows = self.database.execute(
            "SELECT count(*) FROM passages WHERE passage > ?", (passage_id,)
        )
        return int(rows[0][0])


def _spans(blob: bytes) -> tuple[Span, ...]:
    places = np.frombuffer(blob, dtype="<i4").reshape(-1, 2).tolist()
    return tuple(Span(start, end) for start, end in places)


def checksum_of(content: int, first_sentence: int, *blobs: bytes) -> bytes:
    """16 bytes over a passage: where it belongs, then its spans, its vector, its sentences'."""
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
