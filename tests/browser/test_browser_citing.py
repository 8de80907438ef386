"""Taking an answer away from the page: citations in all forms, links, and marks."""

import json

import pytest

from index import Verdict
from qa.web.page.handout import FORMS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

MARK = "#source mark.cited"
KILLED = "How many people were killed in Tazerbo?"
TEXT = "#citation textarea"


@pytest.fixture(name="citing", scope="module")
def _citing(long_visit, news):
    """A page with an answer whose citation is open."""
    guest = long_visit(news, permissions=["clipboard-read", "clipboard-write"])
    guest.ask(KILLED)
    guest.page.click("#chat button.cite")
    guest.page.wait_for_selector(TEXT)
    return guest


def choose(guest, form: str) -> str:
    """Choose a form; the citation in it."""
    page = guest.page
    before = page.input_value(TEXT)
    page.click("#form input")
    page.locator("[role=option]", has_text=FORMS[form]).first.click()
    page.wait_for_function(
        "([s, text]) => document.querySelector(s).value !== text", arg=[TEXT, before]
    )
    return page.input_value(TEXT)


def test_a_footnote_is_the_first_form(citing):
    """The sentence, whose it is, and when, stand ready to be copied."""
    text = citing.page.input_value(TEXT)
    assert text.startswith("“Gunmen stormed a police station")
    assert "Reuters, November 26, 2019" in text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("markdown", "> Gunmen stormed"),
        ("bibtex", "@"),
        ("csl-json", '"title": "Gunmen storm Tazerbo police station"'),
        ("apa", "(2019, November 26)"),
        ("modern-language-association", "26 Nov. 2019"),
    ],
)
def test_a_citation_has_many_forms(citing, form, words):
    """What is chosen is what is written."""
    assert words in choose(citing, form)


def test_a_citation_is_copied_and_saved(citing):
    """The clipboard has the text, and the file has it under the form's name."""
    text = choose(citing, "bibtex")
    page = citing.page
    page.click("#citation .copy-text")
    page.wait_for_function("() => document.querySelector('#heard').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == text
    with page.expect_download() as download:
        page.click("#citation .save-text")
    assert download.value.suggested_filename == "citation.bib"
    assert download.value.path().read_text(encoding="utf-8") == text


def test_all_sentences_of_an_answer_are_cited(citing):
    """With its tick, the further sentences are cited too."""
    alone = choose(citing, "footnote")
    assert "Asharq" not in alone
    citing.page.click("#whole input")
    citing.page.wait_for_function(
        "s => document.querySelector(s).value.includes('Asharq Al-Awsat')", arg=TEXT
    )
    citing.page.click("#whole input")


def test_a_link_opens_the_very_citation(citing, visit):
    """Without a question, the article opens at the sentence, and nothing else is there."""
    page = citing.page
    link = page.locator("#source a.permalink").get_attribute("href")
    assert link.startswith("?document=reuters&sha256=")
    guest = visit(citing.address, query=link)
    assert guest.text(MARK) == citing.text(MARK)
    assert "Opened from a link" in guest.text("#source")
    assert guest.replies == 0
    assert guest.is_clean


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?document=nobody&sha256=0123456789abcdef&start=0&end=5", "nobody"),
        ("?document=reuters&sha256=0123456789abcdef&start=0&end=5", "has changed"),
        ("?document=reuters&sha256=x&start=0&end=5", "no citation can be at"),
        ("?document=reuters", "sha256"),
    ],
)
def test_a_link_that_leads_nowhere_says_why(visit, news, query, words):
    """An article that is gone or changed, and a link that was cut: one line, and the page works."""
    guest = visit(news, query=query)
    guest.page.wait_for_selector("#source .trouble")
    assert words in guest.text("#source .trouble")
    guest.ask(KILLED)
    assert guest.count("#chat .quote") == 1


def test_marks_are_kept_and_taken_back(visit, news_archive, news):
    """What is marked right is in the archive, until it is undone; then wrong may be said."""
    guest = visit(news)
    page = guest.page
    guest.ask(KILLED)
    page.click("#chat button.right")
    page.wait_for_selector("#chat .marked.right")
    (mark,) = news_archive.marks()
    assert (mark.verdict, mark.question, mark.document) == (Verdict.RIGHT, KILLED, "reuters")
    assert mark.sentence == guest.text("#chat .quote")
    page.click("#chat button.unmark")
    page.wait_for_selector("#chat button.wrong")
    assert news_archive.marks() == []
    page.click("#chat button.wrong")
    page.wait_for_selector("#chat .marked.wrong")
    assert [mark.verdict for mark in news_archive.marks()] == [Verdict.WRONG]
    page.click("#chat button.unmark")
    page.wait_for_selector("#chat button.wrong")


def test_marks_are_taken_away_as_judged_questions(visit, news, tmp_path):
    """They are lines of JSON, as `onrecord eval` takes them."""
    guest = visit(news)
    page = guest.page
    guest.ask(KILLED)
    page.click("#chat button.right")
    page.wait_for_selector("#chat .marked.right")
    page.click("#marks button")
    page.click("#judged")
    page.wait_for_selector("#judged-questions textarea")
    with page.expect_download() as download:
        page.click("#judged-questions .save-text")
    assert download.value.suggested_filename == "judged.jsonl"
    (line,) = download.value.path().read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    assert record["question"] == KILLED
    assert record["answers"] == [guest.text("#chat .lead")]
    assert record["sentences"] == [guest.text("#chat .quote")]
