"""The whole way from a question to an answer: search, read, cite, or say no."""

import gc
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from index import Archive, Filters, InvalidInput, Searched, SearchResult, Span
from index.models import Encoder
from index.text import parse_query
from qa.datatypes import Answer, Change, Citation, NoAnswer, Question, Reason, Role, Stage, Way
from qa.follow_ups.rewriting import understood
from qa.reading.reader import Reader
from qa.reading.results import PassageReader, Reading, ReadSentence
from qa.suggestions.suggest import with_suggestions

_PASSAGES_READ = 10
_NEAREST = 3
_CITED = 5
_OTHER_WITHIN = 2.0
"""A further sentence is cited when its score is at most this much below the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """An answer with what it was made from: the search's result, and all that was read."""

    result: SearchResult
    reading: Reading | None
    answer: Answer | NoAnswer


class Assistant:
    """Answers questions over one archive. Threads may share it.

    Made by `Assistant.open`, or of an open archive and a reader.
    """

    def __init__(self, archive: Archive, reader: PassageReader) -> None:
        self.archive = archive
        self._reader = reader

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        encoder: Encoder | str | os.PathLike[str] | None = None,
        reader: PassageReader | str | os.PathLike[str] | None = None,
    ) -> "Assistant":
        """An assistant over the archive in the folder `path`.

        The packaged models are loaded with the first question, or before it by `warm_up`.

        Args:
            path: the archive's folder.
            encoder: the encoder that it was made with, or the folder of it; else the packaged one.
            reader: what reads, or the folder of an extractive question-answering model.

        Raises:
            NoArchive: there is none.
            EncoderMismatch: the archive was made with another encoder.
            ModelNotFound: a folder holds no such model.
            ModelMismatch: the packaged reader is not the one that it should be.
        """
        if reader is None or isinstance(reader, str | os.PathLike):
            reader = Reader.load(reader)
        return cls(Archive.open(path, create=False, encoder=encoder), reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive."""
        self.archive.close()

    def warm_up(self) -> None:
        """Load now what is otherwise loaded with the first question: the models, in seconds.

        Raises:
            ModelNotFound: a model cannot be loaded.
            ModelMismatch: the packaged encoder is not the one that it should be.
            EncoderMismatch: the archive was made with another encoder.
        """
        self.archive.warm_up()
        self._reader.read("Is it warm?", "It is.")
        # What was loaded stays: to look it through for garbage takes a tenth of each search.
        gc.freeze()

    @property
    def languages(self) -> str:
        """The languages that the reader reads, in words."""
        return self._reader.languages

    def ask(
        self,
        question: str | Question,
        *,
        history: Sequence[Answer | NoAnswer] = (),
        filters: Filters | None = None,
        top_k: int | None = None,
    ) -> Answer | NoAnswer:
        """The sentence that answers, with its citations, or why there is none.

        Args:
            question: the question; a `"quoted phrase"` in it must stand in what is read.
            history: the answers before this one in a conversation, the latest last.
            filters: which documents may answer; all of them when left out.
            top_k: at most this many citations; 5 when left out.

        Raises:
            InvalidInput: the question is empty or too long, `top_k` is below 1, or a `Question`
                has other filters or another `top_k` than those given beside it.
            ArchiveDamaged: what would have been quoted is not what was added.
        """
        if isinstance(question, str):
            top_k = _CITED if top_k is None else top_k
            question = Question(text=question, filters=filters or Filters(), top_k=top_k)
        else:
            _agree("filters", question.filters, filters)
            _agree("top_k", question.top_k, top_k)
        return self.inquire(question, history=history).answer

    def suggest(self, answer: NoAnswer) -> NoAnswer:
        """The same, with what might help: words that no article has, and questions answered.

        It takes as long as some questions do, so that whoever shows answers shows this after.
        """
        if answer.reason is Reason.UNCLEAR:
            return answer
        started = time.perf_counter()
        found = with_suggestions(answer, self.archive, lambda one: self.inquire(one).answer)
        taken_ms = 1000 * (time.perf_counter() - started)
        suggested = Stage(
            name="suggest",
            detail=f"{len(found.ways)} questions that have an answer",
            milliseconds=taken_ms,
        )
        return replace(
            found, elapsed_ms=answer.elapsed_ms + taken_ms, stages=(*answer.stages, suggested)
        )

    def inquire(self, question: Question, *, history: Sequence[Answer | NoAnswer] = ()) -> Inquiry:
        """Ask, and keep what was found and read on the way, for an evaluation to judge."""
        started = time.perf_counter()
        asked = understood(question.text, history)
        if len(asked.meanings) > 1:
            return _asked_back(question, asked.meanings, started)
        (interpreted,) = asked.meanings
        nearest: Reading | None = None
        for filters in _looked_at(question.filters, history if asked.is_follow_up else ()):
            result = self.archive.search(interpreted, top_k=_PASSAGES_READ, filters=filters)
            searched_at = time.perf_counter()
            found = self._reader.read_hits(interpreted, result) if result.hits else None
            if found and found.is_given:
                break
            nearest = nearest or found
        answering = found if found and found.is_given else None
        reading = answering or nearest
        cited = _citations(answering, question.top_k) if answering else _nearest(reading)
        read_at = time.perf_counter()
        elapsed_ms = 1000 * (read_at - started)
        stages = (
            Stage(
                name="search",
                detail=f"{len(result.hits)} passages of {result.searched.documents} articles",
                milliseconds=1000 * (searched_at - started),
            ),
            Stage(
                name="read",
                detail=f"{len(reading.sentences) if reading else 0} sentences",
                milliseconds=1000 * (read_at - searched_at),
            ),
        )
        answer: Answer | NoAnswer
        if answering is None:
            answer = NoAnswer(
                question=question,
                interpreted=interpreted,
                reason=_reason(question, result),
                nearest=cited,
                searched=result.searched,
                elapsed_ms=elapsed_ms,
                stages=stages,
            )
        else:
            best = answering.sentences[0]
            answer = Answer(
                question=question,
                interpreted=interpreted,
                text=best.document.text[best.answer.start : best.answer.end],
                start=best.answer.start,
                end=best.answer.end,
                confidence=answering.confidence,
                sentence_confidence=answering.sentence_confidence,
                citations=cited,
                searched=result.searched,
                elapsed_ms=elapsed_ms,
                stages=stages,
            )
        return Inquiry(result=result, reading=reading, answer=answer)


def _looked_at(filters: Filters, history: Sequence[Answer | NoAnswer]) -> Iterator[Filters]:
    """What is searched until there is an answer: the article last cited, and then all.

    The article is that of the last turn which quotes any, be it for its answer or as the nearest.
    """
    for turn in reversed(history):
        cited = turn.citations if isinstance(turn, Answer) else turn.nearest
        if cited:
            article = cited[0].document.id
            if not filters.documents or article in filters.documents:
                yield replace(filters, documents=(article,))
            break
    yield filters


def _asked_back(question: Question, meanings: Sequence[str], started: float) -> Inquiry:
    """Nothing is searched for a question that may mean either of two."""
    searched = Searched(documents=0, sentences=0)
    answer = NoAnswer(
        question=question,
        interpreted=question.text,
        reason=Reason.UNCLEAR,
        nearest=(),
        searched=searched,
        elapsed_ms=1000 * (time.perf_counter() - started),
        ways=tuple(
            Way(change=Change.MEANT, question=replace(question, text=text)) for text in meanings
        ),
    )
    result = SearchResult(query=question.text, hits=(), searched=searched, weights={})
    return Inquiry(result=result, reading=None, answer=answer)


def _agree(name: str, asked: object, given: object) -> None:
    """Raises: InvalidInput: something else is given than the question says itself."""
    if given is not None and given != asked:
        raise InvalidInput(
            f"the question has {name}={asked!r}, and {name}={given!r} is given beside it; "
            f"give {name} once"
        )


def _reason(question: Question, result: SearchResult) -> Reason:
    if not result.searched.documents:
        return Reason.NOTHING_MATCHES_THE_FILTERS if question.filters else Reason.EMPTY_ARCHIVE
    if parse_query(question.text).phrases and not result.hits:
        return Reason.PHRASE_NOT_FOUND
    return Reason.NOT_IN_ARCHIVE


def _nearest(reading: Reading | None) -> tuple[Citation, ...]:
    sentences = reading.sentences[:_NEAREST] if reading else ()
    return tuple(_cite(sentence, Role.OTHER) for sentence in sentences)


def _citations(reading: Reading, top_k: int) -> tuple[Citation, ...]:
    """The sentence that answers, the one it leans on, and others that come near."""
    best = reading.sentences[0]
    cited = [_cite(best, Role.ANSWER)]
    if best.leans_on is not None:
        cited.append(_cite(best, Role.SUPPORT, span=best.leans_on))
    taken = {(citation.document.id, citation.start) for citation in cited}
    cited.extend(
        _cite(sentence, Role.OTHER)
        for sentence in reading.sentences[1:]
        if sentence.score > best.score - _OTHER_WITHIN
        and (sentence.document.id, sentence.start) not in taken
    )
    return tuple(cited[:top_k])


def _cite(sentence: ReadSentence, role: Role, *, span: Span | None = None) -> Citation:
    start, end = span or (sentence.start, sentence.end)
    return Citation(
        role=role,
        document=sentence.document,
        start=start,
        end=end,
        quote=sentence.document.text[start:end],
        score=sentence.score,
        copies=sentence.copies,
    )
