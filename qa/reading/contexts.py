"""What the model is given to read, and in which form: one place for training and for use.

[CLS] question [SEP] headline (25 November 2019): sentences [SEP]
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index import Span
from index.models import own_tokenizer
from index.text import month_names

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

LONGEST = 384
"""Tokens of question and context together."""

LONGEST_ANSWER = 48
"""Tokens: an answer is no longer."""

_LONGEST_QUESTION = 48
_LONGEST_HEADLINE = 300
"""Characters: a longer headline would leave no room for the sentences."""


@dataclass(frozen=True, slots=True)
class Context:
    """Sentences of a text that follow one another, read together under the text's headline.

    `published`: the day that is told with the headline, where it is known.
    """

    headline: str
    text: str
    sentences: Sequence[Span]
    published: dt.date | None = None

    @property
    def start(self) -> int:
        return self.sentences[0].start

    @property
    def under_headline(self) -> str:
        told = [self.headline[:_LONGEST_HEADLINE]] if self.headline else []
        if self.published:
            told.append(_day(self.published))
        prefix = f"{' '.join(told)}: " if told else ""
        return _readable(prefix + self.text[self.start : self.sentences[-1].end])


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question with a context, in tokens.

    `offsets`: `(tokens, 2)`, in the characters of the context's text. `readable`: `(tokens,)`,
    whether it is of the sentences, where alone an answer may be.
    """

    ids: list[int]
    token_types: list[int]
    offsets: npt.NDArray[np.int64]
    readable: npt.NDArray[np.bool_]


class InputForm:
    """Encodes questions and contexts with a model's tokenizer, within the limits of reading."""

    def __init__(self, tokenizer: "Tokenizer", *, positions: int) -> None:
        self._plain = own_tokenizer(tokenizer)
        self._cutting = own_tokenizer(tokenizer)
        self._cutting.enable_truncation(min(LONGEST, positions), strategy="only_second")

    def encode(self, questions: Sequence[str], contexts: Sequence[Context]) -> list[Encoded]:
        """Each question with its context."""
        texts = [context.under_headline for context in contexts]
        shortened = {question: self._shortened(question) for question in set(questions)}
        pairs = [(shortened[one], text) for one, text in zip(questions, texts, strict=True)]
        encoded = self._cutting.encode_batch(pairs)
        return [
            _encoded(one, len(text), context)
            for one, text, context in zip(encoded, texts, contexts, strict=True)
        ]

    def _shortened(self, question: str) -> str:
        question = _readable(question)
        offsets = self._plain.encode(question, add_special_tokens=False).offsets
        is_long = len(offsets) > _LONGEST_QUESTION
        return question[: offsets[_LONGEST_QUESTION - 1][1]] if is_long else question


def _encoded(one: "Encoding", length: int, context: Context) -> Encoded:
    offsets = np.asarray(one.offsets) + context.sentences[-1].end - length
    is_context = np.array([number == 1 for number in one.sequence_ids])
    is_text = (offsets[:, 1] > offsets[:, 0]) & (offsets[:, 0] >= context.start)
    return Encoded(one.ids, one.type_ids, offsets, is_context & is_text)


def _day(published: dt.date) -> str:
    return f"({published.day} {month_names()[published.month - 1].capitalize()} {published.year})"


def _readable(text: str) -> str:
    """The text without halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode()
