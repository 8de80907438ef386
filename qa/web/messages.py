"""A conversation as the chat's messages. All that comes from a document is escaped."""

from collections.abc import Sequence
from typing import Any

from index import OnRecordError
from qa.datatypes import Answer, Citation, NoAnswer, Reason, Role
from qa.render import confidence_word, copies_text, document_name, relaying, searched_text
from qa.web.conversation import Conversation, Exchange, Pending, is_rewritten
from qa.web.escape import escape

Message = dict[str, Any]

MAX_NEAREST = 3


def messages_of(conversation: Conversation) -> list[Message]:
    """The messages of a conversation, in order."""
    return [message for exchange in conversation.exchanges for message in _messages_of(exchange)]


def exchange_at(conversation: Conversation, message: int) -> int:
    """The number of the exchange that the message at this place belongs to.

    Raises:
        IndexError: there is no such message.
    """
    owners = [
        number
        for number, exchange in enumerate(conversation.exchanges)
        for _ in _messages_of(exchange)
    ]
    return owners[message]


def byline_of(citation: Citation) -> str:
    """The article's title, page, outlet and date, and how many copies it has, as HTML."""
    document = citation.document
    page = document.page(citation.start)
    day = document.published
    date = "no date" if day is None else f"{day.day} {day:%B %Y}"
    parts = [
        f"<cite>{escape(document_name(document))}</cite>",
        f"page {page}" if page else "",
        f"<b>{escape(document.source)}</b>" if document.source else "",
        escape(date),
        escape(relaying(document)),
        escape(copies_text(citation)),
    ]
    return " · ".join(part for part in parts if part)


def sentence_of(citation: Citation, answer: Answer | None) -> str:
    """The citation's sentence, as HTML; in the sentence of `answer`, its words are strong."""
    text, start, end = citation.document.text, citation.start, citation.end
    if answer is None:
        return escape(citation.quote)
    words = f"<strong>{escape(text[answer.start : answer.end])}</strong>"
    return f"{escape(text[start : answer.start])}{words}{escape(text[answer.end : end])}"


def _messages_of(exchange: Exchange) -> list[Message]:
    messages = [
        _message("user", f'<div class="asked" dir="auto">{escape(exchange.question)}</div>')
    ]
    reply = exchange.reply
    if isinstance(reply, Answer):
        messages += [_message("assistant", _answer(reply)), _how_found(reply)]
    elif isinstance(reply, NoAnswer):
        messages += [_message("assistant", _no_answer(reply)), _how_found(reply)]
    elif isinstance(reply, OnRecordError):
        messages.append(_message("assistant", f'<p class="trouble">{escape(str(reply))}</p>'))
    elif reply is Pending.STOPPED:
        messages.append(_message("assistant", '<p class="trouble">Stopped.</p>'))
    return messages


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _answer(answer: Answer) -> str:
    first, *others = answer.citations
    word = confidence_word(answer.confidence)
    supports = [_numbered(n, c) for n, c in enumerate(others, 2) if c.role is Role.SUPPORT]
    rest = [_numbered(n, c) for n, c in enumerate(others, 2) if c.role is not Role.SUPPORT]
    return "".join(
        [
            _understood(answer),
            f'<blockquote class="quote" dir="auto">{sentence_of(first, answer)}</blockquote>',
            f'<p class="byline">{byline_of(first)}</p>',
            f'<p class="confidence {word}">{word.capitalize()} answer</p>',
            f'<p class="searched">{escape(searched_text(answer).capitalize())}</p>',
            _section("Beside it", supports),
            _section("Other sentences found", rest),
        ]
    )


def _no_answer(reply: NoAnswer) -> str:
    nearest = [_numbered(n, c) for n, c in enumerate(reply.nearest[:MAX_NEAREST], start=1)]
    heading = "Closest (these do not answer it)" if nearest else ""
    return "".join(
        [
            _understood(reply),
            f'<p class="none">{_why(reply)}</p>',
            _section(heading, nearest),
        ]
    )


def _why(reply: NoAnswer) -> str:
    searched = escape(searched_text(reply))
    match reply.reason:
        case Reason.EMPTY_ARCHIVE:
            return "<b>The archive is empty.</b> Add articles below, then ask again."
        case Reason.NOTHING_MATCHES_THE_FILTERS:
            return (
                f"<b>No article matches the filters</b> ({searched}). "
                "Widen the dates or the sources."
            )
        case Reason.PHRASE_NOT_FOUND:
            return (
                f"<b>No sentence has exactly that phrase</b> ({searched}). "
                "Without the quotation marks its words may stand apart."
            )
        case Reason.NOT_IN_ARCHIVE:
            return f"<b>Not in this archive</b> ({searched})."


def _understood(reply: Answer | NoAnswer) -> str:
    if not is_rewritten(reply):
        return ""
    return f'<p class="understood" dir="auto">Understood as: “{escape(reply.interpreted)}”</p>'


def _numbered(number: int, citation: Citation) -> str:
    return (
        f'<li value="{number}"><span class="sentence" dir="auto">{escape(citation.quote)}</span>'
        f'<span class="byline">{byline_of(citation)}</span></li>'
    )


def _section(heading: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    return f'<p class="heading">{heading}</p><ol class="sentences">{"".join(items)}</ol>'


def _how_found(reply: Answer | NoAnswer) -> Message:
    """The stages, folded; it comes last, where the chat shows the buttons of a message."""
    rows = "".join(
        f"<li><b>{escape(stage.name)}</b> {escape(stage.detail)} "
        f"<i>{escape(_milliseconds(stage.milliseconds))}</i></li>"
        for stage in reply.stages
    )
    citations = reply.citations if isinstance(reply, Answer) else reply.nearest[:MAX_NEAREST]
    return {
        "role": "assistant",
        "content": f'<ol class="stages">{rows}</ol>',
        "metadata": {
            "title": "How this was found",
            "status": "done",
            "duration": round(reply.elapsed_ms / 1000, 2),
        },
        "options": [
            {"label": f"Open {number}", "value": str(number)}
            for number in range(1, len(citations) + 1)
        ],
    }


def _milliseconds(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "under 1 ms"
