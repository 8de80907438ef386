"""The conversations that a visitor had, kept as what was asked; opened again, it is asked again.

So what an earlier conversation shows is what the archive says today, checked as every answer is.
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from index import Filters, InvalidInput
from qa.datatypes import MAX_QUESTION
from qa.web.page.conversation import Conversation, Exchange

MAX_KEPT = 40
MAX_TITLE = 80

FOLDER = "conversations"
"""The folder within an archive's that has a file for each user."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked."""

    question: str
    archive: str
    filters: Filters
    is_alone: bool

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        return cls(exchange.question, exchange.archive, exchange.filters, exchange.is_alone)

    @classmethod
    def parse(cls, record: Any) -> Self:
        """Read what `as_json` wrote; a browser may have kept it, and anybody may have changed it.

        Raises:
            InvalidInput: it is something else.
        """
        try:
            question, archive = str(record["question"]), str(record["archive"])
            after, before = (_day(record[name]) for name in ("after", "before"))
            filters = Filters(
                after=after, before=before, sources=tuple(map(str, record["sources"]))
            )
            is_alone = record["is_alone"] is True
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("what was kept of a conversation cannot be read") from error
        if not question.strip() or len(question) > MAX_QUESTION:
            raise InvalidInput("what was kept of a conversation has no question")
        return cls(question, archive, filters, is_alone)

    def as_json(self) -> dict[str, Any]:
        after, before = (
            None if day is None else day.isoformat()
            for day in (self.filters.after, self.filters.before)
        )
        return {
            "question": self.question,
            "archive": self.archive,
            "after": after,
            "before": before,
            "sources": list(self.filters.sources),
            "is_alone": self.is_alone,
        }


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


Records = list[dict[str, Any]]
"""The conversations that are kept, the latest first, ready for JSON."""


def remember(records: Records, conversation: Conversation) -> Records:
    """The records with this conversation first, in place of what was kept of it before."""
    if not conversation.exchanges:
        return records
    record = {
        "key": conversation.key,
        "title": title_of(conversation),
        "asked": [Asked.of(exchange).as_json() for exchange in conversation.exchanges],
    }
    others = [one for one in checked(records) if one["key"] != conversation.key]
    return [record, *others][:MAX_KEPT]


def title_of(conversation: Conversation) -> str:
    """What a conversation is called: its first question."""
    first = " ".join(conversation.exchanges[0].question.split())
    return first if len(first) <= MAX_TITLE else f"{first[: MAX_TITLE - 1]}…"


def checked(records: Any) -> Records:
    """Those of the records that are of the form, as a browser may have kept anything."""
    if not isinstance(records, list):
        return []
    return [
        one
        for one in records[:MAX_KEPT]
        if isinstance(one, dict)
        and isinstance(one.get("key"), str)
        and isinstance(one.get("title"), str)
        and isinstance(one.get("asked"), list)
    ]


def asked_in(record: dict[str, Any]) -> Sequence[Asked]:
    """The questions of a record.

    Raises:
        InvalidInput: it is not one that `remember` made.
    """
    return [Asked.parse(one) for one in record["asked"]]


class Histories:
    """The records of users, a file each, which is its owner's alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, user: str) -> Records:
        """What was kept for a user; nothing when there is nothing that can be read."""
        try:
            return checked(json.loads(self._file(user).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return []

    def save(self, user: str, records: Records) -> None:
        """Keep the records of a user, whole or not at all.

        Raises:
            OSError: the folder cannot be written to.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".part-", dir=self._folder)  # of mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(records, file, ensure_ascii=True)
            Path(part).replace(self._file(user))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(part).unlink()
            raise

    def _file(self, user: str) -> Path:
        name = hashlib.sha256(user.encode(errors="surrogatepass")).hexdigest()[:32]
        return self._folder / f"{name}.json"
