"""Answers, hits and an archive's status as they are read in a terminal."""

import unicodedata

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from index import SearchResult, Status
from qa.datatypes import Answer, Change, Citation, NoAnswer, Role, UnknownWord
from qa.output.wording import (
    confidence_text,
    copies_text,
    counted,
    language_note,
    reason_text,
    searched_text,
    source_line,
    unread_note,
)

_CHANGES = {
    Change.WITHOUT_DATES: "without --after and --before",
    Change.WITHOUT_SOURCES: "without --source",
    Change.WITHOUT_FILTERS: "without --after, --before and --source",
    Change.WITHOUT_QUOTATION_MARKS: "without the quotation marks",
    Change.OTHER_WORDS: "in other words",
}
_HARMLESS = frozenset("\n\u00ad\u200c\u200d")
_HEADINGS = {Role.SUPPORT: "leads up to it", Role.OTHER: "see also"}


def status_rows(status: Status) -> list[tuple[str, str]]:
    """Names and values of what is in an archive, in words."""
    if not status.exists:
        return [("archive", f"none in {status.path}; make one with: onrecord add PATH")]
    dated = f"{status.first_published} to {status.last_published}"
    sources = ", ".join(
        f"{name or 'unnamed'} ({count})" for name, count in list(status.sources.items())[:10]
    )
    return [
        ("archive", plain(status.path)),
        ("articles", f"{status.documents:,} ({counted(status.texts, 'distinct text')})"),
        ("sentences", f"{status.sentences:,} in {counted(status.passages, 'passage')}"),
        ("published", (dated if status.first_published else "") + f" ({status.undated} undated)"),
        ("sources", plain(sources)),
        ("encoder", f"{status.encoder or 'none yet'} {(status.encoder_sha256 or '')[:12]}"),
        ("languages", language_note(status)),
        ("search", f"{status.tier}, {status.dimension} numbers a vector"),
        ("on disk", f"{(status.store_bytes + status.vector_bytes) / 1e6:.1f} MB"),
    ]


def answer_terminal(answer: Answer | NoAnswer) -> RenderableType:
    """The answer as it is read in a terminal."""
    parts: list[RenderableType] = []
    if answer.interpreted != answer.question.text:
        parts.append(Text(f"Understood as: {plain(answer.interpreted)}", style="dim"))
    if note := unread_note(answer):
        parts.append(Text(note))
    if isinstance(answer, NoAnswer):
        parts.append(Text(plain(reason_text(answer)), style="bold"))
        if answer.nearest:
            closest = "Closest sentences" if note else "Closest sentences, none of which answers it"
            parts.append(Text(f"{closest}:", style="dim"))
        parts.extend(_indented(_quoted(one, style="dim"), one) for one in answer.nearest)
        return Group(*parts)
    first = answer.citations[0]
    if answer.leads_with_words:
        parts.append(Text(plain(answer.text), style="bold green"))
    parts.append(_indented(_marked(answer), first))
    for citation in answer.citations[1:]:
        parts.append(Text(_HEADINGS[citation.role], style="dim"))
        parts.append(_indented(_quoted(citation), citation))
    sure = f"{confidence_text(answer)}; {searched_text(answer)}"
    parts.append(Text(sure, style="dim"))
    return Group(*parts)


def help_lines(answer: NoAnswer) -> list[str]:
    """What might help, a line each: "There is an answer without --source"."""
    alone = [f"“{one.word}”" for one in answer.unknown if not (one.alike or one.synonyms)]
    lines = [f"In no article: {', '.join(alone)}"] if alone else []
    lines += [_unknown_text(one) for one in answer.unknown if one.alike or one.synonyms]
    for way in answer.ways:
        if way.change is Change.MEANT:  # stands in the answer
            continue
        line = f"There is an answer {_CHANGES[way.change]}"
        if way.change is Change.OTHER_WORDS:
            line += f": {way.question.text}"
        lines.append(line)
    return lines


def _unknown_text(one: UnknownWord) -> str:
    others = ", ".join(f"“{word}”" for word in (*one.alike, *one.synonyms))
    return f"“{one.word}” is in no article, but there is: {others}"


def search_terminal(result: SearchResult) -> RenderableType:
    """Hits as they are read in a terminal."""
    if not result.hits:
        return Text("Nothing found.", style="bold")
    parts: list[RenderableType] = []
    for hit in result.hits:
        name = plain(source_line(hit.document))
        if hit.copies:
            name += f", {copies_text(hit.copies)}"
        parts.append(Text(f"{hit.rank}. {name}  [{hit.document.id}]", style="bold"))
        parts.append(Padding(Text(plain(hit.passage.text)), (0, 0, 0, 3)))
    return Group(*parts)


def _marked(answer: Answer) -> Text:
    first = answer.citations[0]
    text = _quoted(first)
    start = answer.start - first.start
    text.stylize("bold underline", start, start + len(answer.text))
    return text


def _quoted(citation: Citation, *, style: str = "") -> Text:
    return Text(plain(citation.quote), style=style)


def _indented(text: Text, citation: Citation) -> RenderableType:
    line = f"— {plain(source_line(citation.document, citation.start))}"
    if citation.copies:
        line += f", {copies_text(citation.copies)}"
    place = f"  [{citation.document.id}:{citation.start}-{citation.end}]"
    return Padding(Group(text, Text(line + place, style="dim")), (0, 0, 0, 3))


def plain(text: str) -> str:
    """Text that cannot command a terminal: each control character becomes a sign for it.

    Spaces of all kinds stay spaces, and the joiners that Persian and Hindi are written with stay.
    """
    return "".join(
        char if char.isprintable() or char in _HARMLESS else _sign(char) for char in text
    )


def _sign(char: str) -> str:
    if unicodedata.category(char) == "Zs":
        return char
    return " " if char.isspace() else "\ufffd"
