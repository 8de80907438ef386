"""The filters that are set, as a trail of crumbs; each can be taken off by itself."""

import datetime as dt
from collections.abc import Collection, Sequence

from index import Filters, InvalidInput
from qa.web.escape import plain

AFTER = "after"
BEFORE = "before"
_SOURCE = "source "

Crumb = tuple[str, str]
"""What is shown, and what it stands for."""


def crumbs_of(after: str | None, before: str | None, sources: Sequence[str]) -> list[Crumb]:
    """The crumbs of the filters as they are set on the page."""
    crumbs = []
    if after:
        crumbs.append((f"From {plain(after.strip()[:10])}", AFTER))
    if before:
        crumbs.append((f"To {plain(before.strip()[:10])}", BEFORE))
    return [*crumbs, *((plain(source), f"{_SOURCE}{source}") for source in sources)]


def sources_left(sources: Sequence[str], crumbs: Collection[str]) -> list[str]:
    """The sources whose crumbs are still there."""
    return [source for source in sources if f"{_SOURCE}{source}" in crumbs]


def filters_of(after: str | None, before: str | None, sources: Sequence[str]) -> Filters:
    """The filters themselves.

    Raises:
        InvalidInput: a date is none, or the two are the wrong way round.
    """
    return Filters(after=_day(after), before=_day(before), sources=tuple(sources))


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise InvalidInput(f"not a date: {text}; write it as 2018-11-25") from error
