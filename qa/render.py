"""Answers as JSON and as text for a terminal."""

import unicodedata
from dataclasses import asdict
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from index import AddReport, Document, Filters, SearchResult, Status, VerifyReport
from qa.datatypes import Answer, Change, Citation, NoAnswer, Reason, Role, UnknownWord, Way

_REASONS = {
    Reason.EMPTY_ARCHIVE: "The archive is empty; add articles with: onrecord add PATH",
    Reason.NOTHING_MATCHES_THE_FILTERS: "No article passes the filters",
    Reason.PHRASE_NOT_FOUND: "The quoted phrase is not in this archive, word for word",
    Reason.NOT_IN_ARCHIVE: "Not in this archive",
}
_CHANGES = {
    Change.WITHOUT_DATES: "without --after and --before",
    Change.WITHOUT_SOURCES: "without --source",
    Change.WITHOUT_FILTERS: "without --after, --before and --source",
    Change.WITHOUT_QUOTATION_MARKS: "without the quotation marks",
    Change.OTHER_WORDS: "in other words",
}
_LEVELS = ((0.75, "clear"), (0.5, "likely"), (0.0, "weak"))
_HARMLESS = frozenset("\n\u00ad\u200c\u200d")
_HEADINGS = {Role.SUPPORT: "leads up to it", Role.OTHER: "see also"}


def confidence_word(confidence: float) -> str:
    """How sure an answer is, in a word: clear, likely or weak."""
    return next(word for least, word in _LEVELS if confidence >= least)


def reason_text(answer: NoAnswer) -> str:
    """Why there is no answer, and what was searched, in one line."""
    searched = f"{searched_text(answer)}{filters_text(answer.question.filters)}"
    return f"{_REASONS[answer.reason]} ({searched})."


def filters_text(filters: Filters) -> str:
    """Which articles were asked: "; only from 2019-11-01 to 2019-11-30, of Reuters"; or nothing."""
    parts = []
    if filters.after:
        parts.append(f"from {filters.after}")
    if filters.before:
        parts.append(f"to {filters.before}")
    dates = " ".join(parts)
    sources = f"of {' or '.join(filters.sources)}" if filters.sources else ""
    only = ", ".join(part for part in (dates, sources) if part)
    return f"; only {only}" if only else ""


def searched_text(answer: Answer | NoAnswer) -> str:
    """How much was searched: "searched 1 article, 11 sentences"."""
    searched = answer.searched
    text = f"searched {counted(searched.documents, 'article')}"
    text += f", {counted(searched.sentences, 'sentence')}"
    if searched.undated:
        text += f"; {counted(searched.undated, 'article')} without a date left out"
    if searched.is_partial:
        text += "; part of the archive did not answer, ask again later"
    return text


def document_name(document: Document) -> str:
    """What an article is called: its title, or the name of its file."""
    return document.title or Path(document.path).name or document.id


def source_line(document: Document, place: int | None = None) -> str:
    """Who published it and when: "Asharq Al-Awsat, Attack on Tazerbo, page 3, 2019-11-27".

    Args:
        document: the article.
        place: an offset in its text, for the page that it is on.
    """
    page = None if place is None else document.page(place)
    parts = [document.source, document_name(document), f"page {page}" if page else ""]
    parts.append("undated" if document.published is None else document.published.isoformat())
    return ", ".join(part for part in parts if part)


def relaying(document: Document) -> str:
    """Whom an article says that it has its news from: "relaying aawsat.com"; else nothing."""
    return f"relaying {document.relays}" if document.relays else ""


def copies_text(copies: tuple[str, ...]) -> str:
    """How many other documents tell the same in nearly the same words; nothing for none."""
    return f"with {counted(len(copies), 'copy')}" if copies else ""


# JSON


def answer_json(answer: Answer | NoAnswer) -> dict[str, object]:
    """The record that `onrecord ask --json` prints; every key is always there."""
    found: dict[str, object] = {"answered": False, "reason": None, "answer": None}
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    unknown: tuple[UnknownWord, ...] = ()
    ways: tuple[Way, ...] = ()
    if isinstance(answer, Answer):
        citations = answer.citations
        found["answered"] = True
        found["answer"] = {
            "text": answer.text,
            "sentence": answer.sentence,
            "start": answer.start,
            "end": answer.end,
            "confidence": round(answer.confidence, 4),
        }
    else:
        nearest, unknown, ways = answer.nearest, answer.unknown, answer.ways
        found["reason"] = answer.reason.value
    return {
        "id": answer.question.id,
        "question": answer.question.text,
        "interpreted": answer.interpreted,
        **found,
        "citations": [_citation_json(one) for one in citations],
        "nearest": [_citation_json(one) for one in nearest],
        "searched": {
            "documents": answer.searched.documents,
            "sentences": answer.searched.sentences,
            "undated": answer.searched.undated,
            "partial": answer.searched.is_partial,
        },
        "elapsed_ms": round(answer.elapsed_ms, 1),
        "unknown": [asdict(one) for one in unknown],
        "ways": [_way_json(way) for way in ways],
    }


def _way_json(way: Way) -> dict[str, object]:
    filters = way.question.filters
    return {
        "change": way.change.value,
        "question": way.question.text,
        "after": None if filters.after is None else filters.after.isoformat(),
        "before": None if filters.before is None else filters.before.isoformat(),
        "sources": list(filters.sources),
    }


def search_json(result: SearchResult, *, query_id: str | int | None) -> dict[str, object]:
    """The record that `onrecord search --json` prints."""
    return {
        "id": query_id,
        "query": result.query,
        "hits": [
            {
                "rank": hit.rank,
                "score": round(hit.score, 4),
                "document": document_json(hit.document, hit.copies),
                "passage": {
                    "text": hit.passage.text,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                },
            }
            for hit in result.hits
        ],
    }


def document_json(document: Document, copies: tuple[str, ...] = ()) -> dict[str, object]:
    """What a citation says of its article."""
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "url": document.url,
        "published": None if document.published is None else document.published.isoformat(),
        "authors": list(document.authors),
        "path": document.path,
        "sha256": document.sha256,
        "copies": list(copies),
        "details": document.details,
    }


def export_json(document: Document) -> dict[str, object]:
    """The record that `onrecord export` prints, which `onrecord add` takes back."""
    record = document_json(document)
    del record["copies"], record["details"]
    record |= document.details
    return record | {"text": document.text}


def _citation_json(citation: Citation) -> dict[str, object]:
    return {
        "role": citation.role.value,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "page": citation.document.page(citation.start),
        "score": round(citation.score, 4),
        "document": document_json(citation.document, citation.copies),
    }


def status_json(status: Status) -> dict[str, object]:
    """The record that `onrecord status --json` prints."""
    return asdict(status)


def verify_json(report: VerifyReport) -> dict[str, object]:
    """The record that `onrecord verify --json` prints."""
    return {"clean": report.is_clean, **asdict(report)}


# The terminal


def counted(number: int, noun: str) -> str:
    """`1 article`, `2,000 articles`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def report_counts(report: AddReport) -> list[str]:
    """What became of the documents, in words: `38 added`, `3 duplicates`."""
    counts = (
        (report.added, "added"),
        (report.updated, "updated"),
        (report.duplicates, "duplicate" if report.duplicates == 1 else "duplicates"),
        (report.unchanged, "unchanged"),
    )
    return [f"{number:,} {what}" for number, what in counts if number]


def report_text(report: AddReport) -> str:
    """What `add` did, in one line: "38 added, 3 duplicates, 1 failed"."""
    done = report_counts(report)
    if report.failed:
        done.append(f"{len(report.failed):,} failed")
    total = f"{counted(report.documents, 'article')}, {counted(report.sentences, 'sentence')}"
    what = ", ".join(done) or "nothing found"
    return f"{what} in {report.seconds:.1f} s; the archive has {total}."


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


def language_note(status: Status) -> str:
    """Which languages the models know, and what becomes of the others."""
    return (
        f"encoder: {status.languages}; packaged reader: English. Articles in other languages are "
        "found by the words they share with a question. To use other models, set ONRECORD_ENCODER "
        "and ONRECORD_READER"
    )


def answer_terminal(answer: Answer | NoAnswer) -> RenderableType:
    """The answer as it is read in a terminal."""
    parts: list[RenderableType] = []
    if answer.interpreted != answer.question.text:
        parts.append(Text(f"Understood as: {plain(answer.interpreted)}", style="dim"))
    if isinstance(answer, NoAnswer):
        parts.append(Text(reason_text(answer), style="bold"))
        if answer.nearest:
            parts.append(Text("Closest sentences, none of which answers it:", style="dim"))
        parts.extend(_indented(_quoted(one, style="dim"), one) for one in answer.nearest)
        parts.extend(Text(plain(line)) for line in help_lines(answer))
        return Group(*parts)
    first = answer.citations[0]
    if answer.text != answer.sentence:
        parts.append(Text(plain(answer.text), style="bold green"))
    parts.append(_indented(_marked(answer), first))
    for citation in answer.citations[1:]:
        parts.append(Text(_HEADINGS[citation.role], style="dim"))
        parts.append(_indented(_quoted(citation), citation))
    sure = f"{confidence_word(answer.confidence)}, {answer.confidence:.0%}; {searched_text(answer)}"
    parts.append(Text(sure, style="dim"))
    return Group(*parts)


def help_lines(answer: NoAnswer) -> list[str]:
    """What might help, a line each: "There is an answer without --source"."""
    alone = [f"“{one.word}”" for one in answer.unknown if not (one.alike or one.synonyms)]
    lines = [f"In no article: {', '.join(alone)}"] if alone else []
    lines += [_unknown_text(one) for one in answer.unknown if one.alike or one.synonyms]
    for way in answer.ways:
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
