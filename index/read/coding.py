"""What a server packed for the way, as its `Content-Encoding` says → the bytes of the page."""

import re
from collections.abc import Callable
from functools import partial

from index.errors import UnreadableFile
from index.read.inflate import (
    GZIP,
    RAW,
    ZLIB,
    Brotli,
    Inflater,
    PackedDamaged,
    Zlib,
    Zstd,
    inflated,
)
from index.read.metadata import one_line

_WAYS: dict[str, tuple[Callable[[], Inflater], ...]] = {
    "gzip": (partial(Zlib, GZIP),),
    "x-gzip": (partial(Zlib, GZIP),),
    "deflate": (partial(Zlib, ZLIB), partial(Zlib, RAW)),  # servers have taken it to mean either
    "br": (Brotli,),
    "zstd": (Zstd,),
    "identity": (),
}
"""The names of IANA's registry that servers send, and how each may have to be unpacked."""

_MOST_WAYS = 3
_HEAD_BYTES = 1000
_IN_NO_TEXT = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")


def ways_of(header: str | None) -> list[str]:
    """The ways in which a body was packed, the last first.

    Raises:
        UnreadableFile: one of them is not known, or they are many.
    """
    named = (header or "").lower().split(",")
    ways = [one for one in map(str.strip, reversed(named)) if one]
    for one in ways:
        if one not in _WAYS or len(ways) > _MOST_WAYS:
            raise UnreadableFile(f"is packed as {one_line(header)[:40]}, which cannot be unpacked")
    return ways


def decoded(body: bytes, way: str, *, most: int) -> bytes:
    """A body unpacked in one way; as it is where it was not packed, though its header says so.

    No more than a little above `most` bytes come out.

    Raises:
        UnreadableFile: it is damaged, or cut off.
    """
    damage: PackedDamaged | None = None
    for begin in _WAYS[way]:
        try:
            return inflated(body, begin, most=most)
        except PackedDamaged as error:
            damage = damage or error
    if damage is None or _is_plain(body):  # crawlers unpack, and keep the header
        return body
    raise UnreadableFile(f"is packed as {way}, and damaged: {damage}") from damage


def _is_plain(body: bytes) -> bool:
    """Whether a body begins without the bytes that packed ones are full of, or as a PDF does."""
    return body.startswith(b"%PDF-") or not _IN_NO_TEXT.search(body[:_HEAD_BYTES])
