"""The words of a sentence that answer: the candidate nearest to the question's words.

Where no rule applies it is the whole sentence, which is never wrong, only longer.
"""

import re

from index import Span, Word, find_phrase
from qa.phrases import HUMAN_TERMS, Parsed, is_inside
from qa.question import FUNCTION_TERMS, Asked, Kind, Unit
from qa.scoring import Shares, candidates, proximity

_CLAUSE_EDGE = re.compile(r"[,;:()“”\"—–!?]|\.\s|\.$")
_INNER = frozenset(("of", "the", "a", "an", "and", "in", "for"))
_DETERMINERS = frozenset(("the", "a", "an"))
_HAS_UNIT, _AFTER_PLACE_WORD = 1.0, 0.3
_HOLDS_NAME, _BEHIND, _A_WORD, _LONGEST = 0.2, 0.15, 0.03, 4


def answering_words(asked: Asked, sentence: Parsed, shares: Shares) -> Span:
    """The span of the words that answer, from the sentence's start."""
    whole = Span(0, len(sentence.text))
    if asked.is_phrase_alone:
        return find_phrase(sentence.text, asked.phrases[0]) or whole
    spans = candidates(asked, sentence)
    if spans:
        best = max(spans, key=lambda span: _candidate_score(asked, span, sentence, shares))
        is_measured = asked.kind is Kind.COUNT and asked.unit in (Unit.TIME, Unit.DISTANCE)
        return sentence.with_unit(best, asked.unit) if is_measured else best
    if asked.kind is Kind.WHO:
        return _people(asked, sentence) or whole
    if asked.kind in (Kind.WHAT, Kind.NAME, Kind.WHERE):
        return max(
            _new_phrases(asked, sentence),
            key=lambda span: _phrase_score(span, sentence, shares),
            default=whole,
        )
    return whole


def _candidate_score(asked: Asked, span: Span, sentence: Parsed, shares: Shares) -> float:
    score = proximity(span, sentence, shares)
    if asked.kind is Kind.COUNT and sentence.has_unit(span, asked.unit, asked.counted):
        score += _HAS_UNIT
    if asked.kind is Kind.WHERE and sentence.follows_place_word(span):
        score += _AFTER_PLACE_WORD
    return score


def _phrase_score(span: Span, sentence: Parsed, shares: Shares) -> float:
    matched = [word.start for word in sentence.words if word.term in shares]
    holds_name = any(is_inside(name, [span]) for name in sentence.names)
    is_behind = bool(matched) and span.start > max(matched)
    length = len(sentence.text[span.start : span.end].split())
    return (
        proximity(span, sentence, shares)
        + _HOLDS_NAME * holds_name
        + _BEHIND * is_behind
        + _A_WORD * min(length, _LONGEST)
    )


def _people(asked: Asked, sentence: Parsed) -> Span | None:
    """A noun for people, back to its determiner: "the town’s residents"."""
    words = sentence.words
    for place, word in enumerate(words):
        if word.term not in HUMAN_TERMS or word.term in asked.terms:
            continue
        first = word
        for back in range(place - 1, max(-1, place - 5), -1):
            if _CLAUSE_EDGE.search(sentence.text, words[back].end, words[back + 1].start):
                break
            if sentence.text[words[back].start : words[back].end].lower() in _DETERMINERS:
                first = words[back]
                break
        return Span(first.start, word.end)
    return None


def _new_phrases(asked: Asked, sentence: Parsed) -> list[Span]:
    """Runs of words that are not the question's, cut at punctuation and function words."""
    spans: list[Span] = []
    run: list[Word] = []

    def close() -> None:
        while run and run[-1].term in FUNCTION_TERMS:
            run.pop()
        if run:
            spans.append(Span(run[0].start, run[-1].end))
        run.clear()

    for word in sentence.words:
        surface = sentence.text[word.start : word.end].lower()
        if run and _CLAUSE_EDGE.search(sentence.text[run[-1].end : word.start]):
            close()
        if word.term in asked.terms:
            close()
        elif word.term not in FUNCTION_TERMS or (run and surface in _INNER):
            run.append(word)
        else:
            close()
    close()
    return spans
