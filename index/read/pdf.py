"""PDF: the text that is in it. What is only a picture of text is for a program that reads pictures.

The dates in a PDF's properties are the file's, not the article's, and are left alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import hypot
from os import SEEK_END
from statistics import median
from typing import Any, BinaryIO

from pypdf import PageObject, PdfReader, apply_configuration
from pypdf.errors import DependencyError, PyPdfError

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.metadata import Metadata, one_line
from index.read.printed import Line, cleaned, running_text
from index.read.properties import worthy_authors, worthy_title
from index.read.record import document_of
from index.read.source import MAX_ARTICLE_BYTES, Source, too_long

_MAX_BYTES = 100_000_000
_LIMITS: dict[str, Any] = {
    "zlib_maximum_output_length": 20_000_000,
    "lzw_maximum_output_length": 20_000_000,
    "run_length_maximum_output_length": 20_000_000,
    "array_based_stream_maximum_output_length": 20_000_000,
    "stream_decoding_work_maximum_length": 60_000_000,
    "stream_parsing_work_maximum_count": 1_000_000,
    "xform_maximum_invocations_per_extraction": 500,
}
"""Of one page and its drawing: less than pypdf allows, as a page of text is much less."""

_LEAST_LETTERS = 25
_LARGE = 1.2
_LONGEST_HEADLINE = 200
_MOST_LINES = 5


@dataclass(slots=True)
class _Taken:
    """What was taken from a PDF: the lines of each page, and what was wrong with which page."""

    pages: list[list[Line]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    letters: int = 0
    pictures: int = 0
    said: Metadata = field(default_factory=Metadata)


def read_pdf(source: Source) -> Iterator[Document | Failure]:
    """One article, with the offset at which each page begins."""
    with source.open() as file, apply_configuration(**_LIMITS):
        try:
            taken = _taken(_opened(file))
        except PyPdfError as error:
            raise UnreadableFile(f"the PDF is damaged: {_of(error)}") from error
    if taken.problems:
        failed = f"{len(taken.problems)} of {len(taken.pages)} pages cannot be read; the first is "
        yield Failure(path=source.path, reason=failed + taken.problems[0])
    if taken.letters < _LEAST_LETTERS * taken.pictures and not taken.problems:
        raise UnreadableFile(
            "the PDF holds no text, only pictures; run it through OCR first, e.g. ocrmypdf"
        )
    if taken.letters:
        text, begins = running_text(taken.pages)
        headline = Metadata(
            title=_headline(taken.pages[0]), origin="largest type on the first page"
        )
        yield document_of(source, text, taken.said, headline, pages=begins)
    elif not taken.problems:
        raise UnreadableFile("the PDF holds no text")


def _opened(file: BinaryIO) -> PdfReader:
    if file.seek(0, SEEK_END) > _MAX_BYTES:
        raise UnreadableFile(f"a PDF of more than {_MAX_BYTES / 1e6:.0f} MB; split it first")
    file.seek(0)
    try:
        reader = PdfReader(file)
        # Many are encrypted only so that they are not changed, and open without a password.
        is_open = not reader.is_encrypted or reader.decrypt("")
    except DependencyError as error:
        raise UnreadableFile("the PDF is encrypted in a way that cannot be read") from error
    if not is_open:
        raise UnreadableFile("the PDF is encrypted; save it without a password")
    return reader


def _taken(reader: PdfReader) -> _Taken:
    taken = _Taken(said=_properties(reader))
    for number, page in enumerate(reader.pages, 1):
        lines: list[Line] = []
        try:
            lines = _lines(page)
        except Exception as error:  # noqa: BLE001 - what damage makes of it may be anything
            taken.problems.append(f"page {number}: {_of(error)}")
        taken.pages.append(lines)
        taken.letters += sum(len(line.text) for line in lines)
        taken.pictures += _has_picture(page)
        if taken.letters > MAX_ARTICLE_BYTES:
            raise UnreadableFile(too_long(taken.letters))
    return taken


def _lines(page: PageObject) -> list[Line]:
    pieces: list[tuple[str, Line]] = []

    def take(text: str, outer: list[float], inner: list[float], _font: Any, size: float) -> None:
        left = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
        base = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        scale = hypot(inner[2], inner[3]) * hypot(outer[2], outer[3])
        pieces.append((text, Line("", left, base, size * scale)))

    whole = page.extract_text(visitor_text=take)
    if "".join(text for text, _ in pieces).split() != whole.split():
        lines = [Line(text) for text in whole.split("\n")]
    else:
        lines = _put_together(pieces)
    return [line._replace(text=shown) for line in lines if (shown := cleaned(line.text))]


def _put_together(pieces: Sequence[tuple[str, Line]]) -> list[Line]:
    """The lines that the pieces of text make, each standing where its first piece does."""
    lines: list[Line] = []
    text, place = "", Line("")
    for piece, at in pieces:
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append(place._replace(text=text))
                text = ""
            if not text.strip():
                place = at
            text += part
    return [*lines, place._replace(text=text)]


def _has_picture(page: PageObject) -> bool:
    try:
        resources: Any = page["/Resources"]
        objects = resources["/XObject"]
        return any(objects[name].get("/Subtype") == "/Image" for name in objects)
    except Exception:  # noqa: BLE001 - a page without, or damaged
        return False


def _headline(page: Sequence[Line]) -> str:
    """The lines of the first page that are in the largest type, where that is much larger."""
    sizes = [line.size for line in page for _ in line.text]
    if not sizes or max(sizes) < _LARGE * median(sizes):
        return ""
    largest = [line.text for line in page if line.size == max(sizes)]
    text = " ".join(largest)
    if len(largest) > _MOST_LINES or len(text) > _LONGEST_HEADLINE or len(text.split()) < 2:
        return ""
    return text


def _properties(reader: PdfReader) -> Metadata:
    try:
        said: Any = reader.metadata or {}
        language = one_line(reader.root_object.get("/Lang"))
    except Exception:  # noqa: BLE001 - what damage makes of it may be anything
        return Metadata()
    return Metadata(
        title=worthy_title(_plain(said.get("/Title"))),
        authors=worthy_authors(_plain(said.get("/Author"))),
        language=language,
        origin="PDF properties",
    )


def _plain(noted: object) -> str:
    return one_line(str(noted).replace("\x00", "")) if isinstance(noted, str) else ""


def _of(error: Exception) -> str:
    return one_line(str(error))[:150] or type(error).__name__
