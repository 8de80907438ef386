"""Bytes → text, or a reason why not.

Order: a byte-order mark, UTF-8, then charset-normalizer's best guess. What a guess gives must
look like writing: control characters in it mean a binary file or a wrong encoding.
"""

import codecs
import re
from typing import TYPE_CHECKING

from index.errors import UnreadableFile

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NEVER_IN_A_GUESS = re.compile("[\x1b\x80-\x84\x86-\x9f\ufffe\uffff]")
_SAMPLE_BYTES = 200_000

_MULTIBYTE = (
    *("big5", "big5hkscs", "cp932", "cp949", "euc_jp", "euc_jis_2004", "euc_kr", "gb18030", "gbk"),
    *("johab", "shift_jis", "shift_jis_2004"),
)
_IN_USE = (
    *_MULTIBYTE,
    *(f"cp{page}" for page in (437, 850, 852, 855, 866, 874, *range(1250, 1259))),
    *(f"iso8859_{part}" for part in (*range(1, 12), *range(13, 17))),
    *("koi8_r", "koi8_u", "mac_cyrillic", "mac_greek", "mac_latin2", "mac_roman", "tis_620"),
)
"""What news was written in; Python knows more, and random bytes are always one of those."""


def decode(raw: bytes) -> str:
    """The text in `raw`, without its byte-order mark and otherwise untouched.

    Raises:
        UnreadableFile: a binary file, or no encoding fits.
    """
    encoding = encoding_of(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"looks like {encoding}, but the bytes at {error.start} are not"
        ) from error
    if _CONTROL.search(text):
        raise UnreadableFile("not text: it holds control characters, as binary files do")
    return text


def encoding_of(raw: bytes) -> str:
    """The name of the encoding of `raw`, as Python's codecs call it.

    Raises:
        UnreadableFile: a binary file, or no encoding fits.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    # A sample may end within a character, which is no reason to doubt UTF-8.
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(raw)
    except UnicodeDecodeError:
        return _guess(_sample(raw))
    return "utf-8"


def _sample(raw: bytes) -> bytes:
    """The first part of `raw`, of whole lines: a character cut in two would mislead the guess."""
    if len(raw) <= _SAMPLE_BYTES:
        return raw
    return raw[: raw.rfind(b"\n", 0, _SAMPLE_BYTES) + 1] or raw[:_SAMPLE_BYTES]


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # slow to import, seldom needed

    if b"\x00" in sample:
        raise UnreadableFile("not text: it holds zero bytes, as binary files do")
    matches = from_bytes(sample, cp_isolation=list(_IN_USE))
    best = matches.best()
    if best is not None and best.encoding not in _MULTIBYTE:
        # Of equals it gives the alphabet's first, cp1250, and of what is no language anything;
        # more of the world's news is cp1252.
        western = next((one for one in matches if one.encoding == "cp1252"), None)
        if not best.coherence or (western and _scores(western) == _scores(best)):
            best = western
    if best is None or _CONTROL.search(str(best)) or _NEVER_IN_A_GUESS.search(str(best)):
        raise UnreadableFile("its bytes fit no encoding that is known; save it as UTF-8")
    return best.encoding


def _scores(match: "CharsetMatch") -> tuple[float, float]:
    return match.chaos, match.coherence
