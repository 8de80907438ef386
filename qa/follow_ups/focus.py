"""What a conversation is about: whom and what a pronoun of the next question may mean.

Of each turn, the latest first, come what answered, what was asked about, and what the sentence
speaks of. Only turns that fit are asked for a pronoun; nothing is guessed when none does.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.datatypes import Answer, NoAnswer
from qa.english.entities import (
    ACTORS,
    EntityType,
    Gender,
    entity_type_of,
    gender_of,
    is_plural,
    short_of,
)
from qa.english.mentions import DETERMINERS, Mention, mentions_of
from qa.english.questions import Asked
from qa.english.sentences import Parsed
from qa.reading.answer_types import answer_type_of

_TURNS = 6
_AROUND = 10_000
"""Characters before and after a citation that tell what its names are the names of."""

_LONGEST_ANSWER = 80
_MOST_WORDS = 6
_MARKS = re.compile(r'["“”«»\n\r]')
_ENDS = " \t,.;:!?–—-'’‘"

_ASKED_FOR = frozenset(("who", "name", "what", "where", "say"))
_COUNTED = re.compile(r"\s*how many (?P<noun>(?!people)[a-z’'-]+)", re.IGNORECASE)
_BESIDE = re.compile(",? ")
_A_NOUN = re.compile(r"(?:the|a|an|its|his|her|their)(?: [\w’'-]+){1,3}")


@dataclass(frozen=True)
class Turn:
    """One earlier turn. `evidence` is the text that its names were judged by."""

    turn: Answer | NoAnswer
    evidence: str

    @cached_property
    def asked(self) -> Asked:
        return Asked.of(self.turn.interpreted)

    @cached_property
    def question(self) -> tuple[Mention, ...]:
        found = mentions_of(self.asked.text, self.evidence, is_question=True)
        counted = _COUNTED.match(self.asked.text)
        if not counted or not is_plural(counted["noun"]):
            return found
        many = Mention(
            entity_type=EntityType.GROUP,
            text=f"the {counted['noun']}",
            start=counted.start("noun"),
            end=counted.end(),
            head=counted["noun"],
            is_plural=True,
        )
        return (many, *found)

    @cached_property
    def asked_for(self) -> str:
        """The name of the expected answer type."""
        return answer_type_of(self.asked).name

    @cached_property
    def sentence(self) -> tuple[Mention, ...]:
        if isinstance(self.turn, NoAnswer):
            return ()
        return mentions_of(self.turn.sentence, self.evidence, is_question=False)

    @cached_property
    def answer(self) -> Mention | None:
        """The words that answered, where they name something."""
        if isinstance(self.turn, NoAnswer) or self.asked_for not in _ASKED_FOR:
            return None
        text = self.turn.text.strip(_ENDS)
        is_clause = self.asked_for == "say" and not _A_NOUN.fullmatch(text)
        if is_clause or not 0 < len(text) <= _LONGEST_ANSWER or _MARKS.search(text):
            return None
        return self._fuller(self.turn) or self._named(text)

    def _fuller(self, turn: Answer) -> Mention | None:
        """The sentence's name that the answer is a part of, or that stands beside its noun."""
        first = turn.citations[0].start
        start, end = turn.start - first, turn.end - first
        is_noun = turn.text[1:].islower()
        for mention in self.sentence:
            is_within = mention.start <= start and end <= mention.end
            is_beside = is_noun and _BESIDE.fullmatch(turn.sentence, end, mention.start)
            if mention.has_name and mention.entity_type in ACTORS and (is_within or is_beside):
                return mention
        return None

    def _named(self, text: str) -> Mention | None:
        found = mentions_of(text, self.evidence, is_question=True)
        if self.asked_for == "where":
            has_name = any(char.isupper() for char in text)
            return _as_mention(text, EntityType.PLACE) if has_name or found else None
        if found:
            first = found[0]
            is_most = 2 * len(first.text) >= len(text) or first.entity_type is EntityType.PERSON
            return first if is_most else None
        if len(text.split()) > _MOST_WORDS:
            return None
        return _as_mention(
            text, entity_type_of(text, self.evidence) if text[0].isupper() else EntityType.THING
        )

    @cached_property
    def date(self) -> str:
        """The day or year that answered, or that the sentence gives."""
        if isinstance(self.turn, NoAnswer):
            return ""
        for text in (self.turn.text, self.turn.sentence):
            dates = Parsed(text).dates
            if dates:
                return text[dates[0].start : dates[0].end]
        return ""

    @property
    def parts(self) -> tuple[tuple[Mention, ...], ...]:
        return ((self.answer,) if self.answer else (), self.question, self.sentence)


class Focus:
    """The turns before a question, asked for what its pronouns may mean."""

    def __init__(self, history: Sequence[Answer | NoAnswer]) -> None:
        latest = list(history)[: -_TURNS - 1 : -1]
        self.evidence = "\n".join(dict.fromkeys(_texts(latest)))
        self.turns = tuple(Turn(turn, self.evidence) for turn in latest)

    @property
    def last(self) -> Turn:
        return self.turns[0]

    def person(self, gender: Gender, *, known: str, is_full: bool = False) -> str:
        """The person last spoken of whom an article does not call otherwise; or nothing.

        Args:
            gender: the pronoun, `UNKNOWN` for none.
            known: the question; whom it names is not meant by its pronoun.
            is_full: whether titles and first names are wanted where the article goes without.
        """
        for turn in self.turns:
            persons = [
                mention
                for part in turn.parts
                for mention in part
                if mention.entity_type is EntityType.PERSON and not _names(known, mention)
            ]
            named = [mention for mention in persons if mention.is_name]
            # Beside a name, "the mayor" is most often whose name it is.
            fitting = [one for one in named or persons if self._is_called(one, gender)]
            if fitting:
                found = fitting[0]
                is_short = found.is_name and not is_full
                return short_of(found.text, self.evidence) if is_short else found.text
        return ""

    def _is_called(self, person: Mention, gender: Gender) -> bool:
        if gender is Gender.UNKNOWN or not person.is_name:
            return True
        return gender_of(person.text, self.evidence) in (gender, Gender.UNKNOWN)

    def several(self, *, known: str) -> str:
        """The people or things last spoken of in the plural; or a group; or a person."""
        accepted: tuple[Callable[[Mention], bool], ...] = (
            lambda mention: mention.is_plural,
            lambda mention: mention.entity_type is EntityType.GROUP,
            lambda mention: mention.entity_type is EntityType.PERSON,
        )
        return self._first(accepted, known=known)

    def one(self, *, known: str, is_subject: bool) -> str:
        """The event or thing last spoken of.

        A subject is what answered, before what was asked about; an object the other way round.
        """
        entity_types = (EntityType.EVENT, EntityType.THING, EntityType.GROUP)
        for turn in self.turns:
            answer, question, sentence = (
                [
                    mention
                    for mention in part
                    if mention.entity_type in entity_types
                    and not mention.is_plural
                    and not _names(known, mention)
                ]
                for part in turn.parts
            )
            asked = question if is_subject else sorted(question, key=_is_acting)
            events = [mention for mention in sentence if mention.entity_type is EntityType.EVENT]
            ordered = [*answer, *asked] if is_subject else [*asked, *answer]
            if found := next(iter([*ordered, *events]), None):
                return found.text
            if found := _of_type(turn, EntityType.PLACE, known):
                return found.text
        return ""

    def event(self, *, known: str) -> str:
        """The event that the last question was about; or nothing."""
        mention = next(
            (one for one in self.last.question if one.entity_type is EntityType.EVENT), None
        )
        return mention.text if mention and not _names(known, mention) else ""

    def group(self, *, known: str) -> str:
        """The group last spoken of by a name."""
        for turn in self.turns:
            for part in turn.parts:
                for mention in part:
                    is_named = mention.entity_type is EntityType.GROUP and mention.has_name
                    if is_named and not _names(known, mention):
                        return mention.text
        return ""

    def place(self, *, known: str) -> str:
        """The place last spoken of."""
        for turn in self.turns:
            if found := _of_type(turn, EntityType.PLACE, known):
                return found.text
        return ""

    def named(self, noun: str, *, known: str) -> str:
        """What "the …" means: the phrase or name with that noun which was last spoken of."""
        for turn in self.turns:
            for part in turn.parts:
                for mention in part:
                    is_longer = mention.text.lower() != f"the {noun}"
                    if is_longer and _is_called(mention, noun) and not _names(known, mention):
                        return mention.text
        return ""

    def date(self) -> str:
        return next((turn.date for turn in self.turns if turn.date), "")

    def setting(self, *, known: str, is_where: bool) -> str:
        """In what or where it all happened: " in the Tazerbo attack"; or nothing.

        `is_where`: whether a place is asked for, which then is not given.
        """
        entity_types = (EntityType.EVENT,) if is_where else (EntityType.EVENT, EntityType.PLACE)
        for turn in self.turns:
            asked = [one for one in turn.question if not _names(known, one)]
            told = [one for one in turn.sentence if one.has_name and not _names(known, one)]
            ordered = [
                *(
                    one
                    for entity_type in entity_types
                    for one in asked
                    if one.entity_type is entity_type and one.has_name
                ),
                *(one for one in told if one.entity_type is EntityType.PLACE and not is_where),
                *(one for one in asked if one.entity_type in entity_types),
            ]
            if ordered:
                return f" {self.preposition(ordered[0])} {ordered[0].text}"
        return ""

    def preposition(self, mention: Mention) -> str:
        """The word that a question needs before a place or event: "in Tazerbo", "off Norrin"."""
        name = re.escape(mention.text.removeprefix("the "))
        for word in ("in", "at", "off", "near"):
            if re.search(rf"\b{word} (?:the )?{name}\b", self.evidence):
                return word
        return "in"

    def _first(self, accepted: Iterable[Callable[[Mention], bool]], *, known: str) -> str:
        tests = tuple(accepted)
        for turn in self.turns:
            for accept in tests:
                for part in turn.parts:
                    for mention in part:
                        if accept(mention) and not _names(known, mention):
                            return mention.text
        return ""


def _texts(turns: Iterable[Answer | NoAnswer]) -> Iterator[str]:
    for turn in turns:
        if isinstance(turn, Answer):
            first = turn.citations[0]
            start = max(0, first.start - _AROUND)
            yield first.document.text[start : first.end + _AROUND]
        yield turn.interpreted


def _of_type(turn: Turn, entity_type: EntityType, known: str) -> Mention | None:
    return next(
        (
            one
            for part in turn.parts
            for one in part
            if one.entity_type is entity_type and not _names(known, one)
        ),
        None,
    )


def _names(question: str, mention: Mention) -> bool:
    """Whether a question says a mention itself."""
    bare = mention.text.removeprefix("the ")
    return re.search(rf"\b{re.escape(bare)}\b", question, re.IGNORECASE) is not None


def _is_called(mention: Mention, noun: str) -> bool:
    if mention.entity_type is EntityType.PERSON and mention.has_name:
        return noun in mention.text.lower().split()[:-1]
    return mention.head == noun


def _is_acting(mention: Mention) -> bool:
    """Groups act; what is acted on is rather a thing."""
    return mention.entity_type is EntityType.GROUP


def _as_mention(text: str, entity_type: EntityType) -> Mention:
    """An answer of few words, with "the" where it is no name."""
    first, *rest = text.split()
    head = (rest or [first])[-1].lower()
    bare = " ".join(rest) if rest and first.lower() in DETERMINERS else text
    named = (
        bare
        if bare is text and (text[0].isupper() or entity_type is EntityType.PLACE)
        else f"the {bare}"
    )
    return Mention(
        entity_type=entity_type,
        text=named,
        start=0,
        end=len(text),
        head=head,
        is_plural=is_plural(head),
    )
