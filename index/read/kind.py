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
    (b"\x28\xb5\x2f\xfd", "zstd"),
    *((bytes([number]) + b"\x2a\x4d\x18", "zstd") for number in range(0x50, 0x60)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "msg"),
    (b"WARC/", "warc"),
    (b"filedesc://", "warc"),
)
_NO_TEXT = {
    "a PNG picture": rb"\x89PNG",
    "a JPEG picture": rb"\xff\xd8\xff|\0\0\0\x0cjP",
    "a GIF picture": rb"GIF8[79]a.[\0-\x1f]",
    "a TIFF picture": rb"II\*\0|MM\0\*",
    "a bitmap picture": rb"BM.{4}\0\0\0\0|\0\0[\x01\x02]\0",
    "a Photoshop picture": rb"8BPS\0",
    "a HEIF picture": rb"\0\0\0.ftyp(?:hei|hev|mif|msf|avi)",
    "a WebP picture": rb"RIFF.{3}[\0-\x1f]WEBP",
    "a scanned DjVu document": rb"AT&TFORM",
    "sound": rb"ID3[\x02-\x04]\0|\xff[\xf1-\xf3\xf9-\xfb][^\n]{0,60}\0|fLaC\0|MThd\0"
    rb"|RIFF.{3}[\0-\x1f]WAVE|FORM[\0-\x1f].{3}AIF|\0\0\0.ftypM4[AB]|\.snd\0|#!AMR",
    "sound or video": rb"OggS\0|RIFF.{3}[\0-\x1f]|\x1aE\xdf\xa3|0&\xb2u\x8ef\xcf\x11|FLV\x01"
    rb"|\0\0\0.ftyp|\0\0\x01[\xb0-\xbf]",
    "a program": rb"\x7fELF|MZ.?[\0-\x08]|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]"
    rb"|\xca\xfe\xba\xbe|\0asm",
    "a database": rb"SQLite format 3\0|\0\x01\0\0Standard (?:Jet|ACE) DB",
    "a font": rb"\0\x01\0\0\0|OTTO\0|true\0|wOF[F2](?:\0\x01\0\0|OTTO|true)",
}
_PACKED = {
    "a 7z archive": rb"7z\xbc\xaf\x27\x1c",
    "a RAR archive": rb"Rar!\x1a\x07",
    "a tar archive": rb".{257}ustar(?:\0|  \0)",
    "a cabinet": rb"MSCF\0",
    "packed with bzip2": rb"BZh[1-9]1AY&SY",
    "packed with xz": rb"\xfd7zXZ\0",
    "packed with lz4": rb"\x04\x22\x4d\x18",
    "packed with lzip": rb"LZIP\x01",
}
_OTHERWISE = {
    "an RTF file; save it as .docx or .txt": rb"\{\\rtf\d",
    "a PostScript file; save it as .pdf": rb"%!PS-|\x04%!PS|\xc5\xd0\xd3\xc6",
    "an Outlook folder; export its messages as .msg or .eml": rb"!BDN",
    "an Outlook attachment (winmail.dat); save the message as .msg or .eml": rb"x\x9f>\x22",
}
_REASONS = tuple(
    (re.compile(pattern, re.DOTALL), what + more)
    for kinds, more in (
        (_NO_TEXT, ", which holds no text"),
        (_PACKED, "; unpack it first"),
        (_OTHERWISE, ""),
    )
    for what, pattern in kinds.items()
)
"""How files that cannot be read begin, and what is said of them. None begins as an article may."""

_OF_A_PAGE = {
    ".css": "a style sheet",
    ".js": "a script",
    ".mjs": "a script",
    ".map": "a source map",
}
_NAMES = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".mhtml": "mail", ".mht": "mail",
    ".eml": "mail", ".xml": "feed", ".rss": "feed", ".atom": "feed", ".rdf": "feed",
}  # fmt: skip
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_SURELY_PAGE = re.compile(rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
_PICTURE = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_MARKS_OF = {"html": (b"<",), "feed": (b"<",), "json": (b"{", b"[")}
"""What a file of a kind has in its first part, or else it is text under another's name."""

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
    for pattern, reason in _REASONS:
        if pattern.match(head):
            raise UnreadableFile(reason)
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _OF_A_PAGE:
        raise UnreadableFile(f"{_OF_A_PAGE[suffix]} of a web page, which is no article")
    return _kind_of_text(_plain(head), _NAMES.get(suffix))


def _kind_of_text(begins: bytes, by_name: str | None) -> str:
    if _SURELY_PAGE.match(begins):
        return "html"
    if by_name in ("text", "markdown", "csv", "jsonl"):
        return by_name
    if begins.startswith(b"<") and (kind := _kind_of_markup(begins)):
        return kind
    if by_name in (None, "json") and _OBJECT_A_LINE.match(begins):
        return "jsonl"
    if by_name is None:
        return "json" if _JSON.match(begins) else "mail" if _is_mail(begins) else "text"
    return by_name if any(mark in begins for mark in _MARKS_OF.get(by_name, (b"",))) else "text"


def _kind_of_markup(begins: bytes) -> str | None:
    if _PICTURE.match(begins):
        raise UnreadableFile("an SVG picture, which holds no text")
    if _FEED.search(begins[:2000]) and not _PAGE.match(begins):
        return "feed"
    return "html" if _PAGE.search(begins) else None


def _plain(head: bytes) -> bytes:
    """The beginning without its mark, as if it were ASCII."""
    for mark in _MARKS:
        if head.startswith(mark):
            head = head[len(mark) :]
            break
    return head.replace(b"\x00", b"").lstrip()


def _is_mail(head: bytes) -> bool:
    """Whether it begins with a header of mail's, and another and a third of any kind follow."""
    lines = head.splitlines()[:12]
    return (
        len(lines) > 2
        and bool(_HEADER.match(lines[0]))
        and sum(bool(_ANY_HEADER.match(line) or line[:1] in b" \t") for line in lines) > 2
        and any(_HEADER.match(line) for line in lines[1:])
    )
