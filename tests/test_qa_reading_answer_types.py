"""What may answer "when" and "how many", and what may not."""

import pytest

from qa.english.questions import Asked
from qa.reading.answer_types import expected_by

WHEN = "When was the Tazerbo attack?"
YEAR = "In what year was the harbour built?"
MANY = "How many policemen were abducted?"
LONG = "How long did the siege last?"


def is_expected(question: str, words: str) -> bool:
    check = expected_by(Asked.of(question))
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
    assert expected_by(Asked.of(question)) is None
