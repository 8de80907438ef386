"""What an archive holds, as HTML: counts, dates, languages, and what could not be read."""

import datetime as dt
from collections.abc import Sequence

from index import Failure, Status
from qa.web.templates import render

MAX_FAILURES = 200


def holdings_of(status: Status, reader_languages: str) -> str:
    """The counts, the range of dates, and which languages are understood."""
    first, last = (
        dt.date.fromisoformat(day) if day else None
        for day in (status.first_published, status.last_published)
    )
    return render(
        "holdings.html", status=status, first=first, last=last, reader_languages=reader_languages
    )


def failures_of(failures: Sequence[Failure]) -> str:
    """The files that could not be read, folded, each with its reason; nothing for none."""
    if not failures:
        return ""
    return render("failures.html", failures=failures[:MAX_FAILURES], count=len(failures))
