"""What is said in words, once for terminal, page and documents: why, how sure, of what, by whom."""

from index import AddReport, Document, Filters, Status
from qa.datatypes import Answer, NoAnswer, Reason
from qa.english.questions import Asked

_REASONS = {
    Reason.EMPTY_ARCHIVE: "The archive is empty; add articles with: onrecord add PATH",
    Reason.NOTHING_MATCHES_THE_FILTERS: "No article passes the filters",
    Reason.PHRASE_NOT_FOUND: "The quoted phrase is not in this archive, word for word",
    Reason.NOT_IN_ARCHIVE: "Not in this archive",
}
MEANT = "Did you mean:"
"""What stands before the questions that an unclear one may mean."""

_MOST_WORDS = 6
_MOST_CHARACTERS = 60
_NOT_BEFORE_AN_ELLIPSIS = " ,;:.-–—"
_MOST_RENAMED = 5
"""So many articles that are kept under another id are named one by one."""

_LEVELS = ((0.75, "clear"), (0.5, "likely"), (0.0, "weak"))


def confidence_word(confidence: float) -> str:
    """How sure an answer is, in a word: clear, likely or weak."""
    return next(word for least, word in _LEVELS if confidence >= least)


def confidence_text(answer: Answer) -> str:
    """How sure what is shown first is: "clear, 91%"; of a sentence alone, "likely, 62%"."""
    return f"{confidence_word(answer.shown_confidence)}, {answer.shown_confidence:.0%}"


def unread_note(answer: Answer | NoAnswer) -> str:
    """Why sentences that were found were not read for an answer; nothing where they were."""
    has_sentences = isinstance(answer, Answer) or bool(answer.nearest)
    if not has_sentences or Asked.of(answer.interpreted).is_english:
        return ""
    return "The question is not in English: these are the sentences that search finds, not read."


def reason_text(answer: NoAnswer) -> str:
    """Why there is no answer, and what was searched, in one line; or what may be meant."""
    if answer.reason is Reason.UNCLEAR:
        return f"{MEANT} {' / '.join(way.question.text for way in answer.ways)}"
    searched = f"{searched_text(answer)}{filters_text(answer.question.filters)}"
    why = "No answer found" if unread_note(answer) else _REASONS[answer.reason]
    return f"{why} ({searched})."


def filters_text(filters: Filters) -> str:
    """Which articles were asked: "; only from 2019-11-01 to 2019-11-30, of Reuters"; or nothing."""
    parts = []
    if filters.after:
        parts.append(f"from {filters.after}")
    if filters.before:
        parts.append(f"to {filters.before}")
    dates = " ".join(parts)
    sources = f"of {' or '.join(filters.sources)}" if filters.sources else ""
    documents = f"in {counted(len(filters.documents), 'article')}" if filters.documents else ""
    only = ", ".join(part for part in (dates, sources, documents) if part)
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
    """What an article is called: its title, or else its first words, in quotation marks."""
    return document.title or f"“{_first_words(document.text)}”"


def _first_words(text: str) -> str:
    """The beginning of a text, on one line: cut where a word ends, and then with an ellipsis."""
    words = text.split(maxsplit=_MOST_WORDS)
    opening = " ".join(words[:_MOST_WORDS])
    if len(words) <= _MOST_WORDS and len(opening) <= _MOST_CHARACTERS:
        return opening
    if len(opening) > _MOST_CHARACTERS:
        opening = opening[:_MOST_CHARACTERS].rpartition(" ")[0] or opening[:_MOST_CHARACTERS]
    return f"{opening.rstrip(_NOT_BEFORE_AN_ELLIPSIS)}…"


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
        (len(report.renamed), "under another id"),
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


def renamed_lines(report: AddReport) -> list[str]:
    """Under which ids articles are kept that have not got their own, and why; the first few."""
    lines = [
        f"kept as {one.kept_as}: {one.path}{'' if one.line is None else f':{one.line}'}"
        f" (another article has the id {one.id})"
        for one in report.renamed[:_MOST_RENAMED]
    ]
    if (more := len(report.renamed) - _MOST_RENAMED) > 0:
        lines.append(f"and {more:,} more; see: onrecord list")
    return lines


def language_note(status: Status) -> str:
    """Which languages the models know, and what becomes of the others."""
    return (
        f"encoder: {status.languages}; packaged reader: English. Articles in other languages are "
        "found by the words they share with a question. To use other models, set ONRECORD_ENCODER "
        "and ONRECORD_READER"
    )
