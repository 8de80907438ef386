"""Line breaks that only fill a column are told from those that mean something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.web.page.line_breaks import LOOKED_AT, filling_breaks, pieces_of

WIRE = (
    "Showers continued throughout the week in the Bahia cocoa\n"
    "zone, alleviating the drought since early January and\n"
    "improving prospects for the coming crop, although normal\n"
    "humidity has not been restored.\n"
    "    The dry period means that the main crop will be late\n"
    "this year, Comissaria Smith said in its weekly review.\n"
    "\n"
    "Arrivals for the week that ended on February 22 were\n"
    "155,221 bags, it said.\n"
)


def flowing(text: str) -> str:
    """The text as it is seen: with a space for each line break that fills a column."""
    pieces = pieces_of(text, 0, len(text), filling_breaks(text, 0, len(text)))
    assert "".join(piece.text for piece in pieces) == text
    return "".join(" " if piece.is_filling else piece.text for piece in pieces)


def test_the_lines_of_wire_copy_flow():
    """Its paragraphs are lines; indents and blank lines stay."""
    assert flowing(WIRE).split("\n") == [
        (
            "Showers continued throughout the week in the Bahia cocoa zone, alleviating the "
            "drought since early January and improving prospects for the coming crop, although "
            "normal humidity has not been restored."
        ),
        (
            "    The dry period means that the main crop will be late this year, Comissaria Smith "
            "said in its weekly review."
        ),
        "",
        "Arrivals for the week that ended on February 22 were 155,221 bags, it said.",
        "",
    ]


def test_lines_that_end_in_spaces_or_come_from_windows_flow():
    """The spaces and the carriage return belong to the line break."""
    assert flowing(WIRE.replace("\n", "  \r\n")).startswith(
        "Showers continued throughout the week in the Bahia cocoa zone, alleviating the drought"
    )


@pytest.mark.parametrize(
    "text",
    [
        "A long paragraph that is one line. " * 5 + "\n" + "And another one that is. " * 6,
        "Mayor resigns\nBy Ann Smith\nThe mayor of Shelbyville resigned on Monday, he said.",
        "The mayor said what he would do now:\n- He would rest\n- He would write a book, he said",
        "Rates of the day in all of the markets\n1. dollar rates\n2. sterling rates, of the day",
        "Company      1986      1987\nacme         1.20      1.30\nbolt         0.90      1.10",
        "name\tprofit\nacme\t1.20\nbolt\t0.90",
        "قتل تسعة أشخاص في هجوم على مركز للشرطة في بلدة تازربو جنوب شرقي ليبيا.\nوقال مسؤول محلي.",
        "One line",
        "",
    ],
    ids=["paragraphs", "heads", "list", "numbers", "columns", "tabs", "arabic", "line", "empty"],
)
def test_other_lines_stay(text):
    """Paragraphs of a line each, headings, lists and tables are shown as they stand."""
    assert flowing(text) == text


def test_a_sentence_flows_as_its_article_does():
    """What is quoted alone is set as the lines around it are."""
    start = WIRE.index("alleviating")
    end = WIRE.index(" not been")
    (first, second) = filling_breaks(WIRE, start, end)
    assert WIRE[first.start - 3 : first.end] == "and\n"
    assert WIRE[second.start - 6 : second.end] == "normal\n"
    assert [piece.is_filling for piece in pieces_of(WIRE, start, end, [first, second])] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_what_is_far_away_does_not_matter():
    """An article is not read to its end for a sentence."""
    long = "A table's line is as wide as this one, which is wider than the column is set.\n\n"
    far = WIRE + "\n" * LOOKED_AT + long
    assert filling_breaks(far, 0, len(WIRE)) == filling_breaks(WIRE, 0, len(WIRE))


@given(st.text(alphabet=st.sampled_from("aB 1.\t\r\n-記")), st.data())
def test_no_character_is_lost(text, data):
    """The pieces of a part of any text are that part."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    pieces = pieces_of(text, start, end, filling_breaks(text, start, end))
    assert "".join(piece.text for piece in pieces) == text[start:end]
