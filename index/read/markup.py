"""HTML that is no page, like a feed's summary or the body of a mail → its text.

Blocks become paragraphs, `<br>` a line's end, and white space what a browser makes of it. What is
not shown, like scripts and styles, is left out. The parser builds no tree, so that no depth of
tags is too deep. A whole page is for `html`, which tells its article from what surrounds it.
"""

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol "
    "optgroup option p pre section select summary table tbody tfoot thead tr ul".split()
)
_NOT_SHOWN = frozenset(
    "applet audio canvas embed head iframe math noembed noframes object script style svg template "
    "textarea video".split()
)
_CELLS = frozenset(("td", "th"))
_SPACE = re.compile(r"[ \t\r\n\f]+")
_AROUND_LINE_END = re.compile(r" *\n *")
_EMPTY_LINES = re.compile(r"\n{2,}")


def text_of(html: str) -> str:
    """The text of `html` as a reader sees it, paragraphs with an empty line between them."""
    parser: Any = etree.HTMLParser(target=_Paragraphs(), encoding="utf-8")
    parser.feed(html.replace("\x00", "").encode("utf-8", "replace") or b" ")
    try:
        paragraphs: list[str] = parser.close()
    except etree.LxmlError:  # there was nothing but white space and comments
        return ""
    return "\n\n".join(paragraphs)


class _Paragraphs:
    """What the parser tells of the markup, as the paragraphs that it makes."""

    def __init__(self) -> None:
        self._paragraphs: list[str] = []
        self._pieces: list[str] = []
        self._hidden = 0
        self._kept = 0  # how many <pre> are open

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        if tag in _NOT_SHOWN:
            self._hidden += 1
        elif tag == "br":
            self._pieces.append("\n")
        elif tag in _CELLS:
            self._pieces.append(" ")
        elif tag in _BLOCKS:
            self._end_paragraph()
            self._kept += tag == "pre"

    def end(self, tag: str) -> None:
        if tag in _NOT_SHOWN:
            self._hidden -= 1
        elif tag in _BLOCKS:
            self._end_paragraph()
            self._kept -= tag == "pre"

    def data(self, text: str) -> None:
        if not self._hidden:
            self._pieces.append(text if self._kept else _SPACE.sub(" ", text))

    def comment(self, _text: str) -> None:
        """A comment is not shown."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Neither is an instruction."""

    def close(self) -> list[str]:
        self._end_paragraph()
        return self._paragraphs

    def _end_paragraph(self) -> None:
        if not self._pieces:
            return
        text = "".join(self._pieces)
        self._pieces.clear()
        if not self._kept:
            # Pieces that end and begin with a space, like “a </b> c”, have one between them.
            text = re.sub(" {2,}", " ", text)
            text = _AROUND_LINE_END.sub("\n", text)
        for paragraph in _EMPTY_LINES.split(text):
            if shown := paragraph.strip(" \t\n"):
                self._paragraphs.append(shown)
