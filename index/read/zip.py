"""zip: an office document, told by its parts, or else a folder of files, each read in turn."""

import zipfile
from collections.abc import Iterator

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.formats import DEEPEST, reader_of
from index.read.package import Budget, Package, opened, why_not
from index.read.source import Source

_TEXT = "application/vnd.oasis.opendocument.text"
_BY_TYPE = {
    _TEXT: "odt",
    f"{_TEXT}-template": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "a spreadsheet; save it as .csv",
    "application/vnd.oasis.opendocument.presentation": "a presentation; save it as .odt or .txt",
    "application/vnd.oasis.opendocument.graphics": "a drawing; save it as .odt or .txt",
    "application/epub+zip": "an e-book; save it as .html or .txt",
}
_BY_PART = {
    "word/": "docx",
    "xl/": "a spreadsheet; save it as .csv",
    "ppt/": "a presentation; save it as .docx or .txt",
    "visio/": "a drawing; save it as .docx or .txt",
    "Index/Document.iwa": "an iWork document; export it as .docx",
}
"""What the parts of an office document say it is: a key of `FORMATS`, or why it is not read."""

_TYPE = "mimetype"
_LONGEST_TYPE = 200
_ZIP = b"PK\x03\x04"


def read_zip(source: Source) -> Iterator[Document | Failure | Source]:
    """The document that it is, or the files in it, by name; hidden ones are left out."""
    yield from _read(source, Budget())


def _read(source: Source, budget: Budget) -> Iterator[Document | Failure | Source]:
    with opened(source, budget) as package:
        kind = _office_kind(package)
        if kind is None:
            yield from _files(source, package, budget)
            return
    if kind not in ("docx", "odt"):
        raise UnreadableFile(kind)
    yield from reader_of(kind)(source)


def _office_kind(package: Package) -> str | None:
    for member in package.members:
        if member.filename == _TYPE and member.file_size < _LONGEST_TYPE:
            return _BY_TYPE.get(package.read(member).decode("ascii", "replace").strip())
        if member.filename == "Index/Document.iwa":
            return _BY_PART[member.filename]
    if "[Content_Types].xml" in package:
        for part, kind in _BY_PART.items():
            if any(member.filename.startswith(part) for member in package.members):
                return kind
    return None


def _files(
    source: Source, package: Package, budget: Budget
) -> Iterator[Document | Failure | Source]:
    seen: set[str] = set()
    is_empty = True
    for member in package.members:
        if _is_hidden(member):
            continue
        is_empty = False
        name = member.filename
        try:
            reason = why_not(member) or ("is there twice" if name in seen else "")
            if reason:
                raise UnreadableFile(reason)
            seen.add(name)
            raw = package.read(member)
            within = source.member(name, raw)
            # A zip file within is read at once, so that it lives on what is left of the budget.
            if raw.startswith(_ZIP) and within.depth <= DEEPEST:
                yield from _read(within, budget)
            else:
                yield within
        except UnreadableFile as error:
            yield Failure(path=source.member(name, b"").path, reason=str(error))
    if is_empty:
        raise UnreadableFile("the zip file holds no files")


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    names = member.filename.replace("\\", "/").split("/")
    return any(name == "__MACOSX" or (name.startswith(".") and name != "..") for name in names)
