"""Follow-ups: what they take from the turn before, and what is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Searched
from qa import NoAnswer, Question, Reason
from qa.rewrite import stand_alone

FIRST = "Who claimed the Tazerbo attack?"


def turn(question, interpreted=None):
    """A turn of a conversation, of which only the question matters."""
    return NoAnswer(
        question=Question(text=question),
        interpreted=interpreted or question,
        reason=Reason.NOT_IN_ARCHIVE,
        nearest=(),
        searched=Searched(documents=0, sentences=0),
        elapsed_ms=0.0,
    )


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("When did it happen?", "When did it happen? (Tazerbo attack)"),
        ("And how many were killed?", "And how many were killed? (Tazerbo attack)"),
        ("what about the victims?", "what about the victims? (Tazerbo attack)"),
        ("Where?", "Where? (Tazerbo attack)"),
        ("How many people died there?", "How many people died there? (Tazerbo attack)"),
        ("  Why did they attack?\n", "Why did they attack? (Tazerbo)"),
    ],
)
def test_a_follow_up_takes_the_subject_of_the_turn_before(question, understood):
    """What points back, goes on, or is short gets the words that the question before was about."""
    assert stand_alone(question, [turn(FIRST)]) == understood


@pytest.mark.parametrize(
    "question",
    [
        "Who commands the Kufra military district?",
        "When did it happen in Sirte?",
        "Did it happen in 2016?",
        "How many soldiers guard the border crossing?",
        "Where is Sirte?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question):
    """What names something of its own, or points nowhere, is not touched."""
    assert stand_alone(question, [turn(FIRST)]) == question


@pytest.mark.parametrize("question", ["When did it happen?", "Where?", ""])
def test_the_first_question_is_left_alone(question):
    """Without a turn before, there is nothing to take."""
    assert stand_alone(question, []) == question


def test_the_latest_turn_counts():
    """The words come from the last turn, not from those before it."""
    history = [turn("Who shelled the Sirte harbour?"), turn(FIRST)]
    assert stand_alone("When was it?", history) == "When was it? (Tazerbo attack)"


def test_a_chain_keeps_its_subject():
    """A follow-up of a follow-up takes what that one had taken."""
    second = turn("When did it happen?", "When did it happen? (Tazerbo attack)")
    assert "Tazerbo attack" in stand_alone("Who did it?", [turn(FIRST), second])


def test_no_word_is_added_twice():
    """What the follow-up says itself is not added, in whatever form."""
    assert stand_alone("Was it attacked?", [turn(FIRST)]) == "Was it attacked? (Tazerbo)"
    twice = turn("Who saw Tazerbo, and Tazerbo’s attacks, and the attack?")
    assert stand_alone("When was it?", [twice]).count("Tazerbo") == 1


def test_at_most_six_words_are_added():
    """A long question lends its first words only."""
    long = turn("who saw scarlet orange yellow green blue violet black white paper?")
    assert (
        stand_alone("where is it?", [long])
        == "where is it? (scarlet orange yellow green blue violet)"
    )


def test_a_turn_that_was_about_nothing_adds_nothing():
    """When the turn before has no words to give, the question stays as it is."""
    assert stand_alone("When was it?", [turn("Who is it?")]) == "When was it?"


@given(
    question=st.text(max_size=80),
    before=st.text(min_size=1, max_size=80).filter(str.strip),
)
def test_nothing_is_ever_taken_away(question, before):
    """Whatever is asked, every word of it is still there, and comes first."""
    assert stand_alone(question, [turn(before)]).lstrip().startswith(question.strip())
