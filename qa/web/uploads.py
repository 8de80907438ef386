"""Files dropped on the page: kept in the archive's folder under a safe name, then added.

A document is known by its path, so a file dropped again under the same name updates its article.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from index import UPLOADS, AddReport, Archive, ArchiveError
from index.errors import ArchiveFull
from qa.output.progress import Pace
from qa.output.wording import counted, report_counts
from qa.web.templates import render

MAX_NAME = 120
MAX_REASONS = 5

_UNSAFE = re.compile(r"[^\w .,()\[\]&+'-]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


class Bar(Pace):
    """The progress of an `add`, told as a share from 0 to 1 and a line of text."""

    def __init__(self, tell: Callable[[float, str], None]) -> None:
        super().__init__()
        self._tell = tell

    def show(self) -> None:
        # Reading is half of the way: the articles of the last files are still to be encoded.
        share = (self.read + self.safe) / (2 * self.total) if self.total else 0
        files = f"{int(self.read)} of {counted(self.total, 'file')} read"
        self._tell(share, f"{files}, {self.text()}")


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
    counts = report_counts(report)
    if not report.added + report.updated + report.duplicates:
        counts.insert(0, "0 changed")
    return render(
        "report.html",
        counts=counts,
        failed=report.failed[:MAX_REASONS],
        count_failed=len(report.failed),
    )
