"""What the words that answer must have in them: a time for "when", an amount for "how many".

English, by patterns. Of the words that the model finds likely, those that can answer are read
before any that cannot (`qa.reading.span_model`).
"""

import re
from collections.abc import Callable

from index.text import terms
from qa.english.questions import AUXILIARY, FUNCTION_TERMS, Asked, Unit
from qa.english.sentences import Parsed

_ASKS_WHEN = re.compile(
    rf"(?:(?:and|but|so|since|until|till|by|from|exactly) )*when (?:exactly )?{AUXILIARY}\b"
    r"(?!.*\b(?:what|which|who|whom|whose|where|why|how)\b)"
    r"|.*\b(?P<unit>what|which) (?:year|date|day|month|century|decade)s?\b"
    r"|(?!.*\b(?:what|which|who|whom|whose|where|why|how)\b).* when[?. ]*$"
)
_ASKS_HOW_MANY = re.compile(r"\bhow (?:many|far|long|old|often|tall|high|deep|wide|fast)\b")
_TIME = re.compile(
    r"\d|\b(?:(?:second|minute|hour|day|week|month|year|decade|centur(?:y|ie)|millenni(?:um|a)|era|age"
    r"|period|epoch|beginning|end|start|middle|eve|antiquity|season|spring|summer|autumn|fall"
    r"|winter|morning|afternoon|evening|night|dawn|dusk"
    r"|sunrise|sunset|weekend|time|moment|war|reign|dynasty|birth|death|childhood|anniversary"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?"
    r"|now|currently|recent(?:ly)?|immediately|soon|later|earlier|previously|formerly|ago|always"
    r"|never|annual(?:ly)?|(?:dai|week|month|year)ly|tonight|midnight|noon|Christmas|Easter|Ramadan)\b",
    re.IGNORECASE,
)
_BY_EVENT = re.compile(
    r"(?:\w+ )?(?:after|before|during|following|since|until|till|when|while|once|upon|as|by|at|on"
    r"|in|throughout|between|from)\s+\w",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\b(?:a|an|no|none|zero|many|much|few|fewer|little|less|more|most|some|all|both|every|each|half"
    r"|majority|minority|couple|pair|single|only|number|dozens?|scores?|enough)\b",
    re.IGNORECASE,
)
_NEXT_FACT = re.compile(r"(?:,| and) (?:and )?[a-z]+(?:ed|ing)\b")
_EVENT_TERMS = FUNCTION_TERMS | frozenset(terms("following recent late early end beginning"))


def a_time(asked: Asked) -> Callable[[str], bool] | None:
    """What tells a time, where "when" is what is asked; None where any words may answer."""
    asks_when = _ASKS_WHEN.match(asked.flat)
    if asks_when is None:
        return None
    may_be_event = asks_when["unit"] is None
    return lambda text: _is_time(text, asked, may_be_event=may_be_event)


def an_amount(unit: Unit) -> Callable[[Asked], Callable[[str], bool] | None]:
    """What tells an amount, of a time in its unit too; None where any words may answer."""

    def told(asked: Asked) -> Callable[[str], bool] | None:
        if _ASKS_HOW_MANY.search(asked.flat) is None:
            return None
        return lambda text: _is_amount(text, unit)

    return told


def _is_time(text: str, asked: Asked, *, may_be_event: bool) -> bool:
    """A time, or an event that it is told by; and more than the question says itself."""
    said = Parsed(text)
    if said.dates:
        return True
    is_time = _TIME.search(text) or (may_be_event and _BY_EVENT.match(text))
    return bool(is_time) and not said.terms <= asked.terms | _EVENT_TERMS


def _is_amount(text: str, unit: Unit) -> bool:
    said = Parsed(text)
    has_amount = said.numbers or said.years or _AMOUNT.search(text)
    is_time = unit is Unit.TIME and _TIME.search(text)
    return bool(has_amount or is_time) and not _NEXT_FACT.search(text)
