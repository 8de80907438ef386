"""What a question says: its terms, and its names. English only.

What would answer it is told by `qa.reading.answer_types`.
"""

from dataclasses import dataclass
from functools import cached_property

from index.text import FUNCTION_WORDS, Word, parse_query, terms, words
from qa.english.language import is_english

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
    def is_english(self) -> bool:
        """Whether it is asked in English, whatever language its quoted phrases are in."""
        asked = self.text
        for phrase in self.phrases:
            asked = asked.replace(phrase, " ")
        return is_english(asked)

    @cached_property
    def flat(self) -> str:
        """Its text in lower case, its words one space apart."""
        return " ".join(self.text.lower().split())
