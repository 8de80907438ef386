"""What stands in a sentence: dates, numbers, names, speech; found by patterns, in English."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from index import Span
from index.text import (
    FUNCTION_WORDS,
    Word,
    day_names,
    month_names,
    short_month_names,
    terms,
    words,
)

_SHORT_MONTHS = {*short_month_names("en"), *short_month_names("en_GB")} - {*month_names()}
_MONTH_FORMS = (*month_names(), *(rf"{name}\.?" for name in sorted(_SHORT_MONTHS)))
_MONTH = f"(?:{'|'.join(_MONTH_FORMS)})"
_NO_VERB_TOO = "|".join(name for name in month_names() if name != "May")
_DAY = "|".join(day_names())
# Before one of these four digits are a number, and no year.
_MEASURE = (
    r"(?:%|(?:km|kilomet(?:er|re)s?|miles?|met(?:er|re)s?|feet|foot|ft|yards?|dollars?|dlrs|euros?"
    r"|pounds?|yen|francs?|per\s?cent|pct)\b)"
)
_DATE = re.compile(
    rf"\b(?:(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}\b(?:,?\s+\d{{3,4}})?"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:\s*[-–]\s*\d{{1,2}})?(?:,?\s+\d{{4}}\b)?"
    rf"|{_MONTH},?\s+(?:of\s+)?\d{{4}}\b"
    rf"|(?:{_DAY})s?\b"
    r"|(?:the\s+)?(?:early|mid|late)?[-\s]?(?:1\d|20)\d0s\b"
    r"|(?:(?:early|mid|late)[-\s])?(?:\d{1,2}(?:st|nd|rd|th)|[A-Za-z]+(?:th|first|second|third))"
    r"[-\s](?:century|centuries)(?:\s+(?:BC|BCE|AD|CE))?"
    rf"|(?:1[0-9]|20)\d\d(?:\s*[-–]\s*(?:\d{{4}}|\d\d))?\b(?![,.]\d|\s*{_MEASURE})"
    r"|\d{1,4}\s+(?:BC|BCE|AD|CE)\b|AD\s+\d{1,4}"
    rf"|(?:{_NO_VERB_TOO})\b"
    r"|(?:yesterday|today|tomorrow|midnight|noon)\b"
    r"|(?:last|next|this)\s+(?:week|month|year|night|spring|summer|autumn|fall|winter))"
)
_NUMBER_WORD = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    "|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|half|third|quarter|twice|once"
    "|several"
)
_NUMBER = re.compile(
    rf"(?:[$€£¥]\s?)?(?<![\w.])(?:\d[\d,]*(?:\.\d+)?|(?:{_NUMBER_WORD})\b)"
    rf"(?:[-\s]+(?:and\s+)?(?:{_NUMBER_WORD})\b|[-\s]\d+/\d+)*(?:\s?(?:%|percent|per\s?cent))?",
    re.IGNORECASE,
)
_LETTERS = (*range(0x250), *range(0x370, 0x530), *range(0x1E00, 0x1F00))
CAPITAL = f"[{''.join(chr(one) for one in _LETTERS if chr(one).isupper())}]"
"""A capital of the Latin, Greek or Cyrillic letters, as a pattern: "Ç" of "Çavuşoğlu" is one."""
PARTICLE = (
    r"(?:da|das|de|degli|dei|del|della|delle|den|der|di|do|dos|du|el|la|las|le|lo|los|ten|ter|van"
    r"|von|zu|zum|zur|al|abu|ben|bin|bint|ibn|ul)"
)
"""A word in lower case within a person's name, which the surname begins with."""
_PREFIX = r"\b(?:(?:ad|al|an|ar|as|ash|at|az|el|es|ul)-|[dl][’'])"
_NAME = re.compile(
    rf"(?:{CAPITAL}[\w’'.&-]*|{_PREFIX}{CAPITAL}[\w-]+)"
    rf"(?:\s+(?:(?:of|the|y|and the|for|{PARTICLE})\s+)*"
    rf"(?:{CAPITAL}[\w’'.&-]*|{_PREFIX}{CAPITAL}[\w-]*|[IVX]+\b))*"
)
_NEGATION = re.compile(
    r"\b(?:not|never|cannot|none|neither|nor|nobody|nothing|nowhere|without|no)\b|n['’]t\b",
    re.IGNORECASE,
)
_CLOSING = " \t\n\r\"”’')»"
_NOT_A_NAME = frozenset(
    (
        "however although despite following meanwhile several according "
        + " ".join(day_names()).lower()
    ).split()
)

HUMAN_TERMS = frozenset(
    terms(
        """people residents soldiers troops police army forces government officials officers
        militants rebels workers students teachers scientists settlers colonists citizens families
        lawyers doctors engineers farmers voters leaders members protesters company court parliament
        council committee president minister king queen emperor mayor director chairman judge
        ambassador spokesman spokeswoman man woman men women children boy girl mother father son
        daughter brother wife husband"""
    )
)
"""Nouns that can do what a "who" asks for, though they are no names."""


@dataclass(frozen=True)
class Parsed:
    """A sentence, taken apart. All spans count from the sentence's own start."""

    text: str

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return words(self.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(word.term for word in self.words)

    @cached_property
    def dates(self) -> tuple[Span, ...]:
        return tuple(Span(*found.span()) for found in _DATE.finditer(self.text))

    @cached_property
    def numbers(self) -> tuple[Span, ...]:
        """Numbers in digits or words, but for those that are part of a date."""
        spans = (Span(*found.span()) for found in _NUMBER.finditer(self.text))
        return tuple(span for span in spans if not is_inside(span, self.dates))

    @cached_property
    def names(self) -> tuple[Span, ...]:
        """Runs of capitalised words, but for dates and a sentence's first function words."""
        trimmed = (self._trimmed(*found.span()) for found in _NAME.finditer(self.text))
        return tuple(span for span in trimmed if span and not is_inside(span, self.dates))

    def _trimmed(self, start: int, end: int) -> Span | None:
        while start < end:
            first = self.text[start:end].split()[0]
            if first.lower().strip(".'’") not in FUNCTION_WORDS | _NOT_A_NAME:
                break
            start += len(first)
            while start < end and self.text[start].isspace():
                start += 1
        while start < end and self.text[end - 1] in ".,'’&-":
            end -= 1
        is_name = start < end and (
            self.text[start].isupper() or re.match(_PREFIX, self.text[start:end]) is not None
        )
        return Span(start, end) if is_name else None

    @property
    def is_question(self) -> bool:
        """Whether it asks: of an interview, a list of questions, a headline."""
        return self.text.rstrip(_CLOSING).endswith("?")

    @property
    def has_negation(self) -> bool:
        return _NEGATION.search(self.text) is not None


def is_inside(span: Span, others: Iterable[Span]) -> bool:
    """Whether all of a span lies in one of the others."""
    return any(span.start >= other.start and span.end <= other.end for other in others)
