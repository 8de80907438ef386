"""Text set to a column, as wire copy is: it flows on the page, and is copied as it stands."""

import pytest

from index import Archive
from qa import Assistant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

ARTICLE = "#source .article"
MARK = "#source mark.cited"
SENTENCE = (
    "Gunmen stormed a police station in Tazerbo on Saturday night,\n"
    "killing nine people and taking eleven others with them, said\n"
    "Ahmed Saleh, who is a member of the council of the town."
)
WIRE = (
    "TRIPOLI, Nov 26 - The army said that it would hunt the group,\n"
    "which has bases in the mountains, until the last of them had\n"
    "been found.\n"
    f"    {SENTENCE}\n"
    "\n"
    "The council met on Sunday in order to discuss how the station\n"
    "could be opened again.\n"
)
LINES = """selector => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector(selector));
    const boxes = [...range.getClientRects()].filter(box => box.width > 8);
    const lines = new Map();
    for (const box of boxes) {
        const line = Math.round(box.bottom / 8);
        lines.set(line, Math.max(lines.get(line) ?? 0, box.right));
    }
    const right = document.querySelector(selector).getBoundingClientRect().right;
    return [...lines.values()].map(end => right - end);
}"""
"""How far each line that is shown ends from the right edge, in order."""

COPIED = """selector => {
    getSelection().selectAllChildren(document.querySelector(selector));
    const data = new DataTransfer();
    const options = {clipboardData: data, bubbles: true, cancelable: true};
    const event = new ClipboardEvent('copy', options);
    const isLeft = document.querySelector(selector).dispatchEvent(event);
    return isLeft ? null : data.getData('text/plain');
}"""


@pytest.fixture(name="wire", scope="module")
def _wire(tmp_path_factory, real_encoder, real_reader, serve, long_visit):
    """A page with an answer from wire copy, on a phone."""
    folder = tmp_path_factory.mktemp("wire")
    (folder / "wire.txt").write_text(WIRE, encoding="utf-8")
    with Archive.open(folder / "archive", encoder=real_encoder) as archive:
        archive.add([folder / "wire.txt"])
        guest = long_visit(
            serve(Assistant(archive, real_reader)), viewport={"width": 360, "height": 740}
        )
        guest.ask("How many people were killed in Tazerbo?")
        guest.page.wait_for_selector(MARK)
        yield guest


def test_the_text_is_the_article_s_own(wire):
    """Not a character of it is changed, and its marked sentence and its quotation are slices."""
    assert wire.text(ARTICLE) == WIRE
    assert wire.text(MARK) == wire.text("#chat .quote") == SENTENCE


@pytest.mark.parametrize("selector", [MARK, "#chat .quote"])
def test_no_line_within_a_paragraph_is_a_stub(wire, selector):
    """Each line is filled; only the last may be short."""
    *filled, _last = wire.page.evaluate(LINES, selector)
    assert len(filled) >= 4
    assert max(filled) < 110


def test_paragraphs_stay_apart(wire):
    """An indent begins a line, and a blank line is one."""
    tops = wire.page.evaluate(
        """words => words.map(word => {
            const text = document.createTreeWalker(
                document.querySelector('#source .article'), NodeFilter.SHOW_TEXT);
            while (text.nextNode()) {
                const place = text.currentNode.data.indexOf(word);
                if (place < 0) continue;
                const range = document.createRange();
                range.setStart(text.currentNode, place);
                range.setEnd(text.currentNode, place + word.length);
                const box = range.getBoundingClientRect();
                return [box.left, box.top];
            }
        })""",
        ["TRIPOLI", "been found", "Gunmen", "of the town", "The council met"],
    )
    (first, _), (_, end_of_first), (second, of_second), (_, end_of_second), (third, of_third) = tops
    assert second > first == third
    assert of_second > end_of_first
    line = of_second - end_of_first
    assert of_third - end_of_second > 1.5 * line


@pytest.mark.parametrize("selector", [ARTICLE, MARK, "#chat .quote"])
def test_what_is_copied_has_the_article_s_line_breaks(wire, selector):
    """The clipboard gets the characters that are selected, as they stand in the text."""
    assert wire.page.evaluate(COPIED, selector) == wire.text(selector)


def test_what_is_copied_elsewhere_is_left_to_the_browser(wire):
    """The rest of the page is copied as any page is."""
    assert wire.page.evaluate(COPIED, "#chat .byline") is None
