"""What might help where there is no answer: words the archive does not have, and questions it can.

Each way out that is offered was tried: the question was asked so, and answered.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from index import Archive, Filters
from index.text import content_terms, parse_query
from qa.datatypes import Answer, Change, NoAnswer, Question, Reason, UnknownWord, Way

Ask = Callable[[Question], Answer | NoAnswer]

_QUOTATION_MARKS = str.maketrans("", "", '"“”')
_SAME = (
    "attack assault raid",
    "bombing blast explosion",
    "car vehicle automobile",
    "company firm corporation",
    "doctor physician",
    "earthquake quake tremor",
    "fire blaze",
    "illness disease sickness",
    "injured wounded hurt",
    "kidnapped abducted",
    "killed died slain",
    "minister secretary",
    "murder killing homicide",
    "police officers",
    "prison jail",
    "protest demonstration rally",
    "purchased bought acquired",
    "arrested detained",
    "resigned quit",
    "started began",
    "student pupil",
    "talks negotiations",
    "vote election poll ballot",
)
_SYNONYMS = {
    term: group.split() for group in _SAME for word in group.split() for term in content_terms(word)
}


def with_suggestions(answer: NoAnswer, archive: Archive, ask: Ask) -> NoAnswer:
    """`answer` with what might help.

    Args:
        answer: what was said to the question.
        archive: what was asked.
        ask: asks it a question that stands alone; it is called at most five times.
    """
    if answer.reason is Reason.EMPTY_ARCHIVE:
        return answer
    unknown = tuple(_unknown(archive, answer.interpreted))
    question = replace(answer.question, text=answer.interpreted)
    ways = tuple(way for way in _ways(question, unknown) if isinstance(ask(way.question), Answer))
    return replace(answer, unknown=unknown, ways=_without_needless(ways))


def _unknown(archive: Archive, text: str) -> Iterator[UnknownWord]:
    unknown = archive.unknown_words(parse_query(text).words)
    for word, alike in unknown.items():
        same = [one for term in content_terms(word) for one in _SYNONYMS.get(term, ())]
        missing = archive.unknown_words(" ".join(same), alike=False) if same else {}
        synonyms = [one for one in same if one not in missing and one != word.lower()]
        yield UnknownWord(word=word, alike=alike, synonyms=tuple(synonyms))


def _ways(question: Question, unknown: tuple[UnknownWord, ...]) -> Iterator[Way]:
    filters = question.filters
    unfiltered = Filters(documents=filters.documents)
    if filters.has_dates and filters.sources:
        undated = replace(question, filters=replace(filters, after=None, before=None))
        yield Way(change=Change.WITHOUT_DATES, question=undated)
        anywhere = replace(question, filters=replace(filters, sources=()))
        yield Way(change=Change.WITHOUT_SOURCES, question=anywhere)
        yield Way(change=Change.WITHOUT_FILTERS, question=replace(question, filters=unfiltered))
    elif filters != unfiltered:
        change = Change.WITHOUT_DATES if filters.has_dates else Change.WITHOUT_SOURCES
        yield Way(change=change, question=replace(question, filters=unfiltered))
    if parse_query(question.text).phrases:
        words = " ".join(question.text.translate(_QUOTATION_MARKS).split())
        yield Way(change=Change.WITHOUT_QUOTATION_MARKS, question=replace(question, text=words))
    if (text := _in_other_words(question.text, unknown)) != question.text:
        yield Way(change=Change.OTHER_WORDS, question=replace(question, text=text))


def _in_other_words(text: str, unknown: tuple[UnknownWord, ...]) -> str:
    """`text` with the nearest word of the archive for each that it does not have."""
    for one in unknown:
        for other in (*one.alike[:1], *one.synonyms[:1])[:1]:
            text = re.sub(rf"(?<!\w){re.escape(one.word)}(?!\w)", other, text)
    return text


def _without_needless(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """Not all filters need to go where it is enough that some do."""
    changes = {way.change for way in ways}
    if changes & {Change.WITHOUT_DATES, Change.WITHOUT_SOURCES}:
        return tuple(way for way in ways if way.change is not Change.WITHOUT_FILTERS)
    return ways
