"""What kind of words a question asks for: one table, a row each, of how it is recognised.

The first row that a question fits decides. To add a type, add a row where it has to stand, and a
test; `qa.follow_ups` asks for some by name. The patterns are English, and match a question in lower
case; one in another language is of the first row.

Nothing here says which words may answer, or makes them whole: of 21 such rules none was worth
anything any more on questions that the network was not trained on (decision 25).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from qa.english.questions import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerType:
    """What a question may be answered by.

    Attributes:
        name: what is asked for, in a word.
        asked_by: whether a question asks for it.
        is_read: whether the model is asked at all; else whole sentences answer.
        is_whole: whether a whole sentence answers, because no words of it alone do.
    """

    name: str
    asked_by: Callable[[Asked], bool]
    is_read: bool = True
    is_whole: bool = False


def words(pattern: str) -> Callable[[Asked], bool]:
    """Asked by these words anywhere in the question."""
    compiled = re.compile(pattern)
    return lambda asked: compiled.search(asked.flat) is not None


_ASKS = re.compile(
    r"\?|\b(?:who|whom|whose|what|which|when|where|why|how)\b"
    r"|^(?:name|list|tell|give|find|show|explain|describe)\b"
)

TYPES: tuple[AnswerType, ...] = (
    AnswerType(
        name="other language",
        asked_by=lambda asked: not asked.is_english,
        is_read=False,
    ),
    AnswerType(
        name="yes or no",
        asked_by=words(
            r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might"
            r"|isn[’']t|aren[’']t|wasn[’']t|weren[’']t|don[’']t|doesn[’']t|didn[’']t|hasn[’']t"
            r"|haven[’']t|won[’']t)\b"
        ),
        is_whole=True,
    ),
    AnswerType(
        name="count",
        asked_by=words(
            r"\bhow (?:many|much|far|tall|high|deep|wide|big|large|fast|close)\b"
            r"|\bhow (?:long|old|often|soon)\b"
            r"|\b(?:what|which) (?:percent(?:age)?|proportion|fraction|share)\b"
            r"|\b(?:what|which)(?: \w+)?(?: (?:is|was|were|are|did))?(?: the)?(?: \w+)? "
            r"(?:number|population|amount|price|cost|distance|temperature|speed|length|height"
            r"|width|size|age|weight|total)\b"
        ),
    ),
    AnswerType(
        name="when",
        asked_by=words(
            r"\bwhen\b|\b(?:what|which) (?:\w+ )?"
            r"(?:year|date|day|month|century|decade|time|era|period)s?\b"
        ),
    ),
    AnswerType(
        name="who",
        asked_by=words(r"^(?!.*\b(?:what|which|where|why)\b).*\bwho(?:m|se)?\b"),
    ),
    AnswerType(
        name="where",
        asked_by=words(
            r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:city|cities|town|country|countries|state"
            r"|place|location|region|continent|area|county|village|province|street|building|island"
            r"|river|nation)\b"
        ),
    ),
    AnswerType(
        name="why",
        asked_by=words(
            r"\bwhy\b|\bfor what (?:reason|purpose)\b|\bwhat (?:caused|causes|reason|led)\b"
        ),
    ),
    AnswerType(
        name="say",
        asked_by=words(
            r"\bwhat (?:did|does|do|has|had|was|were)\b.*\b(?:say|said|says|claim|think|argue"
            r"|state|announce|tell|told|believe|warn|call)\b"
        ),
    ),
    AnswerType(
        name="name",
        asked_by=words(
            r"\b(?:which|what) (?:\w+ ){0,2}(?:person|people|man|woman|king|queen|leader"
            r"|president|scientist|author|company|organization|group|army|party|team|general"
            r"|emperor|professor|mathematician|physicist|philosopher|university|school|tribe"
            r"|dynasty|actor|writer|artist|composer)\b|\bname of\b|\bwhich\b"
        ),
    ),
    AnswerType(name="how", asked_by=words(r"\bhow\b")),
    AnswerType(
        name="keywords",
        asked_by=lambda asked: _ASKS.search(asked.flat) is None,
        is_read=False,
    ),
    AnswerType(name="what", asked_by=lambda asked: True),
)


@lru_cache(maxsize=256)
def answer_type_of(asked: Asked) -> AnswerType:
    """The row of the first type that a question asks for."""
    return next(row for row in TYPES if row.asked_by(asked))
