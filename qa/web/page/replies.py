"""A reply as one line of HTML for the chat."""

from collections.abc import Sequence
from dataclasses import dataclass

from index import Filters
from index.text import terms
from qa.datatypes import Answer, Change, Citation, NoAnswer, Reason, Role, Way
from qa.output.permalink import Permalink
from qa.output.wording import MEANT, confidence_word, searched_text, unread_note
from qa.web.page.actions import Action, Verb
from qa.web.page.conversation import Exchange
from qa.web.page.quotes import Cited, query_of
from qa.web.templates import render

LONGEST_LEAD = 90
"""Characters of the answering words that are put above their sentence; longer ones are not."""

_WAYS = {
    Change.WITHOUT_DATES: "without the dates",
    Change.WITHOUT_SOURCES: "without the sources",
    Change.WITHOUT_FILTERS: "without the filters",
    Change.WITHOUT_QUOTATION_MARKS: "without the quotation marks",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked.

    Attributes:
        number: its place in the conversation, for the buttons.
        interpreted: the question as understood, where that differs.
        filters: which articles were asked.
        note: why nothing was read for an answer; nothing where it was.
    """

    number: int
    interpreted: str
    filters: Filters
    note: str

    @classmethod
    def of(cls, exchange: Exchange, reply: Answer | NoAnswer, number: int) -> "_Asked":
        interpreted = reply.interpreted if exchange.is_rewritten else ""
        return cls(number, interpreted, exchange.filters, unread_note(reply))

    def action(self, verb: str) -> Action:
        """What a button of this name does with the exchange."""
        return Action(Verb(verb), self.number)


@dataclass(frozen=True, slots=True)
class _WayOut:
    """A question that was tried and has an answer, or may be meant: its button, and its words."""

    action: Action
    label: str


def answer_of(exchange: Exchange, number: int, *, has_marks: bool) -> str:
    """The answer of exchange `number`.

    Args:
        exchange: whose reply is an answer.
        number: its place in the conversation, for the buttons.
        has_marks: the visitor may say whether it is right.
    """
    answer = exchange.reply
    if not isinstance(answer, Answer):
        raise TypeError(answer)
    first, *others = answer.citations
    cited = _cited(others, number, start=1)
    leads = [one for one in cited if one.citation.role is Role.SUPPORT]
    rest = [one for one in cited if one.citation.role is not Role.SUPPORT]
    return render(
        "answer.html",
        asked=_Asked.of(exchange, answer, number),
        answer=answer,
        has_lead=len(answer.text) <= LONGEST_LEAD and answer.leads_with_words,
        first=Cited.of(first, answer, exchange=number, place=0),
        confidence=confidence_word(answer.shown_confidence),
        percent=round(100 * answer.shown_confidence),
        searched=searched_text(answer),
        leads=leads,
        same=[one for one in rest if _says_it_too(one.citation, answer)],
        different=[one for one in rest if not _says_it_too(one.citation, answer)],
        query=query_of(Permalink.of(first), archive=exchange.archive),
        has_marks=has_marks,
        mark=exchange.mark and exchange.mark.verdict.value,
    )


def no_answer_of(exchange: Exchange, number: int) -> str:
    """Why exchange `number` has no answer, what might help, and the nearest sentences."""
    reply = exchange.reply
    if not isinstance(reply, NoAnswer):
        raise TypeError(reply)
    has_help = bool(reply.unknown or reply.ways)
    return render(
        "no_answer.html",
        asked=_Asked.of(exchange, reply, number),
        no_answer=reply,
        reason=reply.reason,
        searched=searched_text(reply),
        nearest=_cited(exchange.citations, number),
        elsewhere=[word for word in reply.unknown if word.alike or word.synonyms],
        nowhere=[word for word in reply.unknown if not word.alike and not word.synonyms],
        ways=[
            _WayOut(Action(Verb.WAY, number, place), _way(way))
            for place, way in enumerate(reply.ways)
        ],
        meant=MEANT if reply.reason is Reason.UNCLEAR else "",
        is_to_reword=reply.reason is Reason.NOT_IN_ARCHIVE and not has_help,
    )


def _cited(citations: Sequence[Citation], exchange: int, *, start: int = 0) -> list[Cited]:
    return [
        Cited.of(one, exchange=exchange, place=place)
        for place, one in enumerate(citations, start=start)
    ]


def _says_it_too(citation: Citation, answer: Answer) -> bool:
    said = frozenset(terms(answer.text))
    return bool(said) and said <= frozenset(terms(citation.quote))


def _way(way: Way) -> str:
    if way.change is Change.MEANT:
        return way.question.text
    words = _WAYS.get(way.change)
    return f"Ask {words}" if words else f"Ask: “{way.question.text}”"
