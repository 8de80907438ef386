"""The words of a sentence that answer: what the model read, in whole words."""

import re

from index import Span
from index.text import find_phrase
from qa.english.questions import Asked
from qa.english.sentences import Parsed
from qa.reading.answer_types import answer_type_of

# But of scripts without spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese.
_LETTER = "[^\\W\\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_WORD = re.compile(rf"{_LETTER}*\d+(?:[.,:/]\d+)*{_LETTER}*|{_LETTER}+")
_EDGES = ' \t\n\r,;:."“”()[]'


def answering_words(asked: Asked, sentence: Parsed, read: Span | None) -> Span:
    """The span of the words that answer, from the sentence's start.

    Args:
        asked: the question.
        sentence: the sentence that answers.
        read: the span that the model read in it, if it did; else the sentence answers.
    """
    if asked.is_phrase_alone:
        return find_phrase(sentence.text, asked.phrases[0]) or Span(0, len(sentence.text))
    if read is None or answer_type_of(asked).is_whole:
        return Span(0, len(sentence.text))
    return _whole_words(sentence, _without_edges(sentence, read))


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
    start, end = span
    for word in _WORD.finditer(sentence.text):
        if word.start() < end < word.end():
            end = word.end()
        if word.start() < start < word.end():
            start = word.start()
    return Span(start, end)
