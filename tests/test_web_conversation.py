"""What the page keeps and reads back: actions, crumbs, earlier conversations, forms to copy."""

import datetime as dt
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from index import Document, Filters, InvalidInput, Searched
from qa import Citation, NoAnswer, Question, Reason, Role, UnknownWord
from qa.web import Site
from qa.web.page.actions import Action, Verb
from qa.web.page.conversation import Conversation, Exchange, Pending
from qa.web.page.crumbs import crumbs_of, filters_of, sources_left
from qa.web.page.desk import Page
from qa.web.page.handout import FORMS, file_name, written
from qa.web.page.history import (
    MAX_KEPT,
    MAX_TITLE,
    Asked,
    Histories,
    asked_in,
    checked,
    remember,
)

WHO = "Who saw the comet?"
FILTERS = Filters(after=dt.date(2018, 5, 3), sources=("The Post",))


def asked(*questions: str, key: str = "a") -> Conversation:
    """A conversation of these questions."""
    conversation = Conversation(key=key)
    for question in questions:
        exchange = Exchange(question, Pending.WAITING, "wire", FILTERS, is_alone=True)
        conversation = conversation.ask(exchange)
    return conversation


@pytest.fixture(name="citation")
def _citation() -> Citation:
    document = Document(id="a", text="It rained.", path="/a.txt", title="Rain")
    return Citation(
        role=Role.ANSWER, document=document, start=0, end=10, quote="It rained.", score=1
    )


# The buttons in the chat


@pytest.mark.parametrize("verb", list(Verb))
def test_an_action_is_read_as_it_was_written(verb):
    """What a button carries is what the page does."""
    action = Action(verb, 3, 2)
    assert Action.parse(str(action)) == action


@pytest.mark.parametrize(
    "text",
    [
        "",
        "open",
        "open 1",
        "open 1 2 3",
        "open -1 2",
        "open 1 x",
        "drop 1 2",
        "open 1 2\n",
        "open 99999 1",
    ],
)
def test_what_is_no_action_is_nothing(text):
    """A browser may send anything."""
    assert Action.parse(text) is None


# The filters


def test_crumbs_name_the_filters():
    """Each filter has its own crumb, in words."""
    crumbs = crumbs_of("2018-05-03", None, ["The Post", "after"])
    assert [shown for shown, _ in crumbs] == ["From 2018-05-03", "The Post", "after"]
    assert len({crumb for _, crumb in crumbs}) == 3


def test_a_source_goes_with_its_crumb():
    """A source that is called like another crumb is still itself."""
    crumbs = [crumb for _, crumb in crumbs_of("2018-05-03", None, ["The Post", "after"])]
    assert sources_left(["The Post", "after"], crumbs[:2]) == ["The Post"]


def test_filters_are_made_of_what_was_typed():
    """Dates with white space and a time are dates; nothing is no filter."""
    assert filters_of(" 2018-05-03 00:00:00", "", ["The Post"]) == FILTERS
    assert not filters_of(None, None, [])


@pytest.mark.parametrize("typed", ["2018-13-45", "yesterday", "3/5/2018"])
def test_what_is_no_date_is_refused(typed):
    """The message has what was typed, and a date to follow."""
    with pytest.raises(InvalidInput, match=f"not a date: {typed}.*2018-11-25"):
        filters_of(typed, None, [])


# Earlier conversations


def test_a_conversation_is_remembered_first_and_once():
    """The latest stands first; what is asked further takes the place of what was kept."""
    records = remember([], asked("one"))
    records = remember(records, asked("two", key="b"))
    records = remember(records, asked("one", "more"))
    assert [record["title"] for record in records] == ["one", "two"]
    assert [one.question for one in asked_in(records[0])] == ["one", "more"]


def test_a_question_is_kept_with_what_it_was_asked_of():
    """Filters, archive and manner come back from JSON as they were."""
    records = json.loads(json.dumps(remember([], asked("one"))))
    assert asked_in(records[0]) == [Asked("one", "wire", FILTERS, is_alone=True)]


def test_conversations_are_kept_up_to_a_number():
    """The oldest goes, and an empty one is not kept; a long title is cut."""
    records = remember([], Conversation())
    for number in range(MAX_KEPT + 1):
        records = remember(records, asked(f"{number} {'word ' * 50}", key=str(number)))
    assert len(records) == MAX_KEPT
    assert records[0]["key"] == str(MAX_KEPT)
    assert len(records[0]["title"]) == MAX_TITLE


@pytest.mark.parametrize(
    "records",
    [None, "text", 3, {"key": "a"}, [None], [{"key": 1, "title": "x", "asked": []}], [{}]],
)
def test_what_a_browser_kept_may_be_anything(records):
    """What is not of the form is passed over."""
    assert checked(records) == []


@pytest.mark.parametrize(
    "change",
    [
        {"question": ""},
        {"question": "x" * 20_000},
        {"after": "soon"},
        {"after": "2019-01-01", "before": "2018-01-01"},
        {"sources": None},
    ],
)
def test_what_was_kept_is_checked_before_it_is_asked(change):
    """A question that was tampered with is an error, in one line."""
    record = Asked("one", "", Filters(), is_alone=False).as_json() | change
    with pytest.raises(InvalidInput):
        Asked.parse(record)


def test_each_user_has_a_file_of_his_own(tmp_path):
    """What is saved for one is loaded for him alone; no name is a path."""
    histories = Histories(tmp_path / "kept")
    records = remember([], asked("one"))
    histories.save("../ann", records)
    assert histories.load("../ann") == records
    assert histories.load("bob") == []
    (file,) = (tmp_path / "kept").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("not JSON")
    assert histories.load("../ann") == []


# Citations to copy


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_that_is_offered_is_written(citation, form):
    """Each has a text with the title, and a file's name."""
    assert "Rain" in written([citation], form)
    assert file_name(form).startswith("citation.")


def test_a_form_that_is_not_offered_is_refused(citation):
    """A browser may send anything, a path included."""
    with pytest.raises(InvalidInput):
        written([citation], "../../etc/passwd")


def test_an_answer_is_shown_before_what_might_help():
    """The page has "not in this archive" while what might help is still looked for."""
    nothing = NoAnswer(
        question=Question(text=WHO),
        interpreted=WHO,
        reason=Reason.NOT_IN_ARCHIVE,
        nearest=(),
        searched=Searched(documents=1, sentences=1),
        elapsed_ms=1.0,
    )
    helped = replace(nothing, unknown=(UnknownWord(word="comet"),))
    assistant = SimpleNamespace(ask=lambda *_, **__: nothing, suggest=lambda _: helped)
    page = object.__new__(Page)
    page._site = Site(assistants={"": assistant})
    page._archive = SimpleNamespace(assistant=lambda name: assistant)
    page._chat = SimpleNamespace(show=lambda conversation: {"chat": conversation})
    page._history = SimpleNamespace(remember=lambda *_: {})
    page._state = "state"
    page._show = lambda conversation: {"chat": conversation}
    shown = page._reply([Exchange(WHO, Pending.WAITING)], {"state": Conversation()}, None)
    replies = [update["chat"].exchanges[-1].reply for update in shown]
    assert replies == [Pending.WAITING, nothing, helped]
