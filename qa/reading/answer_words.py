"""The words of a sentence that answer: what the model read, made whole, by a way for each type.

A model stops short of a name's last word, or of what a number counts; those it is given back.
`answer_types` says which way goes with which type.
"""

import bisect
import re
from collections.abc import Callable, Iterable

from index import Span
from index.text import find_phrase, terms
from qa.english.questions import Asked, Unit
from qa.english.sentences import HUMAN_TERMS, Parsed, is_inside

_QUOTATION = re.compile('[“"«„](?:[^“”"«»„]{12,})[”"»“]')
_NEXT_WORD = re.compile(r"\s([A-Za-z][\w-]*)")
_CLAUSE_EDGE = re.compile(r"[,;:()“”\"—–!?]|\.\s|\.$")
_DETERMINERS = frozenset(("the", "a", "an"))
_ARTICLE = re.compile(r"\b(?:the|an?)\s\Z", re.IGNORECASE)
# But of scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese.
_LETTER = "[^\\W\\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_WORD = re.compile(rf"{_LETTER}*\d+(?:[.,:/]\d+)*{_LETTER}*|{_LETTER}+")
_QUOTES = re.compile('[“”"]')
_SOME_OF = re.compile(
    r"(?:an? \w+|the majority|most|some|many|few) of (?:(?:the|its|their) )?[\w-]+", re.IGNORECASE
)
_SHORTEST_REASON = 4
_EDGES = ' \t\n\r,;:."“”()[]'
_COUNTED_PEOPLE = HUMAN_TERMS | frozenset(
    terms("others civilians passengers victims persons villagers refugees migrants hostages")
)


def phrase(asked: Asked, sentence: Parsed) -> Span:
    """The quoted phrase, where it stands in the sentence."""
    return find_phrase(sentence.text, asked.phrases[0]) or _all_of(sentence)


def whole_sentence(asked: Asked, sentence: Parsed, span: Span) -> Span:
    """All of it, for what no words alone answer."""
    return _all_of(sentence)


def quotation(asked: Asked, sentence: Parsed, span: Span) -> Span:
    """The sentence's first quotation, if there is one."""
    quoted = _QUOTATION.search(sentence.text)
    return Span(*quoted.span()) if quoted else span


def whom(asked: Asked, sentence: Parsed, span: Span) -> Span:
    """A name to its end, people from their determiner on."""
    return _with_determiner(
        sentence, _after_description(asked, sentence, _whole_name(sentence, span))
    )


def reason(asked: Asked, sentence: Parsed, span: Span) -> Span:
    """What was read, where it is long enough to be a reason; else the sentence."""
    if len(sentence.text[slice(*span)].split()) < _SHORTEST_REASON:
        return _all_of(sentence)
    return with_article(asked, sentence, span)


def with_article(asked: Asked, sentence: Parsed, span: Span) -> Span:
    """With the article right before it: "the police station"; a name goes without."""
    return _with_article(sentence, span)


def whole_words(sentence: Parsed, span: Span) -> Span:
    """With the rest of the words that it begins or ends within, without marks at its edges."""
    return _whole_words(sentence, _without_edges(sentence, span))


def _all_of(sentence: Parsed) -> Span:
    return Span(0, len(sentence.text))


def _without_edges(sentence: Parsed, span: Span) -> Span:
    """Without marks at its edges, where something is left."""
    start, end = span
    while start < end and sentence.text[start] in _EDGES:
        start += 1
    while start < end and sentence.text[end - 1] in _EDGES:
        end -= 1
    return Span(start, end) if start < end else span


def _whole_words(sentence: Parsed, span: Span) -> Span:
    """With the rest of a word or number that it begins or ends within: "155,221", not "221"."""
    return _with_rest(span, (Span(*word.span()) for word in _WORD.finditer(sentence.text)))


def _whole_name(sentence: Parsed, span: Span) -> Span:
    """With the rest of a name that it begins or ends within."""
    return _with_rest(span, sentence.names)


def _with_rest(span: Span, parts: Iterable[Span]) -> Span:
    """With the rest of those parts that it begins or ends within; no two of them overlap."""
    start, end = span
    for part in parts:
        if part.start < end < part.end:
            end = part.end
        if part.start < start < part.end:
            start = part.start
    return Span(start, end)


def _after_description(asked: Asked, sentence: Parsed, span: Span) -> Span:
    """The name alone, where what comes before it only says again what was asked.

    Who commands the Kufra district? Not "Commander of the Kufra district Belqasem al-Abaaj".
    """
    asked_for = [
        word.end
        for word in sentence.words
        if span.start <= word.start < span.end and word.term in asked.terms
    ]
    named = [
        name.start
        for name in sentence.names
        if asked_for and asked_for[-1] < name.start and name.end <= span.end
    ]
    return Span(named[0], span.end) if named else span


def _with_article(sentence: Parsed, span: Span) -> Span:
    found = _ARTICLE.search(sentence.text, 0, span.start)
    if found is None or not sentence.text[span.start].islower():
        return span
    return Span(found.start(), span.end)


def _with_determiner(sentence: Parsed, span: Span) -> Span:
    """People from their determiner on: "the town’s residents" and not "residents"."""
    words = sentence.words
    first = bisect.bisect_left(words, span.start, key=lambda word: word.start)
    if first == len(words) or words[first].term not in HUMAN_TERMS:
        return _with_article(sentence, span)
    for place in range(first - 1, max(-1, first - 5), -1):
        if _CLAUSE_EDGE.search(sentence.text, words[place].end, words[place + 1].start):
            break
        if sentence.text[words[place].start : words[place].end].lower() in _DETERMINERS:
            return Span(words[place].start, span.end)
    return span


def place(asked: Asked, sentence: Parsed, span: Span) -> Span:
    """The name of the place, where what was read runs over a quotation's end."""
    if not _QUOTES.search(sentence.text, *span):
        return span
    return next(
        (
            name
            for name in sentence.names
            if is_inside(name, [span]) and sentence.follows_place_word(name)
        ),
        span,
    )


def with_what_is_counted(unit: Unit) -> Callable[[Asked, Parsed, Span], Span]:
    """The number with its unit, or with the people: "nine people", "a number of policemen"."""

    def made_whole(asked: Asked, sentence: Parsed, span: Span) -> Span:
        if span in sentence.numbers:
            return _with_people(sentence, sentence.with_unit(span, unit))
        if found := _SOME_OF.match(sentence.text, span.start):
            return Span(span.start, max(span.end, found.end()))
        return with_article(asked, sentence, span)

    return made_whole


def _with_people(sentence: Parsed, span: Span) -> Span:
    """The number with the people that it counts, two words on at most: "nine people"."""
    end = span.end
    for _ in range(2):
        found = _NEXT_WORD.match(sentence.text, end)
        if found is None:
            break
        end = found.end()
        if not _COUNTED_PEOPLE.isdisjoint(terms(found.group(1))):
            return Span(span.start, end)
    return span
