"""A link to one citation: which words of which text of which article.

The link has a part of the text's SHA-256, so that it never shows other words than were cited.
"""

import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qs, urlencode

from index import Archive, InvalidInput
from index.errors import ArticleChanged, NoDocument
from qa.datatypes import Citation, Role

_SHA256_SHOWN = 16
_SHA256_OF_VERSION = 8
_SHA256 = re.compile(r"[0-9a-f]{8,64}")
_NUMBER = re.compile(r"[0-9]{1,10}")
_LONGEST_ID = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Permalink:
    """Words of a text. `sha256`: the first 8 to 64 hexadecimal digits of the text's."""

    document: str
    sha256: str
    start: int
    end: int

    def __post_init__(self) -> None:
        is_id = self.document.isprintable() and 0 < len(self.document) <= _LONGEST_ID
        if not is_id or not _SHA256.fullmatch(self.sha256) or not 0 <= self.start < self.end:
            raise InvalidInput(
                f"no citation can be at ({self.start}, {self.end}) of {self.document[:80]!r} "
                f"with the SHA-256 {self.sha256[:80]!r}"
            )

    @classmethod
    def of(cls, citation: Citation) -> Self:
        document = citation.document
        return cls(
            document=document.id,
            sha256=document.sha256[:_SHA256_SHOWN],
            start=citation.start,
            end=citation.end,
        )

    @classmethod
    def parse(cls, query: str) -> Self:
        """Read what `query` gave; other parameters are left alone.

        Raises:
            InvalidInput: one of the four is missing, there twice, or not of its form.
        """
        try:
            given = parse_qs(query.removeprefix("?"), max_num_fields=50, errors="strict")
        except ValueError as error:
            raise InvalidInput(f"the link cannot be read: {error}") from error
        values = {name: given.get(name, []) for name in ("document", "sha256", "start", "end")}
        for name, value in values.items():
            if len(value) != 1:
                raise InvalidInput(f"a link to a citation has one “{name}”, this has {len(value)}")
        document, sha256, *places = (value for (value,) in values.values())
        if not all(_NUMBER.fullmatch(place) for place in places):
            raise InvalidInput(f"“start” and “end” of a link are numbers, got {places}")
        return cls(document=document, sha256=sha256, start=int(places[0]), end=int(places[1]))

    @property
    def query(self) -> str:
        """The link as the query of a URL, without its `?`."""
        return urlencode(
            {
                "document": self.document,
                "sha256": self.sha256,
                "start": self.start,
                "end": self.end,
            }
        )


def resolve(archive: Archive, link: Permalink) -> Citation:
    """The citation that a link leads to, of the very text that was cited.

    Raises:
        NoDocument: the archive does not have the article.
        ArticleChanged: the article says something else now; its former version is named, if kept.
        InvalidInput: the text ends before the citation does.
    """
    document = archive.document(link.document)
    if not document.sha256.startswith(link.sha256):
        raise _changed(archive, link)
    if link.end > len(document.text):
        raise InvalidInput(
            f"the link leads to ({link.start}, {link.end}) of a text of {len(document.text)} "
            "characters; it was cut or changed"
        )
    return Citation(
        role=Role.OTHER,
        document=document,
        start=link.start,
        end=link.end,
        quote=document.text[link.start : link.end],
        score=0.0,
    )


def former(link: Permalink) -> Permalink:
    """The same words in the former version of the article, whether it is kept or not."""
    return replace(link, document=f"{link.document}@{link.sha256[:_SHA256_OF_VERSION]}")


def _changed(archive: Archive, link: Permalink) -> ArticleChanged:
    version = former(link).document
    fact = f"the article {link.document} has changed since it was cited"
    try:
        is_kept = archive.document(version).sha256.startswith(link.sha256)
    except NoDocument:
        is_kept = False
    if is_kept:
        return ArticleChanged(f"{fact}; the former version is {version}", version=version)
    return ArticleChanged(f"{fact}, and the former version was not kept")
