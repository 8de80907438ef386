"""Checks everything that is kept, and rebuilds what is derived.

SQLite's own check finds broken pages; it says "ok" to most single flipped bits, which is why
texts, documents and passages each have a checksum of their own.
"""

import contextlib
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index.backend import Backend
from index.datatypes import Filters, Finding, VerifyReport
from index.errors import ArchiveDamaged, ArchiveError, TextDamaged
from index.storage import marks
from index.storage.store import Store
from index.storage.writer import Writer

_ADD_AGAIN = "remove it and add it again: onrecord remove ID, then onrecord add PATH"
_REPAIR = "onrecord verify --repair"
_RESTORE = "take archive.sqlite from a backup, or add the articles to a new archive"


def verify(store: Store, backend: Backend) -> VerifyReport:
    """Everything that is wrong with an archive, each with what to do about it."""
    findings = list(_findings(store, backend))
    return VerifyReport(
        documents=_count(lambda: store.totals(Filters()).documents),
        passages=_count(store.passage_count),
        snapshots=_count(lambda: len(store.snapshots())),
        findings=tuple(findings),
    )


def _findings(store: Store, backend: Backend) -> Iterator[Finding]:
    for check in (_pages, _texts, _documents, _passages, _clusters, _terms, _marks):
        try:
            yield from check(store)
        except ArchiveError as error:
            yield Finding(what=str(error), remedy=_RESTORE)
    for wrong in backend.damage(store):
        yield Finding(what=wrong, remedy=_REPAIR)


def _pages(store: Store) -> Iterator[Finding]:
    for message in store.database.damage():
        yield Finding(what=f"the database file: {message}", remedy=_RESTORE)
    for message in store.database.lost_parents():
        yield Finding(what=message, remedy=_ADD_AGAIN)


def _texts(store: Store) -> Iterator[Finding]:
    for content in store.text_numbers():
        try:
            store.text(content)
        except ArchiveDamaged as error:
            ids = store.ids_of(content)
            yield Finding(
                what=f"{error.args[0].split(';')[0]} (documents: {', '.join(ids)})",
                remedy=_add_again(store, ids),
            )


def _documents(store: Store) -> Iterator[Finding]:
    for document_id in (*store.document_ids(), *store.version_ids()):
        try:
            store.document(document_id)
        except TextDamaged:  # `_texts` has said so
            continue
        except ArchiveDamaged as error:
            yield Finding(what=str(error).split(";")[0], remedy=_add_again(store, [document_id]))


def _add_again(store: Store, ids: Sequence[str]) -> str:
    """How documents are mended: by the files that they came from, as far as these are known."""
    try:
        files = dict.fromkeys(_file_of(store.path_of(one)) for one in ids)
    except ArchiveError:  # of a damaged row there may be no path
        files = {}
    if not files:
        return _ADD_AGAIN
    return (
        f"remove it and add it again: onrecord remove {shlex.join(ids)}, "
        f"then onrecord add {shlex.join(files)}"
    )


def _file_of(path: str) -> str:
    """The file at `path`, or the one that it lies in; `path` itself where neither is there."""
    for one in (Path(path), *Path(path).parents):
        with contextlib.suppress(OSError, ValueError):
            if one.is_file():
                return str(one)
    return path


def _passages(store: Store) -> Iterator[Finding]:
    for content in store.content_numbers():
        try:
            passages = store.passages_of(content)
            headline_and_text = store.text(content)
        except TextDamaged:
            continue
        except ArchiveDamaged as error:
            yield Finding(what=str(error).split(";")[0], remedy="onrecord reencode")
            continue
        length = len(headline_and_text[1])
        if not passages or any(passage.spans[-1].end > length for passage in passages):
            yield Finding(
                what=f"the passages of text {content} do not fit it", remedy="onrecord reencode"
            )


def _clusters(store: Store) -> Iterator[Finding]:
    for content in store.content_numbers():
        try:
            store.clusters([content])
        except ArchiveDamaged as error:
            yield Finding(what=str(error).split(";")[0], remedy=_REPAIR)


def _terms(store: Store) -> Iterator[Finding]:
    if not store.terms_are_whole():
        yield Finding(what="the lexical index does not fit the passages", remedy=_REPAIR)


def _marks(store: Store) -> Iterator[Finding]:
    for number in marks.damaged(store.database):
        yield Finding(what=f"mark number {number} is damaged", remedy=_REPAIR)


def repair(store: Writer) -> None:
    """Build the lexical index and the clusters anew, and delete the marks that are damaged."""
    with store.database.writing():
        store.rebuild_terms()
        store.rebuild_clusters()
        marks.drop_damaged(store.database)


def _count(ask: Callable[[], int]) -> int:
    try:
        return ask()
    except ArchiveError:
        return 0
