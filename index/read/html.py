"""A saved web page: its article, and what the page says of it to those who know where to look.

JSON-LD is trusted before OpenGraph, this before the other tags in the page's head, and all of them
before what htmldate and trafilatura make of the page itself.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from lxml import html
from lxml.html import HtmlElement

from index.datatypes import Document
from index.errors import UnreadableFile
from index.read import jsonld
from index.read.decode import decode
from index.read.metadata import Metadata, combined, parse_date
from index.read.page_body import body_of
from index.read.page_head import Head
from index.read.plain_values import bylines, date_told, plain
from index.read.record import document_of
from index.read.source import Source

_NEVER_SHOWN = bytes({*range(1, 9), *range(14, 27), *range(28, 32), 127})
_TOO_DEEP = "Excessive depth"
_GUESSING = {"extensive_search": False, "original_date": True}
"""Searching extensively, htmldate finds a date on any page, more often a wrong one than not."""

_MONTHS_IN_A_YEAR = 12


def read_html(source: Source) -> Iterator[Document]:
    """The article on the page."""
    tree = _parsed(source.read())
    head = Head(tree)
    article = _own_article(tree, head)
    headings = [" ".join(heading.text_content().split()) for heading in tree.iter("h1")]
    said = _said(tree, head, jsonld.said_by(article), headings)
    titles = {one.title for one in said}
    text = body_of(
        tree,
        titles=[*titles, *headings],
        descriptions=[plain(article.get("description")), *head.descriptions],
        told=jsonld.body_of(article),
    )
    if not text:
        raise UnreadableFile(
            "no article is to be found on the page; one that a script puts there is missing where "
            "only the source was saved: save the page as it is shown, or as text"
        )
    yield document_of(source, text, *said)


def _parsed(raw: bytes) -> HtmlElement:
    # Where no zero bytes tell of UTF-16, control characters are strays, which browsers pass over.
    text = decode(raw if b"\x00" in raw else raw.translate(None, _NEVER_SHOWN), errors="replace")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    if any(_TOO_DEEP in entry.message for entry in parser.error_log):
        raise UnreadableFile("is nested too deeply to be read")
    return tree


def _own_article(tree: HtmlElement, head: Head) -> dict[str, Any]:
    """The article of the page in JSON-LD: the one with its address, or else the first."""
    articles = jsonld.articles_in(
        jsonld.loads(script.text or "")
        for script in tree.iter("script")
        if "ld+json" in (script.get("type") or "").lower()
    )
    addresses = {_page_of(address) for address in head.addresses}
    own = (one for one in articles if _page_of(jsonld.said_by(one).url) in addresses)
    return next(own, next(iter(articles), {}))


def _page_of(address: str) -> str:
    """An address without what makes no difference to the page that it leads to."""
    return address.partition("://")[2].partition("#")[0].removeprefix("www.").rstrip("/")


def _said(tree: HtmlElement, head: Head, told: Metadata, headings: Sequence[str]) -> list[Metadata]:
    """What the page says of its article, the most trusted first, and then what it looks like."""
    said = [
        told,
        *head.said(publisher=told.source, headings=[told.title, *headings]),
        Metadata(published=_marked_date(tree), origin="time tag"),
        Metadata(title=headings[0] if len(headings) == 1 else "", origin="heading"),
        Metadata(title=head.title, origin="page title"),
    ]
    known, _ = combined(said)
    if not {"published", "authors", "title"} <= known.keys():
        guessed = trafilatura.extract_metadata(tree, date_config=_GUESSING)
        authors = bylines((guessed.author or "").split("; "))
        found = None if "published" in known else parse_date(guessed.date)
        is_sure = found is not None and not _may_be_another(found, tree)
        said += [
            Metadata(published=found if is_sure else None, origin="htmldate"),
            Metadata(title=guessed.title or "", authors=authors, origin="trafilatura"),
        ]
    host = urlsplit(next(iter(head.addresses), "")).netloc.removeprefix("www.")
    return [*said, Metadata(source=host, origin="address")]


def _may_be_another(date: dt.date, tree: HtmlElement) -> bool:
    """Whether a date stands on the page only in a form that may as well be another, like 3/4/2018.

    With the year first, as in an address, it says which of the two it is.
    """
    year, month, day = date.year, date.month, date.day
    if month == day or day > _MONTHS_IN_A_YEAR:
        return False
    either = rf"0?(?:{month}([-/])0?{day}|{day}([-/])0?{month})(?:\1|\2){year}"
    sure = rf"{year}[-/.]?0?{month}[-/.]?0?{day}"
    page = html.tostring(tree).decode()
    return _stands(either, page) and not _stands(sure, page)


def _stands(number: str, page: str) -> bool:
    return bool(re.search(rf"(?<!\d)(?:{number})(?!\d)", page))


def _marked_date(tree: HtmlElement) -> dt.date | None:
    """The one date that is marked as the day of publication."""
    marked = tree.xpath("//time[@itemprop='datePublished' or @pubdate]/@datetime")
    dates = {date_told(str(value)) for value in marked}
    return dates.pop() if len(dates) == 1 else None
