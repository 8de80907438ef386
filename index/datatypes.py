"""The nouns of the index: what is read, what is kept, what is found.

All are frozen. What is read or cited is checked when it is made: documents, sentences, passages and
marks, and so are filters. A score lives on `Hit` alone.
"""

import bisect
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

from index.errors import InvalidInput


class Span(NamedTuple):
    """`(start, end)` in code points of `Document.text`, end exclusive."""

    start: int
    end: int


def check_span(start: int, end: int) -> None:
    """Refuse a span that is empty or begins below 0.

    Raises:
        InvalidInput: with both ends in the message.
    """
    if not 0 <= start < end:
        raise InvalidInput(f"not a span: ({start}, {end})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article: its text, untouched, and what a citation needs to say of it.

    `id` is the one given, or is made from the canonical url, or else from the path.
    `line` is set when the article is one record of a file of many. `path` names a file within
    another as `crawl.zip/news/a.html`. `relays` is whom the article says it had its news from.
    `pages` has the offset in `text` at which each printed page begins; `superseded_by` is the id
    of the document whose later text is searched instead; `given_id` is the id that its record gave
    it, where another article has that; `origins` says of each field, by its name, where it was
    found. What is not known is empty or None.
    """

    id: str
    text: str
    path: str
    title: str = ""
    source: str = ""
    url: str = ""
    published: dt.date | None = None
    authors: tuple[str, ...] = ()
    line: int | None = None
    canonical_url: str = ""
    modified: dt.date | None = None
    section: str = ""
    language: str = ""
    dateline: str = ""
    relays: str = ""
    retrieved: dt.date | None = None
    pages: tuple[int, ...] = ()
    superseded_by: str = ""
    given_id: str = ""
    origins: Mapping[str, str] = field(default_factory=dict, hash=False)
    _sha256: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.id or not self.id.isprintable():
            raise InvalidInput(
                f"a document id is printable text that is not empty, got {self.id!r}"
            )
        if not self.text.strip():
            raise InvalidInput(f"document {self.id!r} has no text")
        inside = all(0 <= place <= len(self.text) for place in self.pages)
        if not inside or list(self.pages) != sorted(self.pages):
            raise InvalidInput(f"document {self.id!r} has pages that begin outside its text")

    def page(self, place: int) -> int | None:
        """The number of the page, from 1, that a place in `text` is on; None without pages."""
        return bisect.bisect_right(self.pages, place) or None

    @property
    def sha256(self) -> str:
        """SHA-256 of the text as UTF-8, in hexadecimal; computed once."""
        if not self._sha256:
            object.__setattr__(self, "_sha256", sha256_of(self.text))
        return self._sha256

    def with_sha256(self, sha256: str) -> Self:
        """This document, which takes another's word for the SHA-256 of its text."""
        object.__setattr__(self, "_sha256", sha256)
        return self

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that a citation shows, but for what the last reading adds."""
        shown: dict[str, object] = {
            "id": self.id,
            "sha256": self.sha256,
            "title": self.title,
            "source": self.source,
            "url": self.url,
            "published": None if self.published is None else self.published.isoformat(),
            "authors": list(self.authors),
        }
        shown |= {name: value for name, value in self.details.items() if name not in _OF_READING}
        return sha256_of(json.dumps(shown, sort_keys=True, ensure_ascii=False))

    @property
    def checksum(self) -> str:
        """SHA-256 of everything that a citation shows, what the last reading adds included."""
        of_reading = {name: self.details[name] for name in _OF_READING if name in self.details}
        more = json.dumps(of_reading, sort_keys=True, ensure_ascii=False) if of_reading else ""
        return sha256_of(f"{self.fingerprint}\n{self.path}\n{self.line}{more}")

    @property
    def details(self) -> dict[str, object]:
        """What is known beyond the fields that every record has, ready for JSON."""
        details: dict[str, object] = {}
        for name in DETAILS:
            value = getattr(self, name)
            if isinstance(value, dt.date):
                details[name] = value.isoformat()
            elif isinstance(value, tuple):
                details[name] = list(value)
            elif value:
                details[name] = dict(value) if isinstance(value, Mapping) else value
        return {name: value for name, value in details.items() if value}


DETAILS = (
    *("canonical_url", "modified", "section", "language", "dateline", "relays"),
    *("retrieved", "pages", "superseded_by", "given_id", "origins"),
)
"""The names of `Document.details`."""

MADE_FROM = "~"
"""Stands in an id that was made, between the one that a record gave and the name of its file."""

_OF_READING = ("retrieved", "origins")
"""Of the last reading, as the path is: another one of these alone is no update."""


def sha256_of(text: str) -> str:
    """SHA-256 of `text` as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of a document. `ordinal` counts from 0 within the document."""

    ordinal: int
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        check_span(self.start, self.end)
        if len(self.text) != self.end - self.start:
            raise InvalidInput(
                f"a sentence of {len(self.text)} characters cannot fill ({self.start}, {self.end})"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The unit of retrieval: neighbouring whole sentences that fit the encoder's window.

    `id` is the archive's; it is never given twice.
    """

    id: int
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]

    def __post_init__(self) -> None:
        check_span(self.start, self.end)
        if not self.sentences:
            raise InvalidInput(f"passage {self.id} has no sentences")
        if len(self.text) != self.end - self.start:
            raise InvalidInput(
                f"passage {self.id} of {len(self.text)} characters cannot fill "
                f"({self.start}, {self.end})"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that was found. `score`: higher is better; `rank` counts from 1.

    `cosine`, `bm25` and `coverage` are the parts of the score; `sentence_cosines` has one
    value for each of the passage's sentences: its vector against the question's.
    `before` and `after` are the document's sentences around the passage, where it has any.
    `copies` are the ids of the other documents of the near-duplicate cluster.
    """

    rank: int
    score: float
    document: Document
    passage: Passage
    cosine: float
    bm25: float
    coverage: float
    sentence_cosines: tuple[float, ...]
    before: Sentence | None = None
    after: Sentence | None = None
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which documents a search may look at. Dates are inclusive; sources ignore case.

    `documents`: their ids; any when there are none.
    """

    after: dt.date | None = None
    before: dt.date | None = None
    sources: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.after and self.before and self.after > self.before:
            raise InvalidInput(
                f"no date is on or after {self.after} and on or before {self.before}"
            )

    @property
    def has_dates(self) -> bool:
        return self.after is not None or self.before is not None

    def __bool__(self) -> bool:
        return self.has_dates or bool(self.sources) or bool(self.documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """How much a search looked at, and how many documents it left out for want of a date.

    `is_partial`: part of the archive did not answer, so that something may be missing.
    """

    documents: int
    sentences: int
    undated: int = 0
    is_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The hits, best first, and what was searched for them.

    `weights` has each term of the query with its share of the query's whole idf; they sum to 1.
    """

    query: str
    hits: tuple[Hit, ...]
    searched: Searched
    weights: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A file, or one line or record of it, that was not added, and why, in one line."""

    path: str
    reason: str
    line: int | None = None

    def as_json(self) -> dict[str, object]:
        record: dict[str, object] = {"path": self.path, "reason": self.reason}
        if self.line is not None:
            record["line"] = self.line
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A document that is kept under another id than its own, because another article has that.

    `path` and `line` are where it was read.
    """

    id: str
    kept_as: str
    path: str
    line: int | None = None

    def as_json(self) -> dict[str, object]:
        record: dict[str, object] = {"id": self.id, "kept_as": self.kept_as, "path": self.path}
        if self.line is not None:
            record["line"] = self.line
        return record


class Outcome(StrEnum):
    """What adding did with one document."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReport:
    """What one `add` did. `documents` and `sentences` are the archive's totals afterwards.

    `seconds` are without those that loading the models took. `vanished` are files of the folders
    given that are no longer there while their documents are; `pruned` of such documents were
    removed. `renamed` of those that were added are kept under another id than their own.
    """

    added: int
    updated: int
    unchanged: int
    duplicates: int
    failed: tuple[Failure, ...]
    documents: int
    sentences: int
    seconds: float
    interrupted: bool = False
    vanished: tuple[str, ...] = ()
    pruned: int = 0
    renamed: tuple[Renamed, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "failed": [failure.as_json() for failure in self.failed],
            "documents": self.documents,
            "sentences": self.sentences,
            "seconds": round(self.seconds, 3),
            "vanished": list(self.vanished),
            "pruned": self.pruned,
            "renamed": [one.as_json() for one in self.renamed],
        }


class Progress(Protocol):
    """Told by `Archive.add` how far it is. Every method returns at once."""

    def files(self, total: int) -> None:
        """`total` files will be read."""

    def part_done(self, path: str, share: float) -> None:
        """So much of a file of many articles has been read: 0 to 1, never less than before."""

    def file_done(self, path: str) -> None:
        """One file has been read to its end, or has failed."""

    def committed(self, document_id: str, outcome: Outcome) -> None:
        """The document is in the archive, after COMMIT."""


class Silent:
    """A `Progress` that says nothing."""

    def files(self, total: int) -> None: ...

    def part_done(self, path: str, share: float) -> None: ...

    def file_done(self, path: str) -> None: ...

    def committed(self, document_id: str, outcome: Outcome) -> None: ...


class Verdict(StrEnum):
    """What a user says of an answer."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a user said of a sentence as the answer to a question, and of the words in it.

    `number` is the archive's; it is never given twice. `sha256` is the text's, of which `sentence`
    stands at `start` to `end`; `answer` is a part of the sentence. `who` is a user's name, or
    empty where there are no users.
    """

    number: int
    question: str
    document: str
    sha256: str
    start: int
    end: int
    sentence: str
    answer: str
    verdict: Verdict
    who: str
    marked_at: dt.datetime

    def __post_init__(self) -> None:
        check_span(self.start, self.end)
        if not self.question.strip():
            raise InvalidInput("a mark is of an answer to a question; this question is empty")
        if len(self.sentence) != self.end - self.start or self.answer not in self.sentence:
            raise InvalidInput(
                f"{self.answer!r} is no part of the sentence at ({self.start}, {self.end}) of "
                f"document {self.document!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that `verify` found wrong, and the command that mends it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What `verify` looked at, and what it found."""

    documents: int
    passages: int
    snapshots: int
    findings: tuple[Finding, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is in an archive, and what it was made with."""

    path: str
    exists: bool
    documents: int = 0
    texts: int = 0
    sentences: int = 0
    passages: int = 0
    undated: int = 0
    first_published: str | None = None
    last_published: str | None = None
    sources: dict[str, int] = field(default_factory=dict)
    encoder: str | None = None
    encoder_sha256: str | None = None
    dimension: int = 0
    pooling: str | None = None
    tier: str = "exact"
    store_bytes: int = 0
    vector_bytes: int = 0
    languages: str = ""
    """The languages that the encoder was made for, in words."""


Cancelled = Callable[[], bool]
"""Asked between documents; true stops an `add` cleanly."""
