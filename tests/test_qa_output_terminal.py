"""Answers as JSON and for a terminal, which no article can command."""

import datetime as dt
import io
import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from index import (
    AddReport,
    Document,
    Failure,
    Filters,
    Hit,
    Passage,
    Searched,
    SearchResult,
    Sentence,
    Status,
    VerifyReport,
)
from index.datatypes import Renamed
from qa import Answer, Citation, NoAnswer, Question, Reason, Role
from qa.datatypes import Change, Way
from qa.output.json import answer_json, document_json, export_json, search_json, verify_json
from qa.output.terminal import answer_terminal, help_lines, plain, search_terminal, status_rows
from qa.output.wording import (
    confidence_word,
    document_name,
    reason_text,
    renamed_lines,
    report_text,
    searched_text,
    source_line,
)

HOSTILE = "\x1b[31mred\x1b]0;title\x07\x08\x00\x7f\x9b2J\u202e\u2066\u200f\u200bevil\r"
COMMANDS = {char for char in HOSTILE if not char.isprintable()}


def document(**fields):
    return Document(
        **{"id": "a", "text": "It rained. ISIS did it.", "path": "/news/a.txt"} | fields
    )


def answer_over(one, *, question="who?", confidence=0.8, sentence_confidence=0.0, others=()):
    """An answer that is the whole text of a document."""
    citation = Citation(
        role=Role.ANSWER, document=one, start=0, end=len(one.text), quote=one.text, score=1.23456
    )
    return Answer(
        question=Question(text=question),
        interpreted=question,
        text=one.text[:3],
        start=0,
        end=3,
        confidence=confidence,
        sentence_confidence=max(confidence, sentence_confidence),
        citations=(citation, *others),
        searched=Searched(documents=1, sentences=2),
        elapsed_ms=3.14159,
    )


def no_answer(reason=Reason.NOT_IN_ARCHIVE, *, nearest=(), searched=None):
    return NoAnswer(
        question=Question(text="who?"),
        interpreted="who?",
        reason=reason,
        nearest=nearest,
        searched=searched or Searched(documents=1, sentences=11),
        elapsed_ms=1.0,
    )


def shown(renderable, **options):
    """What a terminal is sent."""
    stream = io.StringIO()
    Console(file=stream, width=200, **options).print(renderable)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (1.0, "clear"),
        (0.75, "clear"),
        (0.7499, "likely"),
        (0.5, "likely"),
        (0.4999, "weak"),
        (0.0, "weak"),
    ],
)
def test_confidence_in_a_word(confidence, word):
    """Clear from 75 %, likely from 50 %, weak below."""
    assert confidence_word(confidence) == word


@pytest.mark.parametrize(
    ("searched", "text"),
    [
        (Searched(documents=1, sentences=11), "searched 1 article, 11 sentences"),
        (Searched(documents=0, sentences=0), "searched 0 articles, 0 sentences"),
        (
            Searched(documents=21578, sentences=1, undated=1),
            "searched 21,578 articles, 1 sentence; 1 article without a date left out",
        ),
    ],
)
def test_what_was_searched_in_words(searched, text):
    """Numbers with their nouns, and what had no date."""
    assert searched_text(no_answer(searched=searched)) == text


def test_every_reason_has_a_line_of_its_own():
    """No reason reads like another, and each says what was searched, if anything was."""
    lines = {reason_text(no_answer(reason)) for reason in Reason}
    assert len(lines) == len(Reason)
    lines.remove(reason_text(no_answer(Reason.UNCLEAR)))
    assert all(line.endswith("(searched 1 article, 11 sentences).") for line in lines)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"title": "A title"}, "A title"),
        ({"text": " It\nrained. "}, "“It rained.”"),
        ({"text": "One, two, three, four, five, six."}, "“One, two, three, four, five, six.”"),
        ({"text": "One two three four five six, seven"}, "“One two three four five six…”"),
        ({"text": f"{'a' * 50} {'b' * 20} c"}, f"“{'a' * 50}…”"),
        ({"text": "記" * 70}, f"“{'記' * 60}…”"),
    ],
)
def test_an_article_is_called_by_its_title(fields, name):
    """Its title, or its first words in quotation marks, cut where a word ends."""
    assert document_name(document(**fields)) == name


def test_the_source_line():
    """Outlet, title and date; "undated" without one."""
    known = document(title="A title", source="Gazette", published=dt.date(2019, 11, 27))
    assert source_line(known) == "Gazette, A title, 2019-11-27"
    assert source_line(document()) == "“It rained. ISIS did it.”, undated"


def test_the_source_line_names_the_page():
    """A place in a text with pages is on one of them."""
    paged = document(pages=(0, 11))
    assert source_line(paged) == "“It rained. ISIS did it.”, undated"
    assert source_line(paged, 10) == "“It rained. ISIS did it.”, page 1, undated"
    assert source_line(paged, 11) == "“It rained. ISIS did it.”, page 2, undated"


def test_json_has_the_page_and_the_details():
    """A citation says on which page it stands, and what else is known of its article."""
    (citation,) = answer_json(answer_over(document(pages=(0,), language="en")))["citations"]
    assert citation["page"] == 1
    assert citation["document"]["details"] == {"language": "en", "pages": [0]}
    (citation,) = answer_json(answer_over(document()))["citations"]
    assert citation["page"] is None


def test_the_terminal_says_how_many_copies_there_are():
    """One copy, two copies; nothing without any."""
    found = answer_over(document())
    for copies, words in (((), None), (("b",), "with 1 copy"), (("b", "c"), "with 2 copies")):
        cited = replace(found.citations[0], copies=copies)
        line = shown(answer_terminal(replace(found, citations=(cited,))))
        assert ("with" in line) is (words is not None)
        assert (words or "") in line


@pytest.mark.parametrize("nearest", [(), (answer_over(document()).citations[0],)])
def test_what_was_not_read_is_said_to_be(nearest):
    """Above sentences found for a question in another language, and none is said not to answer."""
    note = "The question is not in English: these are the sentences that search finds, not read."
    asked = {"interpreted": "qui a pris la ville ?"}
    assert note in shown(answer_terminal(replace(answer_over(document()), **asked)))
    assert note not in shown(answer_terminal(answer_over(document())))
    nothing = shown(answer_terminal(replace(no_answer(nearest=nearest), **asked)))
    assert (note in nothing) is bool(nearest)
    assert ("No answer found (" in nothing) is bool(nearest)
    assert "none of which answers it" not in nothing


# JSON


def test_json_keeps_what_the_article_says():
    """Quotes, titles and sources are in the JSON to the letter, control characters and all."""
    one = document(text=HOSTILE, title=HOSTILE, source=HOSTILE)
    record = json.loads(json.dumps(answer_json(answer_over(one)), ensure_ascii=False))
    citation = record["citations"][0]
    assert citation["quote"] == record["answer"]["sentence"] == HOSTILE
    assert citation["document"]["title"] == citation["document"]["source"] == HOSTILE


def test_json_of_an_answer_and_of_none_have_the_same_keys():
    """Every key is always there, in the same order."""
    keys = list(answer_json(answer_over(document())))
    assert list(answer_json(no_answer())) == keys
    assert keys == [
        *("id", "question", "interpreted", "answered", "reason", "answer"),
        *("citations", "nearest", "searched", "elapsed_ms", "unknown", "ways"),
    ]


def test_numbers_are_rounded():
    """Scores and confidence to four places, milliseconds to one."""
    record = answer_json(answer_over(document(), confidence=0.123456))
    assert record["citations"][0]["score"] == 1.2346
    assert record["answer"]["confidence"] == 0.1235
    assert record["elapsed_ms"] == 3.1


def test_json_of_a_document():
    """The date as ISO, or null; lists of authors and copies; of the text only its SHA-256."""
    record = document_json(document(published=dt.date(2019, 1, 2), authors=("Ann",)), ("b", "c"))
    assert record["authors"] == ["Ann"]
    assert record["published"] == "2019-01-02"
    assert record["copies"] == ["b", "c"]
    assert "text" not in record
    assert document_json(document())["published"] is None


def test_an_exported_record():
    """Text, authors, path and SHA-256 are there; copies are records of their own."""
    one = document(authors=("Ann", "Bob"))
    record = export_json(one)
    assert record["text"] == one.text
    assert record["authors"] == ["Ann", "Bob"]
    assert (record["path"], record["sha256"]) == (one.path, one.sha256)
    assert "copies" not in record


def test_verify_json_of_nothing_wrong():
    """`clean` says it in one word."""
    record = verify_json(VerifyReport(documents=1, passages=2, snapshots=1))
    assert record == {
        "clean": True,
        "documents": 1,
        "passages": 2,
        "snapshots": 1,
        "findings": (),
    }


# The terminal


def result_over(one):
    """A search that found a document whole."""
    sentence = Sentence(ordinal=0, start=0, end=len(one.text), text=one.text)
    passage = Passage(id=1, start=0, end=len(one.text), text=one.text, sentences=(sentence,))
    hit = Hit(
        rank=1,
        score=1.0,
        document=one,
        passage=passage,
        cosine=0.5,
        bm25=0.5,
        coverage=0.5,
        sentence_cosines=(0.5,),
    )
    return SearchResult(
        query="q", hits=(hit,), searched=Searched(documents=1, sentences=1), weights={}
    )


@pytest.mark.parametrize("field", ["text", "title", "source"])
def test_an_article_cannot_command_the_terminal(field):
    """No control character, bidirectional override or escape of an article is sent raw."""
    one = document(**{field: HOSTILE})
    other = Citation(
        role=Role.OTHER, document=one, start=0, end=len(one.text), quote=one.text, score=1.0
    )
    support = Citation(
        role=Role.SUPPORT, document=one, start=0, end=len(one.text), quote=one.text, score=1.0
    )
    sent = shown(answer_terminal(answer_over(one, others=(support, other))))
    sent += shown(answer_terminal(no_answer(nearest=(other,))))
    sent += shown(search_terminal(result_over(one)))
    assert sent.count("evil") >= 5
    assert not COMMANDS & set(sent)


def test_a_follow_up_cannot_command_the_terminal():
    """What a question was understood as is shown, without control characters."""
    fields = {name: getattr(no_answer(), name) for name in NoAnswer.__slots__}
    sent = shown(answer_terminal(NoAnswer(**fields | {"interpreted": f"who? ({HOSTILE})"})))
    assert "Understood as: who? (" in sent
    assert not COMMANDS & set(sent)


def test_names_in_status_cannot_command_the_terminal():
    """Sources come from articles too."""
    status = Status(path=f"/{HOSTILE}", exists=True, sources={HOSTILE: 3})
    assert not COMMANDS & set("".join(value for _, value in status_rows(status)))


def test_square_brackets_are_no_markup():
    """Brackets in an article are shown, not obeyed."""
    one = document(text="[bold]It[/bold] [link=http://evil.example]rained[/link].", title="[red]x")
    sent = shown(answer_terminal(answer_over(one)))
    assert one.text in sent
    assert "[red]x" in sent


@given(st.text())
def test_plain_text_is_printable(text):
    """Each character stays, or becomes a space or a sign; only the newline is a control left."""
    made = plain(text)
    assert len(made) == len(text)
    for before, after in zip(text, made, strict=True):
        assert after in (before, " ", "\ufffd")
        if after not in "\n\u00ad\u200c\u200d":
            assert unicodedata.category(after) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    "text",
    [
        "naïve Ωλ 東京 😀 “quoted” — it’s",
        "طرابلس",
        "می\u200cخواهم",
        "👩\u200d👧",
        "25\u00a0km, 5\u202f%",
        "a\nb",
        "",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    """Letters of all scripts, quotation marks, emoji, spaces and newlines are no commands."""
    assert plain(text) == text


def test_line_ends_and_tabs_are_spaces():
    """What ends a line or a cell elsewhere is a space here, and as long."""
    assert plain("a\r\nb\tc\u2028d\x0ce") == "a \nb c d e"


def test_the_answering_words_are_marked():
    """On a terminal, the words that answer are set apart within their sentence."""
    one = document(text="ISIS did it.")
    sent = shown(answer_terminal(answer_over(one)), force_terminal=True, color_system="standard")
    assert "\x1b[1;4mISI\x1b[0mS did it." in sent


def test_every_place_is_shown():
    """Each quote has its document's id and its span, to be looked up."""
    assert "[a:0-23]" in shown(answer_terminal(answer_over(document())))


def test_no_answer_without_nearest_is_one_line():
    """Nothing near, nothing listed."""
    sent = shown(answer_terminal(no_answer(Reason.PHRASE_NOT_FOUND)))
    assert sent.count("\n") == 1
    assert "Closest" not in sent


def test_an_unclear_question_is_asked_back():
    """Both questions stand in one line, without a word of what was searched."""
    ways = tuple(
        Way(change=Change.MEANT, question=Question(text=f"Where did {name} go?"))
        for name in ("Bell", "Cr\x1bane")
    )
    answer = replace(no_answer(Reason.UNCLEAR), ways=ways)
    sent = shown(answer_terminal(answer))
    assert sent == "Did you mean: Where did Bell go? / Where did Cr\ufffdane go?\n"
    assert help_lines(answer) == []
    record = answer_json(answer)
    assert record["reason"] == "unclear"
    assert [way["change"] for way in record["ways"]] == ["meant", "meant"]
    assert record["ways"][0]["question"] == "Where did Bell go?"


def test_a_search_among_some_articles_says_so():
    """A filter on documents is told with how many there are."""
    question = Question(text="who?", filters=Filters(sources=("AP",), documents=("a", "b")))
    sent = shown(answer_terminal(replace(no_answer(), question=question)))
    assert "; only of AP, in 2 articles)" in sent


def test_nothing_found():
    """A search without hits says so, and its JSON is an empty list."""
    empty = SearchResult(
        query="q", hits=(), searched=Searched(documents=1, sentences=1), weights={}
    )
    assert shown(search_terminal(empty)) == "Nothing found.\n"
    assert search_json(empty, query_id=5) == {"id": 5, "query": "q", "hits": []}


RENAMED = Renamed(id="1", kept_as="1~b.csv", path="/news/b.csv", line=2)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"added": 38, "duplicates": 3}, "38 added, 3 duplicates in"),
        ({"updated": 1, "unchanged": 1200}, "1 updated, 1,200 unchanged in"),
        ({"duplicates": 1}, "1 duplicate in"),
        ({"added": 2, "renamed": (RENAMED,)}, "2 added, 1 under another id in"),
        ({"failed": (Failure(path="a", reason="empty"),)}, "1 failed in"),
        ({}, "nothing found in"),
    ],
)
def test_what_add_did_in_one_line(counts, said):
    """Only what happened is said, and what the archive has."""
    none = {"added": 0, "updated": 0, "unchanged": 0, "duplicates": 0, "failed": ()}
    report = AddReport(**none | counts, documents=1, sentences=2000, seconds=1.26)
    line = report_text(report)
    assert line.startswith(said)
    assert line.endswith(" 1.3 s; the archive has 1 article, 2,000 sentences.")


def test_articles_under_another_id_are_named():
    """Each with its file; of many the first few, and how many more they are."""
    counts = {"added": 7, "updated": 0, "unchanged": 0, "duplicates": 0, "failed": ()}
    report = AddReport(**counts, documents=7, sentences=7, seconds=1, renamed=(RENAMED,) * 7)
    *lines, last = renamed_lines(report)
    assert lines == ["kept as 1~b.csv: /news/b.csv:2 (another article has the id 1)"] * 5
    assert last == "and 2 more; see: onrecord list"
    assert renamed_lines(replace(report, renamed=())) == []
