"""The names of months and days, as they stand in dates in the languages of Europe.

They are the Unicode consortium's, which Babel has, and are read when they are first asked for:
English in 30 ms, all languages in another 100. Leaves out names that two languages give to
different months, like listopad and srp, and abbreviations that are rather words, like pro and led.
"""

from functools import cache
from itertools import product

_LANGUAGES = (
    "bg cs da de de_AT el en en_GB es fi fr hr hu it nb nl pl pt ro ru sk sv tr uk"
).split()
_ONLY_WHOLE = ("cs", "fi", "hr")
"""Languages whose abbreviations are not taken: they are rather words."""

_LACKING = {
    2: "fév feber",
    3: "mrz",
    4: "aprila кві",
    8: "aoû сер",
    9: "setiembre сен",
    10: "жов",
    11: "studenog ноя",
    12: "гру",
}
"""Names that news writes and Babel lacks."""


def month_of(name: str) -> int | None:
    """The number of a month by its name in any of the languages, without an abbreviation's dot."""
    name = name.lower()
    return _numbers(("en", "en_GB")).get(name) or _numbers(tuple(_LANGUAGES)).get(name)


@cache
def month_names(language: str = "en") -> tuple[str, ...]:
    """The months from January on, as they stand in a date."""
    return _names(language, "months", "format", "wide")


@cache
def short_month_names(language: str = "en") -> tuple[str, ...]:
    """The same, abbreviated, without a dot."""
    return _names(language, "months", "format", "abbreviated")


@cache
def day_names() -> tuple[str, ...]:
    """The days of the week from Monday on, in English."""
    return _names("en", "days", "format", "wide")


@cache
def short_day_names() -> tuple[str, ...]:
    """The same, abbreviated, without a dot."""
    return _names("en", "days", "format", "abbreviated")


@cache
def _numbers(languages: tuple[str, ...]) -> dict[str, int]:
    """The number of each month, by its names in lower case."""
    meant = {name: {month} for month, names in _LACKING.items() for name in names.split()}
    taken = set(meant)
    for language, use, width in product(
        languages, ("format", "stand-alone"), ("wide", "abbreviated")
    ):
        names = [name.lower() for name in _names(language, "months", use, width)]
        for number, name in enumerate(names, 1):
            meant.setdefault(name, set()).add(number)
        if width == "wide" or language not in _ONLY_WHOLE:
            taken.update(names)
    return {name: min(meant[name]) for name in taken if len(meant[name]) == 1}


def _names(language: str, of: str, use: str, width: str) -> tuple[str, ...]:
    from babel import Locale

    names = getattr(Locale(*language.split("_")), of)[use][width]
    return tuple(names[key].rstrip(".") for key in sorted(names))
