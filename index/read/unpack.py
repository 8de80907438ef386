"""Packed bytes → bytes, within limits: what is declared of their number is not believed."""

import io
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, NamedTuple, Protocol

from index.errors import UnreadableFile
from index.read.inflate import GZIP, Inflater, PackedDamaged, Zlib, Zstd, inflated

MAX_UNPACKED_BYTES = 100_000_000
"""So much may come out of one packed file, all its members together."""

_MAX_RATIO = 100
_ALWAYS_FINE = 1_000_000
_STEP = 1 << 18
_PACKED_STEP = 1 << 14
_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"
_ZSTD_BLOCK_BYTES = 144 << 10
"""What a block of zstd's may take, which gives out nothing before its end, and its header."""

_MOST_DICTIONARY_BYTES = 10_000_000


class Readable(Protocol):
    """Gives bytes: none at its end."""

    def read(self, size: int, /) -> bytes: ...


def unpacked(
    stream: Readable, *, packed: Callable[[], int], most: int = MAX_UNPACKED_BYTES
) -> bytes:
    """All that `stream` unpacks to.

    Args:
        stream: gives the unpacked bytes.
        packed: how many packed bytes these came from, so far.
        most: how many may come out.

    Raises:
        UnreadableFile: more come out; or more than 1 MB, and more than 100 times the packed
            bytes.
    """
    whole = io.BytesIO()  # gives up its bytes without copying them, unlike a list of parts
    size = 0
    while part := stream.read(_STEP):
        size += whole.write(part)
        if size > most:
            raise UnreadableFile(too_much())
        if size > _ALWAYS_FINE and size > _MAX_RATIO * packed():
            raise UnreadableFile(f"unpacks to more than {_MAX_RATIO} times its size, as bombs do")
    return whole.getvalue()


def too_much() -> str:
    """The reason given for what unpacks to more than `MAX_UNPACKED_BYTES`."""
    return f"unpacks to more than {MAX_UNPACKED_BYTES / 1e6:.0f} MB; unpack it first"


class Packing(NamedTuple):
    """How a file's members are packed: how each begins, and what unpacks it.

    Of each, so many bytes at most must be read before the first comes out.
    """

    mark: bytes
    begin: Callable[[], Inflater]
    first_bytes: int


def packing_of(file: BinaryIO) -> Packing | None:
    """How a file is packed that begins here; None where it is not, or in another way.

    A crawl that is packed with zstd may begin with the dictionary of its records.
    Source: github.com/iipc/warc-specifications, "WARC-Zstandard" 1.0.

    Raises:
        UnreadableFile: its dictionary is damaged.
    """
    head = file.read(8)
    if head.startswith(_GZIP):
        return Packing(_GZIP, partial(Zlib, GZIP), 1 << 10)
    if not head.startswith(_ZSTD) and not (head[1:4] == _ZSTD_DICTIONARY[1:] and head[0] >> 4 == 5):
        return None
    dictionary = b""
    if head.startswith(_ZSTD_DICTIONARY):
        dictionary = _dictionary(file, int.from_bytes(head[4:], "little"))
    return Packing(_ZSTD, partial(Zstd, dictionary), _ZSTD_BLOCK_BYTES)


def _dictionary(file: BinaryIO, size: int) -> bytes:
    """A dictionary of so many bytes, which may be packed itself."""
    if size > _MOST_DICTIONARY_BYTES:
        raise UnreadableFile(f"its dictionary is longer than {_MOST_DICTIONARY_BYTES / 1e6:.0f} MB")
    raw = file.read(size)
    try:
        if len(raw) == size and raw.startswith(_ZSTD):
            raw = inflated(raw, Zstd, most=_MOST_DICTIONARY_BYTES)
    except PackedDamaged as error:
        raise UnreadableFile(f"its dictionary is damaged: {error}") from error
    if len(raw) < size or len(raw) > _MOST_DICTIONARY_BYTES:
        raise UnreadableFile("its dictionary is cut off, or too long")
    return raw


class Members:
    """The unpacked bytes of a file's members, one after another; no read spans two of them.

    So the member in which damage shows, as `PackedDamaged`, is the one that `began`. Where that is
    at its very beginning, it is kept in `damage` instead, and the bytes end: whoever reads them may
    still be busy with the member before, which is whole.
    """

    def __init__(self, file: BinaryIO, packing: Packing) -> None:
        self.began = file.tell()
        self.damage: PackedDamaged | None = None
        self._file = file
        self._begin = packing.begin
        self._inflater = packing.begin()
        self._packed = b""
        self._given = 0
        self._is_fresh = True

    def tell(self) -> int:
        return self._given

    def read(self, size: int) -> bytes:
        part = b""
        while not part and self.damage is None:
            if self._inflater.eof and not self._begin_next():
                break
            try:
                part = self._inflated(size)
            except PackedDamaged as error:
                if not self._is_fresh:
                    raise
                self.damage = error
        self._is_fresh = self._is_fresh and not part
        self._given += len(part)
        return part

    def _inflated(self, size: int) -> bytes:
        if not self._packed:
            if part := self._inflater.decompress(b"", size):  # what it still holds
                return part
            self._packed = self._file.read(_PACKED_STEP)
            if not self._packed:
                raise PackedDamaged("it is cut off")
        part = self._inflater.decompress(self._packed, size)
        self._packed = self._inflater.unconsumed_tail
        return part

    def _begin_next(self) -> bool:
        """Go on to the next member, if there is one; zeros between them are allowed."""
        rest = self._inflater.unused_data.lstrip(b"\x00")
        while not rest:
            part = self._file.read(_PACKED_STEP)
            if not part:
                return False
            rest = part.lstrip(b"\x00")
        self.began = self._file.tell() - len(rest)
        self._inflater = self._begin()
        self._packed = rest
        self._is_fresh = True
        return True
