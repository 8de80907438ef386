"""The page on paper: what was asked and answered, with the quotation and whose it is."""

import io
import re

import pytest
from pypdf import PdfReader

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

KILLED = "How many people were killed in Tazerbo?"
QUOTED = (
    "The terrorist organization killed nine people, injured 10 others and abducted policemen in "
    "its attack on Tazerbo."
)
NEVER = "Who won the 2018 World Cup?"


@pytest.fixture(name="printed", scope="module", params=["light", "dark"])
def _printed(request, long_visit, news):
    """The text of two exchanges on A4, its lines and all, from a page of either scheme."""
    guest = long_visit(news, color_scheme=request.param)
    guest.ask(KILLED)
    guest.ask(NEVER)
    reader = PdfReader(io.BytesIO(guest.page.pdf(format="A4")))
    return [page.extract_text() for page in reader.pages]


def words_of(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "words",
    [
        KILLED,
        "nine people",
        QUOTED,
        "Asharq Al-Awsat · 27 November 2018 · Libyan army hunts attackers",
        "Reuters · 26 November 2019 · Gunmen storm Tazerbo police station",
        "Likely answer",
        NEVER,
        "Not in this archive (searched 3 articles",
        "Closest sentences, none of which answers it",
    ],
)
def test_questions_and_answers_are_printed(printed, words):
    """Question, answer, quotation and citation stand on paper word for word."""
    assert words in words_of(" ".join(printed))


def test_whose_a_sentence_is_stands_on_a_line_of_its_own(printed):
    """Outlet, date and title are told from the words that are quoted."""
    lines = [line.strip() for line in "\n".join(printed).split("\n")]
    assert "Reuters · 26 November 2019 · Gunmen storm Tazerbo police station" in lines
    assert "Asharq Al-Awsat · 27 November 2018 · Libyan army hunts attackers" in lines


def test_lines_are_as_wide_as_the_paper(printed):
    """No text runs down the paper a letter or a word a line."""
    lines = [line.strip() for line in "\n".join(printed).split("\n") if line.strip()]
    assert sum(map(len, lines)) / len(lines) > 25


def test_what_only_a_screen_has_use_for_is_left_out(printed):
    """No buttons, no fields, no other panes."""
    text = words_of(" ".join(printed))
    for words in ("Add articles", "Ask your news archive", "Right answer", "Cite", "How this was"):
        assert words not in text


def test_little_paper_is_used(printed):
    """Two exchanges fill two pages at most, and none of them is empty."""
    assert 1 <= len(printed) <= 2
    assert all(re.search(r"\w", text) for text in printed)


def test_an_article_that_was_opened_alone_is_printed(visit, news):
    """From a link there is no question: the article is printed in full, with whose it is."""
    first = visit(news)
    first.ask(KILLED)
    link = first.page.get_attribute("#source a.permalink", "href")
    reader = PdfReader(io.BytesIO(visit(news, query=link).page.pdf(format="A4")))
    text = words_of(" ".join(page.extract_text() for page in reader.pages))
    for words in (
        "Gunmen storm Tazerbo police station",
        "Reuters · 26 November 2019",
        "Gunmen stormed a police station in Tazerbo on Saturday night, killing nine people",
        "a member of the council, said that eleven policemen were abducted.",
    ):
        assert words in text
    assert "Add articles" not in text
