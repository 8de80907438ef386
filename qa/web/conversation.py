"""What one visitor asked, and what came back, in order."""

from dataclasses import dataclass, replace
from enum import StrEnum

from index import OnRecordError
from qa.datatypes import Answer, Citation, NoAnswer


class Pending(StrEnum):
    """Why a question has no reply."""

    WAITING = "waiting"
    STOPPED = "stopped"


Reply = Answer | NoAnswer | OnRecordError | Pending

MAX_EXCHANGES = 50


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its reply."""

    question: str
    reply: Reply

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The sentences that the reply shows, in its order."""
        if isinstance(self.reply, Answer):
            return self.reply.citations
        if isinstance(self.reply, NoAnswer):
            return self.reply.nearest
        return ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges so far, and which of them the source pane shows."""

    exchanges: tuple[Exchange, ...] = ()
    opened: int | None = None

    def ask(self, question: str) -> "Conversation":
        """With `question` waiting for its reply; the oldest exchange goes when there are many."""
        exchanges = (*self.exchanges, Exchange(question, Pending.WAITING))[-MAX_EXCHANGES:]
        return replace(self, exchanges=exchanges, opened=None)

    def reply(self, reply: Reply) -> "Conversation":
        """With `reply` to the last question, opened when it has a citation."""
        last = replace(self.exchanges[-1], reply=reply)
        opened = len(self.exchanges) - 1 if isinstance(reply, Answer) else None
        return Conversation((*self.exchanges[:-1], last), opened)

    def stop(self) -> "Conversation":
        """With a question that still waits marked as stopped."""
        if self.exchanges and self.exchanges[-1].reply is Pending.WAITING:
            return self.reply(Pending.STOPPED)
        return self

    def open(self, number: int) -> "Conversation":
        """With exchange `number` in the source pane."""
        return replace(self, opened=number)

    @property
    def shown(self) -> Exchange | None:
        """The exchange that the source pane shows."""
        if self.opened is None or not 0 <= self.opened < len(self.exchanges):
            return None
        return self.exchanges[self.opened]

    @property
    def rewritten(self) -> str:
        """The last question as it was asked, when it was understood as another; or nothing."""
        last = self.exchanges[-1] if self.exchanges else None
        if last is None or not isinstance(last.reply, Answer | NoAnswer):
            return ""
        return last.question if is_rewritten(last.reply) else ""

    @property
    def history(self) -> tuple[Answer | NoAnswer, ...]:
        """What a follow-up question may refer to."""
        replies = (exchange.reply for exchange in self.exchanges)
        return tuple(reply for reply in replies if isinstance(reply, Answer | NoAnswer))


def is_rewritten(reply: Answer | NoAnswer) -> bool:
    """Whether a question was understood as another than it was asked."""
    return reply.interpreted.strip() != reply.question.text.strip()
