"""`escape`: a document's text as HTML that shows the same characters and does nothing."""

import html
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.web.escape import escape, plain

REFERENCE = re.compile(r"&#[0-9]+;")


@given(st.text())
def test_no_sign_is_left(text):
    """Nothing that Markdown or HTML reads as a sign outlives the escape, whatever the text."""
    rest = REFERENCE.sub("", escape(text))
    assert not set(rest) & set(string.punctuation + "\n\r\t\x00")


@given(st.text())
def test_the_reader_sees_the_same_text(text):
    """A browser that reads the references shows the text itself."""
    assert html.unescape(escape(text)) == plain(text)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x2FF)))
def test_plain_text_of_western_scripts_is_untouched(text):
    """Letters, numbers, punctuation and symbols stay as they are."""
    assert plain(text) == text


@pytest.mark.parametrize("text", ["1. one", "    code", "two  \nlines", "# head", "a\n\nb"])
def test_a_text_stays_on_one_line_and_begins_nothing(text):
    """No list, no code, no heading and no paragraph begins in a text."""
    shown = escape(text)
    assert "\n" not in shown
    assert not re.match(r"[0-9 #]", shown)


@pytest.mark.parametrize("text", ["http://a", "HTTPS://a", "www.a.b", "ftp://a", "see http://a"])
def test_an_address_is_no_link(text):
    """The words that Markdown makes links of are broken by a reference."""
    assert not re.search(r"https?|www|ftp", escape(text), re.IGNORECASE)


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\ud800", "\uffff"])
def test_control_characters_become_a_sign(control):
    """What no text should hold is shown as the sign for it."""
    assert plain(f"a{control}b") == "a\ufffdb"


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\u200e", "\ufeff", "\U000e0041"])
def test_what_cannot_be_seen_is_shown_by_its_number(hidden):
    """Bidirectional controls and characters without width are shown, not obeyed."""
    assert plain(f"pay{hidden}pal") == f"pay⟦U+{ord(hidden):04X}⟧pal"


def test_a_joiner_stays_where_it_belongs():
    """Persian and emoji keep their joiners; between Latin letters one is shown."""
    assert plain("می\u200cخواهم") == "می\u200cخواهم"
    assert plain("👩\u200d🚒") == "👩\u200d🚒"
    assert plain("pay\u200cpal") == "pay⟦U+200C⟧pal"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_end_of_a_line_is_one_line_end(end):
    r"""The page breaks lines at `\n` alone."""
    assert plain(f"a{end}b") == "a\nb"
