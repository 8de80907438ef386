"""Answers as messages of the chat and as the article in the source pane."""

import datetime as dt
import html
import re
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from index import Document, Filters, Mark, OnRecordError, Searched, Verdict
from qa import Answer, Citation, NoAnswer, Question, Reason, Role, Stage
from qa.datatypes import Change, UnknownWord, Way
from qa.web.page.conversation import MAX_EXCHANGES, Conversation, Exchange, Pending
from qa.web.page.messages import messages_of
from qa.web.page.source import MAX_SHOWN, article_of

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
        sentence_confidence=0.8,
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


def replied(reply, question: str = "who?", **fields) -> Conversation:
    """A conversation of one question."""
    return Conversation().ask(Exchange(question, Pending.WAITING, **fields)).reply(reply)


def markup_of(reply, **fields) -> str:
    """The message of a reply."""
    (_, message) = messages_of(replied(reply, **fields))
    return message["content"]


def told(reply, **fields) -> str:
    """The chat's text after one question, as a reader sees it, without the question."""
    return seen(markup_of(reply, **fields))


def changed(reply, **fields):
    """A reply with other fields."""
    return type(reply)(**{name: getattr(reply, name) for name in type(reply).__slots__} | fields)


def seen(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_the_answer_is_quoted_with_its_words_strong(answer):
    """The sentence stands in the chat character for character, the answering words strong."""
    content = markup_of(answer)
    quote = re.search(r"<blockquote[^>]*>(.*)</blockquote>", content)[1]
    assert seen(quote) == SENTENCE
    assert seen(re.search(r"<strong>(.*)</strong>", quote)[1]) == WORDS


def test_words_that_are_not_sure_do_not_lead(answer):
    """Below even odds the sentence stands alone, and says how sure it is itself."""
    content = markup_of(changed(answer, confidence=0.4, sentence_confidence=0.8))
    assert 'class="lead"' not in content
    assert "Clear answer 80%" in seen(content)
    assert 'class="lead"' in markup_of(answer)


def test_title_outlet_and_date_stand_under_the_answer(answer):
    """A reader sees who published it, and when."""
    assert "The Daily <i>News</i> · 25 November 2018 · A *title*" in told(answer)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.75, "Clear answer"), (0.5, "Likely answer"), (0.49, "Weak answer")],
)
def test_confidence_is_told_in_words(answer, confidence, words):
    """Confidence is a word; what the figure means is said where it is pointed at."""
    content = markup_of(changed(answer, confidence=confidence, sentence_confidence=confidence))
    assert words in seen(content)
    assert f'title="Of answers this sure, about {confidence:.0%} are right"' in content


def test_the_answering_words_lead(answer):
    """They stand above the sentence, unless they are all of it, or long."""
    assert '<p class="lead"' in markup_of(answer)
    first = answer.citations[0]
    whole = changed(answer, text=SENTENCE, start=first.start, end=first.end)
    assert '<p class="lead"' not in markup_of(whole)


def test_further_sentences_have_numbers_that_open_them(answer):
    """The first sentence is number 1, and each number is a button that opens its own."""
    numbers = re.findall(r'class="act open" value="open 0 (\d)"[^>]*>(\d)<', markup_of(answer))
    assert numbers == [("0", "1"), ("1", "2"), ("2", "3")]


def test_further_sentences_say_the_same_or_something_else(answer, document):
    """What has the answer's words is told from what leads up to it and from what has not."""
    same = Document(id="b", text="Reuters: ISIS claimed it.", path="/b.txt")
    citations = (*answer.citations, cite(same, "Reuters: ISIS claimed it.", Role.OTHER))
    first = answer.citations[0]
    start = TEXT.index("claimed")
    told_so = changed(answer, citations=citations, text="claimed", start=start, end=start + 7)
    assert first.start <= start
    headings = re.findall(r'<p class="heading">(.*?)</p>', markup_of(told_so))
    assert [seen(heading) for heading in headings] == [
        "Leads up to it",
        "Also says “claimed”",
        "Says something else",
    ]


def test_how_it_was_found_is_folded(answer):
    """The stages and their times are there, folded."""
    folded = re.search(r'<details class="how">(.*)</details>', markup_of(answer))[1]
    assert seen(folded) == "How this was found 52 mssearch 2 passages 40 ms"


def test_an_answer_is_marked_where_marks_are_kept(answer, document):
    """Right or wrong can be said, and what was said is shown and can be undone."""
    assert re.findall(r'class="act (right|wrong)"', markup_of(answer)) == ["right", "wrong"]
    mark = Mark(
        number=1,
        question="who?",
        document="a",
        sha256=document.sha256,
        start=0,
        end=10,
        sentence="It rained.",
        answer="rained",
        verdict=Verdict.WRONG,
        who="",
        marked_at=dt.datetime.now(dt.UTC),
    )
    marked = replied(answer).marked(0, mark)
    content = messages_of(marked)[1]["content"]
    assert "Marked wrong" in seen(content)
    assert "unmark 0 0" in content
    unmarkable = messages_of(replied(answer), has_marks=False)[1]["content"]
    assert "right" not in re.findall(r'class="act (\w+)"', unmarkable)


def test_an_answer_has_a_link_to_its_citation(answer, document):
    """The link says which words of which text of which article, and of which archive."""
    (link,) = re.findall(r'<a class="permalink" href="([^"]*)"', markup_of(answer, archive="a&b"))
    given = parse_qs(html.unescape(link).removeprefix("?"))
    assert given["document"] == ["a"]
    assert given["archive"] == ["a&b"]
    assert document.sha256.startswith(given["sha256"][0])
    assert TEXT[int(given["start"][0]) : int(given["end"][0])] == SENTENCE


def test_no_answer_says_what_was_searched(document):
    """A NoAnswer says how much was searched, and shows three sentences that are no answers."""
    text = told(no_answer(document, Reason.NOT_IN_ARCHIVE))
    assert text.startswith("Not in this archive (searched 1 article, 11 sentences; 2 articles")
    assert "none of which answers it" in text
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
    assert "Understood as" not in told(answer)
    rewritten = changed(answer, interpreted="who did <it>?")
    assert "Understood as: “who did <it>?”" in told(rewritten)
    assert re.findall(r'class="act (edit|alone)"', markup_of(rewritten)) == ["edit", "alone"]


def test_what_was_not_read_is_said_to_be(answer, document):
    """A question in another language has what search finds, and a line that says so."""
    note = "The question is not in English: these are the sentences that search finds, not read."
    assert note not in told(answer)
    assert note in told(changed(answer, interpreted="qui a pris la ville ?"))
    nothing = no_answer(document, Reason.NOT_IN_ARCHIVE)
    text = told(changed(nothing, interpreted="qui a pris la ville ?"))
    assert note in text
    assert "No answer found (searched" in text
    assert "Not in this archive" not in text
    assert "none of which answers it" not in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change.WITHOUT_DATES, "Ask without the dates"),
        (Change.WITHOUT_SOURCES, "Ask without the sources"),
        (Change.WITHOUT_FILTERS, "Ask without the filters"),
        (Change.WITHOUT_QUOTATION_MARKS, "Ask without the quotation marks"),
        (Change.OTHER_WORDS, "Ask: “who <did> it?”"),
    ],
)
def test_each_way_to_an_answer_is_a_button(document, change, words):
    """A question that was tried and has an answer can be asked by a click."""
    way = Way(change=change, question=Question(text="who <did> it?"))
    reply = changed(no_answer(document, Reason.NOT_IN_ARCHIVE), ways=(way,))
    (label,) = re.findall(r'class="act way" value="way 0 0">(.*?)</button>', markup_of(reply))
    assert seen(label) == words


def test_what_an_unclear_question_may_mean_are_buttons(document):
    """The page asks back: two questions to click, and nothing of a search that was not made."""
    ways = tuple(
        Way(change=Change.MEANT, question=Question(text=f"Where did <{name}> go?"))
        for name in ("Bell", "Crane")
    )
    reply = changed(no_answer(document, Reason.UNCLEAR), nearest=(), ways=ways)
    labels = re.findall(r'class="act way" value="way 0 \d">(.*?)</button>', markup_of(reply))
    assert [seen(one) for one in labels] == ["Where did <Bell> go?", "Where did <Crane> go?"]
    text = told(reply)
    assert text.startswith("Did you mean:")
    assert not any(words in text for words in ("searched", "What might help", "How this was found"))


def test_words_that_no_article_has_are_told(document):
    """A reader sees which word is unknown, and which the articles have instead."""
    unknown = UnknownWord(word="Tazirbo", alike=("Tazerbo",), synonyms=("<oasis>",))
    nowhere = (UnknownWord(word="Cup"), UnknownWord(word="<World>"))
    reply = changed(no_answer(document, Reason.NOT_IN_ARCHIVE), unknown=(unknown, *nowhere))
    text = told(reply)
    assert "No article has “Tazirbo”; nearly so: Tazerbo; some have <oasis>." in text
    assert "No article has “Cup”, “<World>”." in text


def test_filters_are_told_in_words(document):
    """A reader sees which articles were asked."""
    filters = Filters(after=dt.date(2018, 5, 3), sources=("The <Post>",))
    text = told(no_answer(document, Reason.NOTHING_MATCHES_THE_FILTERS), filters=filters)
    assert "articles from 3 May 2018 on, of The <Post>" in text


def test_a_stopped_question_is_shown_as_stopped():
    """Stopping leaves the question in the chat and says so; nothing is a turn of the talk."""
    stopped = Conversation().ask(Exchange("who?", Pending.WAITING)).stop()
    assert stopped.exchanges[0].reply is Pending.STOPPED
    assert seen(messages_of(stopped)[-1]["content"]) == "Stopped."
    assert stopped.history == ()


def test_the_oldest_exchange_goes_when_there_are_many(answer):
    """A conversation does not grow without end."""
    conversation = Conversation()
    for number in range(MAX_EXCHANGES + 1):
        asked = Exchange(str(number), Pending.WAITING)
        conversation = conversation.ask(asked).reply(answer)
    assert len(conversation.exchanges) == MAX_EXCHANGES
    assert conversation.exchanges[0].question == "1"
    assert conversation.shown is conversation.exchanges[-1]


def test_the_pane_shows_the_whole_text_with_the_sentence_marked(answer):
    """The article stands in the pane character for character, the cited sentence marked."""
    pane = article_of(answer.citations[0], answer)
    article = re.search(r'<div class="article"[^>]*>(.*)</div>', pane)[1]
    assert seen(article) == TEXT
    mark = re.search(r'<mark class="cited">(.*)</mark>', pane)[1]
    assert seen(mark) == SENTENCE
    assert seen(re.search(r"<strong>(.*)</strong>", mark)[1]) == WORDS


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0", "\u2003", "\u3000"])
def test_spaces_at_the_edges_of_a_text_are_shown(document, space):
    """Nothing that the page's HTML is made with takes them off."""
    text = f"{space}It rained.{space}\n\n{space}Then not.{space}"
    pane = article_of(cite(replace(document, text=text), "Then not."))
    assert seen(re.search(r'<div class="article"[^>]*>(.*)</div>', pane)[1]) == text


def test_the_pane_shows_the_facts_of_the_article(answer):
    """Title, source, date, authors, address and file stand above the text, as text."""
    head = seen(article_of(answer.citations[0], answer).split('<div class="article"')[0])
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
    pane = article_of(citation)
    assert "The mayor resigned" in pane
    left_out = [
        int(count.replace(",", "")) for count in re.findall(r"The ([\d,]+) char", seen(pane))
    ]
    assert len(left_out) == 2
    assert sum(left_out) == len(text) - MAX_SHOWN
    assert len(seen(re.search(r'<div class="article"[^>]*>(.*)</div>', pane)[1])) == MAX_SHOWN


def test_other_citations_of_the_article_are_marked_weakly(answer):
    """In the pane, the further sentences that were cited can be told from the rest."""
    pane = article_of(answer.citations[0], answer, others=answer.citations)
    assert re.findall(r'<span class="also">([^<]*)</span>', pane) == [
        "It rained&#46;",
        "The end&#46;",
    ]
    assert seen(re.search(r'<div class="article"[^>]*>(.*)</div>', pane)[1]) == TEXT


def test_the_language_of_an_article_is_said_where_it_is_one(answer, document):
    """A screen reader reads Arabic as Arabic; what is no name of a language is left out."""
    for language, said in [("ar", ' lang="ar"'), ("", ""), ('en" onclick="x', "")]:
        other = cite(replace(document, language=language), SENTENCE)
        article = re.search(r'<div class="article"([^>]*)>', article_of(other))[1]
        assert article == f' dir="auto"{said}'


def test_stepping_goes_round(answer):
    """After the last sentence comes the first."""
    conversation = replied(answer)
    places = []
    for _ in range(4):
        places.append(conversation.citation)
        conversation = conversation.step(1)
    assert places == [0, 1, 2, 0]
    assert replied(answer).step(-1).citation == 2
