"""Files of every kind, changed at random: each is read, or reported with a reason in one line."""

import functools
import gzip
import os
import random
from pathlib import Path

from index import Failure, Silent
from index.read.pool import read_all
from tests.conftest import ROOT
from tests.reliability.scenario import Wrong

DATA = Path(os.environ.get("ONRECORD_TEST_DATA", ROOT.parent / "shared" / "data")) / "messy"
_SAMPLES = {
    "csv": b'title,text,published\nA,One died in Tazerbo.,2018-11-25\nB,"Two, fled.",\n',
    "json": b'{"@type": "NewsArticle", "headline": "A", "articleBody": "One died."}',
    "jsonl": b'{"id": "a", "text": "One died."}\n{"text": "Two fled.", "authors": ["B", "C"]}\n',
    "md": b"---\ntitle: A\npublished: 2018-11-25\nauthors: [B, C]\n---\n# A\n\nOne *died*.\n",
    "txt": "TAZERBO, Nov 25 — One died.\n\nTwo “fled” – 400 km away.\n".encode(),
}
_PATTERNS = {
    "docx": "office/*.docx",
    "eml": "office/*.eml",
    "feed": "feeds/wellformed/**/*.xml",
    "html": "pages/**/*.html.gz",
    "msg": "office/*.msg",
    "odt": "office/*.odt",
    "pdf": "pdf/*.pdf",
    "warc": "warc/**/*.warc",
    "warc.gz": "warc/**/*.warc.gz",
}
KINDS = (*_SAMPLES, *_PATTERNS)
INPUTS = 200
"""Files that one experiment makes."""

_SAMPLES_OF_A_KIND = 40
_TELLING = (
    b"<",
    b">",
    b"&#0;",
    b"\x00",
    b"\xff\xfe",
    b"%PDF-",
    b"PK\x03\x04",
    b"-1",
    b"[" * 500,
    b"e9999",
)


def experiment(seed: int, folder: Path) -> int:
    """Read files of one kind, of which each is a sample with a few changes."""
    number, kind = divmod(seed, len(KINDS))
    samples = _samples(KINDS[kind])
    if not samples:
        return 0
    numbers = random.Random(f"{KINDS[kind]} {number}")
    place = folder / "files"
    place.mkdir(parents=True)
    files = []
    for count in range(INPUTS):
        path = place / f"{count:03}.{KINDS[kind]}"
        path.write_bytes(_changed(numbers.choice(samples), numbers))
        files.append(path)
    found = list(read_all(files, Silent(), processes=1))
    for path in files:
        mine = [one for one in found if one.path.startswith(str(path))]
        if not mine:
            raise Wrong(f"{path.name} of {seed} is neither read nor reported")
        reasons = [one.reason for one in mine if isinstance(one, Failure)]
        if any(not reason or "\n" in reason for reason in reasons):
            raise Wrong(f"{path.name} of {seed} is reported with {reasons}")
    return INPUTS


def _samples(kind: str) -> list[bytes]:
    if kind in _SAMPLES:
        return [_SAMPLES[kind]]
    return _read(_PATTERNS[kind])


@functools.cache
def _read(pattern: str) -> list[bytes]:
    """The shortest files of a kind: a change is the more likely to meet what matters."""
    paths = sorted(DATA.glob(pattern), key=lambda one: (one.stat().st_size, one.name))
    raw = [one.read_bytes() for one in paths[:_SAMPLES_OF_A_KIND]]
    return [gzip.decompress(one) for one in raw] if pattern.endswith(".html.gz") else raw


def _changed(sample: bytes, numbers: random.Random) -> bytes:
    """The sample with one to eight changes: bits, bytes, blocks taken out, repeated or put in."""
    data = bytearray(sample)
    for _ in range(numbers.randint(1, 8)):
        if not data:
            break
        at = numbers.randrange(len(data))
        length = min(len(data) - at, 1 << numbers.randrange(12))
        match numbers.randrange(6):
            case 0:
                data[at] ^= 1 << numbers.randrange(8)
            case 1:
                data[at : at + length] = numbers.randbytes(length)
            case 2:
                del data[at : at + length]
            case 3:
                data[at:at] = data[at : at + length] * numbers.randint(1, 4)
            case 4:
                data[at:at] = numbers.choice(_TELLING)
            case _:
                del data[at:]
    return bytes(data)
