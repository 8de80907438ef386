"""Plain text: the decoded file is the article, untouched."""

from collections.abc import Iterator
from pathlib import Path

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.decode import decode, read_bytes
from index.read.record import document_id, shown

_LONGEST_HEADLINE = 150
_ENDS_A_SENTENCE = (".", "!", "?", "。", "؟", "।", ":", ";", ",")


def read_text(path: Path) -> Iterator[Document | Failure]:
    """One article. A short first line that stands alone above an empty one is its title."""
    text = decode(read_bytes(path))
    if not text.strip():
        raise UnreadableFile("the file holds nothing but white space")
    yield Document(
        id=document_id(url="", identity=f"path:{path}"),
        text=text,
        path=shown(path),
        title=_headline(text),
    )


def _headline(text: str) -> str:
    lines = text.strip().splitlines()
    first = lines[0].strip()
    stands_alone = len(lines) > 2 and not lines[1].strip()
    if stands_alone and len(first) <= _LONGEST_HEADLINE and not first.endswith(_ENDS_A_SENTENCE):
        return first
    return ""
