"""Packed bytes → bytes, within limits: what is declared of their number is not believed."""

import io
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

from index.errors import UnreadableFile

MAX_UNPACKED_BYTES = 100_000_000
"""So much may come out of one packed file, all its members together."""

_MAX_RATIO = 100
_ALWAYS_FINE = 1_000_000
_STEP = 1 << 18
_PACKED_STEP = 1 << 14
GZIP_BITS = 31
"""What zlib is told to expect the header and checksum of a gzip member."""


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
        UnreadableFile: more come out, or more than 100 times the packed bytes, where these are
            more than 1 MB.
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


class Members:
    """The unpacked bytes of gzip members, one after another; no read spans two of them.

    So the member in which damage shows, as `zlib.error`, is the one that `began`. Where that is at
    its very beginning, it is kept in `damage` instead, and the bytes end: whoever reads them may
    still be busy with the member before, which is whole.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.began = file.tell()
        self.damage: zlib.error | None = None
        self._file = file
        self._inflater = zlib.decompressobj(GZIP_BITS)
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
            except zlib.error as error:
                if not self._is_fresh:
                    raise
                self.damage = error
        self._is_fresh = self._is_fresh and not part
        self._given += len(part)
        return part

    def _inflated(self, size: int) -> bytes:
        self._packed = self._packed or self._file.read(_PACKED_STEP)
        if not self._packed:
            raise zlib.error("it is cut off")
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
        self._inflater = zlib.decompressobj(GZIP_BITS)
        self._packed = rest
        self._is_fresh = True
        return True
