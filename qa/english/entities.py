"""What a name or noun is the name of: a person, a group, a place, an event or a thing.

English, by lists of nouns and by the words round a name wherever it stands in the article: "in
Tazerbo" is a place, "Mismari said" a person. What no list and no pattern knows is a thing.
"""

import re
from enum import StrEnum

from index.text import terms
from qa.english.sentences import CAPITAL, HUMAN_TERMS, PARTICLE


class EntityType(StrEnum):
    """What a mention is of."""

    PERSON = "person"
    GROUP = "group"
    PLACE = "place"
    EVENT = "event"
    THING = "thing"


ACTORS = frozenset((EntityType.PERSON, EntityType.GROUP))
"""What a "who" asks for."""


class Gender(StrEnum):
    """Which pronoun an article has for a person."""

    MALE = "he"
    FEMALE = "she"
    UNKNOWN = "they"


EVENTS = frozenset(
    """accident agreement ambush arrest assault attack auction avalanche battle blast blaze bombing
    ceasefire ceremony clash closure collapse collision concert conference coup crash deal
    demonstration derailment disaster drought earthquake election epidemic eruption evacuation
    execution exercise explosion festival fire flood funeral game hearing hijacking hurricane
    incident inquiry invasion investigation kidnapping killing landslide launch leak march massacre
    match meeting merger murder offensive operation outage outbreak parade protest quake race raid
    rally referendum rescue resignation riot robbery sale shelling shooting siege sinking spill
    storm strike summit takeover talks theft tournament trial typhoon verdict visit vote war
    wildfire withdrawal""".split()
)
PLACES = frozenset(
    """area capital city country county district harbour harbor island port province region state
    town village""".split()
)
GROUPS = frozenset(
    """agency airline airlines airways alliance army association authority bank bloc board
    brigade cabinet club coalition commission committee company congress cooperative corporation
    council court crew department family federation ferries firm force forces foundation front
    gang government group guard guild institute league lines ministry mission movement nations
    navy network newspaper organisation organization parliament party police railway railways
    senate squad syndicate team troops union university works""".split()
)
PLACE_NAMES = frozenset(
    """airport avenue bay beach bridge cape church city coast county district harbour harbor
    hospital hotel island islands lake mountain mountains park port prison province reef region
    river road school sea square stadium station strait street valley village""".split()
)
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Dr|Prof(?:essor)?|Sir|Lady|Lord|President|Minister|Chancellor|Sen(?:ator)?"
    r"|Rep|Gov(?:ernor)?|Mayor|Judge|Justice|Capt(?:ain)?|Col(?:onel)?|Gen(?:eral)?|Brig(?:adier)?"
    r"|Maj(?:or)?|Lt|Lieutenant|Sgt|Sergeant|Admiral|Commander|Commissioner|Inspector|Detective"
    r"|Officer|Sheriff|Pope|Bishop|Archbishop|Rabbi|Imam|Sheikh|King|Queen|Prince|Princess|Emperor"
    r"|Ambassador|Secretary|Director|Chairman|Chairwoman|Spokesman|Spokeswoman|Coach|Councillor)"
)
_SPEAKS = (
    r"(?:said|says|told|added|adding|announced|denied|warned|argued|insisted|claimed|wrote|called"
    r"|praised|stressed|explained|declined|promised|testified|recalled)"
)
_STARTS_WITH_TITLE = re.compile(rf"(?:\w+ )?{_TITLE}\b\.?\s")
TITLE_ALONE = re.compile(rf"(?:\w+ )?{_TITLE}(?: of\b.*)?")
_TITLES = re.compile(rf"(?:(?:\w+ ){{0,3}}{_TITLE}\b\.? )+(?=\S+ \S)")
_TITLED = re.compile(rf"(?:^|\s){_TITLE}\.? (?P<name>{CAPITAL}\S+ \S.*)")
_KINDS = GROUPS | PLACE_NAMES | EVENTS
_NAME_BEFORE = re.compile(rf"{CAPITAL}(?:[\w’'-]*|\w{{,3}}\.) $")
_OTHER_NAME = re.compile(rf"{CAPITAL}[^\W\d_]+ {CAPITAL}[^\W\d_]+")
_SURNAME = re.compile(rf"(?<=\s){PARTICLE}\s.+")
_NAME_LENGTH = 20
_PLURAL = frozenset(
    """children crew dead families forces injured men missing people police talks troops
    victims women wounded""".split()
)
_HUMAN_TERMS = HUMAN_TERMS | frozenset(
    terms(
        """actor analyst author broker candidate dealer driver executive founder historian manager
        nurse owner pilot player priest professor prosecutor reporter senator governor singer
        surgeon suspect trader victim witness"""
    )
)
_HUMAN = re.compile(r"[a-z]+(?:man|men|nist|alist|mist|gist|rist|vist|woman|women|person)s?")
_GENDERED = {
    Gender.FEMALE: re.compile(
        r"[a-z]*woman|actress|aunt|daughter|girl|lady|mother|princess|queen|sister|wife|widow"
    ),
    Gender.MALE: re.compile(
        r"(?!human|german|roman|ottoman)[a-z]*man|boy|brother|father|husband|king|lord|prince|son|uncle|widower"
    ),
}
_PRONOUN = re.compile(r"\b(?:(?P<he>[Hh]e|[Hh]is|[Hh]im)|[Ss]he|[Hh]ers?)\b")
_SIR = re.compile(r"\b(?:Mr|Sir|Lord|King|Prince|[A-Z]?[a-z]+sman|[Cc]hairman)\b")
_MADAM = re.compile(r"\b(?:Mrs|Ms|Miss|Lady|Queen|Princess|[A-Z]?[a-z]+woman)\b")
_CITY_OF = "|".join(
    sorted(PLACES | {"council", "mayor", "north", "south", "east", "west", "people"})
)
_WHICH_PART = "(?:downtown|central|nearby|(?:north|south|east|west)(?:ern)?)"
_NOT_GIVEN = "".join(
    rf"(?<!{verb} )"
    for verb in "bought ordered acquired borrowed received hired leased obtained".split()
)
"""Before "from": what is bought or the like is from somebody, and from no place."""
_REACH = 300
_BEFORE = 60


def entity_type_of(name: str, evidence: str) -> EntityType:
    """What a name is the name of, by its own words or else by those round it in `evidence`."""
    return _by_own_words(name) or _by_words_around(name, evidence)


def _by_own_words(name: str) -> EntityType | None:
    parts = {part.lower().strip(".'’") for part in name.partition(" of ")[0].split()}
    if (titled := _TITLED.search(name)) and _KINDS.isdisjoint(titled["name"].lower().split()):
        return EntityType.PERSON
    is_acronym = name.isupper() and name.isalpha() and len(name) > 1
    if is_acronym or "&" in parts or parts & GROUPS:
        return EntityType.GROUP
    if parts & EVENTS:
        return EntityType.EVENT
    if _STARTS_WITH_TITLE.match(name):
        return EntityType.PERSON
    return EntityType.PLACE if parts & PLACE_NAMES else None


def _by_words_around(name: str, evidence: str) -> EntityType:
    length = len(name.split())
    whole, last = re.escape(name), _pattern(_last(name))
    titled = _count(rf"\b{_TITLE}\.? (?:{CAPITAL}[\w.-]* ){{0,2}}(?:al-)?{last}\b", evidence)
    speaks = _count(
        rf"\b{last}(?:, \d+,)? {_SPEAKS}\b"
        rf"|\b(?:{_SPEAKS}|according to) (?:[A-Z]\w+\.? )?{last}\b",
        evidence,
    )
    # Of two words, "to" and "from" as often come before a person.
    moves = "" if length > 1 else rf"|{_NOT_GIVEN}from|(?<!according )to"
    placed = _count(
        rf"\b(?:in|near|at|outside|across|off{moves}) (?:{_WHICH_PART} )?{whole}\b"
        rf"|\b(?:{_CITY_OF}) of {whole}\b"
        rf"|\b{whole} (?:airport|harbour|harbor|district|province|region|island)\b",
        evidence,
    )
    has_article = _count(rf"\b[Tt]he {whole}\b(?! \w+(?:[’']s)? [a-z]+(?:ed|s)\b)", evidence) > 0
    if has_article and not titled:
        return (
            EntityType.PLACE
            if placed > speaks
            else (EntityType.GROUP if speaks else EntityType.THING)
        )
    if 2 * (speaks + titled) > placed:
        return EntityType.PERSON
    if placed:
        return EntityType.PLACE
    return EntityType.PERSON if length in (2, 3) and " of " not in name else EntityType.THING


def entity_type_of_phrase(phrase: str, noun: str, evidence: str) -> EntityType:
    """What "the …" is of: by its noun, or by the name that it is."""
    if is_event(noun):
        return EntityType.EVENT
    if noun in GROUPS or noun in _PLURAL:
        return EntityType.GROUP
    if noun in PLACES:
        return EntityType.PLACE
    if noun.capitalize() in phrase:
        entity_type = entity_type_of(phrase, evidence)
        is_article_odd = entity_type is EntityType.PERSON and " " not in phrase
        return EntityType.THING if is_article_odd else entity_type
    if not is_human(noun):
        return EntityType.THING
    return EntityType.GROUP if is_plural(noun) else EntityType.PERSON


def is_event(noun: str) -> bool:
    """Whether a noun, in lower case, is of events, one or several."""
    return not EVENTS.isdisjoint((noun, noun.removesuffix("s"), noun.removesuffix("es")))


def is_human(noun: str) -> bool:
    """Whether a noun, in lower case, is of people, one or several."""
    return bool(_HUMAN.fullmatch(noun)) or not _HUMAN_TERMS.isdisjoint(terms(noun))


def gender_of_noun(noun: str) -> Gender:
    """The pronoun for whom a noun, in lower case, calls: "the spokeswoman"."""
    for gender, pattern in _GENDERED.items():
        if pattern.fullmatch(noun):
            return gender
    return Gender.UNKNOWN


def gender_of(name: str, evidence: str) -> Gender:
    """The pronoun that follows a person's name in `evidence`, before any other name."""
    last = _pattern(_last(name))
    balance = 0
    for found in re.finditer(rf"\b{last}\b", evidence):
        around = evidence[max(0, found.start() - _BEFORE) : found.start()]
        balance += len(_SIR.findall(around))
        balance -= len(_MADAM.findall(around))
        behind = evidence[found.end() : found.end() + _REACH]
        other = _OTHER_NAME.search(behind)
        pronoun = _PRONOUN.search(behind, 0, other.start() if other else len(behind))
        if pronoun:
            balance += 1 if pronoun["he"] else -1
    if balance == 0:
        return Gender.UNKNOWN
    return Gender.MALE if balance > 0 else Gender.FEMALE


def short_of(name: str, evidence: str) -> str:
    """A person's name as `evidence` has it the second time, "Abaaj"; else without its titles."""
    bare = _TITLES.sub("", name)
    last = _last(bare)
    is_alone = any(
        not _NAME_BEFORE.search(evidence, max(0, found.start() - _NAME_LENGTH), found.start())
        for found in re.finditer(rf"(?<![\w-]){_pattern(last)}\b", evidence)
    )
    return last if is_alone else bare


def is_plural(noun: str) -> bool:
    """Whether a noun, in lower case, is of several."""
    return noun in _PLURAL or (noun.endswith("s") and not noun.endswith(("ss", "us", "is")))


def is_plural_name(name: str, evidence: str) -> bool:
    """Whether a name is of several, as the verbs behind it tell: "the Moslems were"."""
    whole = re.escape(name)
    several = _count(rf"\b{whole} (?:are|were|have)\b", evidence)
    return several > _count(rf"\b{whole} (?:is|was|has)\b", evidence)


def _last(name: str) -> str:
    """A surname: "Mismari" of "Ahmed al-Mismari", "von der Leyen" with what it begins with."""
    found = _SURNAME.search(name)
    return found[0] if found else re.split(r"[\s-]", name)[-1]


def _pattern(surname: str) -> str:
    """A surname as a pattern; a sentence may begin with its particle: "Von der Leyen said"."""
    first = surname[0]
    return (
        f"[{first}{first.upper()}]{re.escape(surname[1:])}"
        if first.islower()
        else re.escape(surname)
    )


def _count(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text))
