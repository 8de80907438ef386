"""What might help where there is no answer: each way out was tried."""

import datetime as dt
from dataclasses import replace

import pytest

from index import Filters
from qa import Answer, Assistant, Change, NoAnswer, Reason, UnknownWord
from qa.output.json import answer_json
from qa.output.terminal import help_lines
from qa.output.wording import reason_text
from qa.suggestions.suggest import with_suggestions

WHO = "Who seized the harbour of Zuwara?"
LATER = dt.date(2020, 1, 1)


@pytest.fixture(name="assistant")
def _assistant(archive, put, real_reader):
    put(
        id="a",
        text="It rained all night. The rebels seized the harbour of Zuwara on Monday.",
        source="The Gazette",
        published=dt.date(2019, 11, 25),
    )
    put(
        id="b",
        text="The mayor of Sirte opened a school. Sixty pupils sang.",
        source="Star",
        published=LATER,
    )
    return Assistant(archive, real_reader)


def helped(assistant, question, **given):
    """What is said to a question that has no answer, with what might help."""
    return assistant.suggest(assistant.ask(question, **given))


def changes(answer):
    assert isinstance(answer, NoAnswer)
    return [way.change for way in answer.ways]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(after=LATER), [Change.WITHOUT_DATES]),
        (Filters(before=dt.date(1999, 1, 1)), [Change.WITHOUT_DATES]),
        (Filters(sources=("Star",)), [Change.WITHOUT_SOURCES]),
        (Filters(after=LATER, sources=("The Gazette",)), [Change.WITHOUT_DATES]),
        (Filters(before=dt.date(2019, 12, 1), sources=("Star",)), [Change.WITHOUT_SOURCES]),
        (Filters(after=LATER, sources=("Star",)), [Change.WITHOUT_FILTERS]),
    ],
)
def test_a_filter_is_in_the_way(assistant, filters, expected):
    """The fewest filters that have to go; the question that is left is answered."""
    answer = helped(assistant, WHO, filters=filters)
    assert changes(answer) == expected
    assert all(isinstance(assistant.ask(way.question), Answer) for way in answer.ways)


def test_no_filter_is_in_the_way(assistant):
    """What the whole archive does not answer is not offered without filters."""
    answer = helped(assistant, "Which company bought the telescope?", filters=Filters(after=LATER))
    assert changes(answer) == []


def test_quotation_marks_are_in_the_way(assistant):
    """The phrase is nowhere, its words are."""
    answer = helped(assistant, 'Who seized the "Zuwara harbour"?')
    assert answer.reason is Reason.PHRASE_NOT_FOUND
    assert changes(answer) == [Change.WITHOUT_QUOTATION_MARKS]
    assert answer.ways[0].question.text == "Who seized the Zuwara harbour?"


def test_a_name_in_another_spelling(assistant):
    """The archive's spelling, and the question with it."""
    answer = with_suggestions(
        replace(unanswered(assistant), interpreted="Who seized the harbour of Zuwarah?"),
        assistant.archive,
        lambda one: assistant.inquire(one).answer,
    )
    assert answer.unknown == (UnknownWord(word="Zuwarah", alike=("Zuwara",)),)
    assert [way.question.text for way in answer.ways] == [WHO]


def test_another_word_for_the_same(assistant):
    """Only a word that the archive has."""
    answer = helped(assistant, "Which student wrote the symphony?")
    assert UnknownWord(word="student", synonyms=("pupil",)) in answer.unknown


def test_words_of_no_article(assistant):
    """They are named, though nothing is like them."""
    answer = unanswered(assistant)
    assert [one.word for one in answer.unknown] == ["company", "bought", "telescope"]
    assert answer.ways == ()


def test_an_inquiry_is_not_helped(assistant):
    """An evaluation asks once a question."""
    answer = assistant.inquire(unanswered(assistant).question).answer
    assert answer.unknown == answer.ways == ()


def test_an_empty_archive_is_no_matter_of_words(archive, real_reader):
    """What helps is to add articles."""
    answer = helped(Assistant(archive, real_reader), WHO, filters=Filters())
    assert (answer.reason, answer.unknown, answer.ways) == (Reason.EMPTY_ARCHIVE, (), ())


def test_help_in_a_terminal(assistant):
    """The options' names, and the words in quotation marks."""
    answer = helped(assistant, "Which student wrote it?", filters=Filters(after=LATER))
    assert help_lines(answer) == [
        "In no article: “wrote”",
        "“student” is in no article, but there is: “pupil”",
    ]
    filtered = helped(assistant, WHO, filters=Filters(after=LATER, sources=("Star", "Times")))
    assert help_lines(filtered) == ["There is an answer without --after, --before and --source"]
    assert reason_text(filtered).endswith("; only from 2020-01-01, of Star or Times).")


def test_help_as_json(assistant):
    """Words and ways, each with what to ask instead."""
    record = answer_json(helped(assistant, WHO, filters=Filters(after=LATER)))
    assert record["unknown"] == []
    assert record["ways"] == [
        {
            "change": "without-dates",
            "question": WHO,
            "after": None,
            "before": None,
            "sources": [],
        }
    ]
    assert answer_json(assistant.ask(WHO))["ways"] == []


def unanswered(assistant):
    answer = helped(assistant, "Which company bought the telescope?")
    assert isinstance(answer, NoAnswer)
    return answer


def test_help_comes_after_the_answer(assistant):
    """Asking does not look for it, and what it takes counts as a stage and in the whole time."""
    answer = assistant.ask(WHO, filters=Filters(after=LATER))
    assert answer.unknown == answer.ways == ()
    found = assistant.suggest(answer)
    assert [stage.name for stage in found.stages] == ["search", "read", "suggest"]
    assert found.elapsed_ms == pytest.approx(sum(stage.milliseconds for stage in found.stages))
    assert found.elapsed_ms > answer.elapsed_ms
