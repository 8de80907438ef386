"""WARC and ARC: what a crawler saved, read as a stream, packed or not, of whatever length.

Of the records, those are articles that answered a request with a page, a text, a PDF or JSON; each
is read in turn, under the address and the date at which it was retrieved. A damaged record is
reported, and reading goes on with the next that can be found.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import DecompressingBufferedReader
from warcio.recordloader import ArcWarcRecord

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.coding import decoded, ways_of
from index.read.inflate import PackedDamaged
from index.read.metadata import Metadata, one_line, parse_date
from index.read.source import MAX_ARTICLE_BYTES, Source, too_long
from index.read.unpack import Members, Packing, packing_of

_KINDS = ("response", "resource", "conversion")
_TYPES = (
    *("text/html", "application/xhtml+xml", "text/plain", "application/pdf"),
    *("application/json", "application/ld+json"),
)
_RETRIEVED = re.compile(r"(?:https?|ftp|file):", re.IGNORECASE)
_NO_ARTICLE = re.compile(r"/(?:robots|ads|app-ads|humans|security)\.txt$", re.IGNORECASE)
_STEP = 1 << 16
_FIRST_STEP = 1 << 10
_MAY_BE_MORE = 1.1
"""So much longer than an article may be is what was sent of it, packed or in parts."""

_LONGEST_LINE, _MOST_LINES = 1 << 16, 10_000


def begins_warc(head: bytes) -> bool:
    """Whether a file that begins with `head` is a WARC, or an ARC as crawlers wrote before."""
    return head.startswith((b"WARC/", b"filedesc://"))


def read_warc(source: Source) -> Iterator[Document | Failure | Source]:
    """What each record holds that may be an article, to be read in turn."""
    is_empty = True
    with source.open() as file:
        packing = packing_of(file)
        place: int | None = 0
        while place is not None:
            file.seek(place)
            members = Members(file, packing) if packing else None
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
                place = _next_beginning(file, place + 1, packing)
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
    ways: list[str] = []
    if headers is not None:
        if sent := headers.get_header("Transfer-Encoding"):
            headers.replace_header("Transfer-Encoding", sent.strip().lower())
        ways = ways_of(headers.get_header("Content-Encoding"))
        while headers.remove_header("Content-Encoding"):
            pass  # else warcio would unpack it, without limits
    # Neither packing nor sending in parts makes it longer than it was, but by a little.
    if record.raw_stream.limit > MAX_ARTICLE_BYTES * _MAY_BE_MORE:
        raise UnreadableFile(too_long(record.raw_stream.limit))
    raw: bytes = record.content_stream().read(int(MAX_ARTICLE_BYTES * _MAY_BE_MORE) + 1)
    # To its end before anything is made of it: that it is damaged may show there only.
    complaints, records.reader.empty_lines = records.err_count, 0
    records.read_to_end()
    following = records.next_line if record.format == "warc" else None
    # Two empty lines end a record, whatever comes after them.
    is_ended = not following or begins_warc(following) or records.reader.empty_lines >= 2
    if record.raw_stream.limit or records.err_count > complaints or not is_ended:
        raise UnreadableFile("is cut off, or of another length than the file says")
    for way in ways:
        raw = decoded(raw, way, most=MAX_ARTICLE_BYTES)
    if len(raw) > MAX_ARTICLE_BYTES:
        raise UnreadableFile(f"is longer than the {MAX_ARTICLE_BYTES / 1e6:.0f} MB of one article")
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


def _next_beginning(file: BinaryIO, place: int, packing: Packing | None) -> int | None:
    """Where the next record begins, at `place` or after it; None where there is none."""
    mark = packing.mark if packing else b"\nWARC/"
    at = place if packing else place - 1
    file.seek(at)
    while len(window := file.read(_STEP)) >= len(mark):
        found = window.find(mark)
        while found >= 0:
            beginning = at + found if packing else at + found + 1
            if packing is None or _unpacks(file, beginning, packing):
                return beginning
            found = window.find(mark, found + 1)
        at += len(window) - len(mark) + 1
        file.seek(at)
    return None


def _unpacks(file: BinaryIO, place: int, packing: Packing) -> bool:
    """Whether a packed record begins here, and not bytes that look like the beginning of one."""
    file.seek(place)
    inflater = packing.begin()
    part = b""
    try:
        for _ in range(0, packing.first_bytes, _FIRST_STEP):
            part = inflater.decompress(file.read(_FIRST_STEP), 16)
            if part or inflater.eof:
                break
    except PackedDamaged:
        return False
    return begins_warc(part)


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
