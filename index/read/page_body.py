"""The article on a page, without what stands around it.

trafilatura finds it. What it lets through that is no part of an article is taken off before, box
by box, and after, paragraph by paragraph; the standfirst, which often stands apart from the rest,
is put on. Where JSON-LD holds the text as well, the one is checked against the other.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Document as Extracted
from trafilatura.settings import use_config

_CODE = ("iframe", "noscript", "script", "style", "svg", "template")
_AROUND = ("aside", "footer", "nav")
_BOXES = (
    *("a", "article", "aside", "div", "em", "figcaption", "footer", "form", "h2", "h3", "h4"),
    *("header", "li", "nav", "ol", "p", "section", "small", "span", "ul"),
)
_NO_ARTICLE = frozenset(
    "bio caption captions comment comments consent cookie copyright credit cta disclaimer "
    "figcaption modal newsletter onetrust outbrain promo recommendation recommendations "
    "recommended related share sharing signup social subscribe subscription taboola".split()
)
"""What such boxes are called in classes and ids, which are English on pages in any language."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LARGEST_BOX = 1000
_LARGEST_PART = 0.3
"""A larger box is the article, whatever else it is called."""

_SHOWN_APART = frozenset(
    "address article aside blockquote body br dd div dl dt figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header html li main nav ol p pre section table tbody td th thead tr ul".split()
)
_NOT_SHOWN = frozenset(
    "button head iframe noscript rp rt script select style svg template textarea".split()
)
_BLOCKS = frozenset("p head item quote code lb row list table div".split())
_GROUPS = frozenset(("lb", "list", "table"))
"""What trafilatura calls blocks, and those of them that only hold or part others."""

_PROSE = re.compile(r".{40,}|.{20,}[.!?…。！？؟।]\W*")
"""What may be a paragraph, and no button or caption."""

_SHORT = use_config()
_SHORT.set("DEFAULT", "MIN_EXTRACTED_SIZE", "60")
"""trafilatura takes the whole page where it finds less than this; news in brief is that short."""

_SHORTEST_DESCRIPTION = 20
_MOST = 0.8
_NO_WORD = re.compile(r"[\W_]+")


class _Block(NamedTuple):
    """A paragraph, heading or item of a list. `linked` counts its characters within links."""

    kind: str
    text: str
    linked: int


def body_of(
    tree: HtmlElement, *, titles: Iterable[str], descriptions: Iterable[str], told: str
) -> str:
    """The text of the article on a page, or nothing where there is none.

    Args:
        tree: the page; what is no article is taken off it.
        titles: what the article may be called, which is no part of its text.
        descriptions: what the page says of the article in a sentence or two.
        told: the article's text, or some of it, as JSON-LD gives it.
    """
    shown = _lines(tree)
    _take_off_boxes(tree)
    found = trafilatura.bare_extraction(
        tree, include_comments=False, include_links=True, config=_SHORT
    )
    blocks = list(_blocks(found.body)) if isinstance(found, Extracted) else []
    blocks = _without_titles(blocks, {_key(title) for title in titles} - {""})
    if len(blocks) == 1:
        blocks = [_with_links(blocks[0], tree)]
    blocks = [block for block in blocks if block.linked <= _MOST * len(block.text)]
    paragraphs = _as_told(blocks, _key(told), shown) or told.split("\n\n")
    if not any(map(_PROSE.fullmatch, paragraphs)):
        return ""
    return "\n\n".join(_standfirst(paragraphs, descriptions, shown) + paragraphs)


def _lines(tree: HtmlElement) -> list[str]:
    """The text of the page, each of its blocks by itself."""
    lines: list[str] = []
    pieces: list[str] = []

    def end_line() -> None:
        if line := " ".join("".join(pieces).split()):
            lines.append(line)
        pieces.clear()

    def walk(element: Any) -> None:
        if element.tag in _NOT_SHOWN:
            return
        if element.tag in _SHOWN_APART:
            end_line()
        pieces.append(element.text or "")
        for child in element:
            walk(child)
            pieces.append(child.tail or "")
        if element.tag in _SHOWN_APART:
            end_line()

    walk(tree)
    end_line()
    return lines


def _take_off_boxes(tree: HtmlElement) -> None:
    for element in list(tree.iter(*_CODE)):
        _take_off(element)
    body = tree.find(".//body")
    largest = min(
        _LARGEST_BOX, _LARGEST_PART * len((tree if body is None else body).text_content())
    )
    for element in list(tree.iter(*_BOXES)):
        if (
            _is_around(element)
            and element.find(".//h1") is None
            and len(element.text_content()) < largest
        ):
            _take_off(element)


def _is_around(element: HtmlElement) -> bool:
    """Whether a box calls itself something that stands around articles."""
    called = f"{element.get('class') or ''} {element.get('id') or ''}"
    words = {word.lower() for word in _WORD.findall(called)}
    return element.tag in _AROUND or not _NO_ARTICLE.isdisjoint(words)


def _take_off(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _blocks(body: Any) -> Iterator[_Block]:
    """What trafilatura found, block by block."""
    pieces: list[str] = []
    linked = 0

    def block(kind: str) -> Iterator[_Block]:
        nonlocal linked
        if text := " ".join("".join(pieces).split()):
            yield _Block(kind, text, linked)
        pieces.clear()
        linked = 0

    def walk(element: Any, kind: str, *, is_link: bool) -> Iterator[_Block]:
        nonlocal linked
        is_block = element.tag in _BLOCKS
        if is_block:
            yield from block(kind)
            kind = kind if element.tag in _GROUPS else element.tag
        is_link_here = is_link or element.tag == "ref"
        pieces.append(element.text or "")
        linked += is_link_here * len(element.text or "")
        for child in element:
            yield from walk(child, kind, is_link=is_link_here)
        if is_block:
            yield from block(kind)
        elif element.tag == "cell":
            pieces.append(" ")
        pieces.append(element.tail or "")
        linked += is_link * len(element.tail or "")

    yield from walk(body, "p", is_link=False)
    yield from block("p")


def _with_links(block: _Block, tree: HtmlElement) -> _Block:
    """A block that may be all of the page's text, in which trafilatura no longer tells links."""
    links = (" ".join(link.text_content().split()) for link in tree.iter("a"))
    linked = sum(len(link) for link in links if link in block.text)
    return block._replace(linked=max(linked, block.linked))


def _without_titles(blocks: list[_Block], titles: set[str]) -> list[_Block]:
    """No block that repeats a title, nor a heading at the beginning that has one at its end."""
    ends = tuple(titles)
    while blocks and blocks[0].kind == "head" and _key(blocks[0].text).endswith(ends):
        blocks = blocks[1:]
    return [block for block in blocks if _key(block.text) not in titles]


def _as_told(blocks: Sequence[_Block], told: str, shown: Iterable[str]) -> list[str]:
    """The paragraphs that are told too, headings between them included.

    Where less is told than was found, all that was found; where much more, what is shown of that.
    """
    keys = [_key(block.text) for block in blocks]
    length = sum(map(len, keys))
    is_told = [bool(key) and key in told for key in keys]
    agreed = sum(len(key) for key, told_too in zip(keys, is_told, strict=True) if told_too)
    if told and agreed >= _MOST * len(told) and len(told) >= length / 2:
        first, last = is_told.index(True), len(is_told) - is_told[::-1].index(True)
        return [
            block.text
            for place, block in enumerate(blocks)
            if is_told[place] or (first < place < last and block.kind == "head")
        ]
    if len(told) > length:
        lines = {
            key: line
            for line in shown
            if len(key := _key(line)) > _SHORTEST_DESCRIPTION and key in told
        }
        if sum(map(len, lines)) > max(1.2 * agreed, 0.6 * len(told)):
            return list(lines.values())
    texts = [block.text for block in blocks]
    while texts and blocks[len(texts) - 1].kind == "head":
        texts.pop()
    return texts


def _standfirst(
    paragraphs: Iterable[str], descriptions: Iterable[str], shown: Iterable[str]
) -> list[str]:
    """What is shown of the descriptions, where it is not among the paragraphs."""
    have = "".join(map(_key, paragraphs))
    lines = {_key(line): line for line in shown}
    for description in map(_key, descriptions):
        if len(description) < _SHORTEST_DESCRIPTION or description in have:
            continue
        beginning = description[: int(len(description) * 0.9)]
        for key, line in lines.items():
            if key == description or (beginning in key and len(key) < 2 * len(description)):
                return [] if key in have else [line]
    return []


def _key(text: str) -> str:
    """`text` as its letters and digits, so that neither spaces nor quotation marks part two."""
    return _NO_WORD.sub("", text.casefold())
