"""The nouns of question answering. An `Answer` cannot exist without a citation that checks."""

from dataclasses import dataclass, field
from enum import StrEnum

from index import Document, Filters, InvalidInput, Searched, Span
from index.errors import ArchiveDamaged


class Role(StrEnum):
    """What a citation is there for."""

    ANSWER = "answer"
    SUPPORT = "support"
    OTHER = "other"


class Reason(StrEnum):
    """Why there is no answer."""

    EMPTY_ARCHIVE = "empty-archive"
    NOTHING_MATCHES_THE_FILTERS = "nothing-matches-the-filters"
    PHRASE_NOT_FOUND = "phrase-not-found"
    NOT_IN_ARCHIVE = "not-in-archive"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, of which documents. `id` is the asker's own, and is handed back."""

    text: str
    id: str | int | None = None
    filters: Filters = field(default_factory=Filters)
    top_k: int = 5

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InvalidInput(
                'the question is empty; ask something, like "who claimed the attack?"'
            )
        if len(self.text) > MAX_QUESTION:
            raise InvalidInput(
                f"the question has {len(self.text)} characters; at most {MAX_QUESTION} are read"
            )
        if self.top_k < 1:
            raise InvalidInput(f"top_k must be at least 1, got {self.top_k}")


MAX_QUESTION = 10_000

_EVEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A sentence of a document, quoted character for character.

    Raises:
        ArchiveDamaged: `document.text[start:end]` is not `quote`.
    """

    role: Role
    document: Document
    start: int
    end: int
    quote: str
    score: float
    copies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        is_span = 0 <= self.start < self.end <= len(self.document.text)
        if not is_span or self.document.text[self.start : self.end] != self.quote:
            raise ArchiveDamaged(
                f"({self.start}, {self.end}) of document {self.document.id} is not what was to be "
                "quoted; run: onrecord verify"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of finding the answer, for "How this was found"."""

    name: str
    detail: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The sentence that answers, and the words in it that do.

    `text` is a part of `sentence`, which is the quote of the first citation, at `start` to `end`
    of the document's text. Two chances, 0 to 1: `confidence`, that sentence and words answer;
    `sentence_confidence`, that the sentence does, which is no lower.
    """

    question: Question
    interpreted: str
    text: str
    start: int
    end: int
    confidence: float
    sentence_confidence: float
    citations: tuple[Citation, ...]
    searched: Searched
    elapsed_ms: float
    stages: tuple[Stage, ...] = ()

    def __post_init__(self) -> None:
        if not self.citations:
            raise InvalidInput("an answer needs a citation")
        first = self.citations[0]
        if first.role is not Role.ANSWER:
            raise InvalidInput(f"the first citation answers; this one is {first.role!r}")
        if not first.start <= self.start < self.end <= first.end:
            raise InvalidInput(
                f"the answer ({self.start}, {self.end}) lies outside its sentence "
                f"({first.start}, {first.end})"
            )
        if first.document.text[self.start : self.end] != self.text:
            raise InvalidInput(f"({self.start}, {self.end}) of the text is not {self.text!r}")
        if not 0.0 <= self.confidence <= self.sentence_confidence <= 1.0:
            raise InvalidInput(
                "confidence and sentence_confidence are between 0 and 1, the second no lower than "
                f"the first, got {self.confidence} and {self.sentence_confidence}"
            )

    @property
    def sentence(self) -> str:
        return self.citations[0].quote

    @property
    def leads_with_words(self) -> bool:
        """Whether its words are likely right: else the sentence alone is shown for an answer."""
        return self.text != self.sentence and self.confidence >= _EVEN

    @property
    def shown_confidence(self) -> float:
        """How likely that is right which is shown first: the words, or else the sentence."""
        return self.confidence if self.leads_with_words else self.sentence_confidence

    @property
    def span(self) -> Span:
        """Where the answering words stand in the document."""
        return Span(self.start, self.end)


class Change(StrEnum):
    """What is different in a question that is answered, from one that is not."""

    WITHOUT_DATES = "without-dates"
    WITHOUT_SOURCES = "without-sources"
    WITHOUT_FILTERS = "without-filters"
    WITHOUT_QUOTATION_MARKS = "without-quotation-marks"
    OTHER_WORDS = "other-words"
    MEANT = "meant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A question much like the one that has no answer.

    It was asked, and has an answer, unless the change is `MEANT`: then it is one of the two that an
    unclear question may mean.
    """

    change: Change
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownWord:
    """A word of the question that no article has, and words that some have instead.

    `alike`: spelt nearly so, or another spelling of the name. `synonyms`: of the same meaning.
    """

    word: str
    alike: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Nothing in the archive answers: why, and the nearest sentences, which are no answers.

    `unknown` and `ways` are what might help, which `Assistant.suggest` looks for. Of an unclear
    question nothing was searched, and `ways` are the two that it may mean.
    """

    question: Question
    interpreted: str
    reason: Reason
    nearest: tuple[Citation, ...]
    searched: Searched
    elapsed_ms: float
    stages: tuple[Stage, ...] = ()
    unknown: tuple[UnknownWord, ...] = ()
    ways: tuple[Way, ...] = ()
