"""WARC and ARC: what a crawler saved, read as a stream, packed or not, of whatever length.

Of the records, those are articles that answered a request with a page, a text, a PDF or JSON; each
is read in turn, under the address and the date at which it was retrieved. A damaged record is
reported, and reading goes on with the next that can be found.
"""

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import BufferedReader, DecompressingBufferedReader
from warcio.recordloader import ArcWarcRecord

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.metadata import Metadata, one_line, parse_date
from index.read.source import MAX_ARTICLE_BYTES, Source, too_long
from index.read.unpack import GZIP_BITS, Members

_KINDS = ("response", "resource", "conversion")
_TYPES = (
    *("text/html", "application/xhtml+xml", "text/plain", "application/pdf"),
    *("application/json", "application/ld+json"),
)
_RETRIEVED = re.compile(r"(?:https?|ftp|file):", re.IGNORECASE)
_NO_ARTICLE = re.compile(r"/(?:robots|ads|app-ads|humans|security)\.txt$", re.IGNORECASE)
_GZIP = b"\x1f\x8b\x08"
_STEP = 1 << 16
_LONGEST_LINE, _MOST_LINES = 1 << 16, 10_000


def begins_warc(head: bytes) -> bool:
    """Whether a file that begins with `head` is a WARC, or an ARC as crawlers wrote before."""
    return head.startswith((b"WARC/", b"filedesc://"))


def read_warc(source: Source) -> Iterator[Document | Failure | Source]:
    """What each record holds that may be an article, to be read in turn."""
    is_empty = True
    with source.open() as file:
        is_packed = file.read(len(_GZIP)) == _GZIP
        place: int | None = 0
        while place is not None:
            file.seek(place)
            members = Members(file) if is_packed else None
            records = ArchiveIterator(members or file)
            records.reader = _ShortHeaders(members or file)
            try:
                for found in _articles(source, records):
                    is_empty = False
                    yield found
                if members and members.damage:
                    raise members.damage
                place = None
            except Exception as error:  # noqa: BLE001 - warcio raises what damage happens to cause
                is_empty = False
                place = members.began if members else records.offset
                yield Failure(path=source.path, reason=_damage(place, error))
                place = _next_beginning(file, place + 1, is_packed=is_packed)
    if is_empty:
        raise UnreadableFile("the web archive holds no page, text, PDF or JSON")


def _articles(source: Source, records: ArchiveIterator) -> Iterator[Failure | Source]:
    for record in records:
        records.reader.lines = 0
        if record.length is None:
            raise UnreadableFile("its length is missing")
        address = _address(record)
        if not _may_be_article(record, address):
            continue
        try:
            raw = _body(record, records)
        except UnreadableFile as error:
            yield Failure(path=source.member(address, b"").path, reason=str(error))
        else:
            yield source.member(address, raw, _known(record, address))


def _may_be_article(record: ArcWarcRecord, address: str) -> bool:
    if record.rec_type not in _KINDS or not record.length:
        return False
    # What crawlers note of themselves has addresses of its own, like “metadata:” and “urn:”.
    if not _RETRIEVED.match(address) or _NO_ARTICLE.search(address):
        return False
    headers = record.http_headers
    if headers is None:
        kind = record.content_type
    elif headers.get_statuscode().startswith("2"):
        kind = headers.get_header("Content-Type")
    else:
        return False
    return (kind or "").partition(";")[0].strip().lower() in _TYPES


def _body(record: ArcWarcRecord, records: ArchiveIterator) -> bytes:
    """What was sent, unpacked.

    Raises:
        UnreadableFile: it is longer than an article may be, packed in an unknown way, or cut off.
    """
    headers = record.http_headers
    if headers is not None:
        for name in ("Transfer-Encoding", "Content-Encoding"):
            if value := headers.get_header(name):
                headers.replace_header(name, value.strip().lower())
        packed = headers.get_header("Content-Encoding")
        if packed not in (None, "identity", *BufferedReader.get_supported_decompressors()):
            raise UnreadableFile(f"is packed as {one_line(packed)[:40]}, which cannot be unpacked")
    # Neither packing nor sending in parts makes it longer than it was, but by a little.
    if record.raw_stream.limit > MAX_ARTICLE_BYTES * 1.1:
        raise UnreadableFile(too_long(record.raw_stream.limit))
    raw: bytes = record.content_stream().read(MAX_ARTICLE_BYTES + 1)
    if len(raw) > MAX_ARTICLE_BYTES:
        raise UnreadableFile(f"is longer than the {MAX_ARTICLE_BYTES / 1e6:.0f} MB of one article")
    # To its end before anything is made of it: that it is damaged may show there only.
    complaints, records.reader.empty_lines = records.err_count, 0
    records.read_to_end()
    following = records.next_line if record.format == "warc" else None
    # Two empty lines end a record, whatever comes after them.
    is_ended = not following or begins_warc(following) or records.reader.empty_lines >= 2
    if record.raw_stream.limit or records.err_count > complaints or not is_ended:
        raise UnreadableFile("is cut off, or of another length than the file says")
    return raw


def _address(record: ArcWarcRecord) -> str:
    name = "uri" if record.format == "arc" else "WARC-Target-URI"
    return one_line(record.rec_headers.get_header(name) or "")


def _known(record: ArcWarcRecord, address: str) -> Metadata:
    if record.format == "arc":
        date = (record.rec_headers.get_header("archive-date") or "")[:8]
    else:
        date = record.rec_headers.get_header("WARC-Date") or ""
    return Metadata(
        url=address if address.startswith(("http://", "https://")) else "",
        retrieved=parse_date(date),
        origin="web archive",
    )


def _damage(place: int, error: Exception) -> str:
    detail = one_line(str(error))[:120] or type(error).__name__
    return f"the record at byte {place} is damaged: {detail}"


def _next_beginning(file: BinaryIO, place: int, *, is_packed: bool) -> int | None:
    """Where the next record begins, at `place` or after it; None where there is none."""
    mark = _GZIP if is_packed else b"\nWARC/"
    at = place if is_packed else place - 1
    file.seek(at)
    while len(window := file.read(_STEP)) >= len(mark):
        found = window.find(mark)
        while found >= 0:
            beginning = at + found if is_packed else at + found + 1
            if not is_packed or _unpacks(file, beginning):
                return beginning
            found = window.find(mark, found + 1)
        at += len(window) - len(mark) + 1
        file.seek(at)
    return None


def _unpacks(file: BinaryIO, place: int) -> bool:
    """Whether a packed record begins here, and not bytes that look like the beginning of one."""
    file.seek(place)
    try:
        return begins_warc(zlib.decompressobj(GZIP_BITS).decompress(file.read(1024), 16))
    except zlib.error:
        return False


class _ShortHeaders(DecompressingBufferedReader):  # type: ignore[misc]  # warcio is untyped
    """warcio's reader, but that headers without end do not fill the memory."""

    lines = 0
    empty_lines = 0

    def readline(self, length: int | None = None) -> bytes:
        self.lines += 1
        if self.lines > _MOST_LINES:
            raise UnreadableFile("its headers have no end")
        line: bytes = super().readline(min(length or _LONGEST_LINE, _LONGEST_LINE))
        self.empty_lines += not line.strip()
        return line
