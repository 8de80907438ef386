"""The expected answer types, one row each: what asks for it, what may answer it, and how.

The first row that a question fits decides. To add a type, add a row where it has to stand, and a
test: nothing here names the types one by one; `qa.follow_ups` asks for some by name. The patterns
are English, and match a question in lower case; one in another language is of the first row.

`python benchmarks/rules.py` says what each `expected` and `whole` is worth.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from index import Span
from qa.english.questions import Asked, Unit
from qa.english.sentences import Parsed
from qa.reading import answer_words as whole
from qa.reading.expected_words import a_time, an_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerType:
    """What a question may be answered by.

    Attributes:
        name: rows of one name differ in what asks for them.
        asked_by: whether a question asks for it.
        expected: tells which words may answer a question; None where any may.
        whole: makes the words whole that were read, in their sentence.
        is_read: whether the model is asked at all.
    """

    name: str
    asked_by: Callable[[Asked], bool]
    expected: Callable[[Asked], Callable[[str], bool] | None] | None = None
    whole: Callable[[Asked, Parsed, Span], Span] | None = whole.with_article
    is_read: bool = True


def words(pattern: str) -> Callable[[Asked], bool]:
    """Asked by these words anywhere in the question."""
    compiled = re.compile(pattern)
    return lambda asked: compiled.search(asked.flat) is not None


def _number_of(unit: Unit, asked_by: str) -> AnswerType:
    return AnswerType(
        name="count",
        asked_by=words(asked_by),
        expected=an_amount(unit),
        whole=whole.with_what_is_counted(unit),
    )


_ASKS = re.compile(
    r"\?|\b(?:who|whom|whose|what|which|when|where|why|how)\b"
    r"|^(?:name|list|tell|give|find|show|explain|describe)\b"
)

TYPES: tuple[AnswerType, ...] = (
    AnswerType(
        name="other language",
        asked_by=lambda asked: not asked.is_english,
        whole=whole.whole_sentence,
        is_read=False,
    ),
    AnswerType(
        name="yes or no",
        asked_by=words(
            r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might"
            r"|isn[’']t|aren[’']t|wasn[’']t|weren[’']t|don[’']t|doesn[’']t|didn[’']t|hasn[’']t"
            r"|haven[’']t|won[’']t)\b"
        ),
        whole=whole.whole_sentence,
    ),
    _number_of(
        Unit.MONEY,
        r"how much (?:money|did .* (?:cost|pay|spend)|does|was .* (?:paid|worth)|is .* worth)",
    ),
    _number_of(Unit.ANY, r"\bhow (?:many|much)\b"),
    _number_of(Unit.DISTANCE, r"\bhow (?:far|tall|high|deep|wide|big|large|fast|close)\b"),
    _number_of(Unit.TIME, r"\bhow (?:long|old|often|soon)\b"),
    _number_of(Unit.PERCENT, r"\b(?:what|which) (?:percent(?:age)?|proportion|fraction|share)\b"),
    _number_of(
        Unit.ANY,
        r"\b(?:what|which)(?: \w+)?(?: (?:is|was|were|are|did))?(?: the)?(?: \w+)? "
        r"(?:number|population|amount|price|cost|distance|temperature|speed|length|height"
        r"|width|size|age|weight|total)\b",
    ),
    AnswerType(
        name="when",
        asked_by=words(
            r"\bwhen\b|\b(?:what|which) (?:\w+ )?"
            r"(?:year|date|day|month|century|decade|time|era|period)s?\b"
        ),
        expected=a_time,
    ),
    AnswerType(
        name="who",
        asked_by=words(r"^(?!.*\b(?:what|which|where|why)\b).*\bwho(?:m|se)?\b"),
        whole=whole.whom,
    ),
    AnswerType(
        name="where",
        asked_by=words(
            r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:city|cities|town|country|countries|state"
            r"|place|location|region|continent|area|county|village|province|street|building|island"
            r"|river|nation)\b"
        ),
        whole=whole.place,
    ),
    AnswerType(
        name="why",
        asked_by=words(
            r"\bwhy\b|\bfor what (?:reason|purpose)\b|\bwhat (?:caused|causes|reason|led)\b"
        ),
        whole=whole.reason,
    ),
    AnswerType(
        name="say",
        asked_by=words(
            r"\bwhat (?:did|does|do|has|had|was|were)\b.*\b(?:say|said|says|claim|think|argue"
            r"|state|announce|tell|told|believe|warn|call)\b"
        ),
        whole=whole.quotation,
    ),
    AnswerType(
        name="name",
        asked_by=words(
            r"\b(?:which|what) (?:\w+ ){0,2}(?:person|people|man|woman|king|queen|leader"
            r"|president|scientist|author|company|organization|group|army|party|team|general"
            r"|emperor|professor|mathematician|physicist|philosopher|university|school|tribe"
            r"|dynasty|actor|writer|artist|composer)\b|\bname of\b|\bwhich\b"
        ),
        whole=whole.whom,
    ),
    AnswerType(name="how", asked_by=words(r"\bhow\b")),
    AnswerType(
        name="keywords",
        asked_by=lambda asked: _ASKS.search(asked.flat) is None,
        whole=whole.whole_sentence,
        is_read=False,
    ),
    AnswerType(name="what", asked_by=lambda asked: True),
)


@lru_cache(maxsize=256)
def answer_type_of(asked: Asked) -> AnswerType:
    """The row of the first type that a question asks for."""
    return next(row for row in TYPES if row.asked_by(asked))


def may_answer(asked: Asked) -> Callable[[str], bool] | None:
    """Tells whether some words may answer a question; None where any words may."""
    expected = answer_type_of(asked).expected
    return expected(asked) if expected else None


def answering_words(asked: Asked, sentence: Parsed, read: Span | None) -> Span:
    """The span of the words that answer, from the sentence's start.

    Args:
        asked: the question.
        sentence: the sentence that answers.
        read: the span that the model read in it, if it did.
    """
    if asked.is_phrase_alone:
        return whole.phrase(asked, sentence)
    if read is None:
        return Span(0, len(sentence.text))
    words_read = whole.whole_words(sentence, read)
    make_whole = answer_type_of(asked).whole
    return make_whole(asked, sentence, words_read) if make_whole else words_read
