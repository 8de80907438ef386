"""What an archive holds, as HTML: counts, dates, languages, and what could not be read."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from index import Failure, Status
from qa.output.wording import counted
from qa.web.escape import escape
from qa.web.page.quotes import day_of

MAX_FAILURES = 200


def holdings_of(status: Status, reader_languages: str) -> str:
    """The counts, the range of dates, and which languages are understood."""
    if not status.documents:
        counts = '<p class="counts"><b>No articles yet</b></p>'
    else:
        counts = (
            f'<p class="counts"><b>{counted(status.documents, "article")}</b>'
            f" · {counted(status.sentences, 'sentence')}</p>"
        )
    return f"{counts}{_dates(status)}{_languages(status, reader_languages)}"


def _dates(status: Status) -> str:
    if not status.documents:
        return ""
    undated = f"{status.undated:,} without a date" if status.undated else ""
    if not status.first_published or not status.last_published:
        return f'<p class="dates">{undated}</p>'
    first, last = (
        day_of(dt.date.fromisoformat(day))
        for day in (status.first_published, status.last_published)
    )
    span = first if first == last else f"{first} to {last}"
    return f'<p class="dates">{" · ".join(part for part in (span, undated) if part)}</p>'


def _languages(status: Status, reader_languages: str) -> str:
    if status.languages == reader_languages:
        models = f"The packaged encoder and reader are {escape(reader_languages)}"
    else:
        models = (
            f"The encoder's languages: {escape(status.languages)}. "
            f"The packaged reader is {escape(reader_languages)}"
        )
    return (
        '<details class="languages"><summary>Languages</summary>'
        f"<p>{models}; articles in other languages are found by their words. Another model: the "
        "setting <code>encoder</code>.</p></details>"
    )


def failures_of(failures: Sequence[Failure]) -> str:
    """The files that could not be read, folded, each with its reason; nothing for none."""
    if not failures:
        return ""
    rows = "".join(
        f'<li><b dir="auto">{escape(Path(failure.path).name)}{_line(failure)}</b> '
        f"{escape(failure.reason)}</li>"
        for failure in failures[:MAX_FAILURES]
    )
    more = len(failures) - MAX_FAILURES
    rows += f"<li>and {more:,} more</li>" if more > 0 else ""
    return (
        f'<details class="failures"><summary>{counted(len(failures), "file")} could not be read'
        f"</summary><ul>{rows}</ul></details>"
    )


def _line(failure: Failure) -> str:
    return "" if failure.line is None else f", line {failure.line}"
