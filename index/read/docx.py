"""Word's .docx: its paragraphs and tables in the order in which they are read.

Deleted text is left out, inserted text is there, as in the final version. Headers, footers, notes
and comments are not the article's text.
"""

from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from lxml import etree

from index.datatypes import Document
from index.errors import UnreadableFile
from index.read.metadata import Metadata, one_line
from index.read.package import opened
from index.read.plain_xml import parse_plain
from index.read.properties import worthy_authors, worthy_title
from index.read.record import document_of
from index.read.source import Source

_MAX_XML_BYTES = 20_000_000
_XML = (".xml", ".rels")

_PARAGRAPH, _TABLE, _ROW, _CELL = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc"))
_TEXT, _BOX = qn("w:t"), qn("w:txbxContent")
_WRITTEN = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = {qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), _FALLBACK}
_HEADINGS = ("Title", "Heading 1")
_BEGINNING = 20


def read_docx(source: Source) -> Iterator[Document]:
    """One article."""
    _check(source)
    with source.open() as file:
        try:
            word = docx.Document(file)
        except (ValueError, KeyError, AttributeError, OpcError, etree.LxmlError) as error:
            detail = one_line(str(error))[:100]
            raise UnreadableFile(
                f"not a whole Word file ({detail}); open it in Word and save it as .docx"
            ) from error
    blocks = list(_blocks(word.element.body))
    text = "\n\n".join(shown for block in blocks if (shown := _shown(block)))
    if not text:
        raise UnreadableFile("the file holds no text")
    heading = Metadata(title=_heading(blocks[:_BEGINNING], word), origin="first heading")
    yield document_of(source, text, _properties(word), heading)


def _check(source: Source) -> None:
    """Refuse what python-docx would unpack, and take in, without a limit."""
    size = 0
    with opened(source) as package:
        for member in package.members:
            raw = package.read(member)
            if member.filename.endswith(_XML):
                size += len(raw)
                if size > _MAX_XML_BYTES:
                    raise UnreadableFile(
                        f"its text and layout take more than {_MAX_XML_BYTES / 1e6:.0f} MB; "
                        "save it as .txt"
                    )
                parse_plain(raw)


def _blocks(element: Any) -> Iterator[Any]:
    """The paragraphs in `element`, and the rows of tables that have one for each cell."""
    for child in element:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == _PARAGRAPH:
            yield child
            for box in child.iter(_BOX):
                if not any(outer.tag == _FALLBACK for outer in box.iterancestors()):
                    yield from _blocks(box)
        elif child.tag == _ROW and all(len(list(cell.iter(_PARAGRAPH))) < 2 for cell in child):
            yield child
        else:
            yield from _blocks(child)


def _shown(block: Any) -> str:
    if block.tag != _ROW:
        return "".join(_pieces(block)).strip()
    return "\t".join(filter(None, ("".join(_pieces(cell)).strip() for cell in block)))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == _TEXT:
            yield child.text or ""
        elif child.tag in _WRITTEN:
            yield _WRITTEN[child.tag]
        elif child.tag not in _LEFT_OUT and child.tag != _BOX:
            yield from _pieces(child)


def _heading(blocks: list[Any], word: WordDocument) -> str:
    for block in blocks:
        if block.tag == _PARAGRAPH:
            style = Paragraph(block, word).style
            if style is not None and style.name in _HEADINGS:
                return one_line(_shown(block))
    return ""


def _properties(word: WordDocument) -> Metadata:
    try:
        word.part.package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    except KeyError:  # without this, python-docx makes some up, of today
        return Metadata()
    said = word.core_properties
    changed = said.modified or said.created
    return Metadata(
        title=worthy_title(said.title),
        authors=worthy_authors(said.author),
        modified=changed.date() if changed else None,
        language=one_line(said.language),
        origin="Word properties",
    )
