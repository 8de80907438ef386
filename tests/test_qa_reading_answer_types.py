"""Which type of answer a question asks for, what may answer it, and what a new type takes."""

import re

import pytest

from index import Span
from qa.english.questions import Asked
from qa.english.sentences import Parsed
from qa.reading import answer_types
from qa.reading.answer_types import AnswerType, answer_type_of, answering_words, may_answer, words

WHEN = "When was the Tazerbo attack?"
YEAR = "In what year was the harbour built?"
MANY = "How many policemen were abducted?"
LONG = "How long did the siege last?"


def is_expected(question: str, words: str) -> bool:
    check = may_answer(Asked.of(question))
    assert check is not None
    return check(words)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (WHEN, "November 25"),
        (WHEN, "on Monday"),
        (WHEN, "at dawn"),
        (WHEN, "after the army had left Kufra"),
        (WHEN, "shortly before Ramadan"),
        (WHEN, "at the beginning of each session"),
        (YEAR, "1956"),
        (YEAR, "the late 1950s"),
        (MANY, "nine policemen"),
        (MANY, "a number of policemen"),
        (MANY, "12,000"),
        (MANY, "between five and ten"),
        (LONG, "two weeks"),
        (LONG, "hours"),
    ],
)
def test_what_may_answer(question, words):
    """Times and numbers, and events that a time is told by."""
    assert is_expected(question, words)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (WHEN, "Following"),
        (WHEN, "Following the Tazerbo attack"),
        (WHEN, "the southern desert"),
        (YEAR, "High Sheriff"),
        (YEAR, "after the harbour of Sirte"),
        (MANY, "policemen"),
        (MANY, "nine people, injured 10 others"),
        (MANY, "10 others and abducted a number"),
        (LONG, "the siege"),
    ],
)
def test_what_may_not_answer(question, words):
    """What holds no time and no number; what says the question again; two facts in one."""
    assert not is_expected(question, words)


@pytest.mark.parametrize(
    "question",
    [
        "Who led the troops when Cyprus was conquered?",
        "When oil was withdrawn from the market, what happened?",
        "How much does it cost?",
        "Who claimed the Tazerbo attack?",
        "Wann war der Angriff?",
        "Tazerbo attack",
    ],
)
def test_of_other_questions_anything_is_expected(question):
    """Where "when" does not ask, and where no time or number need be told."""
    assert may_answer(Asked.of(question)) is None


def test_a_new_type_is_one_row(monkeypatch):
    """What asks for it, what may answer, and how words are made whole: nothing else is needed."""
    often = re.compile(r"(?:once|twice|every \w+)(?: a \w+)?")

    def spans(sentence):
        return [Span(*found.span()) for found in often.finditer(sentence.text)]

    row = AnswerType(
        name="how often",
        asked_by=words(r"\bhow often\b"),
        expected=lambda asked: lambda text: often.search(text) is not None,
        whole=lambda asked, sentence, span: next(
            (one for one in spans(sentence) if one.start <= span.start < one.end), span
        ),
    )
    monkeypatch.setattr(answer_types, "TYPES", (row, *answer_types.TYPES))
    answer_type_of.cache_clear()
    asked = Asked.of("How often does the council of Sirte meet?")
    sentence = Parsed("The council of Sirte meets twice a month in the old town hall.")
    assert answer_type_of(asked).name == "how often"
    assert may_answer(asked)("twice a month")
    assert not may_answer(asked)("the old town hall")
    read = Span(sentence.text.index("twice"), sentence.text.index(" a month"))
    assert sentence.text[slice(*answering_words(asked, sentence, read))] == "twice a month"
    answer_type_of.cache_clear()
