"""Question and context → where in each sentence the answer is, if anywhere: the trained model.

Any extractive question-answering model of transformers that lies in a local folder: it gives each
token a score to begin and one to end the answer, and the first token stands for no answer. The one
that comes with the project was trained by `qa.training`; `qa/reading/model/README.md` is its card.

Leaves out: models that need code of their own, and anything from a network.
"""

import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from index import Span
from index.errors import ModelNotFound
from index.models import (
    UNLOADABLE,
    check_packaged,
    config_of,
    current_device,
    file_sha256,
    like_length,
    padded,
    prepare_transformers,
    tokenizer_in,
    unloadable,
    weights_in,
    when_needed,
)
from qa.reading.contexts import LONGEST, LONGEST_ANSWER, Context, Encoded, InputForm

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

    from index.models import Forward

PACKAGED = Path(__file__).parent / "model"
PACKAGED_SHA256 = "b03dfcebdea2ea2428d572942fe026578f16005fcf83d985c732f51a0cee7a11"

_MODEL = "an extractive question-answering model"
_HEAD = "qa_outputs"
_NOT_READ = -30.0

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpanPrediction:
    """The best span of one sentence, in the whole text's characters, and how it stands.

    `null_score_difference`: its score less that of no answer, in nats. `log_probability`: of all
    spans of the sentence together, among all of its context and no answer.
    """

    span: Span
    null_score_difference: float
    log_probability: float


class SpanModel(Protocol):
    """Reads contexts for the words that answer."""

    @property
    def languages(self) -> str:
        """The languages that it was made for, in words for a reader."""

    def read(self, question: str, contexts: Sequence[Context]) -> list[list[SpanPrediction]]:
        """The best span of each sentence of each context, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """A model that scores tokens, and the tokenizer that it was made with.

    `forward`: ids, mask and token types, `(rows, length)` each → `(rows, length, 2)` float32, on
    the processor: each token's score to begin and to end the answer. `positions`: so many it reads.
    """

    forward: "Forward"
    tokenizer: "Tokenizer"
    positions: int
    padding: int


class LocalSpanModel:
    """An extractive question-answering model that lies in a local folder."""

    def __init__(self, scorer: Scorer, *, languages: str) -> None:
        self._scorer = scorer
        self._form = InputForm(scorer.tokenizer, positions=scorer.positions)
        self.languages = languages

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | None = None) -> "LocalSpanModel":
        """The model in `folder`; or the packaged one, which is read when it is first used.

        Nothing is fetched.

        Raises:
            ModelNotFound: there is no question-answering model there.
            ModelMismatch: the packaged weights have another SHA-256 than the pinned one.
        """
        if folder is None:
            return cls._packaged(lambda path: _forward_of(_question_answering(path)))
        path = Path(folder).expanduser()
        weights_in(path, model=_MODEL)
        return cls(_of_transformers(path), languages="those that its model card names")

    @classmethod
    def load_for_one_question(cls) -> "LocalSpanModel":
        """The packaged model for a process that answers one question, run by `index.models.Bert`.

        transformers would take longer to be imported than the question to be answered.

        Raises:
            ModelNotFound: there is no packaged model.
            ModelMismatch: the packaged weights have another SHA-256 than the pinned one.
        """
        return cls._packaged(_bert)

    @classmethod
    def _packaged(cls, load: Callable[[Path], "Forward"]) -> "LocalSpanModel":
        path = PACKAGED
        sha256 = file_sha256(weights_in(path, model=_MODEL))
        check_packaged(sha256, PACKAGED_SHA256, role="reader", package="onrecord")
        config = config_of(path)
        scorer = Scorer(
            forward=when_needed(lambda: load(path)),
            tokenizer=tokenizer_in(path),
            positions=int(config["max_position_embeddings"]),
            padding=int(config["pad_token_id"]),
        )
        return cls(scorer, languages="English")

    def read(self, question: str, contexts: Sequence[Context]) -> list[list[SpanPrediction]]:
        encoded = self._form.encode([question] * len(contexts), contexts)
        predictions: dict[int, list[SpanPrediction]] = {}
        for batch in like_length([len(one.ids) for one in encoded]):
            start, end = self._scores([encoded[place] for place in batch])
            for row, place in enumerate(batch):
                predictions[place] = _predictions(
                    start[row], end[row], encoded[place], contexts[place]
                )
        return [predictions[place] for place in range(len(contexts))]

    def _scores(self, encoded: Sequence[Encoded]) -> tuple[Scores, Scores]:
        """`(rows, longest)` twice: each token's score to begin, and to end, the answer."""
        ids = padded([one.ids for one in encoded], self._scorer.padding)
        mask = padded([[1] * len(one.ids) for one in encoded], 0)
        token_types = padded([one.token_types for one in encoded], 0)
        scores = self._scorer.forward(ids, mask, token_types).numpy()
        return scores[..., 0], scores[..., 1]


def _predictions(
    start: Scores,
    end: Scores,
    encoded: Encoded,
    context: Context,
) -> list[SpanPrediction]:
    """The best span of each sentence."""
    none = float(start[0] + end[0])
    offsets = encoded.offsets
    found: list[tuple[Span, float, float]] = []
    for sentence in context.sentences:
        tokens = np.flatnonzero(
            encoded.readable & (offsets[:, 0] >= sentence.start) & (offsets[:, 1] <= sentence.end)
        )
        if not len(tokens):
            found.append((sentence, none + _NOT_READ, none + _NOT_READ))
            continue
        scores = start[tokens][:, None] + end[tokens][None, :]
        ahead = np.arange(len(tokens))[None, :] - np.arange(len(tokens))[:, None]
        scores = np.where((ahead >= 0) & (ahead < LONGEST_ANSWER), scores, -np.inf)
        log_sum, best = _log_sum(scores), float(scores.max())
        edges = offsets[tokens]
        span = _span(scores.argmax(), edges, context.text, sentence)
        found.append((span, best, log_sum))
    whole = _log_sum(np.array([none, *(log_sum for _, _, log_sum in found)]))
    return [SpanPrediction(span, best - none, log_sum - whole) for span, best, log_sum in found]


def _span(place: np.intp, offsets: npt.NDArray[np.int64], text: str, sentence: Span) -> Span:
    """The span at a place of the sentence's table of first and last tokens."""
    first, last = divmod(int(place), len(offsets))
    return Span(int(offsets[first, 0]), _with_accents(text, int(offsets[last, 1]), sentence.end))


def _with_accents(text: str, end: int, limit: int) -> int:
    """The end of a token with the accents that follow its last letter: tokenizers drop them."""
    while end < limit and unicodedata.category(text[end]) == "Mn":
        end += 1
    return end


def _log_sum(values: npt.NDArray[Any]) -> float:
    most = values.max()
    return float(most + np.log(np.exp(values - most).sum()))


def _bert(path: Path) -> "Forward":
    """The BERT in `path` with its heads for the start and the end."""
    from torch.nn.functional import linear

    from index.models import Bert

    bert = Bert.load(path)
    weight, bias = (bert.head[f"{_HEAD}.{name}"] for name in ("weight", "bias"))
    return lambda ids, mask, token_types: linear(bert(ids, mask, token_types), weight, bias)


def _of_transformers(path: Path) -> Scorer:
    prepare_transformers()
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            path, local_files_only=True, trust_remote_code=False
        )
    except UNLOADABLE as error:
        raise unloadable(path, error) from error
    model = _question_answering(path)
    return Scorer(
        forward=_forward_of(model, has_token_types="token_type_ids" in tokenizer.model_input_names),
        tokenizer=tokenizer.backend_tokenizer,
        positions=int(getattr(model.config, "max_position_embeddings", LONGEST)),
        padding=int(tokenizer.pad_token_id),
    )


def _question_answering(path: Path) -> "PreTrainedModel":
    """The model in `path`, on its device; its head, which tells spans apart, is float32."""
    settings = prepare_transformers()
    from safetensors import SafetensorError
    from transformers import AutoModelForQuestionAnswering

    try:
        model, loaded = AutoModelForQuestionAnswering.from_pretrained(
            path,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            **settings,
        )
    except (*UNLOADABLE, SafetensorError) as error:
        raise unloadable(path, error) from error
    if loaded["missing_keys"]:  # transformers would draw them by chance
        raise _not_trained(path, loaded["missing_keys"])
    if head := getattr(model, _HEAD, None):
        head.float()
        head.register_forward_pre_hook(lambda _, given: tuple(one.float() for one in given))
    read: PreTrainedModel = model.to(current_device()).eval()
    return read


def _forward_of(model: "PreTrainedModel", *, has_token_types: bool = True) -> "Forward":
    import torch

    device = model.device

    @torch.inference_mode()
    def forward(
        ids: "torch.Tensor", mask: "torch.Tensor", token_types: "torch.Tensor"
    ) -> "torch.Tensor":
        told = {"token_type_ids": token_types.to(device)} if has_token_types else {}
        if not mask.all():  # without one, attention is computed faster
            told["attention_mask"] = mask.to(device)
        output = model(input_ids=ids.to(device), **told)
        return torch.stack((output.start_logits, output.end_logits), dim=-1).float().cpu()

    return forward


def _not_trained(path: Path, missing: Iterable[str]) -> ModelNotFound:
    return ModelNotFound(
        f"the model in {path} was not trained to answer questions: its weights lack "
        f"{', '.join(sorted(missing))}; name the folder of an extractive question-answering model"
    )
