"""A follow-up and the turns before it → a question that stands alone.

"When did it happen?" after "Who claimed the Tazerbo attack?" is understood as "When did the Tazerbo
attack happen?". What points back is replaced by what it means (`focus`), what was left out comes
from the question before (`ellipsis`), and a question that names too little to be found gets the
place or event. A question with names of its own, or about something else, is left as it is.

English only, by patterns; what is understood is shown, so that it can be taken back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.text import FUNCTION_WORDS, terms
from qa.datatypes import Answer, NoAnswer
from qa.english.entities import PLACES, Gender, is_plural
from qa.english.questions import AUXILIARY, Asked
from qa.english.sentences import HUMAN_TERMS, Parsed
from qa.follow_ups.ellipsis import replaced, whole
from qa.follow_ups.focus import Focus
from qa.reading.answer_types import answer_type_of

_OPENING = re.compile(r"(?:(?:and|but|or|so|also|well|ok|okay)\b[,…]*\s+)+", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"(?:what|how) about\s+", re.IGNORECASE)
_ENDS = " \t\r\n?!."
_ASKS = re.compile(
    rf"(?:\w+ )?(?:who|whom|whose|what|which|when|where|why|how)\b|{AUXILIARY}\b", re.IGNORECASE
)
_STARTS_WITH_PREPOSITION = re.compile(
    r"(?:in|on|at|from|to|about|for|by|with|near)\b", re.IGNORECASE
)
_QUOTED = re.compile(r'"[^"]+"|“[^“”]+”')

_HAPPENS = r"(?:happen|occur|take place|start|begin|end|last)"
_POINTS_BACK = re.compile(
    r"\b(?:"
    r"(?P<day>(?:(?:on|in|at) )?(?:that|this|the same) (?:day|date|year|month|week|night|time))"
    rf"|(?P<bare>that|this|these|those)(?=\s*$| {_HAPPENS}| (?:in|on|at|for|before|after|by)\b)"
    r"|(?P<demonstrative>that|this|these|those|the same|the) (?P<noun>[a-z]+)"
    r"|(?P<pronoun>he|him|his|she|hers|her|they|them|theirs|their|its|it|there)"
    r")\b",
    re.IGNORECASE,
)
_POSSESSIVE = frozenset("his her its their".split())
_PRONOUNS = ("he him his", "she her hers", "they them their theirs", "it its")
_STANDS_FOR_TWO = frozenset("hers theirs".split())
_FEMALE = frozenset("she her".split())
_IS_SUBJECT = re.compile(rf"(?:\b{AUXILIARY} |^)$", re.IGNORECASE)
_IS_OF_THINGS = re.compile(
    r"(?:be|been|being|cost|weigh|contain|include|mean|cause|sink|fall|rise|arrive|open|close|work"
    r"|look|come|lead|[a-z]+ed|[a-z]+er|easier|more|less|worth|so|too|very)\b",
    re.IGNORECASE,
)
"""What stands behind a subject of which things may be spoken as well as people."""
_ACTS = re.compile(
    r"(?:say|announce|decide|plan|offer|buy|sell|own|want|hope|expect|ask|claim|promise|agree|order"
    r"|hire|employ|pay|propose|intend|deny|report|make|produce)\b",
    re.IGNORECASE,
)
"""What a group does, and no thing."""
_TO_SINGULAR = {"are": "is", "were": "was", "have": "has", "do": "does"}
_PLURAL_VERB = re.compile(rf"\b(?:{'|'.join(_TO_SINGULAR)})(?= $)", re.IGNORECASE)
_EXISTS = re.compile(r"\b(?:is|are|was|were|be|been) $", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"it (?:(?:take|took|takes|cost|costs) .*to\b|(?:is |was |be )?(?:true|possible|likely|unlikely"
    r"|known|unknown|clear|said|thought|believed|expected|reported|important|necessary|legal"
    r"|illegal|safe|hard|difficult|easy|time)\b)",
    re.IGNORECASE,
)
_IS_SAID = re.compile(r"\b(?:say|says|said|announced?|stated?) $", re.IGNORECASE)
_WHO_IS = re.compile(r"who (?:is|was) ", re.IGNORECASE)
_OWN_PLACE = re.compile(r" (?:in|on|of|at|against|near) (?:the )?[A-Z]")
_ELLIPTIC = re.compile(
    rf"how (?:many|much)(?: others?| more)? (?:{AUXILIARY}|[a-z]+ed)\b"
    r"|.*\b(?:else|others?|another|the same)\b",
    re.IGNORECASE,
)
_OF_ANY_EVENT = frozenset(
    terms(
        """people anyone anybody someone somebody die kill injure hurt wound arrest detain rescue
        survive blame cause exactly long last far often old"""
    )
)
_SOME_GROUP = frozenset("company firm group organisation organization".split())
_MOST_TERMS = 3
_LONGEST = 500
"""Characters of a question that is taken for a follow-up; no longer one leaves anything out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A question with what it takes from the turns before.

    `meanings`: the question that it stands for, or the two that it may stand for. `is_follow_up`:
    whether it leans on the turns before, even where they have nothing for it to take.
    """

    meanings: tuple[str, ...]
    is_follow_up: bool


def understood(question: str, history: Sequence[Answer | NoAnswer]) -> Understood:
    """`question` with what it takes from the turns before, the last of which is the latest.

    Without anything to take, it is `question` itself, to the letter. An empty `history` switches
    this off.
    """
    asked = question.strip()
    if not history or not 0 < len(asked) <= _LONGEST:
        return Understood(meanings=(question,), is_follow_up=False)
    opening = _OPENING.match(asked)
    behind = asked[opening.end() if opening else 0 :]
    about = _WHAT_ABOUT.match(behind)
    part = behind[about.end() if about else 0 :].strip(_ENDS)
    focus = Focus(history)
    if not about and (complete := whole(part, focus)):
        return Understood(meanings=(_like(asked, complete),), is_follow_up=True)
    resolved = _Resolved.of(part, focus)
    is_fragment = about or (
        not _ASKS.match(part) and (opening or _STARTS_WITH_PREPOSITION.match(part))
    )
    leans = _leans(part, focus, goes_on=bool(opening or about))

    def meaning(text: str) -> str:
        if is_fragment and (complete := replaced(text, focus)):
            return _like(asked, complete)
        if text == part and not leans:
            return question
        if not resolved.is_open and not Asked.of(f"So {text}").proper:
            is_where = answer_type_of(Asked.of(text)).name == "where"
            text += focus.setting(known=text, is_where=is_where)
        return question if text == part else _like(asked, f"{about[0] if about else ''}{text}?")

    meanings = tuple(dict.fromkeys(map(meaning, resolved.texts)))
    is_follow_up = leans or resolved.points_back or meanings != (question,)
    return Understood(meanings=meanings, is_follow_up=is_follow_up)


def _like(asked: str, understood: str) -> str:
    """`understood` with a capital in front where what was asked had one."""
    return understood[0].upper() + understood[1:] if asked[0].isupper() else understood


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A question with the words that point back replaced by what they mean, where that is found.

    `texts`: two where one of them may mean either of two. `points_back`: whether any word does, or
    a noun that the turns before have. `is_open`: whether what a pronoun means was not found.
    """

    texts: tuple[str, ...]
    points_back: bool
    is_open: bool

    @classmethod
    def of(cls, text: str, focus: Focus) -> "_Resolved":
        quoted = [found.span() for found in _QUOTED.finditer(text)]
        first, second = [], []
        done = 0
        points_back = is_open = False
        named: dict[str, str] = {}
        for found in _POINTS_BACK.finditer(text):
            if any(start <= found.start() < end for start, end in quoted):
                continue
            kind = _kind_of(found)
            known = " ".join((text, *(meant for other, meant in named.items() if other != kind)))
            pointer = _pointer(text, found, focus, known=known)
            if pointer is None:
                continue
            is_told = found["demonstrative"] is None or _is_told(text, found["noun"], focus)
            points_back = points_back or bool(pointer) or is_told
            is_open = is_open or (not pointer and found["pronoun"] is not None)
            if pointer:
                named[kind] = " ".join(pointer)
                before = text[done : found.start()]
                first += [_agreeing(before, found, pointer[0]), pointer[0]]
                second += [_agreeing(before, found, pointer[-1]), pointer[-1]]
                done = found.end()
        texts = ("".join([*pieces, text[done:]]) for pieces in (first, second))
        return cls(tuple(dict.fromkeys(texts)), points_back, is_open)


def _kind_of(found: re.Match[str]) -> str:
    """What words that mean the same have in common: "he" and "his"."""
    word = (found["pronoun"] or "").lower()
    return next((some for some in _PRONOUNS if word in some.split()), found[0])


def _pointer(
    text: str, found: re.Match[str], focus: Focus, *, known: str
) -> tuple[str, ...] | None:
    """What a word that may point back means: one or two, or nothing; None where it does not.

    `known`: the question, with what its other pronouns mean.
    """
    if found["day"]:
        return _some(_day(focus))
    if found["demonstrative"]:
        return _definite(text, found, focus)
    if _IS_SAID.search(text, 0, found.start()):
        return None
    if found["bare"]:
        return _some(focus.event(known=text)) or focus.one(known=text, is_subject=False)
    return _pronoun(text, found, focus, known=known)


def _is_told(text: str, noun: str, focus: Focus) -> bool:
    """Whether "the …" of a question without names is rather what the turns before speak of."""
    return not Asked.of(text).proper and frozenset(terms(noun)) <= frozenset(terms(focus.evidence))


def _some(meant: str) -> tuple[str, ...]:
    return (meant,) if meant else ()


def _agreeing(before: str, found: re.Match[str], meant: str) -> str:
    """The words before "they" with "was" for "were", where one is meant: "was the council"."""
    if (found["pronoun"] or "").lower() != "they" or _is_several(meant):
        return before
    return _PLURAL_VERB.sub(lambda verb: _TO_SINGULAR[verb[0].lower()], before)


def _is_several(phrase: str) -> bool:
    return " and " in phrase or is_plural(phrase.rsplit(maxsplit=1)[-1].lower())


def _day(focus: Focus) -> str:
    date = focus.date()
    return f"{'in' if date.isdigit() else 'on'} {date}" if date else ""


def _definite(text: str, found: re.Match[str], focus: Focus) -> tuple[str, ...]:
    """What "the attack", "that city" or "these people" means, when it says no more itself."""
    noun = found["noun"].lower()
    if _OWN_PLACE.match(text, found.end()):
        return ()
    is_the = found["demonstrative"].lower() == "the"
    is_alone = not (is_the and Parsed(text).names)
    meant = focus.named(noun, known=text)
    if not meant and is_alone and noun in PLACES:
        meant = focus.place(known=text)
    if not meant and is_alone and noun in _SOME_GROUP:
        meant = focus.group(known=text)
    if not meant and not is_the and not HUMAN_TERMS.isdisjoint(terms(noun)):
        if is_plural(noun):
            return focus.several(known=text, is_acting=True, may_be_group=False)
        return focus.person(Gender.UNKNOWN, known=text)
    return _some(meant)


def _pronoun(
    text: str, found: re.Match[str], focus: Focus, *, known: str
) -> tuple[str, ...] | None:
    word = found["pronoun"].lower()
    before, behind = text[: found.start()], text[found.end() :].strip()
    following = behind.split(maxsplit=1)[0] if behind else ""
    is_possessive = (
        word in _POSSESSIVE
        and following.lower() not in FUNCTION_WORDS
        and (following[:1].islower() if word == "her" else following[:1].isalnum())
    )
    if _is_bound(before, behind, is_possessive=is_possessive):
        return None
    if word in _STANDS_FOR_TWO:  # "theirs" is whose, and what
        return ()
    is_subject = _IS_SUBJECT.search(before) is not None
    happens = re.match(_HAPPENS, behind) is not None
    is_acting = is_subject and not happens and not _IS_OF_THINGS.match(behind)
    meant: tuple[str, ...] = ()
    match word:
        case "he" | "him" | "his" | "she" | "her":
            gender = Gender.FEMALE if word in _FEMALE else Gender.MALE
            is_full = _WHO_IS.match(text) is not None
            meant = focus.person(gender, known=known, is_full=is_full)
        case "they" | "them" | "their":
            meant = focus.several(
                known=known,
                is_acting=is_acting,
                may_be_group=is_possessive or is_acting,
                is_event=happens,
            )
        case "there":
            if _EXISTS.search(before) and (behind or "how" in before.lower()):
                return None
            place = focus.place(known=known)
            meant = _some(f"in {place}" if place else "")
        case _:
            if _SAYS_NOTHING.match(text, found.start()):
                return None
            meant = _some(focus.event(known=known)) if happens else ()
            meant = meant or focus.one(
                known=known,
                is_subject=is_subject,
                is_acting=is_acting and _ACTS.match(behind) is not None,
            )
    return tuple(map(_possessive, meant)) if is_possessive else meant


def _possessive(name: str) -> str:
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def _is_bound(before: str, behind: str, *, is_possessive: bool) -> bool:
    """Whether the question itself has said who is meant: "What did Abaaj say of his army?"."""
    has_verb = re.match(rf"{AUXILIARY}\b", behind, re.IGNORECASE) is not None
    is_named = bool(Parsed(before).names) or re.search(r"\bthe [a-z]+ ", before) is not None
    return is_named and (is_possessive or has_verb)


def _leans(part: str, focus: Focus, *, goes_on: bool) -> bool:
    """Whether a question without a pronoun still needs what came before."""
    asked = Asked.of(part)
    if asked.proper or asked.phrases or not (goes_on or _ASKS.match(part)):
        return False
    own = asked.terms - _OF_ANY_EVENT
    if goes_on or not own or _ELLIPTIC.match(part):
        return True
    return len(own) <= _MOST_TERMS and own <= frozenset(terms(focus.evidence))
