"""A citation as the templates show it: its sentence, the words in it that answer, its link."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from index import Document, Span
from qa.datatypes import Answer, Citation
from qa.output.permalink import Permalink
from qa.web.page.actions import Action, Verb
from qa.web.page.line_breaks import Piece, filling_breaks, pieces_of


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence as it stands: what is before the words that answer, they, and what is after.

    Where nothing answers, all of it is `before`.
    """

    before: Sequence[Piece]
    words: Sequence[Piece]
    after: Sequence[Piece]

    @classmethod
    def of(
        cls, citation: Citation, answer: Answer | None, breaks: Sequence[Span] | None = None
    ) -> "Quoted":
        """The sentence of a citation; in that of `answer`, its words are told from the rest.

        `breaks`: the line breaks that only fill a column; by default they are looked for.
        """
        text, start, end = citation.document.text, citation.start, citation.end
        if breaks is None:
            breaks = filling_breaks(text, start, end)
        if answer is None:
            return cls(pieces_of(text, start, end, breaks), (), ())
        return cls(
            pieces_of(text, start, answer.start, breaks),
            pieces_of(text, answer.start, answer.end, breaks),
            pieces_of(text, answer.end, end, breaks),
        )


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation in the chat, with the button that opens it."""

    citation: Citation
    quoted: Quoted
    action: Action

    @classmethod
    def of(
        cls, citation: Citation, answer: Answer | None = None, *, exchange: int, place: int
    ) -> "Cited":
        """Citation `place` of an exchange; in that of `answer`, its words are strong."""
        return cls(citation, Quoted.of(citation, answer), Action(Verb.OPEN, exchange, place))

    @property
    def document(self) -> Document:
        return self.citation.document

    @property
    def number(self) -> int:
        """What stands on the button: 1 for the first."""
        return self.action.place + 1


def query_of(link: Permalink, *, archive: str = "") -> str:
    """What follows the page's address to open it at a citation again.

    Args:
        link: what it leads to.
        archive: the archive's name, where there are several.
    """
    return f"{link.query}&{urlencode({'archive': archive})}" if archive else link.query
