"""What reading gives, and the protocol of what reads."""

from dataclasses import dataclass
from typing import Protocol

from index import Document, SearchResult, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSentence:
    """A sentence of a document, as the reader finds it.

    `start`, `end`: the sentence in the document's text; `answer`: the words that answer, also in
    the document's text. `leans_on` is the neighbour that it needs to be understood, if any.
    """

    document: Document
    copies: tuple[str, ...]
    start: int
    end: int
    answer: Span
    score: float
    leans_on: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader makes of some passages: their sentences, best first, and how sure it is.

    Three chances, 0 to 1, of which none is higher than the one before: `answerable`, that the
    passages hold an answer; `sentence_confidence`, that the first sentence answers; `confidence`,
    that its words do too. `is_given`: whether it is better given than refused.
    """

    sentences: tuple[ReadSentence, ...]
    answerable: float
    sentence_confidence: float
    confidence: float
    is_given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReading:
    """The best span of one text: `text[start:end] == .text`. `answerable`: 0 to 1."""

    text: str
    start: int
    end: int
    sentence: str
    score: float
    answerable: float


class PassageReader(Protocol):
    """Reads passages for the sentence that answers."""

    @property
    def languages(self) -> str:
        """The languages that it reads, in words."""

    def read_hits(self, question: str, result: SearchResult) -> Reading:
        """The best sentences of the hits, best first.

        Raises:
            InvalidInput: there are no hits.
        """

    def read(self, question: str, text: str) -> TextReading:
        """The best span of a text of any length, however poor, and whether it answers.

        Raises:
            InvalidInput: the question or the text is empty.
        """
