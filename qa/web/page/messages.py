"""A conversation as the chat's messages."""

from typing import Any

from index import OnRecordError
from qa.datatypes import Answer, NoAnswer
from qa.web.page.conversation import Conversation, Exchange, Pending
from qa.web.page.replies import answer_of, no_answer_of
from qa.web.templates import render

Message = dict[str, Any]


def messages_of(conversation: Conversation, *, has_marks: bool = True) -> list[Message]:
    """The messages of a conversation, in order: each question, and its reply.

    Args:
        conversation: what was said.
        has_marks: the visitor may say whether an answer is right.
    """
    return [
        message
        for number, exchange in enumerate(conversation.exchanges)
        for message in (_asked(exchange), _replied(exchange, number, has_marks=has_marks))
    ]


def _asked(exchange: Exchange) -> Message:
    return {"role": "user", "content": render("asked.html", question=exchange.question)}


def _replied(exchange: Exchange, number: int, *, has_marks: bool) -> Message:
    reply = exchange.reply
    if isinstance(reply, Answer):
        content = answer_of(exchange, number, has_marks=has_marks)
    elif isinstance(reply, NoAnswer):
        content = no_answer_of(exchange, number)
    elif isinstance(reply, OnRecordError):
        content = render("unanswered.html", trouble=reply)
    elif reply is Pending.STOPPED:
        content = render("unanswered.html", trouble="Stopped.")
    else:
        content = '<p class="waiting">Searching…</p>'
    return {"role": "assistant", "content": content}
