"""What the archive keeps, read through one connection. `writer` writes it.

Everything that is shown is checked when it is read: the text by its SHA-256, what a citation
says by its fingerprint and checksum, spans and vectors by a checksum.
"""

from dataclasses import dataclass

from index.storage.documents import Documents
from index.storage.files import Files
from index.storage.passages import Passages


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One FAISS file, as the archive remembers it."""

    generation: int
    file: str
    sha256: str
    passages: int
    last_passage: int
    encoder_sha256: str


class Store(Documents, Passages, Files):
    """Reads the tables of one archive, through one connection. `writer` writes them."""

    def terms_are_whole(self) -> bool:
        """Whether the lexical index holds exactly what the texts make: each term in its place."""
        rows = (row for content in self.content_numbers() for row in self.term_rows(content))
        return self.database.lexicon.is_made_of(rows)

    def snapshots(self) -> list[Snapshot]:
        """Newest first."""
        rows = self.database.execute(
            "SELECT generation, file, sha256, passages, last_passage, encoder_sha256"
            " FROM snapshots ORDER BY generation DESC"
        )
        names = ("generation", "file", "sha256", "passages", "last_passage", "encoder_sha256")
        return [Snapshot(**dict(zip(names, row, strict=True))) for row in rows if None not in row]
