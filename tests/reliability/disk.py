"""A disk of which the nth call fails: with an error of the system, once or from then on, or by the
end of the process.

SQLite's calls to the system are exchanged for ours (`xSetSystemCall`), so that it meets just what
it would meet; `fsync` alone it does not let us have, so that one fails in a VFS. The calls by which
Python writes a snapshot and takes the lock are exchanged too.
"""

import ctypes
import errno
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

_INT, _POINTER, _TEXT = ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p
_SIZE, _SIGNED, _OFFSET = ctypes.c_size_t, ctypes.c_ssize_t, ctypes.c_int64

# What each returns, and what it takes.
_SYSTEM_CALLS: dict[str, tuple[Any, ...]] = {
    "open": (_INT, _TEXT, _INT, _INT),
    "fstat": (_INT, _INT, _POINTER),
    "stat": (_INT, _TEXT, _POINTER),
    "read": (_SIGNED, _INT, _POINTER, _SIZE),
    "pread": (_SIGNED, _INT, _POINTER, _SIZE, _OFFSET),
    "pread64": (_SIGNED, _INT, _POINTER, _SIZE, _OFFSET),
    "write": (_SIGNED, _INT, _POINTER, _SIZE),
    "pwrite": (_SIGNED, _INT, _POINTER, _SIZE, _OFFSET),
    "pwrite64": (_SIGNED, _INT, _POINTER, _SIZE, _OFFSET),
    "ftruncate": (_INT, _INT, _OFFSET),
    "unlink": (_INT, _TEXT),
    "mmap": (_POINTER, _POINTER, _SIZE, _INT, _INT, _INT, _OFFSET),
}
_PYTHON_CALLS = ("fsync", "replace", "open", "unlink")


class Disk:
    """Once it is installed, the `at`th call of this process to its disk goes wrong.

    Args:
        folder: that of the archive; other files are left alone.
        at: which call, from 1; none when it is left out, and the calls are counted.
        error: the system's number for what is wrong with it; None kills the process.
        lasting: whether every call after it fails too.
    """

    def __init__(
        self,
        folder: Path,
        at: int | None = None,
        *,
        error: int | None = errno.EIO,
        lasting: bool = False,
    ) -> None:
        self.calls: list[str] = []
        self._folder = str(folder)
        self._at = at
        self._error = error
        self._lasting = lasting
        self._kept: list[object] = []  # what C calls must not be collected

    @property
    def has_failed(self) -> bool:
        return self._at is not None and len(self.calls) >= self._at

    def is_failing(self, call: str) -> bool:
        """Count a call, and say whether it fails."""
        self.calls.append(call)
        number = len(self.calls)
        if self._at is None or number < self._at or (number > self._at and not self._lasting):
            return False
        if self._error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    def check(self, call: str) -> None:
        """Raises: OSError, when this call fails."""
        if self.is_failing(call):
            assert self._error is not None
            raise OSError(self._error, os.strerror(self._error))

    def install(self) -> None:
        """Exchange the calls of this process, until it ends."""
        unix = apsw.VFS("unix-to-fail", "unix")
        for name, types in _SYSTEM_CALLS.items():
            self._exchange_system_call(unix, name, types)
        self._kept += [unix, _Syncing(self)]
        io.open = self._open
        for name in _PYTHON_CALLS:
            setattr(os, name, self._checking(name, getattr(os, name)))

    def _exchange_system_call(self, vfs: apsw.VFS, name: str, types: tuple[Any, ...]) -> None:
        address = vfs.xGetSystemCall(name)
        if not address:
            return
        prototype = ctypes.CFUNCTYPE(*types, use_errno=True)
        real = prototype(address)

        def call(*arguments: object) -> object:
            if not self.is_failing(name):
                return real(*arguments)
            ctypes.set_errno(self._error or 0)
            return -1

        ours = prototype(call)
        self._kept += [ours, real]
        vfs.xSetSystemCall(name, ctypes.cast(ours, ctypes.c_void_p).value)

    def _checking(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if isinstance(arguments[0], int) or self._is_ours(arguments[0]):
                self.check(name)
            return real(*arguments, **named)

        return call

    def _is_ours(self, path: Any) -> bool:
        return os.fsdecode(path).startswith(self._folder)

    def _open(self, path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if not self._is_ours(path):
            return open(path, mode, *arguments, **named)  # noqa: PTH123
        self.check("open")
        if mode == "wb":
            return _Writing(path, self)
        return io.FileIO(path) if mode == "rb" else open(path, mode, *arguments, **named)  # noqa: PTH123


class _Writing(io.FileIO):
    """A file that is written without a buffer, so that each write may fail."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path, "w")
        self._disk = disk

    def write(self, data: Any) -> int:
        self._disk.check("write")
        return super().write(data)


class _Syncing(apsw.VFS):
    """SQLite's own VFS, but for what it does to make sure of a write."""

    def __init__(self, disk: Disk) -> None:
        super().__init__("failing", "unix", makedefault=True)
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return _SyncingFile(name, flags, self._disk)


class _SyncingFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], disk: Disk) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        if self._disk.is_failing("xSync"):
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)
        super().xSync(flags)
