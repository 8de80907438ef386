"""Texts → passages with their vectors, split to the encoder's window and encoded together."""

from collections.abc import Mapping
from typing import NamedTuple

from index.datatypes import Span
from index.models.encoder import Encoder, PassageText, PassageVectors
from index.storage.writer import Content
from index.text.sentences import SplitPassage, split_passages

_PASSAGES_AT_ONCE = 512


class Headed(NamedTuple):
    """A text, and the headline that it is read under."""

    headline: str
    text: str


class EncodedPassage(NamedTuple):
    """The spans of a passage's sentences in its text, and their vectors with the passage's."""

    sentences: tuple[Span, ...]
    vectors: PassageVectors


def encode(texts: Mapping[str, Headed], encoder: Encoder) -> dict[str, Content]:
    """Split each text to the encoder's window and encode all their passages together."""
    split = {
        key: split_passages(
            one.text, window=encoder.window(one.headline), count_tokens=encoder.count_tokens
        )
        for key, one in texts.items()
    }
    passages = [
        _as_read(texts[key], passage) for key, passages in split.items() for passage in passages
    ]
    vectors = iter(
        vectors
        for start in range(0, len(passages), _PASSAGES_AT_ONCE)
        for vectors in encoder.encode_passages(passages[start : start + _PASSAGES_AT_ONCE])
    )
    return {
        key: Content(
            key=key,
            headline=texts[key].headline,
            text=texts[key].text,
            passages=tuple(passages),
            vectors=tuple(next(vectors) for _ in passages),
        )
        for key, passages in split.items()
    }


def encode_text(text: str, encoder: Encoder) -> list[EncodedPassage]:
    """The passages of a text that belongs to no archive, in order."""
    content = encode({"": Headed("", text)}, encoder)[""]
    return [
        EncodedPassage(passage.sentences, vectors)
        for passage, vectors in zip(content.passages, content.vectors, strict=True)
    ]


def _as_read(headed: Headed, passage: SplitPassage) -> PassageText:
    return PassageText(
        headline=headed.headline,
        text=headed.text[passage.start : passage.end],
        sentences=tuple(
            Span(start - passage.start, end - passage.start) for start, end in passage.sentences
        ),
    )
