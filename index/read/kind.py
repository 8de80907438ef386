"""What kind of file it is, told by its content; its name decides only between kinds of text."""

import codecs
import re
from pathlib import PurePosixPath

from index.errors import UnreadableFile

HEAD_BYTES = 4096

_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "msg"),
    (b"WARC/", "warc"),
    (b"filedesc://", "warc"),
)
_NO_TEXT = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a bitmap picture"),
    (b"RIFF", "sound or video"),
    (b"ID3", "sound"),
    (b"OggS", "sound or video"),
    (b"\x00\x00\x00\x18ftyp", "a video"),
    (b"\x00\x00\x00\x20ftyp", "a video"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first"),
    (b"BZh", "packed with bzip2; unpack it first"),
    (b"\xfd7zXZ\x00", "packed with xz; unpack it first"),
    (b"{\\rtf", "an RTF file; save it as .docx or .txt"),
    (b"%!PS", "a PostScript file; save it as PDF"),
)
_NAMES = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mail", ".mht": "mail",
    ".eml": "mail", ".xml": "feed", ".rss": "feed", ".atom": "feed", ".rdf": "feed",
}  # fmt: skip
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_HEADER = re.compile(
    rb"(?:From |(?:Return-Path|Received|Delivered-To|MIME-Version|Message-ID|From|To|Subject|Date|"
    rb"Content-Type|X-[\w-]+|Snapshot-Content-Location):[ \t])",
    re.IGNORECASE,
)
_ANY_HEADER = re.compile(rb"[A-Za-z][\w-]*:[ \t]")
_JSON = re.compile(rb"[\[{]\s*[\"{\[\]}]")
_OBJECT_A_LINE = re.compile(rb"\s*\{.*\}\s*\r?\n\s*\{", re.DOTALL)


def kind_of(head: bytes, path: str) -> str:
    """The kind of the file that begins with `head`: a key of `FORMATS`.

    Raises:
        UnreadableFile: a kind that holds no text, or none that can be read.
    """
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    by_name = _NAMES.get(PurePosixPath(path).suffix.lower())
    if b"\x00" in head and not head.startswith(_MARKS):
        for signature, what in _NO_TEXT:
            if head.startswith(signature):
                raise UnreadableFile(f"{what}, which holds no text")
    return _kind_of_text(head, by_name)


def _kind_of_text(head: bytes, by_name: str | None) -> str:
    if by_name in ("jsonl", "csv", "markdown"):
        return by_name
    begins = _plain(head)
    kind = by_name
    if begins.startswith(b"<"):
        if _FEED.search(begins[:2000]) and not _PAGE.match(begins):
            kind = "feed"
        elif _PAGE.match(begins) or (by_name != "text" and _PAGE.search(begins)):
            kind = "html"
    if kind is None:
        if begins.startswith(b"{") and _OBJECT_A_LINE.match(begins):
            kind = "jsonl"
        elif _JSON.match(begins):
            kind = "json"
        elif _is_mail(begins):
            kind = "mail"
    return kind or "text"


def _plain(head: bytes) -> bytes:
    """The beginning without its mark, as if it were ASCII."""
    for mark in _MARKS:
        if head.startswith(mark):
            head = head[len(mark) :]
            break
    return head.replace(b"\x00", b"").lstrip()


def _is_mail(head: bytes) -> bool:
    """Whether it begins with two headers, of which one is mail's."""
    lines = head.splitlines()[:12]
    return (
        len(lines) > 2
        and bool(_HEADER.match(lines[0]))
        and sum(bool(_ANY_HEADER.match(line) or line[:1] in b" \t") for line in lines) > 2
        and any(_HEADER.match(line) for line in lines[1:])
    )
