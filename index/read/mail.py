"""Mail: .eml, mailboxes of many, and the .mhtml in which browsers save a page.

A mail is one article: its subject is the title, who sent it the author. What is attached to it is
read in turn. A saved page is handed on as it was, under the address that it was saved from.
"""

import codecs
import email
import email.utils
import io
import mimetypes
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from itertools import chain
from pathlib import PurePosixPath
from typing import BinaryIO

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.decode import decode
from index.read.markup import text_of
from index.read.metadata import Metadata, one_line, parse_date
from index.read.record import document_of
from index.read.source import MAX_ARTICLE_BYTES, Source

_MAX_BYTES = 3 * MAX_ARTICLE_BYTES
"""With what is attached: servers take no more than 25 MB, and base64 makes 4 bytes of 3."""

_MOST_PARTS = 10_000
_PART = re.compile(rb"^(?:--|content-type:)", re.IGNORECASE | re.MULTILINE)
"""Begins a part, or says what it is; there may be fewer parts, but there are no more."""

_SHOWN = ("text/plain", "text/html")
_LONGEST_HEADER = 10_000
_LONGEST_LINE = 1 << 16
_ENVELOPE = re.compile(rb"From \S+ .*\d\d:\d\d")
_ESCAPED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_FLOWED = re.compile(r"(?<!^--) \n", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_WESTERN = ("iso-8859-1", "iso-8859-15", "windows-1252", "cp1252", "latin1")
"""What a mail says of its encoding when nobody thought of it; it may as well be UTF-8."""

NO_ARTICLE = re.compile(
    r"(?:image|audio|video|font)/.*|text/(?:css|calendar|(?:x-)?vcard|directory|javascript)|"
    r"application/(?:(?:x-)?pkcs7-signature|pgp-signature|pgp-keys|ics|javascript)|"
    r"message/(?:delivery-status|disposition-notification|feedback-report)"
)
"""Kinds of what is attached to mails that are never articles."""


class _ShortHeaders(Compat32):
    """The library's older way with headers, that looks into none unasked; long ones are emptied."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value if len(value) <= _LONGEST_HEADER else ""


def read_mail(source: Source) -> Iterator[Document | Failure | Source]:
    """The mail and the files attached to it; of a mailbox, each mail; of a saved page, the page."""
    with source.open() as file:
        mails = _mails(file)
        first, second = next(mails, None), next(mails, None)
        if second is None:
            yield from _read_one(source, _checked(first))
            return
        for number, raw in enumerate(chain([first, second], mails), 1):
            name = f"{number}.eml"
            try:
                yield source.member(name, _checked(raw))
            except UnreadableFile as error:
                yield Failure(path=source.member(name, b"").path, reason=str(error))


def _mails(file: BinaryIO) -> Iterator[bytes | None]:
    """Each mail of the mailbox that a file is, or the one that it is; None is one too long."""
    mail = io.BytesIO()
    is_between = False
    while line := file.readline(_LONGEST_LINE):
        if is_between and mail.tell() and _ENVELOPE.match(line):
            yield _taken(mail)
            mail = io.BytesIO()
        if mail.tell() <= _MAX_BYTES:
            mail.write(line)
        is_between = not line.strip()
    yield _taken(mail)


def _taken(mail: io.BytesIO) -> bytes | None:
    raw = mail.getvalue()
    if len(raw) > _MAX_BYTES:
        return None
    return _ESCAPED.sub(b"", raw) if _ENVELOPE.match(raw) else raw


def _checked(raw: bytes | None) -> bytes:
    if raw is None:
        raise UnreadableFile("a mail of more than 30 MB; save what is attached to it by itself")
    return raw


def _read_one(source: Source, raw: bytes) -> Iterator[Document | Failure | Source]:
    if len(_PART.findall(raw)) > _MOST_PARTS:
        raise UnreadableFile("a mail of very many parts; save what is attached to it by itself")
    mail = email.message_from_bytes(raw, policy=_ShortHeaders())
    page = _saved_page(source, mail)
    if page is not None:
        yield page
        return
    if mail.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime"):
        raise UnreadableFile("the mail is encrypted; save it decrypted")
    shown: list[Message] = []
    attached: list[Message] = []
    _sort(mail, shown, attached)
    text = "\n\n".join(text for part in shown if (text := _text(part)))
    if text:
        yield document_of(source, text, said_by(mail))
    elif not attached:
        raise UnreadableFile("the mail holds no text")
    yield from _attached(source, attached)


def _sort(part: Message, shown: list[Message], attached: list[Message]) -> None:
    """Put each part of a mail to what is shown of it, or to what is attached, or to neither."""
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        for best in _best(_inner(part)):
            _sort(best, shown, attached)
    elif part.get_content_maintype() == "multipart":
        for each in _inner(part):
            _sort(each, shown, attached)
    elif kind in _SHOWN and not _is_attached(part):
        shown.append(part)
    elif not NO_ARTICLE.fullmatch(kind):
        attached.append(part)


def _best(alternatives: list[Message]) -> list[Message]:
    """The alternative that has plain text, or else the one that has HTML; or none."""
    for kind in _SHOWN:
        for one in alternatives:
            for part in one.walk():
                if part.get_content_type() == kind and not _is_attached(part) and _text(part):
                    return [one]
    return []


def _inner(part: Message) -> list[Message]:
    parts = part.get_payload()
    return [one for one in parts if isinstance(one, Message)] if isinstance(parts, list) else []


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def _text(part: Message) -> str:
    text = _decoded(_payload(part), part.get_content_charset()).replace("\r\n", "\n")
    if part.get_content_type() == "text/html":
        return text_of(text)
    if part.get_param("format") == "flowed":
        # Source: RFC 3676. A space before the line's end says that the paragraph goes on.
        text = _FLOWED.sub("" if part.get_param("delsp") == "yes" else " ", text)
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _payload(part: Message) -> bytes:
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""


def _decoded(raw: bytes, claimed: str | None) -> str:
    """The text of `raw` in the encoding that the mail claims, where that can be."""
    tried = ("utf-8", "cp1252") if claimed in _WESTERN else (claimed,)
    for encoding in tried:
        try:
            return raw.decode(encoding or "ascii")
        except (LookupError, ValueError):
            continue
    return decode(raw)


def _attached(source: Source, parts: list[Message]) -> Iterator[Source]:
    names: set[str] = set()
    for number, part in enumerate(parts, 1):
        kind = part.get_content_type()
        name = _plain(part.get_filename() or "")
        if not name:
            ending = ".eml" if kind == "message/rfc822" else mimetypes.guess_extension(kind) or ""
            name = f"attachment {number}{ending}"
        if name in names:
            name = f"{number} {name}"
        names.add(name)
        inner = _inner(part)
        yield source.member(name, inner[0].as_bytes() if inner else _payload(part))


def _saved_page(source: Source, mail: Message) -> Source | None:
    """The page that a browser saved, where `mail` is that: nobody sent it to anybody."""
    if "To" in mail or "Received" in mail:
        return None
    for part in mail.walk():
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        address = _header(mail, "Snapshot-Content-Location") or _header(part, "Content-Location")
        if not address:
            return None
        raw = _payload(part)
        if claimed := part.get_content_charset():
            raw = codecs.BOM_UTF8 + _decoded(raw, claimed).encode("utf-8", "replace")
        known = Metadata(
            title=_header(mail, "Subject"),
            url=address if address.startswith(("http://", "https://")) else "",
            retrieved=parse_date(_header(mail, "Date")),
            origin="saved page",
        )
        return source.member(f"{PurePosixPath(source.path).stem}.html", raw, known)
    return None


def said_by(mail: Message) -> Metadata:
    """What the headers of a mail say of it."""
    authors = _people(mail, "From")
    listed, _ = email.utils.parseaddr(_header(mail, "List-Id"))
    senders = [one for one in _people(mail, "Sender") if "@" not in one and one not in authors]
    return Metadata(
        title=_header(mail, "Subject"),
        source=one_line(listed) or next(iter(senders), "") or _header(mail, "Organization"),
        published=parse_date(_header(mail, "Date")),
        authors=authors,
        origin="mail headers",
    )


def _people(mail: Message, name: str) -> tuple[str, ...]:
    """The names in a header, or the addresses of those without one."""
    found = email.utils.getaddresses([_raw_header(mail, name)])
    return tuple(shown for who, address in found if (shown := _plain(who) or one_line(address)))


def _header(mail: Message, name: str) -> str:
    return _plain(_raw_header(mail, name))


def _raw_header(mail: Message, name: str) -> str:
    """A header as it came."""
    values = (str(value) for header, value in mail.raw_items() if header.lower() == name.lower())
    return next(values, "")


def _plain(header: str) -> str:
    """The text of a header, of whose words some may be encoded (RFC 2047)."""
    # What is no ASCII came as it was, and is kept as surrogates.
    raw = header.encode("utf-8", "surrogateescape")
    try:
        return one_line(str(make_header(decode_header(decode(raw)))))
    except (UnreadableFile, MessageError, LookupError, ValueError):
        return one_line(raw.decode("utf-8", "replace"))
