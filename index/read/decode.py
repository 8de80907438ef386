"""Bytes → text, or a reason why not.

In order: a byte-order mark; what markup declares; escape sequences; the zero bytes of UTF-16 and
UTF-32; UTF-8; a guess. UTF-7 is none of them: any ASCII may be taken for it.
"""

import codecs
import re

from index.errors import UnreadableFile
from index.read.guess import SEVERAL_BYTES, WIDER, guess, reads_like_writing, writing

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE_BYTES = 200_000

_DECLARING_BYTES = 4096
_DECLARATION = re.compile(
    rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)|<meta\s[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_ALIASES = {
    "iso-8859-8-i": "iso8859-8",
    "unicode-1-1-utf-8": "utf-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
}
_DECLARED = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "utf-8", "big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jp", "euc_kr"),
        *("gb2312", "gbk", "gb18030", "johab", "shift_jis", "iso2022_jp", "iso2022_kr", "hz"),
        *(f"cp{page}" for page in (437, 850, 852, 855, 862, 866, 874, *range(1250, 1259))),
        *(f"iso8859_{part}" for part in (*range(1, 12), *range(13, 17))),
        *("koi8_r", "koi8_u", "mac_cyrillic", "mac_greek", "mac_latin2", "mac_roman", "tis_620"),
    )
)
"""What a declaration may name: Python knows more, some of which do other things than decode."""

_ESCAPE = b"\x1b$"
_ESCAPED = ("iso2022_kr", "iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext")
_HZ = re.compile(rb"~\{(?:[!-w][!-~])+~\}")
_UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MOSTLY, _NEARLY_ALL = 20, 200
_SPACES = " \n\r\t\u3000\u3001\u3002\uff0c"
_FEWEST_SPACES = 0.01


def decode(raw: bytes, *, errors: str = "strict") -> str:
    """The text in `raw`, without its byte-order mark and otherwise untouched.

    Args:
        raw: a whole file.
        errors: "replace" puts U+FFFD where a few bytes of a page do not fit, as browsers do.

    Raises:
        UnreadableFile: a binary file, no encoding fits, or bytes that are not of the encoding.
    """
    encoding = encoding_of(raw)
    # A wider encoding than the first part needs may be what the rest needs.
    for one in (encoding, *WIDER.get(encoding, ())):
        try:
            text = raw.decode(one)
            break
        except UnicodeDecodeError as error:
            first = error
    else:
        if errors == "strict":
            raise UnreadableFile(
                f"looks like {encoding}, but the bytes at {first.start} are not"
            ) from first
        text = raw.decode(encoding, errors)
    if _CONTROL.search(text):
        raise UnreadableFile("not text: it holds control characters, as binary files do")
    return text


def encoding_of(raw: bytes) -> str:
    """The name of the encoding of `raw`, a file or its first part, as Python's codecs call it.

    Raises:
        UnreadableFile: a binary file, or no encoding fits.
    """
    if encoding := marked(raw):
        return encoding
    sample = _sample(raw)
    if encoding := _declared_and_fitting(raw, sample) or _escaped(sample):
        return encoding
    if b"\x00" in raw:
        return _unmarked(sample)
    # A first part may end within a character, which is no reason to doubt UTF-8.
    if _is_utf_8(raw) or _is_damaged_utf_8(sample, is_declared=declared(sample) == "utf-8"):
        return "utf-8"
    return guess(sample)


def marked(raw: bytes) -> str:
    """The encoding that a byte-order mark says, as Python calls it; empty where there is none."""
    return next((encoding for mark, encoding in _MARKS if raw.startswith(mark)), "")


def declared(raw: bytes) -> str:
    """The encoding that markup says it has, as Python's codecs call it; empty where it does not."""
    head = raw[:_DECLARING_BYTES]
    found = _DECLARATION.search(head) if head.lstrip().startswith(b"<") else None
    if found is None:
        return ""
    name = (found[1] or found[2]).decode("ascii").lower()
    for one in (_ALIASES.get(name, name), name.removeprefix("x-")):
        try:
            encoding = codecs.lookup(one).name
        except (LookupError, ValueError):
            continue
        if encoding in _DECLARED:
            return encoding
    return ""


def _sample(raw: bytes) -> bytes:
    """The first part of `raw`, of whole lines: a character cut in two would mislead the guess."""
    if len(raw) <= _SAMPLE_BYTES:
        return raw
    return raw[: raw.rfind(b"\n", 0, _SAMPLE_BYTES) + 1] or raw[:_SAMPLE_BYTES]


def _declared_and_fitting(raw: bytes, sample: bytes) -> str:
    encoding = declared(sample)
    if not encoding:
        return ""
    # Where each byte is a character anything fits: that it is UTF-8 is the better evidence.
    if (encoding == "utf-8" or not SEVERAL_BYTES.match(encoding)) and _is_utf_8(raw):
        return "utf-8"
    return next((one for one in (encoding, *WIDER.get(encoding, ())) if writing(sample, one)), "")


def _escaped(sample: bytes) -> str:
    """ISO-2022 or HZ, which are ASCII with sequences that shift to other characters."""
    if not sample.isascii():
        return ""
    if _ESCAPE in sample:
        return next((one for one in _ESCAPED if writing(sample, one)), "")
    if _HZ.search(sample) and (text := writing(sample, "hz")):
        letters = sum(char.isascii() and char.isalpha() for char in text)
        return "hz" if sum(char >= "\u4e00" for char in text) > letters else ""
    return ""


def _unmarked(sample: bytes) -> str:
    """UTF-16 or UTF-32: of its byte orders the one that makes most spaces and full stops."""
    spaced = {
        one: share
        for one in _UNMARKED
        if (text := writing(sample, one))
        and reads_like_writing(text)
        and (share := sum(map(text.count, _SPACES)) / len(text)) > _FEWEST_SPACES
    }
    if not spaced:
        raise UnreadableFile("not text: it holds zero bytes, as binary files do")
    return max(spaced, key=spaced.__getitem__)


def _is_utf_8(raw: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return False
    return True


def _is_damaged_utf_8(sample: bytes, *, is_declared: bool) -> bool:
    """Whether it is UTF-8 but for a byte here and there, and not another encoding."""
    rest, whole = _UTF_8.subn(b"", sample)
    broken = sum(byte > 0x7F for byte in rest)
    return whole > _MOSTLY * broken or (is_declared and len(sample) > _NEARLY_ALL * broken)
