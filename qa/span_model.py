"""Question and context → where in each sentence the answer is, if anywhere: the trained model.

Any extractive question-answering model of transformers that lies in a local folder: it gives each
token a score to begin and one to end the answer, and the first token stands for no answer. The one
that comes with the project was trained by `qa.training`; `qa/model/README.md` is its card.

Leaves out: models that need code of their own, and anything from a network.
"""

import hashlib
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index import ModelMismatch, ModelNotFound, Span, fastest_dtype, like_length

PACKAGED = Path(__file__).parent / "model"
PACKAGED_SHA256 = "cdc95b803f9d2ebb4064266de865d1051bee8c650b83a35b4bf85e0a69783b3c"

LONGEST_ANSWER = 30
"""Tokens: an answer is no longer, in training and in use."""

_LONGEST_QUESTION = 48
_LONGEST_HEADLINE = 300
"""Characters: a longer headline would leave no room for the sentences."""
_LONGEST = 384
_WEIGHTS = "model.safetensors"
_NOT_READ = -30.0

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Context:
    """Sentences of a text that follow one another, read together under the text's headline."""

    headline: str
    text: str
    sentences: Sequence[Span]

    @property
    def start(self) -> int:
        return self.sentences[0].start

    @property
    def under_headline(self) -> str:
        prefix = f"{self.headline[:_LONGEST_HEADLINE]}: " if self.headline else ""
        whole = prefix + self.text[self.start : self.sentences[-1].end]
        return whole.encode("utf-8", "replace").decode()  # half a surrogate pair


@dataclass(frozen=True, slots=True)
class SpanReading:
    """The best span of one sentence, in the whole text's characters, and how it stands.

    `over_none`: its score less that of no answer, in nats. `mass`: the logarithm of the share of
    probability on all spans of the sentence, among all of its context and no answer.
    """

    span: Span
    over_none: float
    mass: float


class SpanModel(Protocol):
    """Reads contexts for the words that answer."""

    @property
    def languages(self) -> str:
        """The languages that it was made for, in words for a reader."""

    def read(self, question: str, contexts: Sequence[Context]) -> list[list[SpanReading]]:
        """One reading for each sentence of each context, in order."""


class TransformersSpanModel:
    """An extractive question-answering model of transformers."""

    def __init__(self, model: Any, tokenizer: Any, *, languages: str) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._dtype = fastest_dtype()
        positions = int(getattr(model.config, "max_position_embeddings", _LONGEST))
        self._longest = min(_LONGEST, positions)
        self.languages = languages

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | None = None) -> "TransformersSpanModel":
        """The model in `folder`, or the packaged one. Nothing is fetched.

        Raises:
            ModelNotFound: there is no question-answering model there.
            ModelMismatch: the packaged weights have another SHA-256 than the pinned one.
        """
        path = PACKAGED if folder is None else Path(folder).expanduser()
        weights = path / _WEIGHTS
        if not weights.is_file():
            raise ModelNotFound(
                f"no {_WEIGHTS} in {path}; name the folder of an extractive question-answering "
                "model"
            )
        if folder is None:
            with weights.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if sha256 != PACKAGED_SHA256:
                raise ModelMismatch(
                    f"the packaged reader's weights have SHA-256 {sha256[:12]}…, not "
                    f"{PACKAGED_SHA256[:12]}…; run: pip install --force-reinstall onrecord"
                )
        languages = "English" if folder is None else "those that its model card names"
        return cls(*_load(path), languages=languages)

    def read(self, question: str, contexts: Sequence[Context]) -> list[list[SpanReading]]:
        if not contexts:
            return []
        texts = [context.under_headline for context in contexts]
        encoded = self._tokenizer(
            [self._shortened(question)] * len(contexts),
            texts,
            truncation="only_second",
            max_length=self._longest,
            return_offsets_mapping=True,
            verbose=False,
        )
        lengths = [len(ids) for ids in encoded["input_ids"]]
        readings: dict[int, list[SpanReading]] = {}
        for batch in like_length(lengths):
            start, end = self._scores(encoded, batch)
            for row, place in enumerate(batch):
                last = contexts[place].sentences[-1].end
                readings[place] = _readings(
                    start[row],
                    end[row],
                    offsets=np.asarray(encoded["offset_mapping"][place]) + last - len(texts[place]),
                    is_context=np.array([one == 1 for one in encoded.sequence_ids(place)]),
                    context=contexts[place],
                )
        return [readings[place] for place in range(len(contexts))]

    def _shortened(self, question: str) -> str:
        question = question.encode("utf-8", "replace").decode()  # half a surrogate pair
        offsets = self._tokenizer(
            question, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )["offset_mapping"]
        is_long = len(offsets) > _LONGEST_QUESTION
        return question[: offsets[_LONGEST_QUESTION - 1][1]] if is_long else question

    def _scores(self, encoded: Any, batch: list[int]) -> tuple[Scores, Scores]:
        """`(rows, longest)` twice: each token's score to begin, and to end, the answer."""
        import torch

        longest = max(len(encoded["input_ids"][place]) for place in batch)
        inputs: dict[str, torch.Tensor] = {}
        for name in self._tokenizer.model_input_names:
            padding = self._tokenizer.pad_token_id if name == "input_ids" else 0
            inputs[name] = torch.full((len(batch), longest), padding)
            for row, place in enumerate(batch):
                values = encoded[name][place]
                inputs[name][row, : len(values)] = torch.tensor(values)
        is_reduced = self._dtype is not torch.float32
        with torch.inference_mode(), torch.autocast("cpu", self._dtype, enabled=is_reduced):
            output = self._model(**inputs)
        return output.start_logits.float().numpy(), output.end_logits.float().numpy()


def _readings(
    start: Scores,
    end: Scores,
    *,
    offsets: npt.NDArray[np.int64],
    is_context: npt.NDArray[np.bool_],
    context: Context,
) -> list[SpanReading]:
    """The best span of each sentence. `offsets`: `(tokens, 2)`, in the text's characters."""
    none = float(start[0] + end[0])
    is_text = is_context & (offsets[:, 1] > offsets[:, 0])
    found: list[tuple[Span, float, float]] = []
    for sentence in context.sentences:
        tokens = np.flatnonzero(
            is_text & (offsets[:, 0] >= sentence.start) & (offsets[:, 1] <= sentence.end)
        )
        if not len(tokens):
            found.append((sentence, none + _NOT_READ, none + _NOT_READ))
            continue
        scores = start[tokens][:, None] + end[tokens][None, :]
        ahead = np.arange(len(tokens))[None, :] - np.arange(len(tokens))[:, None]
        scores = np.where((ahead >= 0) & (ahead < LONGEST_ANSWER), scores, -np.inf)
        first, last = divmod(int(scores.argmax()), len(tokens))
        stop = _with_accents(context.text, int(offsets[tokens[last], 1]), sentence.end)
        span = Span(int(offsets[tokens[first], 0]), stop)
        found.append((span, float(scores.max()), _log_sum(scores)))
    whole = _log_sum(np.array([none, *(mass for _, _, mass in found)]))
    return [SpanReading(span, best - none, mass - whole) for span, best, mass in found]


def _with_accents(text: str, end: int, limit: int) -> int:
    """The end of a token with the accents that follow its last letter: tokenizers drop them."""
    while end < limit and unicodedata.category(text[end]) == "Mn":
        end += 1
    return end


def _log_sum(values: npt.NDArray[Any]) -> float:
    most = values.max()
    return float(most + np.log(np.exp(values - most).sum()))


def _load(path: Path) -> tuple[Any, Any]:
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    import transformers
    from safetensors import SafetensorError

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            path, local_files_only=True, trust_remote_code=False
        )
        model, loaded = transformers.AutoModelForQuestionAnswering.from_pretrained(
            path,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError,
    ) as error:  # fmt: skip
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelNotFound(f"{path} holds no reader that can be loaded: {first}") from error
    if loaded["missing_keys"]:  # transformers would draw them by chance
        missing = ", ".join(sorted(loaded["missing_keys"]))
        raise ModelNotFound(
            f"the model in {path} was not trained to answer questions: its weights lack {missing}; "
            "name the folder of an extractive question-answering model"
        )
    return model.eval(), tokenizer
