"""Whether words answer as the judged ones do, where F1 alone is too strict or too lenient.

F1 takes "the mayor of Tarn, Ada Quill" for half wrong where "Ada Quill" was judged, and "26 km"
for half right where it was "25 km".
"""

import re
from collections import Counter
from collections.abc import Iterable

_LEAST_F1 = 0.5
_FEW = 5
"""Words as few as these may stand whole in a longer answer."""

_ARTICLES = frozenset({"a", "an", "the"})
_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty dozen".split()
)
_VERDICTS = ({"yes"}, {"no"})
_WORD = re.compile(r"\w+(?:[.,]\d+)*")


def folded(text: str) -> str:
    """The text with one space for any white space: wire copy breaks lines in mid-sentence."""
    return " ".join(text.split())


def are_words_right(given: str, answers: Iterable[str]) -> bool:
    """Whether some words agree with one of the judged answers.

    They do when the F1 of their words is at least 0.5, or when one of the two has at most five
    words and stands whole in the other. A judged answer with numbers needs one of them; a mere
    "Yes" or "No" needs that word alone. Case, articles and white space make no difference.
    """
    words = _words(given)
    return bool(words) and any(_agree(words, _words(answer)) for answer in answers)


def _agree(given: list[str], judged: list[str]) -> bool:
    numbers = set(filter(_is_number, judged))
    if not judged or (numbers and numbers.isdisjoint(given)):
        return False
    if set(judged) in _VERDICTS:
        return given == judged
    shared = (Counter(given) & Counter(judged)).total()
    if 2 * shared / (len(given) + len(judged)) >= _LEAST_F1:
        return True
    few, many = sorted((given, judged), key=len)
    starts = range(len(many) - len(few) + 1)
    return len(few) <= _FEW and any(many[start : start + len(few)] == few for start in starts)


def _words(text: str) -> list[str]:
    """The words, with "1,150" and "3.5" for one each; articles only where there is nothing else."""
    every = _WORD.findall(text.casefold())
    return [word for word in every if word not in _ARTICLES] or every


def _is_number(word: str) -> bool:
    return word in _NUMBERS or any(character.isdigit() for character in word)
