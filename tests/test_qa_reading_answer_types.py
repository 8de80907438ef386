"""What a question asks for: the table of answer types."""

import pytest

from index import Span
from qa.english.questions import Asked
from qa.english.sentences import Parsed
from qa.reading import answer_types
from qa.reading.answer_types import AnswerType, answer_type_of, words
from qa.reading.answer_words import answering_words


@pytest.mark.parametrize(
    ("question", "is_read", "is_whole"),
    [
        ("Who claimed the Tazerbo attack?", True, False),
        ("Did ISIS claim the Tazerbo attack?", True, True),
        ("Tazerbo attack", False, False),
        ("Wann war der Angriff?", False, False),
    ],
)
def test_what_is_read_and_what_takes_a_sentence(question, is_read, is_whole):
    """Bare words and other languages are not read; yes or no takes the sentence."""
    row = answer_type_of(Asked.of(question))
    assert (row.is_read, row.is_whole) == (is_read, is_whole)


def test_a_new_type_is_one_row(monkeypatch):
    """What asks for it, and that a sentence answers: nothing else is needed."""
    row = AnswerType(name="opinion", asked_by=words(r"\bwhat .* think\b"), is_whole=True)
    monkeypatch.setattr(answer_types, "TYPES", (row, *answer_types.TYPES))
    answer_type_of.cache_clear()
    asked = Asked.of("What does the mayor think of the harbour?")
    sentence = Parsed("The mayor thinks that the harbour is too small.")
    assert answer_type_of(asked).name == "opinion"
    assert answering_words(asked, sentence, Span(4, 9)) == Span(0, len(sentence.text))
    answer_type_of.cache_clear()
