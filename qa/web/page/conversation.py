"""What one visitor asked, and what came back, in order, and what of it the source pane shows."""

import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum

from index import Filters, Mark, OnRecordError
from qa.datatypes import Answer, Citation, NoAnswer


class Pending(StrEnum):
    """Why a question has no reply."""

    WAITING = "waiting"
    STOPPED = "stopped"


Reply = Answer | NoAnswer | OnRecordError | Pending

MAX_EXCHANGES = 50
MAX_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its reply.

    Attributes:
        question: as it was asked.
        reply: what came back.
        archive: the name of the archive that was asked.
        filters: which of its articles were.
        is_alone: it was asked without what came before it.
        mark: what the visitor said of the answer.
    """

    question: str
    reply: Reply
    archive: str = ""
    filters: Filters = field(default_factory=Filters)
    is_alone: bool = False
    mark: Mark | None = None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The sentences that the reply shows, in its order."""
        if isinstance(self.reply, Answer):
            return self.reply.citations
        if isinstance(self.reply, NoAnswer):
            return self.reply.nearest[:MAX_NEAREST]
        return ()

    @property
    def is_rewritten(self) -> bool:
        """Whether the question was understood as another than it was asked."""
        if not isinstance(self.reply, Answer | NoAnswer):
            return False
        return self.reply.interpreted.strip() != self.reply.question.text.strip()


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges so far.

    Attributes:
        exchanges: in order.
        opened: the exchange that the source pane shows, if any.
        citation: which of its sentences is marked there.
        linked: what a link led to, shown until an exchange is opened.
        archive: the name of the archive that the link led into.
        form: how citations are written for copying, a name of `handout`; empty for not yet.
        is_whole: all the sentences of the exchange are cited, not the marked one alone.
        key: tells this conversation from the others of the visitor.
    """

    exchanges: tuple[Exchange, ...] = ()
    opened: int | None = None
    citation: int = 0
    linked: Citation | None = None
    archive: str = ""
    form: str = ""
    is_whole: bool = False
    key: str = field(default_factory=lambda: secrets.token_hex(8))

    def ask(self, exchange: Exchange) -> "Conversation":
        """With a question that waits for its reply; the oldest goes when there are many."""
        exchanges = (*self.exchanges, exchange)[-MAX_EXCHANGES:]
        return replace(self, exchanges=exchanges, opened=None, linked=None)

    def reply(self, reply: Reply) -> "Conversation":
        """With `reply` to the last question, opened when it is an answer."""
        last = replace(self.exchanges[-1], reply=reply)
        opened = len(self.exchanges) - 1 if isinstance(reply, Answer) else None
        exchanges = (*self.exchanges[:-1], last)
        return replace(self, exchanges=exchanges, opened=opened, citation=0)

    def stop(self) -> "Conversation":
        """With a question that still waits marked as stopped."""
        if self.exchanges and self.exchanges[-1].reply is Pending.WAITING:
            return self.reply(Pending.STOPPED)
        return self

    def open(self, number: int, citation: int = 0) -> "Conversation":
        """With a sentence of exchange `number` in the source pane; the nearest that there is."""
        if not 0 <= number < len(self.exchanges) or not self.exchanges[number].citations:
            return self
        last = len(self.exchanges[number].citations) - 1
        place = min(max(citation, 0), last)
        return replace(self, opened=number, citation=place, linked=None)

    def step(self, by: int) -> "Conversation":
        """With the sentence that comes `by` places later, around the end."""
        if self.shown is None:
            return self
        count = len(self.shown.citations)
        return replace(self, citation=(self.citation + by) % count)

    def marked(self, number: int, mark: Mark | None) -> "Conversation":
        """With the visitor's mark of the answer of exchange `number`, or without."""
        changed = replace(self.exchanges[number], mark=mark)
        exchanges = (*self.exchanges[:number], changed, *self.exchanges[number + 1 :])
        return replace(self, exchanges=exchanges)

    def cite_as(self, form: str, *, is_whole: bool = False) -> "Conversation":
        """With citations written in a form."""
        return replace(self, form=form, is_whole=is_whole)

    @property
    def shown(self) -> Exchange | None:
        """The exchange that the source pane shows."""
        if self.opened is None or not 0 <= self.opened < len(self.exchanges):
            return None
        exchange = self.exchanges[self.opened]
        return exchange if exchange.citations else None

    @property
    def cited(self) -> Citation | None:
        """The sentence that is marked in the source pane."""
        if self.shown is None:
            return self.linked
        citations = self.shown.citations
        return citations[min(self.citation, len(citations) - 1)]

    @property
    def to_cite(self) -> tuple[Citation, ...]:
        """What is cited when the visitor copies a citation."""
        if self.is_whole and self.shown is not None:
            return self.shown.citations
        return () if self.cited is None else (self.cited,)

    @property
    def history(self) -> tuple[Answer | NoAnswer, ...]:
        """What a follow-up question may refer to."""
        replies = (exchange.reply for exchange in self.exchanges)
        return tuple(reply for reply in replies if isinstance(reply, Answer | NoAnswer))
