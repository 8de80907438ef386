"""Documents, their former versions and their texts as they are kept, each checked when read."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from index.datatypes import MADE_FROM, Document, Filters, sha256_of
from index.errors import ArchiveDamaged, NoDocument, TextDamaged
from index.storage.filtering import admitting
from index.storage.protocol import Row, Tables
from index.storage.state import State

_REMEMBERED = 16
_MANY = 10
"""A filter admits many when that is more than one text of so many."""

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
class Totals:
    """How much there is. `undated`: documents that a date filter leaves out for having none."""

    documents: int
    texts: int
    sentences: int
    undated: int


class Documents(State):
    """The documents, and the contents that they have: a text under a headline."""

    def __init__(self, database: Tables) -> None:
        super().__init__(database)
        self._counted: dict[Filters, Totals] = {}
        self._counted_at = -1

    def fingerprint(self, document_id: str) -> str | None:
        """The fingerprint of a document as it is kept; None where there is none of that id."""
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
        """The number of a document's content. Raises: NoDocument."""
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

    def text(self, content: int) -> StoredText:
        """The headline and the text of a content, the text checked against its SHA-256."""
        return self.texts([content])[content]

    def texts(self, contents: Sequence[int]) -> dict[int, StoredText]:
        """The headlines and texts of contents, each text checked against its SHA-256.

        Raises:
            TextDamaged: one is missing, or is not what was added.
        """
        rows = self.among(
            "SELECT content, headline, text, sha256 FROM contents WHERE content", contents
        )
        found = {content: StoredText(*row) for content, *row in rows}
        for content in contents:
            if content not in found:
                raise TextDamaged(f"the text number {content} is missing; run: onrecord verify")
            if sha256_of(found[content].text) != found[content].sha256:
                raise TextDamaged(
                    f"the text number {content} is not the one that was added; run: onrecord verify"
                )
        return found

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
        first = "SELECT content, min(number) FROM documents WHERE content"
        return dict(self.among(first, contents, " GROUP BY content"))

    def documents_of(
        self, texts: Mapping[int, StoredText], filters: Filters
    ) -> dict[int, Document]:
        """Of each of some contents the first document that the filters admit.

        Raises:
            ArchiveDamaged: there is none, or it is not what was added.
        """
        where, bindings = admitting(filters)
        rows = self.among(
            f"SELECT d.content, {_DOCUMENT_COLUMNS} FROM documents d WHERE d.number IN"
            " (SELECT min(d.number) FROM documents d WHERE d.content",
            list(texts),
            f" AND {where} GROUP BY d.content)",
            bindings,
        )
        found = {content: _document(tuple(row), texts[content]) for content, *row in rows}
        for content in texts:
            if content not in found:
                raise ArchiveDamaged(
                    f"no document has the text number {content}; run: onrecord verify"
                )
        return found

    def copies(self, document_id: str, content: int) -> tuple[str, ...]:
        """The ids of the other documents in the near-duplicate cluster of a content."""
        (cluster,) = self.clusters([content]).values()
        return tuple(copy for copy in self.documents_in([cluster])[cluster] if copy != document_id)

    def documents_in(self, clusters: Sequence[int]) -> dict[int, list[str]]:
        """The ids of the documents of each near-duplicate cluster, in their order."""
        found_in: dict[int, list[str]] = {cluster: [] for cluster in clusters}
        for cluster, document_id in self.among(
            "SELECT c.cluster, d.id FROM documents d JOIN contents c USING (content)"
            " WHERE c.cluster",
            clusters,
            " ORDER BY d.number",
        ):
            found_in[cluster].append(document_id)
        return found_in

    def clusters(self, contents: Sequence[int]) -> dict[int, int]:
        """The number of the near-duplicate cluster that each content is in.

        Raises:
            ArchiveDamaged: one is not the one that was found when it was added.
        """
        found: dict[int, int] = {}
        for content, cluster, signature, checksum in self.among(
            "SELECT content, cluster, signature, cluster_checksum FROM contents WHERE content",
            contents,
        ):
            if (cluster, signature, checksum) == (None, None, None):  # added before they were found
                found[content] = content
            elif cluster is None or cluster_checksum(content, cluster, signature) != checksum:
                raise ArchiveDamaged(
                    f"the near-duplicate cluster of text {content} is damaged; "
                    "run: onrecord verify --repair"
                )
            else:
                found[content] = int(cluster)
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
        where, bindings = admitting(filters)
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
            where, bindings = admitting(replace(filters, after=None, before=None))
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

    def content_numbers(self) -> list[int]:
        """Of the contents that are searched."""
        rows = self.database.execute("SELECT content FROM contents WHERE sentences > 0")
        return [row[0] for row in rows]

    def text_numbers(self) -> list[int]:
        """Of all contents, those of former versions included."""
        return [row[0] for row in self.database.execute("SELECT content FROM contents")]


def no_document(document_id: str) -> NoDocument:
    """What to raise where no document has an id."""
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


def cluster_checksum(content: int, cluster: int, signature: bytes | None) -> bytes:
    """8 bytes over what says which near-duplicate cluster a content is in."""
    written = f"{content} {cluster}".encode() + (signature or b"")
    return hashlib.blake2b(written, digest_size=8).digest()
