"""Plain text: the decoded file is the article, untouched."""

from collections.abc import Iterator

from index.datatypes import Document
from index.errors import UnreadableFile
from index.read.decode import decode
from index.read.metadata import Metadata
from index.read.record import document_of
from index.read.source import Source

_LONGEST_HEADLINE = 150
_ENDS_A_SENTENCE = (".", "!", "?", "。", "؟", "।", ":", ";", ",")


def read_text(source: Source) -> Iterator[Document]:
    """One article. A short first line that stands alone above an empty one is its title."""
    text = decode(source.read())
    if not text.strip():
        raise UnreadableFile("the file holds nothing but white space")
    yield document_of(source, text, Metadata(title=headline(text), origin="first line"))


def headline(text: str) -> str:
    """The first line of `text` where it looks like one, else nothing."""
    lines = text.strip().splitlines()
    first = lines[0].strip()
    stands_alone = len(lines) > 2 and not lines[1].strip()
    if stands_alone and len(first) <= _LONGEST_HEADLINE and not first.endswith(_ENDS_A_SENTENCE):
        return first
    return ""
