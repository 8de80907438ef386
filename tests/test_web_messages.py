"""Answers as messages of the chat and as the article in the source pane."""

import datetime as dt
import html
import re

import pytest

from index import Document, OnRecordError, Searched
from qa import Answer, Citation, NoAnswer, Question, Reason, Role, Stage
from qa.web.conversation import MAX_EXCHANGES, Conversation, Pending
from qa.web.messages import exchange_at, messages_of
from qa.web.source import MAX_SHOWN, pane_of

TEXT = "It rained.\nISIS <b>claimed</b> it; nobody else did.\nThe end."
SENTENCE = "ISIS <b>claimed</b> it; nobody else did."
WORDS = "<b>claimed</b>"


@pytest.fixture(name="document")
def _document() -> Document:
    return Document(
        id="a",
        text=TEXT,
        path="/news/a.txt",
        title="A *title*",
        source="The Daily <i>News</i>",
        url="https://news.example/a?b=1&c=2",
        published=dt.date(2018, 11, 25),
        authors=("Ann O'Nymous",),
    )


def cite(document: Document, quote: str, role: Role = Role.ANSWER) -> Citation:
    start = document.text.index(quote)
    return Citation(
        role=role, document=document, start=start, end=start + len(quote), quote=quote, score=1.0
    )


@pytest.fixture(name="answer")
def _answer(document) -> Answer:
    start = TEXT.index(WORDS)
    return Answer(
        question=Question(text="who?"),
        interpreted="who?",
        text=WORDS,
        start=start,
        end=start + len(WORDS),
        confidence=0.8,
        citations=(
            cite(document, SENTENCE),
            cite(document, "It rained.", Role.SUPPORT),
            cite(document, "The end.", Role.OTHER),
        ),
        searched=Searched(documents=1, sentences=11),
        elapsed_ms=52.0,
        stages=(Stage(name="search", detail="2 passages", milliseconds=40.0),),
    )


def no_answer(document: Document, reason: Reason) -> NoAnswer:
    quotes = ["It rained.", SENTENCE, "The end.", "rained"]
    return NoAnswer(
        question=Question(text="who?"),
        interpreted="who?",
        reason=reason,
        nearest=tuple(cite(document, quote, Role.OTHER) for quote in quotes),
        searched=Searched(documents=1, sentences=11, undated=2),
        elapsed_ms=5.0,
    )


def told(reply, question: str = "who?") -> str:
    """The chat's text after one question, as a reader sees it, without the question."""
    messages = messages_of(Conversation().ask(question).reply(reply))
    return seen("".join(message["content"] for message in messages[1:]))


def seen(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_the_answer_is_quoted_with_its_words_strong(answer):
    """The sentence stands in the chat character for character, the answering words strong."""
    content = messages_of(Conversation().ask("who?").reply(answer))[1]["content"]
    quote = re.search(r"<blockquote[^>]*>(.*)</blockquote>", content)[1]
    assert seen(quote) == SENTENCE
    assert seen(re.search(r"<strong>(.*)</strong>", quote)[1]) == WORDS


def test_title_outlet_and_date_stand_under_the_answer(answer):
    """A reader sees who published it, and when."""
    assert "A *title* · The Daily <i>News</i> · 25 November 2018" in told(answer)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.75, "Clear answer"), (0.5, "Likely answer"), (0.49, "Weak answer")],
)
def test_confidence_is_told_in_words(answer, confidence, words):
    """Confidence is a word, not a number."""
    fields = {name: getattr(answer, name) for name in Answer.__slots__}
    assert words in told(Answer(**fields | {"confidence": confidence}))


def test_further_sentences_keep_their_numbers(answer):
    """The second citation is number 2 in the chat, and each has a button that opens it."""
    messages = messages_of(Conversation().ask("who?").reply(answer))
    assert re.findall(r'<li value="(\d)">', messages[1]["content"]) == ["2", "3"]
    assert [option["value"] for option in messages[2]["options"]] == ["1", "2", "3"]


def test_how_it_was_found_is_folded(answer):
    """The stages and their times are a message with a title, which the chat folds."""
    last = messages_of(Conversation().ask("who?").reply(answer))[-1]
    assert last["metadata"]["title"] == "How this was found"
    assert last["metadata"]["status"] == "done"
    assert seen(last["content"]) == "search 2 passages 40 ms"


def test_no_answer_says_what_was_searched(document):
    """A NoAnswer says how much was searched, and shows three sentences that are no answers."""
    text = told(no_answer(document, Reason.NOT_IN_ARCHIVE))
    assert text.startswith("Not in this archive (searched 1 article, 11 sentences; 2 articles")
    assert "do not answer it" in text
    assert text.count("A *title*") == 3


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_of_its_own(document, reason):
    """No reason is shown as another's, or as nothing."""
    texts = {told(no_answer(document, each)) for each in Reason}
    assert len(texts) == len(Reason)
    assert reason.value not in told(no_answer(document, reason))


def test_an_error_is_a_message(answer):
    """What On Record could not do is said in the chat, its text escaped."""
    assert told(OnRecordError("no <archive> here")) == "no <archive> here"


def test_a_question_as_understood_is_shown_when_it_differs(answer):
    """A follow-up shows the question that was looked for, as text."""
    fields = {name: getattr(answer, name) for name in Answer.__slots__}
    assert "Understood as" not in told(answer)
    assert "Understood as: “who did <it>?”" in told(
        Answer(**fields | {"interpreted": "who did <it>?"})
    )


def test_what_was_understood_can_be_taken_back(answer, document):
    """The last question is kept as it was asked if it was understood as another, and only then."""
    for reply in (answer, no_answer(document, Reason.NOT_IN_ARCHIVE)):
        fields = {name: getattr(reply, name) for name in type(reply).__slots__}
        rewritten = type(reply)(**fields | {"interpreted": "who did it?"})
        asked = Conversation().ask("who?")
        assert asked.reply(rewritten).rewritten == "who?"
        assert asked.reply(reply).rewritten == asked.rewritten == Conversation().rewritten == ""
        assert asked.reply(rewritten).ask("when?").rewritten == ""


def test_a_message_belongs_to_its_question(answer, document):
    """From the place of a message the page knows which exchange it is a part of."""
    conversation = (
        Conversation()
        .ask("one")
        .reply(answer)
        .ask("two")
        .reply(OnRecordError("no"))
        .ask("three")
        .reply(no_answer(document, Reason.NOT_IN_ARCHIVE))
    )
    owners = [exchange_at(conversation, at) for at in range(len(messages_of(conversation)))]
    assert owners == [0, 0, 0, 1, 1, 2, 2, 2]


def test_a_stopped_question_is_shown_as_stopped():
    """Stopping leaves the question in the chat and says so; nothing is a turn of the talk."""
    stopped = Conversation().ask("who?").stop()
    assert stopped.exchanges[0].reply is Pending.STOPPED
    assert messages_of(stopped)[-1]["content"] == '<p class="trouble">Stopped.</p>'
    assert stopped.history == ()


def test_the_oldest_exchange_goes_when_there_are_many(answer):
    """A conversation does not grow without end."""
    conversation = Conversation()
    for number in range(MAX_EXCHANGES + 1):
        conversation = conversation.ask(str(number)).reply(answer)
    assert len(conversation.exchanges) == MAX_EXCHANGES
    assert conversation.exchanges[0].question == "1"
    assert conversation.shown is conversation.exchanges[-1]


def test_the_pane_shows_the_whole_text_with_the_sentence_marked(answer):
    """The article stands in the pane character for character, the cited sentence marked."""
    pane = pane_of(answer.citations[0], answer)
    article = re.search(r'<div class="article"[^>]*>(.*)</div>', pane)[1]
    assert seen(article) == TEXT
    mark = re.search(r'<mark class="cited">(.*)</mark>', pane)[1]
    assert seen(mark) == SENTENCE
    assert seen(re.search(r"<strong>(.*)</strong>", mark)[1]) == WORDS


def test_the_pane_shows_the_facts_of_the_article(answer):
    """Title, source, date, authors, address and file stand above the text, as text."""
    head = seen(pane_of(answer.citations[0], answer).split('<div class="article"')[0])
    for fact in (
        "A *title*",
        "The Daily <i>News</i>",
        "2018-11-25",
        "Ann O'Nymous",
        "https://news.example/a?b=1&c=2",
        "/news/a.txt",
    ):
        assert fact in head


def test_of_a_huge_text_the_part_around_the_sentence_is_shown():
    """A text that no browser could show is cut, and the page says how much is left out."""
    text = "x" * MAX_SHOWN + " The mayor resigned. " + "y" * MAX_SHOWN
    citation = cite(Document(id="b", text=text, path="/b.txt"), "The mayor resigned.")
    pane = pane_of(citation, None)
    assert "The mayor resigned" in pane
    left_out = [int(count.replace(",", "")) for count in re.findall(r"The ([\d,]+) char", pane)]
    assert len(left_out) == 2
    assert sum(left_out) == len(text) - MAX_SHOWN
    assert len(seen(re.search(r'<div class="article"[^>]*>(.*)</div>', pane)[1])) == MAX_SHOWN
