"""Many questions on the page: what is pasted, how far it is, and the table, which runs nothing."""

import html

import pytest

from index import InvalidInput
from qa import Assistant
from qa.output.table import answer_all
from qa.web.page.batch_tab import progress_of, questions_of, table_of

ASKED = "Who seized the harbour of Zuwara?\nWhich company <b>bought</b> the telescope?"


@pytest.fixture(name="assistant")
def _assistant(archive, put, real_reader):
    put(
        id="a",
        text="It rained. The rebels seized the harbour of Zuwara on Monday.",
        source="<i>Sun",
    )
    return Assistant(archive, real_reader)


def test_how_far_it_is(assistant):
    """Before, on the way and at the end."""
    questions = questions_of(ASKED)
    answers = list(answer_all(assistant, questions))
    lines = [progress_of(answers[:number], questions) for number in range(3)]
    assert [html.unescape(line).split(">")[1].split("<")[0] for line in lines] == [
        "0 of 2 questions asked, 0 answered",
        "1 of 2 questions asked, 1 answered",
        "2 of 2 questions asked, 1 answered",
    ]


def test_nothing_is_pasted():
    """It is said what to do."""
    assert "Paste questions" in progress_of([], questions_of(" \n"))


def test_the_table_shows_words_as_words(assistant):
    """What a question or an outlet has of markup stands there as it was written."""
    table = table_of(list(answer_all(assistant, questions_of(ASKED))))
    assert table.count("<tr>") == 3
    assert "<b>bought" not in table
    assert "<i>Sun" not in table


@pytest.mark.parametrize(
    ("text", "reason"),
    [("a?\n" * 201, "more than 200 questions"), ('{"id": 1}', "line:1 has no “question”")],
)
def test_what_is_not_asked(text, reason):
    """It is refused before the first question."""
    with pytest.raises(InvalidInput, match=reason):
        questions_of(text)
