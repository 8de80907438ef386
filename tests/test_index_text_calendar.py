"""The names of months and days: Babel's, and what it lacks."""

import subprocess
import sys

import pytest
from babel import Locale

from index.text import calendar
from index.text.calendar import day_names, month_names, month_of, short_day_names, short_month_names


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (1, "January jan JANUARY januar jänner janvier janv stycznia ocak января січ ιαν"),
        (2, "feb fév févr feber lutego únor veljače şubat фев лютого"),
        (3, "märz mrz mars maaliskuuta března ožujka mart березня μαρ"),
        (5, "May mai maj mája toukokuu květen svibnja mayıs мая μάιος"),
        (8, "août aoû sierpnia srpna kolovoza ağustos серпня сер"),
        (9, "Sept sep setiembre septembre září rujna eylül вер сен"),
        (11, "nov noviembre marraskuu studenog studenoga kasım ноя листопада"),
        (12, "dec des dez dic gru grudnia prosinca aralık гру δεκ"),
    ],
)
def test_a_month_by_its_names(number, names):
    """In any case, whole or abbreviated, as in a date or alone."""
    found = {name: month_of(name) for name in names.split()}
    assert found == dict.fromkeys(found, number)


@pytest.mark.parametrize("name", ["listopad", "listopada", "srp", "lip", "lis"])
def test_a_name_of_two_months_is_none(name):
    """In Polish and Croatian, or Czech and Croatian, it is another."""
    assert month_of(name) is None


@pytest.mark.parametrize("name", ["pro", "led", "elo", "kol", "monday", "", "jan."])
def test_what_is_rather_a_word_is_no_month(name):
    """Abbreviations that no news writes in a date would make dates of other words."""
    assert month_of(name) is None


def test_english_names_mean_the_same_among_all():
    """They are looked up first, and alone: no other language may give one to another month."""
    everywhere = calendar._numbers(tuple(calendar._LANGUAGES))
    english = calendar._numbers(("en", "en_GB"))
    assert english.items() <= everywhere.items()


def test_what_babel_lacks_is_all_that_is_listed():
    """A name that Babel gains leaves the list."""
    known = {
        name.lower().rstrip(".")
        for language in calendar._LANGUAGES
        for use in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in Locale(*language.split("_")).months[use][width].values()
    }
    assert known.isdisjoint(" ".join(calendar._LACKING.values()).split())


def test_names_are_in_order():
    """Months from January on, days from Monday on, abbreviations without a dot."""
    assert month_names()[::11] == ("January", "December")
    assert month_names("pl")[10] == "listopada"
    assert short_month_names("de")[0] == "Jan"
    assert day_names()[::6] == ("Monday", "Sunday")
    assert short_day_names()[0] == "Mon"


def test_babel_is_not_loaded_before_a_name_is_asked_for():
    """The command line's help and the processes that read files start without it."""
    program = (
        "import sys, types\n"
        "import qa.cli, index.text.sentences, index.read.record\n"
        "assert 'babel' not in sys.modules\n"
        "assert index.text.calendar.month_of('March') == 3\n"
        "languages = sorted(sys.modules['babel.localedata']._cache)\n"
        "assert languages == ['en', 'en_001', 'en_GB', 'root'], languages\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
