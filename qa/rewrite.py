"""A follow-up and the turns before it → a question that stands alone.

"When did it happen?" after "Who claimed the Tazerbo attack?" is understood as
"When did it happen? (Tazerbo attack)": the words that the turn before was about are added, and
shown. Nothing is taken away. A question with a name of its own is left as it is.
"""

import re
from collections.abc import Sequence

from index import FUNCTION_WORDS, terms, words
from qa.datatypes import Answer, NoAnswer
from qa.question import Asked

_POINTS_BACK = re.compile(
    r"\b(?:it|its|he|him|his|she|her|hers|they|them|their|there|then|this|that|these|those)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\s*(?:and|but|or|what about|how about)\b", re.IGNORECASE)
_FEW_TERMS = 1
_MOST_ADDED = 6


def stand_alone(question: str, history: Sequence[Answer | NoAnswer]) -> str:
    """`question` with what it takes from the turns before, the last of which is the latest."""
    if not history:
        return question
    asked = Asked.of(question)
    is_short = len(asked.terms) <= _FEW_TERMS
    leans_back = _POINTS_BACK.search(question) or _GOES_ON.match(question) or is_short
    if not leans_back or asked.proper:
        return question
    added = _subject(history[-1], asked.terms)
    return f"{question.strip()} ({' '.join(added)})" if added else question


def _subject(turn: Answer | NoAnswer, known: frozenset[str]) -> list[str]:
    """The words, as they were written, that an earlier question was about."""
    text = turn.interpreted
    found: dict[str, str] = {}
    for place, word in enumerate(words(text)):
        surface = text[word.start : word.end].strip("'’")
        is_question_word = place == 0 or surface.lower() in FUNCTION_WORDS
        if not is_question_word and word.term not in known:
            found.setdefault(word.term, surface)
    verbs = set(terms(Asked.of(text).verb)) | {Asked.of(text).verb}
    named = [surface for term, surface in found.items() if term not in verbs]
    return named[:_MOST_ADDED]
