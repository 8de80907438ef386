"""Marks: which answers users found right, and which wrong. Kept with the articles they are of.

An article's marks are erased with it: they hold words of it. Those of a text that was corrected
stay where the sentence does.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable

from index.datatypes import Mark, Verdict
from index.errors import ArchiveDamaged, NoMark
from index.storage.protocol import Row, Tables

_COLUMNS = (
    'number, question, document, sha256, start, "end", sentence, answer, verdict, who, marked_at'
)


def put(database: Tables, mark: Mark) -> Mark:
    """Keep a mark, with a number of its own; it takes the place of the same user's former one."""
    key = (mark.who, mark.question, mark.document, mark.sha256, mark.start, mark.end)
    database.execute(
        "DELETE FROM marks WHERE who = ? AND question = ? AND document = ? AND sha256 = ?"
        ' AND start = ? AND "end" = ?',
        key,
    )
    said = (
        *(mark.question, mark.document, mark.sha256, mark.start, mark.end, mark.sentence),
        *(mark.answer, mark.verdict.value, mark.who, mark.marked_at.isoformat()),
    )
    number = database.insert(
        'INSERT INTO marks (question, document, sha256, start, "end", sentence, answer, verdict,'
        " who, marked_at, checksum) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (*said, _checksum(said)),
    )
    return _mark((number, *said, _checksum(said)))


def listed(database: Tables, *, who: str | None = None) -> list[Mark]:
    """The marks of one user, or of all, in the order in which they were made.

    Raises:
        ArchiveDamaged: one is not what was kept.
    """
    rows = database.execute(
        f"SELECT {_COLUMNS}, checksum FROM marks WHERE ? IS NULL OR who = ? ORDER BY number",
        (who, who),
    )
    return [_mark(row) for row in rows]


def withdraw(database: Tables, number: int, *, who: str | None = None) -> None:
    """Forget a mark; with `who`, only if it is that user's.

    Raises:
        NoMark: there is none of that number.
    """
    database.execute(
        "DELETE FROM marks WHERE number = ? AND (? IS NULL OR who = ?)", (number, who, who)
    )
    if not database.changes():
        raise NoMark(
            f"there is no mark number {number}: it was withdrawn, or its article was removed; "
            "reload the page to see the marks there are"
        )


def forget(database: Tables, document_id: str) -> None:
    """Erase the marks of a document and of its former versions."""
    database.execute(
        "DELETE FROM marks WHERE document = ?"
        " OR document IN (SELECT id FROM versions WHERE of = ?)",
        (document_id, document_id),
    )


def forget_unless_in(database: Tables, document_id: str, text: str) -> None:
    """Erase the marks of a document whose sentences are not in its text any more."""
    for number, sentence in database.execute(
        "SELECT number, sentence FROM marks WHERE document = ?", (document_id,)
    ):
        if sentence not in text:
            database.execute("DELETE FROM marks WHERE number = ?", (number,))


def damaged(database: Tables) -> Iterable[int]:
    """The numbers of the marks that are not what was kept."""
    for row in database.execute(f"SELECT {_COLUMNS}, checksum FROM marks ORDER BY number"):
        try:
            _mark(row)
        except ArchiveDamaged:
            yield row[0]


def drop_damaged(database: Tables) -> None:
    """Erase the marks that are not what was kept: nothing is left to mend them from."""
    for number in list(damaged(database)):
        database.execute("DELETE FROM marks WHERE number = ?", (number,))


def _mark(row: Row) -> Mark:
    number, *said, checksum = row
    if _checksum(tuple(said)) != checksum:
        raise ArchiveDamaged(
            f"mark number {number} is damaged; to delete it, run: onrecord verify --repair"
        )
    question, document, sha256, start, end, sentence, answer, verdict, who, marked_at = said
    return Mark(
        number=number,
        question=question,
        document=document,
        sha256=sha256,
        start=start,
        end=end,
        sentence=sentence,
        answer=answer,
        verdict=Verdict(verdict),
        who=who,
        marked_at=dt.datetime.fromisoformat(marked_at),
    )


def _checksum(said: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).digest()
