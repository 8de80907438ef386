"""The calendar date that a line is, as news writes it in the languages of Europe.

A date keeps its own zone's day. One that could be two, like 3/4/2018, is none, and so are counts
of seconds, dates without a day, and words like “yesterday”: no date is made up.
"""

import datetime as dt
import re
from collections.abc import Iterator

from index.text.calendar import month_of

_LONGEST = 100
_FIRST_YEAR = 1500
"""What is older is some program's idea of no date, like the 1st of January of the year 1."""

_TWO_DIGITS_OF = 1900, 2000
_EPOCH = re.compile(r"1970-01-01[T ]00:00(?::00(?:\.0+)?)?(?:Z| ?[+-]00:?00)?")

_HALF = r" ?[AaPp]\.?[Mm]\.?"
_TIME = rf"(?:\d{{1,2}}[:.h]\d\d(?:[:.]\d\d(?:[.,]\d{{1,9}})?)?(?:{_HALF})?|\d{{1,2}}{_HALF})"
_ZONE = r"(?: ?(?:[A-Z]{1,5}|[+-]\d\d?(?::?\d\d)?|\([^()]{1,40}\)|Uhr|h)){0,3}"
_TAIL = rf"(?:(?:,? ?(?:at|um|à|às|a las|kl\.?|om|alle|klo|o|-|–|—|·|\||T)? ?){_TIME}{_ZONE})?\.?"
_WORD = r"[^\W\d_]+"
_FOREWORD = rf"(?:{_WORD}(?:-{_WORD})?[,:.]? )?"
_NAME = rf"(?P<name>{_WORD})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º|ª)?"
_YEAR = r"(?P<year>\d{4})(?: ?(?:г|г\.|года|року|р\.)(?![^\W\d_]))?"
_OF = r"(?:[ .,/-]|, |\. | de | of |\. de | del )"

_YEAR_FIRST = re.compile(
    rf"{_FOREWORD}(?P<year>\d{{4}})(?:[-/.]|\. |[年년] ?)(?P<month>\d{{1,2}})(?:[-/.]|\. |[月월] ?)"
    rf"(?P<day>\d{{1,2}})(?:[.日일]|Z|[+-]\d\d:\d\d)?{_TAIL}"
)
_DIGITS = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:T\d{4}(?:\d\d)?Z?)?")
_NUMBERS = re.compile(rf"{_FOREWORD}(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TAIL}")
_NAMED = tuple(
    re.compile(form)
    for form in (
        rf"{_FOREWORD}{_DAY}{_OF}{_NAME}{_OF}{_YEAR}{_TAIL}",
        rf"{_FOREWORD}{_NAME}\.? {_DAY}(?:, | |,){_YEAR}{_TAIL}",
        rf"{_FOREWORD}{_YEAR}\.? {_NAME} {_DAY}{_TAIL}",
        rf"{_FOREWORD}{_DAY}[ -]{_NAME}[ -](?P<year>\d\d) {_TIME}{_ZONE}",
        rf"{_FOREWORD}{_NAME} {_DAY} {_TIME}{_ZONE} {_YEAR}",
    )
)
_IN_NAME = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-_.]?)"
    r"(?P<month>0[1-9]|1[0-2])(?P=mark)(?P<day>[0-2]\d|3[01])(?!\d)"
)


def date_of(line: str) -> dt.date | None:
    """The date that `line` is, with a time after it or without; None where that is not sure."""
    if not line or len(line) > _LONGEST or _EPOCH.fullmatch(line):
        return None
    found = set(_readings(line))
    return found.pop() if len(found) == 1 else None


def date_in_name(name: str) -> dt.date | None:
    """The one date in a file's name, like `2019-11-27 Tazerbo.html`; None where there are two."""
    found = {_calendar(**_numbers(match)) for match in _IN_NAME.finditer(name)} - {None}
    return found.pop() if len(found) == 1 else None


def _readings(line: str) -> Iterator[dt.date]:
    """Every date that `line` can be read as."""
    if match := _YEAR_FIRST.fullmatch(line) or _DIGITS.fullmatch(line):
        yield from _dates(_calendar(**_numbers(match)))
    elif match := _NUMBERS.fullmatch(line):
        one, other, year = int(match[1]), int(match[3]), int(match[4])
        yield from _dates(_calendar(year, one, other), _calendar(year, other, one))
    else:
        for form in _NAMED:
            if (match := form.fullmatch(line)) and (month := month_of(match["name"])):
                yield from _dates(_calendar(_full(match["year"]), month, int(match["day"])))


def _dates(*found: dt.date | None) -> Iterator[dt.date]:
    return (one for one in found if one is not None)


def _numbers(match: re.Match[str]) -> dict[str, int]:
    return {name: int(match[name]) for name in ("year", "month", "day")}


def _full(year: str) -> int:
    """A year of two digits as mail means it: of the century that makes it 1969 to 2068."""
    if len(year) > 2:
        return int(year)
    old, new = _TWO_DIGITS_OF
    return int(year) + (new if int(year) < 69 else old)


def _calendar(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if year >= _FIRST_YEAR else None
    except ValueError:
        return None
