"""Many questions at once in a real Chromium: pasted or opened, asked, and saved as tables."""

import csv
import io
import zipfile

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

FIELD = "#batch-questions textarea"
ASKED = "How many people were killed in Tazerbo?\nWho won the 2018 World Cup?\n=1+1 was abducted?"


@pytest.fixture(name="guest")
def _guest(visit, news):
    """A page whose part for many questions is open."""
    guest = visit(news)
    guest.page.click("#batch > button")
    return guest


def ask_all(guest, text: str) -> None:
    guest.page.fill(FIELD, text)
    guest.page.click("#batch-ask")
    guest.wait_for_text("#batch-progress p", "3 of 3 questions asked, 1 answered")
    guest.page.wait_for_selector("#batch-ask")


def saved(guest, button: str) -> tuple[str, bytes]:
    """The name and the content of the file that a button saves."""
    with guest.page.expect_download() as download:
        guest.page.click(button)
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_questions_are_asked_and_saved_as_tables(guest):
    """The table is on the page; both files have it, and what begins like a formula is text."""
    ask_all(guest, ASKED)
    assert guest.count("#batch-answers tbody tr") == 3
    assert guest.text("#batch-answers tbody tr:first-child b").startswith("nine")
    assert guest.count("#batch textarea:visible") == 1
    name, content = saved(guest, "#batch-csv")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert name == "answers.csv"
    assert [row["answered"] for row in rows] == ["yes", "no", "no"]
    assert "killing nine people" in rows[0]["sentence"]
    assert rows[2]["question"] == "'=1+1 was abducted?"
    name, content = saved(guest, "#batch-xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet, strings = (
            book.read(f"xl/{part}.xml").decode() for part in ("worksheets/sheet1", "sharedStrings")
        )
    assert name == "answers.xlsx"
    assert "<f>" not in sheet
    assert "=1+1 was abducted?" in strings
    assert guest.is_clean


def test_a_file_of_questions_is_opened(guest, tmp_path):
    """It comes into the field, whatever encoding a spreadsheet program gave it, and no further."""
    file = tmp_path / "questions.csv"
    file.write_bytes("id;question\r\n1;Who opened the café?\r\n".encode("cp1252"))
    with guest.page.expect_file_chooser() as chooser:
        guest.page.click("#batch-open")
    chooser.value.set_files(file)
    guest.page.wait_for_function(
        "s => document.querySelector(s).value.includes('Who opened the café?')", arg=FIELD
    )
    assert not [url for url in guest.requests if "upload" in url]


def test_the_filters_hold_for_many_questions(guest):
    """Only the articles that are chosen are asked."""
    page = guest.page
    page.click("#filters button")
    page.click("#boxes label >> text=Asharq Al-Awsat")
    page.wait_for_selector("#crumbs label")
    ask_all(guest, ASKED)
    assert "Asharq Al-Awsat" in guest.text("#batch-answers tbody tr:first-child small")


def test_what_cannot_be_asked_is_said(guest):
    """A line that is no question is named, and Ask is there again."""
    guest.page.fill(FIELD, '{"id": 1}')
    guest.page.click("#batch-ask")
    guest.page.wait_for_selector("#batch-progress .trouble")
    assert "line:1 has no “question”" in guest.text("#batch-progress")
    guest.page.wait_for_selector("#batch-ask")
    assert guest.page.locator("#batch-csv").count() == 0


def test_asking_many_is_stopped(guest):
    """What was answered until then stays, and can be saved."""
    guest.page.fill(FIELD, "How many people were killed in Tazerbo?\n" * 200)
    guest.page.click("#batch-ask")
    guest.page.wait_for_selector("#batch-answers tbody tr")
    guest.page.click("#batch-stop")
    guest.page.wait_for_selector("#batch-ask")
    shown = guest.count("#batch-answers tbody tr")
    assert 0 < shown < 200
    _, content = saved(guest, "#batch-csv")
    assert len(content.splitlines()) - 1 == shown
