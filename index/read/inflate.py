"""The ways in which files and crawls are packed: each is unpacked a little at a time.

An inflater is given packed bytes, and gives out as many as it is asked for, as those of zlib do.
"""

import zlib
from collections.abc import Callable
from functools import cache
from typing import Protocol

import brotli
import zstandard

GZIP, ZLIB, RAW = 31, 15, -15
"""What zlib is told to expect: the header and checksum of gzip, its own, or none."""

_ZSTD_STEP = 1 << 9
"""zstd gives out all that comes of what it is given: of so little, 16 MB at most.

A block of 4 bytes may unpack to 131,072.
"""

_ZSTD_WINDOW_BYTES = 1 << 27
"""So far back zstd may look, in memory: what its own command allows."""


class PackedDamaged(ValueError):
    """Packed bytes that are not what they should be, or are cut off. The message says how."""


class Inflater(Protocol):
    """Unpacks one stream, or one member of a file of many."""

    @property
    def eof(self) -> bool:
        """Whether the end has been reached, and all of it was given out."""

    @property
    def unused_data(self) -> bytes:
        """What it was given beyond its end."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What it is to be given again, before anything else."""

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        """At most so many bytes, or a few more.

        Raises:
            PackedDamaged: they cannot be unpacked.
        """


class Zlib:
    """gzip and deflate. `header` is one of `GZIP`, `ZLIB` and `RAW`."""

    def __init__(self, header: int) -> None:
        self._inflater = zlib.decompressobj(header)

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    @property
    def unconsumed_tail(self) -> bytes:
        return self._inflater.unconsumed_tail

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        try:
            return self._inflater.decompress(packed, most)
        except zlib.error as error:
            raise PackedDamaged(str(error)) from error


class Brotli:
    """Brotli, of which no stream follows another. It keeps by itself what it has not used yet."""

    unused_data = b""
    unconsumed_tail = b""

    def __init__(self) -> None:
        self._inflater = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._inflater.is_finished())

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        try:
            part: bytes = self._inflater.process(packed, output_buffer_limit=most)
        except brotli.error as error:
            raise PackedDamaged("it is not Brotli") from error
        return part


class Zstd:
    """zstd. A file's dictionary may be what its members were packed with."""

    def __init__(self, dictionary: bytes = b"") -> None:
        self.unused_data = b""
        self.unconsumed_tail = b""
        self._inflater = _zstd(dictionary).decompressobj()
        self._given = b""
        self._place = 0  # in what was given out by zstd, and not yet by this

    @property
    def eof(self) -> bool:
        return bool(self._inflater.eof) and self._place == len(self._given)

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        used = 0
        while self._place == len(self._given) and used < len(packed) and not self._inflater.eof:
            try:
                self._given = self._inflater.decompress(packed[used : used + _ZSTD_STEP])
            except zstandard.ZstdError as error:
                raise PackedDamaged(_in_words(error)) from error
            self._place = 0
            used += _ZSTD_STEP
        rest = packed[used:]
        if used and self._inflater.eof:
            self.unused_data = self._inflater.unused_data + rest
        self.unconsumed_tail = b"" if self._inflater.eof else rest
        part = self._given[self._place : self._place + most]
        self._place += len(part)
        return part


@cache
def _zstd(dictionary: bytes) -> zstandard.ZstdDecompressor:
    given = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
    return zstandard.ZstdDecompressor(dict_data=given, max_window_size=_ZSTD_WINDOW_BYTES)


def _in_words(error: zstandard.ZstdError) -> str:
    said = str(error).lower()
    if "dictionary" in said:
        return "it needs a dictionary that is not in the file"
    if "memory" in said:
        return f"it takes more than {_ZSTD_WINDOW_BYTES / 1e6:.0f} MB of memory to unpack"
    return "it is not zstd"


def inflated(packed: bytes, begin: Callable[[], Inflater], *, most: int) -> bytes:
    """What a stream unpacks to: all of it, or at least one byte more than `most`.

    Raises:
        PackedDamaged: it is damaged, or cut off.
    """
    inflater = begin()
    parts: list[bytes] = []
    room = most + 1
    while room > 0:
        part = inflater.decompress(packed, room)
        parts.append(part)
        room -= len(part)
        if inflater.eof:
            break
        packed = inflater.unconsumed_tail
        if not part and not packed:
            raise PackedDamaged("it is cut off")
    return b"".join(parts)
