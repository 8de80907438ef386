"""Questions that an archive answers well, for somebody who does not know yet what is in it.

Made from sentences by patterns in English, and then asked: one is shown only when its own sentence
is the answer, clearly.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index import Archive, Document, Sentence, Span
from qa.assistant import Assistant
from qa.datatypes import Answer, Question
from qa.english.entities import ACTORS, EntityType, entity_type_of
from qa.english.mentions import PAST, Mention, mentions_of
from qa.english.sentences import Parsed
from qa.output.wording import confidence_word

COUNT = 4
LOOKED_AT = 60
"""Articles that questions are made from: a large archive is not read for them."""

TRIED = 24
"""Questions that are asked at most to find those that are answered well."""

_HARMLESS = re.compile(r"[A-Z][\w ,.’'%$€£-]{8,110}\?")
_UNCLEAR = re.compile(
    r"\b(?:he|she|it|they|him|them|his|her|its|their|this|that|these|those|I|we|our|yesterday|today"
    r"|tomorrow|(?:last|next) \w+)\b"
)
_CLAUSE_END = re.compile(
    r"[,;:()—–\"“”]"
    r"| (?:who|which|that|after|before|while|when|because|but|and|as|saying|adding|to) "
)
_ON_A_DAY = re.compile(r" (?:late |early )?on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day.*$")
_VERB = re.compile(rf" (?P<verb>{'|'.join(sorted(PAST - {'said', 'told', 'had'}))}|[a-z]+ed) ")
_SAID = re.compile(r"(?:,[^,.]{1,60},)? (?:said|added|warned|announced)\b")
_WAS = re.compile(
    r" (?:was|were) (?P<verb>arrested|appointed|born|built|elected|founded|killed|named|opened"
    r"|released|sentenced|shot)\b"
)
_COUNTED = re.compile(
    r" (?P<noun>people|civilians|officers|passengers|policemen|protesters|residents|sailors"
    r"|soldiers|students|women|workers) (?:were|had been|have been) (?P<verb>[a-z]+ed|shot)\b"
)
_COUNTS = re.compile(
    r"\b(?P<verb>abduct|arrest|displac|injur|kidnapp|kill|rescu|wound)(?:ing|ed) "
    r"(?:(?:at least|more than|about|some|nearly) )?$"
)
_COUNTED_NOUN = re.compile(r" (?P<noun>(?!others)[a-z]+s|people|policemen|women)\b")
_AT = re.compile(r"\b(?:at|during|from|in|on|to)(?: \w+){0,2} $")
_IN_A_FIRM = re.compile(r"[’']s\b|\b(?:Co|Corp|Inc|Ltd|Partnership|plc)\b")


@dataclass(frozen=True, slots=True)
class _Idea:
    """A question, what it asks for, and the sentence that should answer it."""

    text: str
    asks: str
    document: str
    span: Span


def examples_of(assistant: Assistant) -> tuple[str, ...]:
    """At most `COUNT` questions, of various kinds and articles, that the archive answers clearly.

    Raises:
        OnRecordError: the archive cannot be read.
    """
    found: list[_Idea] = []
    ideas = _varied(_ideas(assistant.archive))
    for idea in itertools.islice(ideas, TRIED):
        if len(found) == COUNT:
            break
        if _is_answered(assistant, idea):
            found.append(idea)
    return tuple(idea.text for idea in found)


def _is_answered(assistant: Assistant, idea: _Idea) -> bool:
    answer = assistant.inquire(Question(text=idea.text, top_k=1)).answer
    if not isinstance(answer, Answer) or confidence_word(answer.confidence) != "clear":
        return False
    cited = answer.citations[0]
    is_own = cited.start < idea.span.end and idea.span.start < cited.end
    return cited.document.id == idea.document and is_own


def _ideas(archive: Archive) -> list[_Idea]:
    """The questions of the articles, those of the latest article first."""
    documents = list(itertools.islice(archive.documents(), LOOKED_AT))
    documents.sort(key=lambda one: one.published or dt.date.min, reverse=True)
    return [
        idea
        for document in documents
        for sentence in archive.sentences(document.id)
        for idea in _ideas_in(document, sentence)
        if _HARMLESS.fullmatch(idea.text) and not _UNCLEAR.search(idea.text)
    ]


def _varied(ideas: Iterable[_Idea]) -> Iterator[_Idea]:
    """In turns of what they ask for; of each kind, each article once before any comes again."""
    kinds: dict[str, list[_Idea]] = {}
    for idea in ideas:
        kinds.setdefault(idea.asks, []).append(idea)
    for same in kinds.values():
        seen: dict[str, int] = {}
        turns = {}
        for idea in same:
            turns[idea] = seen[idea.document] = seen.get(idea.document, 0) + 1
        same.sort(key=turns.__getitem__)
    for turn in itertools.zip_longest(*kinds.values()):
        yield from (idea for idea in turn if idea is not None)


def _ideas_in(document: Document, sentence: Sentence) -> Iterator[_Idea]:
    span = Span(sentence.start, sentence.end)
    text = " ".join(sentence.text.split())
    for asks, make in _KINDS.items():
        for question in make(text, document.text):
            yield _Idea(question, asks, document.id, span)


def _who_did(text: str, evidence: str) -> Iterator[str]:
    """From "Rebels of Kufra seized the port of Sirte": "Who seized the port of Sirte?"."""
    for name in Parsed(text).names[:1]:
        verb = _VERB.match(text, name.end)
        subject = text[name.start : name.end]
        if name.start > 4 or not verb or entity_type_of(subject, evidence) not in ACTORS:
            continue
        clause = _ON_A_DAY.sub("", _clause(text[verb.start() :]))
        if 3 <= len(clause.split()) <= 12 and Parsed(clause).names:
            yield f"Who{clause}?"


def _what_was_said(text: str, evidence: str) -> Iterator[str]:
    """From "Ada Abaaj said that the raid …": "What did Ada Abaaj say about the raid?"."""
    for name in Parsed(text).names:
        speaker = text[name.start : name.end]
        said = _SAID.match(text, name.end)
        is_plain = len(speaker.split()) <= 3 and not _IN_A_FIRM.search(speaker)
        if not said or not is_plain or entity_type_of(speaker, evidence) is not EntityType.PERSON:
            continue
        topic = _topic(text[said.end() :], speaker, evidence)
        if topic:
            yield f"What did {speaker} say about {topic}?"


def _when_it_was(text: str, _evidence: str) -> Iterator[str]:
    """From "Ada Abaaj was elected on 3 May 2018": "When was Ada Abaaj elected?"."""
    parsed = Parsed(text)
    for name in parsed.names:
        was = _WAS.match(text, name.end)
        if was and any(date.start > was.end() for date in parsed.dates):
            yield f"When was {text[name.start : name.end]} {was['verb']}?"


def _how_many(text: str, evidence: str) -> Iterator[str]:
    """From "Nine people were killed in Sirte": "How many people were killed in Sirte?"."""
    place = _place(text, evidence)
    if not place:
        return
    for number in Parsed(text).numbers:
        if counted := _COUNTED.match(text, number.end):
            yield f"How many {counted['noun']} were {counted['verb']} in {place}?"
        counts = _COUNTS.search(text, 0, number.start)
        noun = _COUNTED_NOUN.match(text, number.end)
        if counts and noun:
            yield f"How many {noun['noun']} were {counts['verb']}ed in {place}?"


_KINDS = {
    "who": _who_did,
    "how many": _how_many,
    "said": _what_was_said,
    "when": _when_it_was,
}


def _clause(text: str) -> str:
    end = _CLAUSE_END.search(text)
    return (text[: end.start()] if end else text).rstrip(" .!?")


def _topic(text: str, speaker: str, evidence: str) -> str:
    """What a sentence's rest speaks of first, that is not the speaker."""
    mentions = mentions_of(text, evidence, is_question=False)
    return next(
        (
            f"the {one.text}" if text[: one.start].endswith(" the ") else one.text
            for one in mentions
            if one.has_name
            and one.text not in speaker
            and "." not in one.text
            and not _AT.search(text[: one.start])
        ),
        "",
    )


def _place(text: str, evidence: str) -> str:
    def is_place(mention: Mention) -> bool:
        return mention.entity_type is EntityType.PLACE and mention.is_name

    mentions = mentions_of(text, evidence, is_question=False)
    return next((one.text for one in mentions if is_place(one)), "")
