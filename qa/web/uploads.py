"""Files dropped on the page: kept in the archive's folder under a safe name, then added.

A document is known by its path, so a file dropped again under the same name updates its article.
"""

import datetime as dt
import errno
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from index import UPLOADS, AddReport, Archive, ArchiveError, ArchiveFull, Failure, Outcome
from qa.render import counted, report_counts
from qa.web.escape import escape

MAX_NAME = 120
MAX_REASONS = 5

_UNSAFE = re.compile(r"[^\w .,()\[\]&+'-]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


class Bar:
    """The progress of an `add`, told as a share from 0 to 1 and a line of text.

    The line has the articles a second, and the time that is left, as soon as that can be told.
    """

    def __init__(self, tell: Callable[[float, str], None]) -> None:
        self._tell = tell
        self._started = time.monotonic()
        self._total = 0
        self._read = 0
        self._part = 0.0
        self._has_parts = False
        self._share = 0.0
        self._kept = 0

    def files(self, total: int) -> None:
        self._total = total
        self._say()

    def part_done(self, path: str, share: float) -> None:  # noqa: ARG002 - how much, not of which
        self._part, self._has_parts = share, True
        self._say()

    def file_done(self, path: str) -> None:  # noqa: ARG002 - how many, not which
        self._read, self._part = self._read + 1, 0.0
        self._say()

    def committed(self, document_id: str, outcome: Outcome) -> None:  # noqa: ARG002 - as above
        self._kept += 1
        self._say()

    def _say(self) -> None:
        self._share = max(self._share, self._share_now())
        self._tell(
            self._share,
            f"{self._read} of {counted(self._total, 'file')} read, "
            f"{counted(self._kept, 'article')} kept{self._pace(self._share)}",
        )

    def _share_now(self) -> float:
        if not self._total:
            return 0
        read = (self._read + self._part) / self._total
        if self._has_parts:  # a long file is read no faster than its articles are encoded
            return read
        # Reading is half of the way: the articles of the last files are still to be encoded.
        return (read + min(1, self._kept / self._total)) / 2

    def _pace(self, share: float) -> str:
        elapsed = time.monotonic() - self._started
        if elapsed < 1 or not self._kept:
            return ""
        rate = f", {self._kept / elapsed:.1f}/s"
        if share == 1 or (self._total == 1 and not self._has_parts):
            return rate
        return f"{rate}, {dt.timedelta(seconds=round(elapsed / share - elapsed))} left"


def add_uploads(
    archive: Archive, uploaded: Sequence[str], *, tell: Callable[[float, str], None]
) -> AddReport:
    """Keep the uploaded files in the archive's folder and add them; the uploads are deleted.

    Raises:
        ArchiveLocked: another process is writing.
        ArchiveFull: the disk is full.
        ArchiveError: the archive's folder cannot be written.
    """
    files = [Path(name) for name in uploaded]
    try:
        kept = keep(files, archive.folder / UPLOADS)
        report = archive.add(kept, progress=Bar(tell))
    finally:
        for file in files:
            file.unlink(missing_ok=True)
    archive.drop_uploads(report.failed)
    return report


def keep(files: Sequence[Path], folder: Path) -> list[Path]:
    """Copy files into `folder`, each whole or not at all; the paths of the copies.

    Of two files with one name, the second gets its text's hash into its name.

    Raises:
        ArchiveFull: the disk is full.
        ArchiveError: the folder cannot be written for another reason.
    """
    kept: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            target = folder / safe_name(file.name)
            if target in kept:
                digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
                target = target.with_name(f"{target.stem} {digest}{target.suffix}")
            _copy(file, target)
            kept.append(target)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (ArchiveFull if is_full else ArchiveError)(
            f"{folder} cannot be written ({error.strerror}); nothing was added"
        ) from error
    return kept


def _copy(file: Path, target: Path) -> None:
    handle, part = tempfile.mkstemp(prefix=".part-", dir=target.parent)
    os.close(handle)
    try:
        shutil.copyfile(file, part)
        Path(part).replace(target)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def safe_name(name: str) -> str:
    """A file name for `name` that no system takes for a path, a device or a hidden file.

    A name that had to be changed gets a hash of the old one, so two names never become one.
    """
    base = re.split(r"[/\\]", name)[-1]
    safe = _UNSAFE.sub("_", base).lstrip(".- ").rstrip(". ")
    if safe and safe == name and len(safe.encode()) <= MAX_NAME and not _DEVICE.match(safe):
        return safe
    stem, dot, suffix = safe.rpartition(".") if "." in safe else (safe, "", "")
    suffix = suffix[:16]
    while len(stem.encode()) > MAX_NAME // 2:
        stem = stem[:-1]
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{stem.strip() or 'article'} {digest}{dot}{suffix}".rstrip(". ")


def report_line(report: AddReport) -> str:
    """What an `add` did, as HTML: `38 added, 3 duplicates, 1 failed (why)`."""
    parts = report_counts(report)
    if not report.added + report.updated + report.duplicates:
        parts.insert(0, "0 changed")
    if report.failed:
        parts.append(f"{len(report.failed):,} failed ({_reasons(report.failed)})")
    return f'<p class="report">{", ".join(parts)}</p>'


def _reasons(failed: Sequence[Failure]) -> str:
    shown = [f"{escape(Path(failure.path).name)}: {escape(failure.reason)}" for failure in failed]
    more = len(failed) - MAX_REASONS
    return "; ".join(shown[:MAX_REASONS]) + (f"; and {more:,} more" if more > 0 else "")
