"""Dates, times, languages and files as the page says them."""

import datetime as dt
from pathlib import Path


def with_day(day: dt.date | None) -> str:
    """A day as it is read, "27 November 2019", or that there is none."""
    return "no date" if day is None else f"{day.day} {day:%B %Y}"


def as_milliseconds(milliseconds: float) -> str:
    """How long something took: "52 ms"."""
    return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "under 1 ms"


def file_name(path: str) -> str:
    """The last part of a path."""
    return Path(path).name


def language_tag(language: str) -> str:
    """The language where it has the form of a tag, "pt-BR"; else nothing."""
    is_tag = language.isascii() and language.replace("-", "").isalnum()
    return language if is_tag else ""
