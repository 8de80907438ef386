"""An encoding that nothing names, told by the writing that it makes of the bytes.

chardetng, Firefox's detector, knows what the web was written in. Of Western writing it knows only
windows-1252, and takes some of that for Polish, so that is told apart here, and from what a Mac or
DOS wrote; what it has never heard of is left to charset-normalizer, which also judges whether any
guess reads like writing at all.
"""

import codecs
import re
import unicodedata
from collections.abc import Sequence

from chardetng_py import EncodingDetector

from index.errors import UnreadableFile

WIDER = {
    "ascii": ("cp1252",),
    "big5": ("cp950", "big5hkscs"),
    "euc_jp": ("euc_jis_2004",),
    "euc_kr": ("cp949",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "iso8859-1": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "iso8859-11": ("cp874",),
    "shift_jis": ("cp932", "shift_jis_2004"),
    "tis-620": ("cp874",),
}
"""The encodings that go by the name of a narrower one, and are meant where that does not fit."""

SEVERAL_BYTES = re.compile(r"big5|cp9|euc|gb|iso2022|johab|shift|hz")
"""How the encodings are called in which a character may be several bytes."""

_NAMES = {"iso-8859-8-i": "iso8859-8", "windows-874": "cp874"}
"""What chardetng calls encodings that Python calls otherwise."""

_WESTERN = ("cp1252", "mac_roman", "cp850")
_LATIN = frozenset(("cp1250", "cp1252", "cp1254", "cp1257", "iso8859-2", "iso8859-4", "iso8859-13"))
_NEVER_ON_THE_WEB = ("cp855", "mac_cyrillic", "johab")
_FOREIGN_SHARE = 0.4
"""Of Western letters fewer than these have accents: German and French have some 3 in 100."""

_NEVER_IN_WRITING = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff]")
_WITHIN_A_WORD = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f](?=[^\W\d_])")
_BEFORE_A_NUMBER = re.compile(r"(?<!\w)[^\W\d_a-zA-Z](?=\d)")
_BETWEEN_LETTERS = frozenset("’‘'–—…·‐‑\xad\xa0")


def guess(sample: bytes) -> str:
    """The encoding of `sample`, which is not UTF-8, by its Python name.

    Raises:
        UnreadableFile: what no encoding makes writing of.
    """
    detector = EncodingDetector()
    detector.feed(sample, last=True)
    name = detector.guess(tld=None, allow_utf8=False).lower()
    encoding = codecs.lookup(_NAMES.get(name, name)).name
    if encoding == _WESTERN[0] and _is_foreign(sample):
        encoding = _elsewhere(sample)
    elif encoding in _LATIN:
        encoding = _fewest_misfits(sample, (encoding, *_WESTERN))
    for one in (encoding, *WIDER.get(encoding, ())):
        text = writing(sample, one)
        if text and reads_like_writing(text, in_a_language=not SEVERAL_BYTES.match(one)):
            return one
    raise UnreadableFile("its bytes fit no encoding that is known; save it as UTF-8")


def writing(sample: bytes, encoding: str) -> str | None:
    """What `encoding` makes of bytes that may end within a character; None where it cannot.

    Nor can it where control characters come of it, or ones that mean nothing to anybody else.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return None
    return None if _NEVER_IN_WRITING.search(text) else text


def reads_like_writing(text: str, *, in_a_language: bool = False) -> bool:
    """Whether `text` is likely to have been written by somebody, and not to be any bytes.

    Args:
        text: what an encoding makes of a file.
        in_a_language: whether its letters must be as frequent as in some language: of bytes that
            are a character each nothing else says that they are the right ones.
    """
    from charset_normalizer import from_bytes  # slow to import, seldom needed

    if any(unicodedata.category(char) == "Cn" for char in set(text)):
        return False
    best = from_bytes(text.encode(), cp_isolation=["utf_8"]).best()
    return best is not None and (best.coherence > 0 or not in_a_language)


def _is_foreign(sample: bytes) -> bool:
    """Whether more of the letters are beyond ASCII than any Western language has there."""
    beyond = sum(byte > 0x7F for byte in sample)
    ascii_letters = sum(chr(byte).isalpha() for byte in sample if byte <= 0x7F)
    return beyond > _FOREIGN_SHARE * (beyond + ascii_letters)


def _fewest_misfits(sample: bytes, encodings: Sequence[str]) -> str:
    """The encoding that makes the fewest misfits, the first of equals."""
    misfits = {one: _misfits(text) for one in encodings if (text := writing(sample, one))}
    return min(misfits, key=misfits.__getitem__, default=encodings[0])


def _misfits(text: str) -> int:
    """How many characters stand where they never do: capitals and symbols between small letters.

    So does a letter with an accent before a number: what makes Ł5 of £5 is wrong.
    """
    within = sum(
        text[found.start() - 1].islower()
        and text[found.end()].islower()
        and not (found[0].islower() or found[0] in _BETWEEN_LETTERS)
        for found in _WITHIN_A_WORD.finditer(text)
    )
    return within + sum(1 for _ in _BEFORE_A_NUMBER.finditer(text))


def _elsewhere(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_NEVER_ON_THE_WEB)).best()
    if best is None or not best.coherence:
        raise UnreadableFile("its bytes fit no encoding that is known; save it as UTF-8")
    return best.encoding
