"""Outlook's .msg, told from the old Office documents that are the same kind of file."""

import email
import io
import struct
from collections.abc import Iterator

from olefile import OleFileIO
from oxmsg import Message
from oxmsg.attachment import Attachment
from oxmsg.domain import constants

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.decode import decode
from index.read.mail import NO_ARTICLE, said_by
from index.read.markup import text_of
from index.read.metadata import Metadata, one_line
from index.read.record import document_of
from index.read.source import MAX_ARTICLE_BYTES, Source

_MAX_BYTES = 3 * MAX_ARTICLE_BYTES
_PROPERTIES = "__properties_version1.0"
_OTHERS = {
    "WordDocument": "an old Word file; save it as .docx",
    "Workbook": "an old Excel file; save it as .csv",
    "Book": "an old Excel file; save it as .csv",
    "PowerPoint Document": "an old PowerPoint file; save it as .docx or .txt",
    "EncryptedPackage": "the Office file is encrypted; save it without a password",
    "Quill": "a Publisher file; save it as .docx or PDF",
}
"""Streams that tell what else such a file may be."""


def read_msg(source: Source) -> Iterator[Document | Failure | Source]:
    """The mail, and the files attached to it."""
    with source.open() as file:
        raw = file.read(_MAX_BYTES + 1)
    if len(raw) > _MAX_BYTES:
        raise UnreadableFile("a mail of more than 30 MB; save what is attached to it by itself")
    message = _opened(raw)
    attached = [each for each in message.attachments if not NO_ARTICLE.fullmatch(_kind(each))]
    text = (message.body or "").replace("\r\n", "\n").strip() or text_of(_html(message))
    if text:
        yield document_of(source, text, *_said_by(message))
    elif not attached:
        raise UnreadableFile("the mail holds no plain text or HTML; save it as .eml")
    for number, each in enumerate(attached, 1):
        inner = source.member(one_line(each.file_name) or f"attachment {number}", b"")
        if each.file_bytes is None:
            reason = "a mail within a mail; save it as a file of its own"
            yield Failure(path=inner.path, reason=reason)
        else:
            yield source.member(one_line(each.file_name) or f"attachment {number}", each.file_bytes)


def _opened(raw: bytes) -> Message:
    try:
        with OleFileIO(io.BytesIO(raw)) as streams:
            if streams.exists(_PROPERTIES):
                return Message.load(raw)
            what = [reason for name, reason in _OTHERS.items() if streams.exists(name)]
    except (OSError, ValueError, LookupError, struct.error) as error:
        raise UnreadableFile(
            "the Office file is damaged; open it in its program and save it anew"
        ) from error
    raise UnreadableFile(next(iter(what), "an old Office file; save it as .docx or .txt"))


def _kind(attachment: Attachment) -> str:
    return (attachment.mime_type or "").lower()


def _html(message: Message) -> str:
    try:
        return message.html_body or ""
    except (LookupError, UnicodeError):  # it is not in the encoding that the message names
        return decode(message.properties.binary_prop_value(constants.PID_HTML) or b"")


def _said_by(message: Message) -> tuple[Metadata, Metadata]:
    """What the headers say with which it came, and what Outlook noted of it."""
    headers = message.properties.str_prop_value(constants.PID_TRANSPORT_MESSAGE_HEADERS)
    came_with = email.message_from_string(headers or "")
    sent = message.sent_date
    return said_by(came_with), Metadata(
        title=one_line(message.subject),
        published=sent.date() if sent else None,
        authors=tuple(filter(None, [one_line(message.sender)])),
        origin="Outlook properties",
    )
