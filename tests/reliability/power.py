"""Loss of power: of what was written and not yet made sure of, anything may be on the disk.

A job is done once, while everything that it does to the disk is written down. An experiment takes
what was done up to some moment, makes sure of what the job had made sure of, and of each other
write keeps every sector, or drops or garbles it, in any order; a file that was made, renamed or
deleted may be or not, until its folder is made sure of. After Pillai et al., "All File Systems Are
Not Created Equal", OSDI 2014.
"""

import io
import os
import pickle
import random
import shutil
import stat
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import apsw

import index.storage.database
from index import ArchiveError
from tests.reliability import aside
from tests.reliability.faults import JOBS, Bench
from tests.reliability.scenario import Lost, Told, Wrong


class Write(NamedTuple):
    file: str
    offset: int
    data: bytes


class Cut(NamedTuple):
    file: str
    size: int


class Sync(NamedTuple):
    file: str


class Make(NamedTuple):
    file: str


class Rename(NamedTuple):
    file: str
    to: str


class Delete(NamedTuple):
    file: str


class SyncFolder(NamedTuple):
    """SQLite's own VFS does this when it first syncs a file that it made."""


class Acknowledge(NamedTuple):
    """A document was acknowledged."""


Deed = Write | Cut | Sync | Make | Rename | Delete | SyncFolder | Acknowledge


class Notebook:
    """Writes down what this process does to the files of a folder, from `install` to its end."""

    def __init__(self, folder: Path) -> None:
        self.deeds: list[Deed] = []
        self._folder = str(folder) + os.sep
        self._fsync, self._replace, self._unlink = os.fsync, os.replace, os.unlink
        self._kept: list[object] = []

    def install(self) -> None:
        self._kept = [_NotedVfs(self)]
        io.open = self._open
        os.fsync, os.replace, os.unlink = self._note_sync, self._note_rename, self._note_unlink

    def note(self, kind: type, path: Any, *rest: Any) -> None:
        """Note something about one of our files; SQLite's memory of who reads it is none."""
        name = os.fsdecode(path)
        if name.startswith(self._folder) and not name.endswith(("-shm", ".lock", ".pid")):
            self.deeds.append(kind(name.removeprefix(self._folder), *rest))

    def _open(self, path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if mode != "wb" or not os.fsdecode(path).startswith(self._folder):
            return open(path, mode, *arguments, **named)  # noqa: PTH123
        self.note(Make, path)
        return _NotedFile(path, self)

    def _note_sync(self, handle: int) -> None:
        self._fsync(handle)
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            self.deeds.append(SyncFolder())
        else:
            self.note(Sync, Path(f"/proc/self/fd/{handle}").readlink())

    def _note_rename(self, path: Any, to: Any) -> None:
        self._replace(path, to)
        self.note(Rename, path, os.fsdecode(to).removeprefix(self._folder))

    def _note_unlink(self, path: Any, **named: Any) -> None:
        self._unlink(path, **named)
        self.note(Delete, path)


class _NotedFile(io.FileIO):
    def __init__(self, path: Any, notebook: Notebook) -> None:
        super().__init__(path, "w")
        self._notebook = notebook

    def write(self, data: Any) -> int:
        offset = self.tell()
        written = super().write(data)
        self._notebook.note(Write, self.name, offset, bytes(data[:written]))
        return written


class _NotedVfs(apsw.VFS):
    def __init__(self, notebook: Notebook) -> None:
        super().__init__("noted", "unix", makedefault=True)
        self._notebook = notebook

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        is_new = path is not None and not Path(path).exists()
        opened = _NotedVfsFile(name, path, flags, self._notebook)
        if is_new:
            self._notebook.note(Make, path)
        return opened

    def xDelete(self, name: str, is_synced: bool) -> None:  # noqa: FBT001, N802 - SQLite's name
        super().xDelete(name, is_synced)
        self._notebook.note(Delete, name)
        if is_synced:
            self._notebook.deeds.append(SyncFolder())


class _NotedVfsFile(apsw.VFSFile):
    def __init__(self, name: Any, path: str, flags: list[int], notebook: Notebook) -> None:
        super().__init__("unix", name, flags)
        self._path = path
        self._notebook = notebook
        self._is_in_folder = False

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        self._notebook.note(Write, self._path, offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(size)
        self._notebook.note(Cut, self._path, size)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        self._notebook.note(Sync, self._path)
        if not self._is_in_folder:
            self._notebook.deeds.append(SyncFolder())
        self._is_in_folder = True


class _Inode:
    """What a file has for sure, and what was done to it since."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.unsure: list[Write | Cut] = []

    def sync(self) -> None:
        for deed in self.unsure:
            self.do(deed)
        self.unsure = []

    def do(self, deed: Write | Cut) -> None:
        if isinstance(deed, Cut):
            del self.content[deed.size :]
            return
        missing = deed.offset - len(self.content)
        self.content.extend(bytes(max(0, missing)))
        self.content[deed.offset : deed.offset + len(deed.data)] = deed.data


class Platter:
    """What is on a disk after some deeds, for sure and not."""

    def __init__(self, folder: Path) -> None:
        self._names = {
            path.name: _Inode(path.read_bytes()) for path in folder.glob("*") if path.is_file()
        }
        self._now = dict(self._names)
        self._unsure: list[tuple[Make | Rename | Delete, _Inode]] = []

    def do(self, deed: Deed) -> None:
        match deed:
            case Write() | Cut():
                self._now[deed.file].unsure.append(deed)
            case Sync():
                self._now[deed.file].sync()
            case Make():
                self._now[deed.file] = _Inode()
                self._unsure.append((deed, self._now[deed.file]))
            case Rename():
                self._unsure.append((deed, self._now[deed.file]))
                self._now[deed.to] = self._now.pop(deed.file)
            case Delete():
                self._unsure.append((deed, self._now.pop(deed.file)))
            case SyncFolder():
                self._names = dict(self._now)
                self._unsure = []

    def lose_power(self, folder: Path, numbers: random.Random) -> None:
        """Write into `folder` what may be there after a loss of power."""
        kept = numbers.choice([0.0, 0.2, 0.5, 0.8, 0.95, 1.0])
        garbled = numbers.choice([0.0, 0.0, 0.1, 0.5])
        sector = numbers.choice([512, 4096])
        names = dict(self._names)
        for deed, inode in self._unsure:
            if numbers.random() >= kept:
                continue
            if isinstance(deed, Make):
                names[deed.file] = inode
            else:
                names.pop(deed.file, None)
            if isinstance(deed, Rename):
                names[deed.to] = inode
        for name, inode in names.items():
            deeds = [part for deed in inode.unsure for part in _sectors(deed, sector)]
            if numbers.random() < 0.5:
                numbers.shuffle(deeds)
            for deed in deeds:
                if numbers.random() >= kept:
                    continue
                if isinstance(deed, Write) and numbers.random() < garbled:
                    deed = deed._replace(data=_garble(deed.data, numbers))  # noqa: PLW2901
                inode.do(deed)
            (folder / name).write_bytes(inode.content)


def _sectors(deed: Write | Cut, sector: int) -> list[Write | Cut]:
    """The parts of a write that reach the disk each by itself."""
    if isinstance(deed, Cut):
        return [deed]
    parts: list[Write | Cut] = []
    start = 0
    while start < len(deed.data):
        end = min(len(deed.data), start + sector - (deed.offset + start) % sector)
        parts.append(Write(deed.file, deed.offset + start, deed.data[start:end]))
        start = end
    return parts


def _garble(data: bytes, numbers: random.Random) -> bytes:
    half = numbers.randrange(len(data) + 1)
    return data[:half] + numbers.randbytes(len(data) - half)


def experiment(seed: int, folder: Path) -> int:
    """The power goes at some moment of a job."""
    numbers = random.Random(seed)
    job = list(JOBS)[seed % len(JOBS)]
    shared = folder.with_name("faults-shared")
    bench = Bench(job, shared)
    deeds = _deeds(bench, shared)
    moment = numbers.randrange(len(deeds) + 1)
    platter = Platter(bench.archive)
    for deed in deeds[:moment]:
        platter.do(deed)
    archive = folder / "archive"
    archive.mkdir()
    platter.lose_power(archive, numbers)
    if numbers.random() < 0.5:  # nor is SQLite's memory of who reads any longer true
        (archive / "archive.sqlite-shm").write_bytes(numbers.randbytes(32768))
    told = sum(isinstance(deed, Acknowledge) for deed in deeds[:moment])
    try:
        bench.check(archive, told=told, is_done=moment == len(deeds))
    except (Lost, Wrong, ArchiveError) as error:
        error.add_note(f"{job}, after {moment} of {len(deeds)} deeds: {deeds[moment - 1 :][:1]}")
        raise
    return 1


def _deeds(bench: Bench, shared: Path) -> list[Deed]:
    """Everything that the job of a bench does to the disk."""
    notes = bench.archive.with_name("deeds.pickle")
    if not notes.exists():
        copy = shared / "noted"
        shutil.rmtree(copy, ignore_errors=True)
        bench.copy_to(copy)
        aside.run(partial(_note, bench, copy, notes))
    deeds: list[Deed] = pickle.loads(notes.read_bytes())
    return deeds


def _note(bench: Bench, folder: Path, notes: Path, tell: aside.Tell) -> None:
    index.storage.database._PRAGMAS += (f"PRAGMA wal_autocheckpoint = {bench.job.pages}",)
    notebook = Notebook(folder)
    notebook.install()
    bench.work(folder, Told(lambda: notebook.deeds.append(Acknowledge())))
    notes.write_bytes(pickle.dumps(notebook.deeds))
