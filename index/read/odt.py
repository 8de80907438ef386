"""OpenDocument text: its paragraphs, headings and tables in the order in which they are read.

No tree is built of the XML, so that memory grows with the text alone. Deleted text, notes and
comments are not the article's text.
"""

import re
from collections.abc import Iterator, Mapping

from index.datatypes import Document
from index.errors import UnreadableFile
from index.read.metadata import Metadata, one_line, parse_date
from index.read.package import opened
from index.read.plain_xml import parse_plain
from index.read.properties import worthy_authors, worthy_title
from index.read.record import document_of
from index.read.source import Source

_CONTENT, _META, _MANIFEST = "content.xml", "meta.xml", "META-INF/manifest.xml"
_MOST_SPACES = 100

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ROW = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-row"
_CELL = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-cell"
_DC = "{http://purl.org/dc/elements/1.1/}"
_META_OF = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"

_BODY, _HEADING = f"{_OFFICE}text", f"{_TEXT}h"
_PARAGRAPHS = (f"{_TEXT}p", _HEADING)
_LEFT_OUT = (
    *(f"{_TEXT}note", f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}forms"),
    *("{http://www.w3.org/2000/svg}title", "{http://www.w3.org/2000/svg}desc"),
)
_SPACE = re.compile(r"[ \t\r\n]+")


def read_odt(source: Source) -> Iterator[Document]:
    """One article."""
    article, said = _Article(), _Said()
    with opened(source) as package:
        if _MANIFEST in package and b"encryption-data" in package.read(_MANIFEST):
            raise UnreadableFile("the file is encrypted; save it without a password")
        is_whole = parse_plain(package.read(_CONTENT), article)
        if _META in package:
            parse_plain(package.read(_META), said)
    if not is_whole:
        raise UnreadableFile("the file's XML is damaged; open it in an office program and save it")
    heading = Metadata(title=one_line(article.heading), origin="first heading")
    yield document_of(source, "\n\n".join(article.paragraphs), said.as_metadata(), heading)


class _Article:
    """What is told of `content.xml`, as the paragraphs that it makes."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self.heading = ""
        self._open: list[list[str]] = []  # paragraphs, as a text box may lie in one
        self._rows: list[list[list[str]]] = []  # of each row that is open, its cells' paragraphs
        self._is_body = False
        self._left_out = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._left_out or tag in _LEFT_OUT:
            self._left_out += 1
        elif tag == _BODY:
            self._is_body = True
        elif tag in _PARAGRAPHS:
            self._open.append([])
        elif tag == _ROW:
            self._rows.append([])
        elif tag == _CELL and self._rows:
            self._rows[-1].append([])
        elif tag == f"{_TEXT}s":
            count = attributes.get(f"{_TEXT}c", "1")
            self._put(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
        elif tag == f"{_TEXT}tab":
            self._put("\t")
        elif tag == f"{_TEXT}line-break":
            self._put("\n")

    def end(self, tag: str) -> None:
        if self._left_out:
            self._left_out -= 1
        elif tag in _PARAGRAPHS:
            text = "".join(self._open.pop()).strip()
            self._keep(text)
            if tag == _HEADING and not self.heading:
                self.heading = text
        elif tag == _ROW:
            cells = self._rows.pop()
            if all(len(cell) < 2 for cell in cells):
                self._keep("\t".join(text for cell in cells for text in cell))
            else:
                for cell in cells:
                    for text in cell:
                        self._keep(text)

    def data(self, text: str) -> None:
        text = _SPACE.sub(" ", text)
        if self._open and self._open[-1] and self._open[-1][-1].endswith(" "):
            text = text.lstrip(" ")
        if not self._left_out:
            self._put(text)

    def _put(self, text: str) -> None:
        if self._open and text:
            self._open[-1].append(text)

    def _keep(self, text: str) -> None:
        if text and self._is_body:
            row = self._rows[-1] if self._rows else None
            (row[-1] if row else self.paragraphs).append(text)


class _Said:
    """What is told of `meta.xml`."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}
        self._tag = ""

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self._tag = tag

    def end(self, _tag: str) -> None:
        self._tag = ""

    def data(self, text: str) -> None:
        if self._tag:
            self._said[self._tag] = self._said.get(self._tag, "") + text

    def as_metadata(self) -> Metadata:
        first = worthy_authors(self._said.get(f"{_META_OF}initial-creator"))
        changed = self._said.get(f"{_DC}date") or self._said.get(f"{_META_OF}creation-date")
        return Metadata(
            title=worthy_title(self._said.get(f"{_DC}title")),
            authors=first or worthy_authors(self._said.get(f"{_DC}creator")),
            modified=parse_date(changed),
            language=one_line(self._said.get(f"{_DC}language")),
            origin="OpenDocument properties",
        )
