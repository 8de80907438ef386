"""Questions of which only a part is said: "Why?", "And in Sirte?", "And how many crew?".

What is left out is the question before, as it was understood; the part takes its place in it.
"""

import re

from index import Span
from index.text import FUNCTION_WORDS
from qa.english.entities import ACTORS, EntityType
from qa.english.mentions import PAST, Mention, mentions_of
from qa.english.questions import AUXILIARY, BEFORE_BASE_FORM
from qa.english.sentences import Parsed
from qa.follow_ups.focus import Focus

_PREPOSITION = (
    r"(?:about|after|against|around|at|before|between|by|during|for|from|in|into|of|off|on|since"
    r"|through|to|under|until|with)"
)
_BARE = re.compile(
    rf"(?:{_PREPOSITION} )?"
    r"(?:why|when|where|how(?: (?:long|far|often|soon))?|who|whom|(?:what|which) \w+)"
    rf"(?: exactly| then| so)?|{_PREPOSITION} how (?:many|much) [\w’'-]+",
    re.IGNORECASE,
)
_IT_HAPPENED = re.compile(
    r"(?P<asks>why|(?:by |since )?when|where|how) (?:exactly )?(?:did|was|has|had|will|would)"
    r" (?P<what>it|that|this)(?: all)?"
    r"(?P<verb> happen(?:ed)?| occur(?:red)?| take place| taken place| done| over)?",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"how (?:many|much) (?:more )?(?P<noun>[\w’'-]+)", re.IGNORECASE)
_COUNT = re.compile(r"how (?:many|much)(?: (?P<noun>[\w’'-]+))?", re.IGNORECASE)

# "When | did | the ferry sink"
_WITH_AUXILIARY = re.compile(
    rf"(?P<asks>(?:{_PREPOSITION} )?(?:who|whom|when|where|why|how(?: [\w’'-]+){{0,5}}"
    rf"|(?:what|which)(?: [\w’'-]+){{0,4}})) (?P<auxiliary>{AUXILIARY}) (?P<rest>.+)",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(rf"(?P<auxiliary>{AUXILIARY}) (?P<rest>.+)", re.IGNORECASE)
# "Who | suspended the service"
_OF_SUBJECT = re.compile(
    r"(?P<asks>who|what|(?:which|how many) [\w’'-]+) (?P<rest>.+)", re.IGNORECASE
)
_TO_PLURAL = {"was": "were", "is": "are", "has": "have", "does": "do"}
_ANYBODY = re.compile(r"(?:any|some)(?:body|one|thing) ", re.IGNORECASE)
_ENDS = " \t\r\n?!."
_ADVERBS = frozenset("afterwards again first instead later next now then today".split())
_ASKED_FOR = re.compile(r"(?:which|what|many) ", re.IGNORECASE)
_PRONOUN = re.compile(r"(?:he|she|it|they)\b")
# "give up | in Ottawa"
_VERB = re.compile(
    r" (?P<verb>[a-z]+)(?: (?:away|back|down|off|out|over|up))?"
    rf"(?=$| {_PREPOSITION} (?:the )?[^\W\d_])",
)
_LONGEST_FRAGMENT = 8
_THINGS = frozenset((EntityType.EVENT, EntityType.THING))


def whole(part: str, focus: Focus) -> str:
    """The question that "Why?", "When was that?" or "How many crew?" stands for; or nothing.

    Args:
        part: what is asked, without "And" in front or a question mark behind.
        focus: the turns before.
    """
    base = focus.last.turn.interpreted.strip(_ENDS)
    if _BARE.fullmatch(part):
        return _asked_again(part, base, focus)
    happened = _IT_HAPPENED.fullmatch(part)
    if happened and not _is_of_an_event(base, focus) and not _is_of_a_thing(happened, focus):
        return _asked_again(happened["asks"], base, focus)
    counted = _COUNTED.fullmatch(part)
    before = _COUNT.match(base)
    if counted and before and not _is_verb(counted["noun"]):
        is_verb = before["noun"] is None or _is_verb(before["noun"])
        return f"{part}{base[before.start('noun') - 1 if is_verb else before.end() :]}?"
    return ""


def replaced(fragment: str, focus: Focus) -> str:
    """The question before, with `fragment` in the place of its like; or nothing."""
    base = focus.last.turn.interpreted.strip(_ENDS)
    is_long = len(fragment.split()) > _LONGEST_FRAGMENT
    if not fragment or is_long or re.search(rf"\b{AUXILIARY}\b", fragment, re.IGNORECASE):
        return ""
    if Parsed(fragment).dates:
        dates = Parsed(base).dates
        span = _behind_preposition(base, dates[0]) if dates else Span(len(base), len(base))
        return _put(fragment, base, span)
    if re.match(rf"{_PREPOSITION}\b", fragment, re.IGNORECASE):
        fragment = fragment[0].lower() + fragment[1:]
        return _put(fragment, base, _place_of_phrase(fragment, base, focus))
    of_noun = _place_of_noun(fragment, base, focus)
    return _agreeing(_put(fragment, base, of_noun), fragment, focus) if of_noun else ""


def _asked_again(asks: str, base: str, focus: Focus) -> str:
    """The question before, asked by another question word."""
    asks = asks[0].upper() + asks[1:]
    if found := _YES_OR_NO.fullmatch(base):
        rest = _ANYBODY.sub("", found["rest"]) if asks.lower() == "who" else found["rest"]
        return f"{asks} {found['auxiliary'].lower()} {rest}?"
    asked_for = next(
        (one for one in focus.last.question if _ASKED_FOR.match(base, one.start)), None
    )
    if found := _WITH_AUXILIARY.fullmatch(base):
        before, auxiliary, rest = found["asks"].lower(), found["auxiliary"], found["rest"]
        if before.startswith(("who", "what", "which", "how many", "how much")):
            if auxiliary not in BEFORE_BASE_FORM:
                return f"{asks} {auxiliary} {_subject(before, asked_for, focus)} {rest}?"
            rest = _with_object(before, base, found.start("rest"), asked_for, focus)
        elif asked_for and (preposition := re.match(rf"{_PREPOSITION} ", before)):
            rest += f" {preposition[0]}{_subject(before, asked_for, focus)}"
        return f"{asks} {auxiliary} {rest}?"
    if found := _OF_SUBJECT.fullmatch(base):
        subject = _subject(found["asks"].lower(), asked_for, focus)
        rest = base[asked_for.end :].strip() if asked_for else found["rest"]
        return f"{asks} was it that {subject} {rest}?"
    return ""


def _subject(asks: str, asked_for: Mention | None, focus: Focus) -> str:
    """What the question before asked for: its answer, or what stands for that."""
    if asks.startswith("how"):
        return " ".join(asks.split()[2:]) or "people"
    if focus.last.answer:
        return focus.last.answer.text
    if asked_for:
        return asked_for.text
    return "somebody" if asks == "who" else "something"


def _with_object(asks: str, base: str, start: int, asked_for: Mention | None, focus: Focus) -> str:
    """What follows the auxiliary, with what "What did … strike" asks for behind the verb.

    `start`: where in `base` the subject begins. Where more than a phrase with a preposition stands
    behind the verb, it is left as it is.
    """
    rest = base[start:]
    mentions = mentions_of(base, focus.evidence, is_question=True)
    pronoun = _PRONOUN.match(base, start)
    ends = [pronoun.end()] if pronoun else [one.end for one in mentions if one.start >= start]
    verb = _VERB.match(base, ends[0]) if ends else None
    if not verb or verb["verb"].lower() in _ADVERBS:
        return rest
    counted = _COUNT.match(asks)
    if counted:
        what = " ".join(asks.split()[2:])
    elif focus.last.answer:
        what = focus.last.answer.text
    else:
        what = asked_for.text if asked_for else "that"
    return f"{base[start : verb.end()]} {what}{base[verb.end() :]}" if what else rest


def _is_of_an_event(base: str, focus: Focus) -> bool:
    """Whether the question before was of an event, and not of what became of it."""
    event = focus.event(known="")
    is_of_it = re.match(r"(?:why|when|where|how) ", base, re.IGNORECASE) is None
    return bool(event) and (is_of_it or base.endswith(event))


def _is_of_a_thing(happened: re.Match[str], focus: Focus) -> bool:
    """Whether "it" is the thing that answered, and not what the question before said of it."""
    answer = focus.last.answer
    is_thing = answer is not None and answer.entity_type is EntityType.THING
    return is_thing and happened["what"].lower() == "it" and not happened["verb"]


def _put(fragment: str, base: str, span: Span) -> str:
    before = base[: span.start].rstrip()
    behind = base[span.end :].lstrip()
    return f"{' '.join(filter(None, (before, fragment, behind)))}?"


def _agreeing(question: str, fragment: str, focus: Focus) -> str:
    """`question` with "were" for "was" before a fragment in the plural, and the other way round."""
    given = mentions_of(fragment, focus.evidence, is_question=True)
    if not given:
        return question
    is_plural = any(one.is_plural for one in given)
    pairs = _TO_PLURAL if is_plural else {plural: one for one, plural in _TO_PLURAL.items()}
    return re.sub(
        rf"\b({'|'.join(pairs)})(?= {re.escape(fragment)})",
        lambda found: pairs[found[0]],
        question,
    )


def _behind_preposition(text: str, span: Span) -> Span:
    """`span` with the preposition in front of it, if there is one."""
    found = re.search(rf"\b{_PREPOSITION} (?:the )?$", text[: span.start], re.IGNORECASE)
    return Span(found.start() if found else span.start, span.end)


def _place_of_phrase(fragment: str, base: str, focus: Focus) -> Span:
    """Where "in Sirte" goes: for a place with its preposition, for "in …", or at the end."""
    preposition = fragment.split(maxsplit=1)[0]
    named = mentions_of(fragment, focus.evidence, is_question=True)
    if any(one.has_name and one.entity_type not in ACTORS for one in named):
        places = [
            Span(one.start, one.end)
            for one in mentions_of(base, focus.evidence, is_question=True)
            if one.entity_type is EntityType.PLACE
        ]
        wider = [(_behind_preposition(base, span), span) for span in places]
        behind = [whole for whole, span in wider if whole != span]
        if behind:
            return behind[-1]
    phrase = re.search(rf"\b{preposition} (?:(?!{_PREPOSITION}\b)\S+ ?)+", base, re.IGNORECASE)
    return Span(*phrase.span()) if phrase else Span(len(base), len(base))


def _place_of_noun(fragment: str, base: str, focus: Focus) -> Span | None:
    """Where a noun, a name or a participle goes: for the last of its kind; or nowhere."""
    if _is_participle(fragment):
        verbs = [one for one in re.finditer(r"[\w’'-]+", base) if _is_participle(one[0])]
        return Span(*verbs[-1].span()) if verbs else None
    mentions = mentions_of(base, focus.evidence, is_question=True)
    given = mentions_of(fragment, focus.evidence, is_question=True)
    if not given:
        counted = _COUNT.match(base)
        is_noun = counted and counted["noun"] and not _is_verb(counted["noun"])
        return Span(*counted.span("noun")) if counted and is_noun else None
    found = [one for one in mentions if _is_like(one, given[0], base[: one.start])]
    if not found and given[0].entity_type is EntityType.THING and given[0].has_name:
        found = [one for one in mentions if one.has_name and not one.text.startswith("the ")]
    return Span(found[-1].start, found[-1].end) if found else None


def _is_like(one: Mention, other: Mention, before: str) -> bool:
    """Whether one may stand for the other; what is spoken about may be of any kind."""
    both = {one.entity_type, other.entity_type}
    return len(both) == 1 or both <= ACTORS or (both <= _THINGS and before.endswith("about "))


def _is_verb(word: str) -> bool:
    return word.lower() in FUNCTION_WORDS or _is_participle(word)


def _is_participle(word: str) -> bool:
    return word.lower() in PAST or (word.endswith("ed") and word.isalpha())
