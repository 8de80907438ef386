"""Text as whole words of word pieces, so that a word can be swapped without losing its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from index import Span

Word = tuple[int, ...]

_NEIGHBOURS = 8
_STEM = 4
_COMMONEST = 1_500
"""A vocabulary's first words by frequency are function words: they have no look-alikes."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words, and for each whether it was written as a name: with a capital."""

    words: tuple[Word, ...]
    names: tuple[bool, ...]

    @classmethod
    def of(cls, words: tuple[Word, ...]) -> "Text":
        return cls(words, (False,) * len(words))

    def __len__(self) -> int:
        return len(self.words)

    @property
    def pieces(self) -> int:
        return sum(map(len, self.words))


class Vocabulary:
    """A tokenizer's view of words: their pieces, how they are written, which resemble them."""

    def __init__(self, tokenizer: Any, embeddings: npt.NDArray[np.float32]) -> None:
        self._tokenizer = tokenizer
        self._embeddings = embeddings
        self._tokens: list[str] = tokenizer.convert_ids_to_tokens(range(len(embeddings)))
        self._neighbours: dict[int, tuple[int, ...]] = {}
        self.start: int = tokenizer.cls_token_id
        self.end: int = tokenizer.sep_token_id

    def text(self, written: str) -> tuple[Text, list[Span]]:
        """The words of a text, and where each stands in it."""
        encoded = self._tokenizer(
            written, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        words: list[list[int]] = []
        spans: list[Span] = []
        for piece, (start, end) in zip(
            encoded["input_ids"], encoded["offset_mapping"], strict=True
        ):
            if words and self._tokens[piece].startswith("##"):
                words[-1].append(piece)
                spans[-1] = Span(spans[-1].start, end)
            else:
                words.append([piece])
                spans.append(Span(start, end))
        names = tuple(written[span.start : span.start + 1].isupper() for span in spans)
        return Text(tuple(map(tuple, words)), names), spans

    def surface(self, word: Word) -> str:
        return "".join(self._tokens[piece].removeprefix("##") for piece in word)

    def written(self, pieces: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(pieces)))

    def word(self, surface: str) -> Word:
        return tuple(self._tokenizer(surface, add_special_tokens=False)["input_ids"])

    def neighbours(self, word: Word) -> tuple[Word, ...]:
        """Words that the encoder embeds near this one and that are not forms of it.

        Of "north" they are "south", "east", "northern" left out: what one would write by mistake.
        """
        if len(word) != 1:
            return ()
        piece = word[0]
        if piece not in self._neighbours:
            self._neighbours[piece] = self._nearest(piece)
        return tuple((other,) for other in self._neighbours[piece])

    def closest(self, word: Word, others: Iterable[Word]) -> tuple[Word, ...]:
        """Those of other words that are no forms of this one, the most alike first.

        Words of several pieces are left out, and there are none for such a word.
        """
        if len(word) != 1:
            return ()
        pieces = np.array(sorted(other[0] for other in others if len(other) == 1), dtype=np.int64)
        return tuple((other,) for other in self._by_likeness(word[0], pieces))

    def _nearest(self, piece: int) -> tuple[int, ...]:
        return self._by_likeness(piece, self._plain, first=4 * _NEIGHBOURS)[:_NEIGHBOURS]

    def _by_likeness(
        self, piece: int, others: npt.NDArray[np.int64], *, first: int | None = None
    ) -> tuple[int, ...]:
        surface = self._tokens[piece]
        cosines = self._unit[others] @ self._unit[piece]
        return tuple(
            int(other)
            for other in others[np.argsort(-cosines, kind="stable")[:first]]
            if self._tokens[other][:_STEM] != surface[:_STEM]
            and self._tokens[other][-_STEM:] != surface[-_STEM:]
        )

    @cached_property
    def _unit(self) -> npt.NDArray[np.float32]:
        norms = np.linalg.norm(self._embeddings, axis=1, keepdims=True)
        unit: npt.NDArray[np.float32] = self._embeddings / np.maximum(norms, 1e-12)
        return unit

    @cached_property
    def _plain(self) -> npt.NDArray[np.int64]:
        """The pieces that are whole words of letters, function words left out."""
        return np.array(
            [
                piece
                for piece, token in enumerate(self._tokens)
                if piece > _COMMONEST and token.isascii() and token.isalpha() and len(token) > 3
            ],
            dtype=np.int64,
        )
