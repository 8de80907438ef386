"""A reply as one line of HTML for the chat. All that comes from a document is escaped."""

from collections.abc import Sequence

from index import Filters, Verdict
from index.text import terms
from qa.datatypes import (
    Answer,
    Change,
    Citation,
    NoAnswer,
    Reason,
    Role,
    UnknownWord,
    Way,
)
from qa.output.wording import confidence_word, searched_text
from qa.web.escape import escape
from qa.web.page.actions import Action, Verb
from qa.web.page.conversation import Exchange
from qa.web.page.quotes import byline_of, day_of, lang_of, link_to, sentence_of

LONGEST_LEAD = 90
"""Characters of the answering words that are put above their sentence; longer ones are not."""

_WAYS = {
    Change.WITHOUT_DATES: "without the dates",
    Change.WITHOUT_SOURCES: "without the sources",
    Change.WITHOUT_FILTERS: "without the filters",
    Change.WITHOUT_QUOTATION_MARKS: "without the quotation marks",
}

Numbered = tuple[int, Citation]


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
    first, *others = enumerate(answer.citations)
    leads = [one for one in others if one[1].role is Role.SUPPORT]
    rest = [one for one in others if one[1].role is not Role.SUPPORT]
    same = [one for one in rest if _says_it_too(one[1], answer)]
    different = [one for one in rest if one not in same]
    words = escape(answer.text)
    return "".join(
        [
            '<div class="reply answer">',
            _understood(exchange, number),
            _lead(answer),
            _quote(first[1], answer, number),
            f'<p class="byline">{byline_of(first[1])}</p>',
            _confidence(answer),
            _section("Leads up to it", leads, number),
            _section(f'Also says “<span dir="auto">{words}</span>”', same, number),
            _section("Says something else", different, number),
            _actions(exchange, number, has_marks=has_marks),
            _how_found(exchange, answer),
            "</div>",
        ]
    )


def no_answer_of(exchange: Exchange, number: int) -> str:
    """Why exchange `number` has no answer, what might help, and the nearest sentences."""
    reply = exchange.reply
    if not isinstance(reply, NoAnswer):
        raise TypeError(reply)
    nearest = list(enumerate(exchange.citations))
    return "".join(
        [
            '<div class="reply no-answer">',
            _understood(exchange, number),
            f'<p class="none">{_why(reply)}</p>',
            _section("Closest sentences, none of which answers it", nearest, number),
            _help(reply, number),
            _how_found(exchange, reply),
            "</div>",
        ]
    )


def _lead(answer: Answer) -> str:
    if len(answer.text) > LONGEST_LEAD or answer.text == answer.sentence:
        return ""
    return f'<p class="lead" dir="auto">{escape(answer.text)}</p>'


def _quote(citation: Citation, answer: Answer, number: int) -> str:
    shown = Action(Verb.OPEN, number, 0).button("1", title="Show it in its article")
    lang = lang_of(citation.document)
    return (
        f'<div class="cited-first">{shown}'
        f'<blockquote class="quote" dir="auto"{lang}>{sentence_of(citation, answer)}</blockquote>'
        "</div>"
    )


def _says_it_too(citation: Citation, answer: Answer) -> bool:
    said = frozenset(terms(answer.text))
    return bool(said) and said <= frozenset(terms(citation.quote))


def _confidence(answer: Answer) -> str:
    word = confidence_word(answer.confidence)
    return (
        f'<p class="sure"><span class="confidence {word}" tabindex="0" '
        f'title="Of answers this sure, about {answer.confidence:.0%} are right">'
        f'{word.capitalize()} answer<span class="figure"> {answer.confidence:.0%}</span></span> '
        f'<span class="searched">{escape(searched_text(answer).capitalize())}</span></p>'
    )


def _why(reply: NoAnswer) -> str:
    searched = escape(searched_text(reply))
    match reply.reason:
        case Reason.EMPTY_ARCHIVE:
            return "<b>The archive is empty.</b> Add articles, then ask again."
        case Reason.NOTHING_MATCHES_THE_FILTERS:
            return f"<b>No article matches the filters</b> ({searched})."
        case Reason.PHRASE_NOT_FOUND:
            return f"<b>No sentence has exactly that phrase</b> ({searched})."
        case Reason.NOT_IN_ARCHIVE:
            return f"<b>Not in this archive</b> ({searched})."


def _help(reply: NoAnswer, number: int) -> str:
    """What might find an answer yet: words that the articles have, and questions that have one."""
    hints = [_spelt_otherwise(word) for word in reply.unknown if word.alike or word.synonyms]
    nowhere = [word for word in reply.unknown if not word.alike and not word.synonyms]
    if nowhere:
        words = ", ".join(f"“<b>{escape(word.word)}</b>”" for word in nowhere)
        hints.append(f"No article has {words}.")
    hints += [
        Action(Verb.WAY, number, place).button(_way(way)) for place, way in enumerate(reply.ways)
    ]
    if not hints and reply.reason is Reason.NOT_IN_ARCHIVE:
        hints.append(
            "Other words: name the people, places and things as the articles do, in a whole "
            "question."
        )
    if not hints:
        return ""
    items = "".join(f"<li>{hint}</li>" for hint in hints)
    return f'<p class="heading">What might help</p><ul class="ways">{items}</ul>'


def _spelt_otherwise(word: UnknownWord) -> str:
    others = [
        f"{said} {', '.join(f'<b>{escape(one)}</b>' for one in words)}"
        for said, words in (("nearly so:", word.alike), ("some have", word.synonyms))
        if words
    ]
    return f"No article has “<b>{escape(word.word)}</b>”; {'; '.join(others)}."


def _way(way: Way) -> str:
    words = _WAYS.get(way.change)
    return f"Ask {words}" if words else f"Ask: “{escape(way.question.text)}”"


def filters_text(filters: Filters) -> str:
    """Which articles were asked, as HTML: "articles from 3 May 2018 on, of Reuters"."""
    parts = []
    if filters.after:
        parts.append(f"from {day_of(filters.after)} on")
    if filters.before:
        parts.append(f"up to {day_of(filters.before)}")
    if filters.sources:
        parts.append(f"of {', '.join(escape(source) for source in filters.sources)}")
    return f"articles {', '.join(parts)}"


def _understood(exchange: Exchange, number: int) -> str:
    reply = exchange.reply
    if not exchange.is_rewritten or not isinstance(reply, Answer | NoAnswer):
        return ""
    change = Action(Verb.EDIT, number).button("Change")
    alone = Action(Verb.ALONE, number).button("Ask as written")
    return (
        '<p class="understood">Understood as: '
        f'<span class="interpreted" dir="auto">“{escape(reply.interpreted)}”</span> '
        f"{change} {alone}</p>"
    )


def _section(heading: str, items: Sequence[Numbered], number: int) -> str:
    if not items:
        return ""
    listed = "".join(_item(place, citation, number) for place, citation in items)
    return f'<p class="heading">{heading}</p><ul class="sentences">{listed}</ul>'


def _item(place: int, citation: Citation, number: int) -> str:
    shown = Action(Verb.OPEN, number, place).button(str(place + 1), title="Show it in its article")
    lang = lang_of(citation.document)
    return (
        f'<li>{shown}<span class="sentence" dir="auto"{lang}>{escape(citation.quote)}</span>'
        f'<span class="byline">{byline_of(citation)}</span></li>'
    )


def _actions(exchange: Exchange, number: int, *, has_marks: bool) -> str:
    cite = Action(Verb.CITE, number).button("Cite")
    link = link_to(exchange.citations[0], "Link", archive=exchange.archive)
    parts = [f'<span class="uses">{cite}{link}</span>']
    if has_marks:
        parts.append(f'<span class="marks">{_marks(exchange, number)}</span>')
    return f'<div class="actions">{"".join(parts)}</div>'


def _marks(exchange: Exchange, number: int) -> str:
    if exchange.mark is None:
        right = Action(Verb.RIGHT, number).button("Right answer")
        wrong = Action(Verb.WRONG, number).button("Wrong answer")
        return f"{right}{wrong}"
    word = "right" if exchange.mark.verdict is Verdict.RIGHT else "wrong"
    undo = Action(Verb.UNMARK, number).button("Undo")
    return f'<span class="marked {word}">Marked {word}</span>{undo}'


def _how_found(exchange: Exchange, reply: Answer | NoAnswer) -> str:
    rows = [
        f"<li><b>{escape(stage.name)}</b> {escape(stage.detail)} "
        f"<i>{_milliseconds(stage.milliseconds)}</i></li>"
        for stage in reply.stages
    ]
    if exchange.filters:
        rows.insert(0, f"<li><b>only</b> {filters_text(exchange.filters)}</li>")
    return (
        '<details class="how"><summary>How this was found '
        f"<i>{_milliseconds(reply.elapsed_ms)}</i></summary>"
        f'<ol class="stages">{"".join(rows)}</ol></details>'
    )


def _milliseconds(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "under 1 ms"
