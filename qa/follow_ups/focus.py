"""What a conversation is about: whom and what a pronoun of the next question may mean.

Of each turn, the latest first, come what answered, what was asked about, and what the sentence
speaks of. Only what agrees in number, and in gender or kind, may stand for a pronoun. Where none
does, nothing is meant. Where two are as recent, either may be, if they are of the last turn; of an
earlier turn, neither is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from qa.datatypes import Answer, NoAnswer
from qa.english.entities import (
    ACTORS,
    EntityType,
    Gender,
    entity_type_of,
    gender_of,
    gender_of_noun,
    is_plural,
    short_of,
)
from qa.english.mentions import DETERMINERS, Mention, mentions_of
from qa.english.questions import Asked
from qa.english.sentences import CAPITAL, Parsed
from qa.reading.answer_types import answer_type_of

_TURNS = 6
_AROUND = 10_000
"""Characters before and after a citation that tell what its names are the names of."""

_LONGEST_ANSWER = 80
_MOST_WORDS = 6
_MARKS = re.compile(r'["“”«»\n\r]')
_ENDS = " \t,.;:!?–—-'’‘"

_NO_PERSONS = (EntityType.EVENT, EntityType.THING, EntityType.GROUP)
_ASKED_FOR = frozenset(("who", "name", "what", "where", "say"))
_BOTH = re.compile(rf"{CAPITAL}[^\s,]*(?:,? [^\s,]+)* and (?:[^\s,]+ ){{0,3}}{CAPITAL}[^\s,]*")
_BESIDE = re.compile(",? ")
_IN = re.compile(r"\b(?P<word>in|at|off|near|of) (?:the )?(?:[a-z]+ )?$", re.IGNORECASE)
_TO = re.compile(r"\b(?:against|by|for|from|into|to|with) (?:the )?$", re.IGNORECASE)
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
        return mentions_of(self.asked.text, self.evidence, is_question=True)

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
        if len(found) > 1 and _BOTH.fullmatch(text):
            return replace(_as_mention(text, EntityType.GROUP), is_plural=True)
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

    @cached_property
    def heads(self) -> tuple[tuple[Mention, ...], ...]:
        """The parts, without what stands within a longer phrase: "A320" in "the A320 jets"."""
        return tuple(map(_outermost, self.parts))

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

    def person(self, gender: Gender, *, known: str, is_full: bool = False) -> tuple[str, ...]:
        """The person last spoken of whom an article does not call otherwise; two, or none.

        Args:
            gender: the pronoun, `UNKNOWN` for none.
            known: the question; whom it names is not meant by its pronoun.
            is_full: whether titles and first names are wanted where the article goes without.
        """

        def parts(turn: Turn) -> Iterator[list[Mention]]:
            persons = [
                [
                    mention
                    for mention in part
                    if mention.entity_type is EntityType.PERSON and not _names(known, mention)
                ]
                for part in turn.parts
            ]
            # Beside a name, "the mayor" is most often whose name it is.
            has_name = any(mention.is_name for part in persons for mention in part)
            for part in persons:
                named = [mention for mention in part if mention.is_name]
                unnamed = [mention for mention in part if not mention.is_name]
                yield (
                    self._of_gender(named, gender)
                    or (self._of_gender(unnamed, gender) if gender is not Gender.UNKNOWN else [])
                    or self._of_gender(part if not has_name else named, Gender.UNKNOWN)
                )

        meant = self._chosen(map(parts, self.turns))
        is_short = len(meant) == 1 and not is_full
        return tuple(
            short_of(one.text, self.evidence) if one.is_name and is_short else one.text
            for one in meant
        )

    def _of_gender(self, persons: Sequence[Mention], gender: Gender) -> list[Mention]:
        return [one for one in persons if self._gender_of(one) is gender]

    def _gender_of(self, person: Mention) -> Gender:
        if person.is_name:
            return gender_of(person.text, self.evidence)
        return gender_of_noun(person.head)

    def several(
        self, *, known: str, is_acting: bool, may_be_group: bool, is_event: bool = False
    ) -> tuple[str, ...]:
        """The people or things last spoken of in the plural; two of them, or none.

        Args:
            known: the question; what it names is not meant by its pronoun.
            is_acting: whether they do something, as people do rather than things.
            may_be_group: whether a group may be meant that is one word: "the council … they".
            is_event: whether they happen.
        """

        def parts(turn: Turn) -> Iterator[list[Mention]]:
            every = [[one for one in part if not _names(known, one)] for part in turn.heads]
            plural = [[one for one in part if one.is_plural] for part in every]
            if is_event:
                yield from (_of(part, EntityType.EVENT) for part in plural)
                yield from (_of(part, EntityType.THING) for part in plural)
                return
            if is_acting:
                yield from (_of(part, EntityType.GROUP) for part in plural)
                yield from map(_pair, every)
            if may_be_group and is_acting:
                yield from _groups(every)
            yield from plural
            yield from map(_pair, every)
            if may_be_group:
                yield from _groups(every)

        return tuple(one.text for one in self._chosen(map(parts, self.turns)))

    def one(self, *, known: str, is_subject: bool, is_acting: bool = False) -> tuple[str, ...]:
        """The event, group or thing last spoken of; two of them, or none.

        A subject is what answered, before what was asked about; an object the other way round.
        What acts is a group.
        """

        def parts(turn: Turn) -> Iterator[list[Mention]]:
            answer, question, sentence = (
                [
                    one
                    for one in part
                    if one.entity_type in _NO_PERSONS
                    and not one.is_plural
                    and not _names(known, one)
                ]
                for part in turn.heads
            )
            if is_acting:
                yield from _groups((answer, question, sentence))
                return
            things = [one for one in question if one.entity_type is not EntityType.GROUP]
            yield from (answer, question) if is_subject else (things, question, answer)
            yield _of(sentence, EntityType.EVENT)
            alone = turn.heads[1] if len(turn.heads[1]) == 1 else ()
            places = (*turn.heads[0], *alone)
            yield [
                one
                for one in places
                if one.entity_type is EntityType.PLACE and not _names(known, one)
            ][:1]

        return tuple(one.text for one in self._chosen(map(parts, self._turns_of_things)))

    @property
    def _turns_of_things(self) -> tuple[Turn, ...]:
        """The turns up to the latest that is about anything but people and places."""
        answers_or_asks = [(*turn.heads[0], *turn.heads[1]) for turn in self.turns]
        about = [any(one.entity_type in _NO_PERSONS for one in said) for said in answers_or_asks]
        return self.turns[: about.index(True) + 1 if True in about else None]

    def _chosen(self, turns: Iterable[Iterable[Sequence[Mention]]]) -> tuple[Mention, ...]:
        """The first that there is; where it is one of several in its part, two or none."""
        for number, parts in enumerate(turns):
            for part in parts:
                if found := _distinct(part):
                    is_sure = len(found) == 1
                    return found[:2] if is_sure or number == 0 else ()
        return ()

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
        for turn in self.turns:
            asked = [one for one in turn.question if not _names(known, one)]
            told = [one for one in turn.sentence if one.has_name and not _names(known, one)]
            events = [one for one in asked if one.entity_type is EntityType.EVENT]
            named = [f" in {one.text}" for one in events if one.has_name]
            others = [f" in {one.text}" for one in events if not one.has_name]
            text = "" if isinstance(turn.turn, NoAnswer) else turn.turn.sentence
            places = [*self._where(asked, turn.asked.text), *self._where(told, text)]
            where = [] if is_where else places
            if found := next(iter([*named, *where, *others]), ""):
                return found
        return ""

    def _where(self, mentions: Iterable[Mention], text: str) -> Iterator[str]:
        """The places that something is in, each with the word that says so: " off Norrin"."""
        for one in mentions:
            if one.entity_type is not EntityType.PLACE or _TO.search(text, 0, one.start):
                continue
            name = re.escape(one.text.removeprefix("the "))
            said = _IN.search(text, 0, one.start)
            said = said or re.search(
                rf"\b(?P<word>in|at|off|near) (?:the )?{name}\b", self.evidence
            )
            if said:
                word = said["word"].lower()
                yield f" {'in' if word == 'of' else word} {one.text}"


def _texts(turns: Iterable[Answer | NoAnswer]) -> Iterator[str]:
    for turn in turns:
        if cited := turn.citations if isinstance(turn, Answer) else turn.nearest:
            start = max(0, cited[0].start - _AROUND)
            yield cited[0].document.text[start : cited[0].end + _AROUND]
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


def _outermost(part: Sequence[Mention]) -> tuple[Mention, ...]:
    found: list[Mention] = []
    for one in part:
        if not found or one.start >= found[-1].end:
            found.append(one)
    return tuple(found)


def _of(part: Sequence[Mention], entity_type: EntityType) -> list[Mention]:
    return [one for one in part if one.entity_type is entity_type]


def _pair(part: Sequence[Mention]) -> list[Mention]:
    """Two people of whom a part speaks, as one mention: "Osric Bell and Dora Quill"."""
    persons = _distinct([one for one in _of(part, EntityType.PERSON) if one.is_name])
    if len(persons) != 2:
        return []
    first, second = persons
    return [replace(first, text=f"{first.text} and {second.text}", is_plural=True)]


def _groups(parts: Iterable[Sequence[Mention]]) -> Iterator[list[Mention]]:
    """The single groups of each part: "the council", "Norrin Lines"."""
    for part in parts:
        yield [one for one in _of(part, EntityType.GROUP) if not one.is_plural]


def _distinct(part: Sequence[Mention]) -> tuple[Mention, ...]:
    """Each but once: "Bell" is "Mayor Osric Bell"."""
    found: list[Mention] = []
    for one in part:
        if not any(_is_end(one.text, of=other.text) for other in found):
            found = [other for other in found if not _is_end(other.text, of=one.text)]
            found.append(one)
    return tuple(found)


def _is_end(name: str, *, of: str) -> bool:
    return re.search(rf"\b{re.escape(name)}$", of) is not None


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
