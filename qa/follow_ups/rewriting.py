"""A follow-up and the turns before it → a question that stands alone.

"When did it happen?" after "Who claimed the Tazerbo attack?" is understood as "When did the Tazerbo
attack happen?". What points back is replaced by what it means (`focus`), what was left out comes
from the question before (`ellipsis`), and a question that names too little to be found gets the
place or event. A question with names of its own, or about something else, is left as it is.

English only, by patterns; what is understood is shown, so that it can be taken back.
"""

import re
from collections.abc import Sequence

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
_EXISTS = re.compile(r"\b(?:is|are|was|were|be|been) $", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"it (?:(?:take|took|takes) .*to\b|(?:is |was )?(?:true|possible|likely|known|clear|said)\b)",
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


def stand_alone(question: str, history: Sequence[Answer | NoAnswer]) -> str:
    """`question` with what it takes from the turns before, the last of which is the latest.

    Without anything to take, it is `question` itself, to the letter. An empty `history` switches
    this off.
    """
    asked = question.strip()
    if not history or not 0 < len(asked) <= _LONGEST:
        return question
    opening = _OPENING.match(asked)
    behind = asked[opening.end() if opening else 0 :]
    about = _WHAT_ABOUT.match(behind)
    part = behind[about.end() if about else 0 :].strip(_ENDS)
    focus = Focus(history)
    if not about and (complete := whole(part, focus)):
        return _like(asked, complete)
    resolved = _resolved(part, focus)
    is_fragment = about or (
        not _ASKS.match(part) and (opening or _STARTS_WITH_PREPOSITION.match(part))
    )
    if is_fragment and (complete := replaced(resolved, focus)):
        return _like(asked, complete)
    if resolved == part and not _leans(part, focus, goes_on=bool(opening or about)):
        return question
    if not Asked.of(f"So {resolved}").proper:
        is_where = answer_type_of(Asked.of(resolved)).name == "where"
        resolved += focus.setting(known=resolved, is_where=is_where)
    if resolved == part:
        return question
    return _like(asked, f"{about[0] if about else ''}{resolved}?")


def _like(asked: str, understood: str) -> str:
    """`understood` with a capital in front where what was asked had one."""
    return understood[0].upper() + understood[1:] if asked[0].isupper() else understood


def _resolved(text: str, focus: Focus) -> str:
    """`text` with the words that point back replaced by what they mean, where that is found."""
    quoted = [found.span() for found in _QUOTED.finditer(text)]
    pieces: list[str] = []
    done = 0
    for found in _POINTS_BACK.finditer(text):
        if any(start <= found.start() < end for start, end in quoted):
            continue
        if found["day"]:
            meant = _day(focus)
        elif found["demonstrative"]:
            meant = _definite(text, found, focus)
        elif _IS_SAID.search(text, 0, found.start()):
            continue
        elif found["bare"]:
            meant = focus.event(known=text) or focus.one(known=text, is_subject=False)
        else:
            meant = _pronoun(text, found, focus)
        if meant:
            pieces += [text[done : found.start()], meant]
            done = found.end()
    return "".join([*pieces, text[done:]])


def _day(focus: Focus) -> str:
    date = focus.date()
    return f"{'in' if date.isdigit() else 'on'} {date}" if date else ""


def _definite(text: str, found: re.Match[str], focus: Focus) -> str:
    """What "the attack", "that city" or "these people" means, when it says no more itself."""
    noun = found["noun"].lower()
    if _OWN_PLACE.match(text, found.end()):
        return ""
    is_the = found["demonstrative"].lower() == "the"
    is_alone = not (is_the and Parsed(text).names)
    meant = focus.named(noun, known=text)
    if not meant and is_alone and noun in PLACES:
        meant = focus.place(known=text)
    if not meant and is_alone and noun in _SOME_GROUP:
        meant = focus.group(known=text)
    if not meant and not is_the and not HUMAN_TERMS.isdisjoint(terms(noun)):
        if is_plural(noun):
            return focus.several(known=text)
        return focus.person(Gender.UNKNOWN, known=text)
    return meant


def _pronoun(text: str, found: re.Match[str], focus: Focus) -> str:
    word = found["pronoun"].lower()
    before, behind = text[: found.start()], text[found.end() :].strip()
    following = behind.split(maxsplit=1)[0] if behind else ""
    is_possessive = (
        word in _POSSESSIVE and following[:1].islower() and following not in FUNCTION_WORDS
    )
    if _is_bound(before, behind, is_possessive=is_possessive):
        return ""
    meant = ""
    is_who = _WHO_IS.match(text) is not None
    match word:
        case "he" | "him" | "his":
            meant = focus.person(Gender.MALE, known=text, is_full=is_who)
        case "she" | "her" | "hers":
            meant = focus.person(Gender.FEMALE, known=text, is_full=is_who)
        case "they" | "them" | "their" | "theirs":
            meant = focus.several(known=text)
        case "there":
            if not (_EXISTS.search(before) and (behind or "how" in before.lower())):
                place = focus.place(known=text)
                meant = f"in {place}" if place else ""
        case _ if not _SAYS_NOTHING.match(text, found.start()):
            is_subject = re.search(rf"\b{AUXILIARY} $", before, re.IGNORECASE) is not None
            if re.match(_HAPPENS, behind):
                meant = focus.event(known=text)
            meant = meant or focus.one(known=text, is_subject=is_subject)
    if meant and is_possessive:
        return f"{meant}’" if meant.endswith("s") else f"{meant}’s"
    return meant


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
