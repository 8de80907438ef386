"""gzip and zstd: one file, packed. A packed WARC is read as it is unpacked, whatever its length."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.inflate import PackedDamaged
from index.read.source import Source
from index.read.unpack import Members, packing_of, unpacked
from index.read.warc import begins_warc, read_warc

_HEAD_BYTES = 32
_ENDINGS = (".gz", ".zst", ".zstd")


def read_packed(source: Source) -> Iterator[Document | Failure | Source]:
    """The one file that it holds, under the name without `.gz` or `.zst`, to be read in turn."""
    with source.open() as file:
        packing = packing_of(file)
        if packing is None:
            raise UnreadableFile("the packed file is damaged: its beginning is cut off")
        try:
            file.seek(0)
            is_warc = begins_warc(Members(file, packing).read(_HEAD_BYTES))
            file.seek(0)
            members = Members(file, packing)
            raw = b"" if is_warc else unpacked(members, packed=file.tell)
            if members.damage:
                raise members.damage
        except PackedDamaged as error:
            raise UnreadableFile(f"the packed file is damaged: {error}") from error
    if is_warc:
        yield from read_warc(source)
    else:
        yield source.member(_name_within(source.path), raw)


def _name_within(path: str) -> str:
    name = PurePosixPath(path)
    return name.stem if name.suffix.lower() in _ENDINGS else f"{name.name} unpacked"
