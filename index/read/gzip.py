"""gzip: one file, packed. A packed WARC is read as it is unpacked, of whatever length."""

import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from index.datatypes import Document, Failure
from index.errors import UnreadableFile
from index.read.source import Source
from index.read.unpack import Members, unpacked
from index.read.warc import begins_warc, read_warc

_HEAD_BYTES = 32


def read_gzip(source: Source) -> Iterator[Document | Failure | Source]:
    """The one file that it holds, under the name without `.gz`, to be read in turn."""
    with source.open() as file:
        try:
            is_warc = begins_warc(Members(file).read(_HEAD_BYTES))
            file.seek(0)
            members = Members(file)
            raw = b"" if is_warc else unpacked(members, packed=file.tell)
            if members.damage:
                raise members.damage
        except zlib.error as error:
            raise UnreadableFile(f"the packed file is damaged: {error}") from error
    if is_warc:
        yield from read_warc(source)
    else:
        yield source.member(_name_within(source.path), raw)


def _name_within(path: str) -> str:
    name = PurePosixPath(path).name
    return name[:-3] if name.lower().endswith(".gz") else f"{name} unpacked"
