"""What a text speaks of: its names and noun phrases, found by patterns in English."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from index import Span
from index.text import FUNCTION_WORDS, Word, words
from qa.english.entities import (
    EVENTS,
    GROUPS,
    PLACE_NAMES,
    PLACES,
    TITLE_ALONE,
    EntityType,
    entity_type_of,
    entity_type_of_phrase,
    is_event,
    is_human,
    is_plural,
    is_plural_name,
)
from qa.english.questions import AUXILIARIES, BEFORE_BASE_FORM
from qa.english.sentences import Parsed, is_inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words that name something, as a question can carry them: "the Tazerbo attack".

    `start`, `end`: where they stand in their text. `head`: the noun, in lower case.
    """

    entity_type: EntityType
    text: str
    start: int
    end: int
    head: str
    is_plural: bool = False

    @property
    def has_name(self) -> bool:
        """Whether a name is in it: "the Tazerbo attack"."""
        return any(char.isupper() for char in self.text)

    @property
    def is_name(self) -> bool:
        """Whether it is nothing but a name: "Tazerbo"."""
        return self.text[0].isupper()


DETERMINERS = frozenset("the a an its his her their this that these those".split())
_ASKING = frozenset("which what many".split())
_NAMED_OWNER = re.compile(r"\S+[’']s?$")
PAST = frozenset(
    """became began born broke brought built burnt burst came caught cut drove drowned fed fell fled
    flew fought found gave given got had held hit hurt kept killed laid led left lost made met paid
    put ran resigned rose said sank saw seen sent set shot shown shut sold spent spoke stole stolen
    struck sunk taken threw thrown told took torn went won wrote written""".split()
)
_ADJOINED = re.compile(r"[ \t-]*(?:& )?")
_POSSESSIVE = re.compile(r"[’']s?$")
_OF_NAME = re.compile(
    r"\s+(?:of|on|in|at|near|against|off|between|with|over|outside)\s+(?:the\s+)?$"
)
_OF_NOUN = re.compile(r"\s+(?:of|in|on|into|to|at)\s+the\s+$")
_KIND_OF_PLACE = re.compile(
    r" (?:airport|city|district|harbou?r|hospital|island|prison|province|region|stadium|station)\b"
)
_BE = frozenset("are is was were".split())
_PREDICATES = frozenset(
    """able alive available better big cheaper closed dangerous dead due easier easy expensive hard
    harder high important large late likely long necessary old open ready responsible right safe
    strong willing worse worth wrong""".split()
)
_COMMON_VERBS = frozenset("be call do give have tell".split())
"""Base forms that end a run of words by themselves, for they are function words."""
_BEFORE_BARE = frozenset(
    "after among are at before between by during for from in of over to two three were with".split()
)
_KIND_OF_NAME = re.compile(
    rf"\b(?:{'|'.join(sorted(EVENTS | GROUPS | PLACES | PLACE_NAMES | {'house', 'office'}))})s?\b",
    re.IGNORECASE,
)
_SUBJECT_WITHIN = 7
_LONGEST_PHRASE = 5
_READ = 1_000
"""Characters of a text that are looked at: sentences and questions are shorter, tables are not."""


def mentions_of(text: str, evidence: str, *, is_question: bool) -> tuple[Mention, ...]:
    """What `text` speaks of, in its order; a name within a longer phrase comes after it.

    Args:
        text: a sentence or a question.
        evidence: where the same names stand among other words.
        is_question: whether any noun behind a "the" counts; in a sentence only known nouns do.
    """
    text = text[:_READ]
    phrases = list(_noun_phrases(text, evidence, is_question=is_question))
    taken = {mention.text.removeprefix("the ") for mention in phrases}
    names = [name for name in _names(text, evidence) if name.text not in taken]
    found = [*phrases, *names]
    return tuple(sorted(found, key=lambda mention: (mention.start, -mention.end)))


def _names(text: str, evidence: str) -> Iterator[Mention]:
    for span in _joined(text, Parsed(text).names):
        name = text[span.start : span.end]
        is_first = not text[: span.start].strip(" “\"'‘")
        is_common = is_first and re.search(rf"\b{re.escape(name.lower())}\b", evidence)
        bare = re.sub(r"[’']s$", "", name)
        if kind := _KIND_OF_PLACE.match(text, span.end):
            bare = f"{name}{kind[0]}"
        is_number = is_inside(span, Parsed(text).numbers)
        if is_common or is_number or len(bare) < 2 or TITLE_ALONE.fullmatch(bare):
            continue
        yield Mention(
            entity_type=entity_type_of(bare, evidence),
            text=bare,
            start=span.start,
            end=span.start + len(bare),
            head=bare.split()[-1].lower(),
            is_plural=is_plural_name(bare, evidence),
        )


def _joined(text: str, names: tuple[Span, ...]) -> list[Span]:
    """Names, of which "Brückner & Dahl" is one, and "Peter McNally of Third Bridge" is two."""
    found: list[Span] = []
    for span in chain.from_iterable(_parted(text, one) for one in names):
        if found and text[found[-1].end : span.start] == " & ":
            span = Span(found.pop().start, span.end)  # noqa: PLW2901
        found.append(span)
    return found


def _parted(text: str, span: Span) -> tuple[Span, ...]:
    """A name, or a person's and then where that one is from; "Bank of Japan" stays whole."""
    name = text[span.start : span.end]
    before, of, behind = name.partition(" of ")
    is_of_noun = _KIND_OF_NAME.search(before) is not None
    if not of or len(before.split()) < 2 or is_of_noun:
        return (span,)
    return (Span(span.start, span.start + len(before)), Span(span.end - len(behind), span.end))


def _noun_phrases(text: str, evidence: str, *, is_question: bool) -> Iterator[Mention]:
    """Phrases with an article or the like in front, or with a name before a known event.

    Like an article count "which", "what" and "how many", and whose it is: "Canada's".
    """
    found = words(text)
    names = Parsed(text).names
    surfaces = [text[word.start : word.end].lower() for word in found]
    reached = 0
    for place, surface in enumerate(surfaces):
        before = surfaces[place - 1] if place else ""
        is_subject = is_question and place < _SUBJECT_WITHIN and before in AUXILIARIES
        is_asked = is_question and surface in _ASKING
        owner = _owner(text, found[place], names)
        has_article = surface in DETERMINERS or is_asked or owner is not None
        is_bare = is_subject and _is_bare_subject(text, found[place])
        if not has_article and (
            found[place].start < reached or not (is_bare or _is_bare_known(text, found, place))
        ):
            continue
        run = _run(text, found[place + has_article :])
        if is_question:
            run = _without_verb(text, found, run, before=before if is_subject else "")
        else:
            run = _up_to_known_noun(text, run)
        if not 0 < len(run) <= _LONGEST_PHRASE:
            continue
        noun = _POSSESSIVE.sub("", text[run[-1].start : run[-1].end]).lower()
        if is_asked and not _is_asked(text, found, run, noun, is_counted=surface == "many"):
            continue
        is_bare = not has_article and noun not in EVENTS
        if is_bare and not is_plural(noun):
            continue
        reached = run[-1].end
        end = run[-1].end
        if owner is None:
            end = _with_complement(text, end, names, is_question=is_question)
        phrase = _POSSESSIVE.sub("", text[run[0].start : end])
        owned = "" if owner is None else text[owner.start : run[0].start]
        has_the = not is_bare and owner is None
        yield Mention(
            entity_type=entity_type_of_phrase(phrase, noun, evidence),
            text=f"the {phrase}" if has_the else f"{owned}{phrase}",
            start=found[place].start if owner is None else owner.start,
            end=run[0].start + len(phrase),
            head=noun,
            is_plural=is_plural(noun),
        )


def _owner(text: str, word: Word, names: tuple[Span, ...]) -> Span | None:
    """The name whose possessive a word is the end of: "Canada's", "Bell & Quill’s"."""
    if not _NAMED_OWNER.fullmatch(text, word.start, word.end) or text[word.end - 1] not in "s’'":
        return None
    inside = (one for one in names if one.start <= word.start < one.end)
    return next((Span(one.start, word.end) for one in inside if one.end >= word.end - 2), None)


def _is_asked(
    text: str, found: tuple[Word, ...], run: list[Word], noun: str, *, is_counted: bool
) -> bool:
    """Whether "which …" or "how many …" is a noun phrase, as the verb behind it tells."""
    following = [text[word.start : word.end].lower() for word in found if word.start >= run[-1].end]
    verb = next(iter(following), "")
    has_verb = verb in AUXILIARIES | PAST or verb.endswith("ed")
    is_verb = noun in PAST or noun.endswith("ed")
    return has_verb and not is_verb and noun != "people" and (is_plural(noun) or not is_counted)


def _is_bare_known(text: str, found: tuple[Word, ...], place: int) -> bool:
    """Whether a name and then an event stand here, "Tazerbo attack", or "in clashes"."""
    surface = text[found[place].start : found[place].end]
    is_known = is_event(surface) or surface in GROUPS or is_human(surface)
    if place and is_known and is_plural(surface):
        before = text[found[place - 1].start : found[place - 1].end].lower()
        is_beside = _ADJOINED.fullmatch(text, found[place - 1].end, found[place].start)
        return is_beside is not None and (before in _BEFORE_BARE or before.isdigit())
    return _is_bare_event(text, found, place)


def _is_bare_event(text: str, found: tuple[Word, ...], place: int) -> bool:
    """Whether a name and then an event stand here: "Tazerbo attack"."""
    if place == 0 or place + 1 >= len(found) or not text[found[place].start].isupper():
        return False
    this, following = found[place], found[place + 1]
    is_next = _ADJOINED.fullmatch(text, this.end, following.start) is not None
    return is_next and text[following.start : following.end].lower() in EVENTS


def _is_bare_subject(text: str, word: Word) -> bool:
    surface = text[word.start : word.end]
    return surface.islower() and surface not in FUNCTION_WORDS and not surface.endswith("ed")


def _run(text: str, found: Sequence[Word]) -> list[Word]:
    """The first of some words up to a function word, a date or a mark between them."""
    run: list[Word] = []
    dates = Parsed(text).dates
    for word in found:
        if run and not _ADJOINED.fullmatch(text, run[-1].end, word.start):
            break
        is_function_word = text[word.start : word.end].lower().rstrip("'’") in FUNCTION_WORDS
        if is_function_word or is_inside(Span(word.start, word.end), dates):
            break
        run.append(word)
    return run


def _without_verb(
    text: str, found: tuple[Word, ...], run: list[Word], *, before: str
) -> list[Word]:
    """`run` up to the verb that it may have at its end; `before`: the auxiliary in front."""
    surfaces = [text[word.start : word.end].lower() for word in run]
    for place in range(1, len(run)):
        is_adverb = surfaces[place - 1].endswith("ly")
        if surfaces[place] in PAST or (surfaces[place].endswith("ed") and not is_adverb):
            return run[:place]
        if before in _BE and (surfaces[place] in _PREDICATES or _is_participle(surfaces[place])):
            return run[:place]
    if before in BEFORE_BASE_FORM and len(run) > 1 and not _verb_comes_later(text, found, run):
        behind = next((word for word in found if word.start >= run[-1].end), None)
        is_next = behind is not None and text[behind.start : behind.end] in _COMMON_VERBS
        return run if is_next else run[:-1]
    return run


def _is_participle(surface: str) -> bool:
    return surface.endswith("ing") and surface not in EVENTS


def _verb_comes_later(text: str, found: tuple[Word, ...], run: list[Word]) -> bool:
    """Whether words follow that could be the verb: "did the mayor | of Sirte | resign"."""
    rest = [word for word in found if word.start >= run[-1].end]
    surfaces = [text[word.start : word.end] for word in rest]
    if not surfaces or surfaces[0].lower() not in {"of", "in", "on", "at", "from"}:
        return False
    named = next((n for n, surface in enumerate(surfaces) if surface[0].isupper()), None)
    if named is None or named > 2:
        return False
    behind = surfaces[named + 1 :]
    return any(one.islower() and one not in FUNCTION_WORDS | PLACE_NAMES for one in behind[:2])


def _up_to_known_noun(text: str, run: list[Word]) -> list[Word]:
    """`run` up to the first noun that is known, or to the last of several in a row."""
    known = [
        is_event(surface := text[word.start : word.end].lower())
        or surface in GROUPS
        or (is_human(surface) and text[word.start].islower())
        for word in run
    ]
    if True not in known:
        return []
    last = known.index(True)
    while last + 1 < len(run) and known[last + 1]:
        last += 1
    return run[: last + 1]


def _with_second(text: str, end: int, name: Span, names: tuple[Span, ...]) -> int:
    """Where "between Moslems | and Christians" ends; else where the name does."""
    is_between = text[end : name.start].strip() == "between"
    seconds = (one for one in names if text[name.end : one.start] == " and ")
    second = next(seconds, None) if is_between else None
    return second.end if second else name.end


def _with_complement(text: str, end: int, names: tuple[Span, ...], *, is_question: bool) -> int:
    """Where a phrase ends with what it is of: "the attack | on Tazerbo"."""
    for name in names:
        if name.start > end and _OF_NAME.fullmatch(text, end, name.start):
            kind = _KIND_OF_PLACE.match(text, name.end)
            return kind.end() if kind else _with_second(text, end, name, names)
    if not is_question:
        return end
    behind = [word for word in words(text) if word.start > end]
    for place, word in enumerate(behind[:3]):
        if _OF_NOUN.fullmatch(text, end, word.start):
            run = _without_verb(text, (), _run(text, behind[place:]), before="")[:3]
            return run[-1].end if run else end
    return end
