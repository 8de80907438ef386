"""A zip file that was checked before anything in it is read, and the files in it.

The limits are those that keep a zip bomb out (Fifield, A better zip bomb, 2019): how many members,
how many bytes, how much more than was packed, and no byte packed twice.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from index.errors import UnreadableFile
from index.read.source import Source
from index.read.unpack import MAX_UNPACKED_BYTES, too_much, unpacked

_ENCRYPTED = 0x1
_KIND_OF_FILE, _LINK = 0o170000, 0o120000
_UNIX = 3


@dataclass(slots=True)
class Budget:
    """How much may yet be read of a zip file, and of those within it."""

    members: int = 2000
    unpacked: int = MAX_UNPACKED_BYTES


@dataclass(frozen=True, slots=True)
class Package:
    """A checked zip file. `members` has its files, by name, without folders."""

    members: tuple[zipfile.ZipInfo, ...]
    _file: zipfile.ZipFile
    _budget: Budget

    def __contains__(self, name: str) -> bool:
        return any(member.filename == name for member in self.members)

    def read(self, member: zipfile.ZipInfo | str) -> bytes:
        """The bytes of a member.

        Raises:
            UnreadableFile: it is not there, encrypted, damaged, or unpacks to too much.
        """
        try:
            info = self._file.getinfo(member) if isinstance(member, str) else member
            if info.flag_bits & _ENCRYPTED:
                raise UnreadableFile("is encrypted; unpack it with its password first")
            with self._file.open(info) as stream:
                raw = unpacked(
                    stream, packed=lambda: info.compress_size, most=self._budget.unpacked
                )
        except KeyError as error:
            raise UnreadableFile(f"the file lacks its part {member}") from error
        except (NotImplementedError, RuntimeError) as error:
            raise UnreadableFile(
                "is packed in a way that cannot be read; unpack it first"
            ) from error
        except Exception as error:
            if isinstance(error, (UnreadableFile, MemoryError)):
                raise
            # A damaged one may raise whatever its way of packing raises: zlib, bz2, lzma, zipfile.
            raise UnreadableFile(f"is damaged: {error or type(error).__name__}") from error
        self._budget.unpacked -= len(raw)
        return raw


@contextmanager
def opened(source: Source, budget: Budget | None = None) -> Iterator[Package]:
    """The zip file that `source` is, checked as a whole.

    Args:
        source: the file.
        budget: what is left of that of the zip file it lies in; a whole one without.

    Raises:
        UnreadableFile: damaged, too many members or bytes, or bytes that are packed twice.
    """
    with source.open() as raw:
        try:
            file = zipfile.ZipFile(raw)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
            raise UnreadableFile(f"the zip file is damaged: {error}") from error
        with file:
            members = [member for member in file.infolist() if not member.is_dir()]
            budget = budget or Budget()
            _check(members, budget)
            yield Package(tuple(sorted(members, key=lambda one: one.filename)), file, budget)


def why_not(member: zipfile.ZipInfo) -> str:
    """Why a member is not to be read, judged by its name and kind; empty when nothing is wrong."""
    name = member.filename.replace("\\", "/")
    if ".." in name.split("/"):
        return "its name leads out of the zip file"
    if name.startswith("/") or name[1:3] == ":/":
        return "its name is an absolute path"
    if member.create_system == _UNIX and (member.external_attr >> 16) & _KIND_OF_FILE == _LINK:
        return "is a link, not a file"
    return ""


def _check(members: list[zipfile.ZipInfo], budget: Budget) -> None:
    budget.members -= len(members)
    if budget.members < 0:
        raise UnreadableFile(f"holds more than {Budget().members} files; unpack it first")
    if sum(member.file_size for member in members) > budget.unpacked:
        raise UnreadableFile(too_much())
    by_place = sorted(members, key=lambda member: member.header_offset)
    for member, following in pairwise(by_place):
        if member.header_offset + member.compress_size >= following.header_offset:
            raise UnreadableFile(
                f"packs the same bytes twice, in {member.filename!r} and {following.filename!r}"
            )
