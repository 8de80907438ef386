"""What a question asks for: its type, its terms, the unit or noun that is counted.

English only. Of a question in another language the type is `WHAT`, and its terms count alone.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from index.text import FUNCTION_WORDS, Word, parse_query, terms, words


class QuestionType(StrEnum):
    """What would answer: the expected answer type."""

    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    COUNT = "count"
    WHY = "why"
    SAY = "say"
    NAME = "name"
    HOW = "how"
    YES_NO = "yes or no"
    KEYWORDS = "keywords"
    WHAT = "what"


class Unit(StrEnum):
    """What a number must be of."""

    ANY = "any"
    TIME = "time"
    DISTANCE = "distance"
    MONEY = "money"
    PERCENT = "percent"


# The first that matches decides.
_QUESTION_TYPES: tuple[tuple[re.Pattern[str], QuestionType, Unit], ...] = tuple(
    (re.compile(pattern), question_type, unit)
    for pattern, question_type, unit in (
        (
            r"how much (?:money|did .* (?:cost|pay|spend)|does|was .* (?:paid|worth)|is .* worth)",
            QuestionType.COUNT,
            Unit.MONEY,
        ),
        (r"\bhow (?:many|much)\b", QuestionType.COUNT, Unit.ANY),
        (
            r"\bhow (?:far|tall|high|deep|wide|big|large|fast|close)\b",
            QuestionType.COUNT,
            Unit.DISTANCE,
        ),
        (r"\bhow (?:long|old|often|soon)\b", QuestionType.COUNT, Unit.TIME),
        (
            r"\b(?:what|which) (?:percent(?:age)?|proportion|fraction|share)\b",
            QuestionType.COUNT,
            Unit.PERCENT,
        ),
        (
            (
                r"\b(?:what|which)(?: \w+)?(?: (?:is|was|were|are|did))?(?: the)?(?: \w+)? "
                r"(?:number|population|amount|price|cost|distance|temperature|speed|length|height"
                r"|width|size|age|weight|total)\b"
            ),
            QuestionType.COUNT,
            Unit.ANY,
        ),
        (
            (
                r"\bwhen\b|\b(?:what|which) (?:\w+ )?"
                r"(?:year|date|day|month|century|decade|time|era|period)s?\b"
            ),
            QuestionType.WHEN,
            Unit.ANY,
        ),
        (r"^(?!.*\b(?:what|which|where|why)\b).*\bwho(?:m|se)?\b", QuestionType.WHO, Unit.ANY),
        (
            (
                r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:city|cities|town|country|countries|state"
                r"|place|location|region|continent|area|county|village|province|street|building|island"
                r"|river|nation)\b"
            ),
            QuestionType.WHERE,
            Unit.ANY,
        ),
        (
            r"\bwhy\b|\bfor what (?:reason|purpose)\b|\bwhat (?:caused|causes|reason|led)\b",
            QuestionType.WHY,
            Unit.ANY,
        ),
        (
            (
                r"\bwhat (?:did|does|do|has|had|was|were)\b.*\b(?:say|said|says|claim|think|argue"
                r"|state|announce|tell|told|believe|warn|call)\b"
            ),
            QuestionType.SAY,
            Unit.ANY,
        ),
        (
            (
                r"\b(?:which|what) (?:\w+ ){0,2}(?:person|people|man|woman|king|queen|leader"
                r"|president|scientist|author|company|organization|group|army|party|team|general|emperor"
                r"|professor|mathematician|physicist|philosopher|university|school|tribe|dynasty|actor"
                r"|writer|artist|composer)\b|\bname of\b|\bwhich\b"
            ),
            QuestionType.NAME,
            Unit.ANY,
        ),
        (r"\bhow\b", QuestionType.HOW, Unit.ANY),
    )
)
_YES_NO = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|isn[’']t"
    r"|aren[’']t|wasn[’']t|weren[’']t|don[’']t|doesn[’']t|didn[’']t|hasn[’']t|haven[’']t|won[’']t)\b"
)
_ASKS = re.compile(
    r"\?|\b(?:who|whom|whose|what|which|when|where|why|how)\b"
    r"|^(?:name|list|tell|give|find|show|explain|describe)\b"
)
_LATIN_SHARE = 0.5
_COUNTED = re.compile(r"\bhow (?:many|much)\b(?: of)?(?: the)? ([\w-]+)")
_SUBJECT = re.compile(r"\s*(who|what|which)\b", re.IGNORECASE)
_BEFORE_VERB = frozenset("has have had also first then later is was are were will would".split())
_ASKS_NOTHING = frozenset(terms("happen occur"))
FUNCTION_TERMS = frozenset(terms(" ".join(FUNCTION_WORDS)))
BEFORE_BASE_FORM = frozenset("did do does can could will would shall should may might must".split())
"""What a verb stands behind in its base form: "did … claim"."""
AUXILIARIES = BEFORE_BASE_FORM | frozenset("is are was were has have had".split())
AUXILIARY = rf"(?:{'|'.join(sorted(AUXILIARIES))})"


@dataclass(frozen=True)
class Asked:
    """A question, taken apart. `text` is without quotation marks round its phrases."""

    text: str
    phrases: tuple[str, ...] = ()

    @classmethod
    def of(cls, question: str) -> "Asked":
        query = parse_query(question)
        return cls(query.words, query.phrases)

    @property
    def is_phrase_alone(self) -> bool:
        """Whether nothing is asked but where a quoted phrase stands."""
        return bool(self.phrases) and len(self.words) == len(terms(" ".join(self.phrases)))

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return words(self.text)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms that say what it is about; every term where none does."""
        every = frozenset(word.term for word in self.words)
        return (every - FUNCTION_TERMS - _ASKS_NOTHING) or every

    @cached_property
    def proper(self) -> frozenset[str]:
        """Terms written with a capital, but for the first word, or in digits: names, years."""
        return frozenset(
            word.term
            for place, word in enumerate(self.words)
            if word.term in self.terms
            and (self.text[word.start].isdigit() or (place > 0 and self.text[word.start].isupper()))
        )

    @cached_property
    def question_type(self) -> QuestionType:
        return self._type_and_unit[0]

    @cached_property
    def unit(self) -> Unit:
        return self._type_and_unit[1]

    @cached_property
    def _type_and_unit(self) -> tuple[QuestionType, Unit]:
        if _YES_NO.match(self.flat):
            return QuestionType.YES_NO, Unit.ANY
        for pattern, question_type, unit in _QUESTION_TYPES:
            if pattern.search(self.flat):
                return question_type, unit
        if self._is_latin and not _ASKS.search(self.flat):
            return QuestionType.KEYWORDS, Unit.ANY
        return QuestionType.WHAT, Unit.ANY

    @property
    def is_read(self) -> bool:
        """Whether it is a question that a model of English can read, and not a search."""
        return (
            not self.is_phrase_alone
            and self.question_type is not QuestionType.KEYWORDS
            and self._is_latin
        )

    @cached_property
    def _is_latin(self) -> bool:
        letters = [letter for letter in self.text if letter.isalpha()]
        latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
        return bool(letters) and latin / len(letters) >= _LATIN_SHARE

    @cached_property
    def flat(self) -> str:
        """Its text in lower case, its words one space apart."""
        return " ".join(self.text.lower().split())

    @cached_property
    def counted(self) -> str:
        """The term of the noun that "how many …" counts, or nothing."""
        found = _COUNTED.search(self.flat)
        noun = found.group(1) if found else ""
        return "" if noun in FUNCTION_WORDS else next(iter(terms(noun)), "")

    @cached_property
    def verb(self) -> str:
        """The term of the verb whose subject is asked for: "who claimed …"; or nothing."""
        found = _SUBJECT.match(self.text)
        if not found or len(self.words) < 2:
            return ""
        surfaces = [self.text[word.start : word.end].lower() for word in self.words]
        if found.group(1).lower() == "who":
            for surface, word in zip(surfaces[1:], self.words[1:], strict=True):
                if surface not in _BEFORE_VERB:
                    return "" if word.term in FUNCTION_TERMS else word.term
            return ""
        for surface, word in zip(surfaces[1:5], self.words[1:5], strict=True):
            if surface in AUXILIARIES:
                return ""
            if surface.endswith("ed"):
                return word.term
        return ""

    def pair_shares(self, weights: dict[str, float]) -> dict[tuple[str, str], float]:
        """Neighbouring words of which one at least has a weight, with shares that sum to 1."""
        shares: dict[tuple[str, str], float] = {}
        for first, second in pairwise(self.words):
            share = (weights.get(first.term, 0.0) + weights.get(second.term, 0.0)) / 2
            if share:
                pair = (first.term, second.term)
                shares[pair] = shares.get(pair, 0.0) + share
        total = sum(shares.values()) or 1.0
        return {pair: share / total for pair, share in shares.items()}
