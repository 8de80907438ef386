"""What the head of a page says of its article, in tags made for social networks and for search."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin

from lxml.html import HtmlElement

from index.read.metadata import Metadata
from index.read.plain_values import (
    article_address,
    bylines,
    date_told,
    language_tag,
    outlet_name,
    plain,
)

_TITLE = ("headline", "dc.title", "dcterms.title", "parsely-title", "sailthru.title")
_SOURCE = ("dc.publisher", "dcterms.publisher", "publisher", "application-name")
_AUTHORS = ("author", "authors", "dc.creator", "dcterms.creator", "parsely-author", "byl")
_SECTION = ("section", "parsely-section", "category")
_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description")
_PUBLISHED = (
    *("article:published", "article:published:time", "datepublished", "publishdate", "pubdate"),
    *("publish-date", "publish_date", "publication_date", "parsely-pub-date", "sailthru.date"),
    *("dc.date", "dc.date.issued", "dcterms.date", "dcterms.issued", "dcterms.created", "date"),
)
_MODIFIED = ("article:modified", "article:modified:time", "datemodified", "dcterms.modified")

_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PARTING = re.compile(r"\s*[-–—:·•|»ㅣ]")
_BEFORE_OUTLET = re.compile(
    r"(?P<title>.{10,}\S)(?:\s+[-–—:·•|»]\s+|\s*[|ㅣ]\s*|-)(?P<outlet>[^-–—·•|»ㅣ]{2,60})"
)
_SHORTEST_HEADING = 10
_NO_WORD = re.compile(r"[\W_]+")


class Head:
    """The head of a page: what its `meta` tags hold, by their names, its title and address."""

    def __init__(self, tree: HtmlElement) -> None:
        self._tags: dict[str, list[str]] = {}
        for tag in tree.iter("meta"):
            name = tag.get("property") or tag.get("name") or tag.get("http-equiv") or ""
            self._tags.setdefault(name.strip().lower(), []).append(tag.get("content") or "")
        self.title = plain(tree.findtext(".//title"))
        self._language = tree.get("lang") or tree.get(_XML_LANGUAGE)
        canonical = next(
            (
                tag.get("href") or ""
                for tag in tree.iter("link")
                if "canonical" in (tag.get("rel") or "").lower().split()
            ),
            "",
        )
        self._address = article_address(self._first("og:url"))
        self._canonical = article_address(_joined(self._address, canonical))

    @property
    def addresses(self) -> list[str]:
        """Those by which the page goes, without empty ones."""
        return list(filter(None, (self._canonical, self._address)))

    @property
    def descriptions(self) -> list[str]:
        """What the page says of its article in a sentence or two."""
        return list(self._all(*_DESCRIPTION))

    def said(self, *, publisher: str, headings: Iterable[str]) -> Iterator[Metadata]:
        """What the tags of OpenGraph say, and then what the others do.

        Args:
            publisher: its name, which is no part of a title.
            headings: what may be the title as it stands above the article.
        """
        outlets = [publisher, self._first("og:site_name")]
        headings = list(headings)
        yield Metadata(
            title=without_outlet(self._first("og:title"), outlets, headings),
            source=outlet_name(self._first("og:site_name")),
            url=self._address,
            published=self._date("article:published_time", "og:published_time"),
            modified=self._date("article:modified_time", "og:updated_time"),
            authors=bylines(self._all("article:author")),
            section=self._first("article:section"),
            language=language_tag(self._first("og:locale")),
            origin="OpenGraph",
        )
        yield Metadata(
            title=without_outlet(self._first(*_TITLE), outlets, headings),
            source=outlet_name(self._first(*_SOURCE)),
            canonical_url=self._canonical,
            published=self._date(*_PUBLISHED),
            modified=self._date(*_MODIFIED),
            authors=bylines(self._all(*_AUTHORS)),
            section=self._first(*_SECTION),
            language=language_tag(self._language or self._first("content-language")),
            origin="page header",
        )

    def _all(self, *names: str) -> Iterator[str]:
        values = (plain(value) for name in names for value in self._tags.get(name, ()))
        return filter(None, values)

    def _first(self, *names: str) -> str:
        return next(self._all(*names), "")

    def _date(self, *names: str) -> dt.date | None:
        return next(filter(None, map(date_told, self._all(*names))), None)


def without_outlet(title: str, outlets: Iterable[str], headings: Iterable[str]) -> str:
    """`title` less the name of the outlet, as in “Nine killed in Tazerbo | The Daily”.

    Args:
        title: as a tag has it.
        outlets: names that the outlet goes by.
        headings: whatever follows one of these, and is parted from it, is taken off as well.
    """
    for heading in headings:
        is_beginning = len(heading) >= _SHORTEST_HEADING and title.startswith(heading)
        if is_beginning and _PARTING.match(title, len(heading)):
            return heading
    known = [key for outlet in outlets if (key := _key(outlet))]
    while found := _BEFORE_OUTLET.fullmatch(title):
        last = _key(found["outlet"])
        if not last or not any(last in key or key in last for key in known):
            break
        title = found["title"]
    return title


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""


def _key(text: str) -> str:
    return _NO_WORD.sub("", text.casefold())
