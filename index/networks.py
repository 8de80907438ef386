"""What runs a model: the networks and the tokenizers, and how texts go through them together.

torch, transformers and sentence-transformers take seconds to import: each is when it is needed.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.device import at_speed, current_device
from index.errors import ModelNotFound

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

_TOKENS_A_BATCH = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A model that gives each token a vector, and the tokenizer that it was made with.

    `forward`: ids and mask, `(rows, length)` each → `(rows, length, dimension)` float32, on the
    processor. `limit`: so many tokens it reads, the special ones included. `padding`: the id of a
    token that is none.
    """

    forward: Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
    tokenizer: "Tokenizer"
    limit: int
    dimension: int
    padding: int


def bert(folder: Path, *, limit: int) -> Network:
    """The BERT in `folder`.

    Raises:
        ModelNotFound: there is none that can be loaded.
    """
    from index.bert import Bert

    model = Bert.load(folder)
    return Network(
        forward=model,
        tokenizer=tokenizer_in(folder),
        limit=limit,
        dimension=model.dimension,
        padding=model.padding,
    )


def sentence_transformer(folder: Path) -> Network:
    """The sentence-transformers model in `folder`.

    Raises:
        ModelNotFound: there is none that can be loaded, or it does not pool by mean.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    device = current_device()
    try:
        model = SentenceTransformer(
            str(folder),
            device=str(device),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelNotFound(f"{folder} holds no model that can be loaded: {first}") from error
    pooling = next((mode for part in model if (mode := getattr(part, "pooling_mode", ""))), "")
    dimension = model.get_embedding_dimension()
    if pooling != "mean" or dimension is None:
        raise ModelNotFound(
            f"the model in {folder} pools by {pooling or 'nothing'}; sentence vectors need a model "
            "that pools by mean"
        )

    def forward(ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        with at_speed(device):
            told = model({"input_ids": ids.to(device), "attention_mask": mask.to(device)})
        found: torch.Tensor = told["token_embeddings"]
        return found.float().cpu()

    return Network(
        forward=forward,
        tokenizer=model.tokenizer.backend_tokenizer,
        limit=min(int(model.get_max_seq_length() or 512), 512),
        dimension=dimension,
        padding=int(model.tokenizer.pad_token_id),
    )


def tokenizer_in(folder: Path) -> "Tokenizer":
    """The tokenizer in `folder`.

    Raises:
        ModelNotFound: there is none that can be loaded.
    """
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises nothing more special
        raise ModelNotFound(
            f"{folder} holds no model that can be loaded: tokenizer.json: {error}"
        ) from error


def own_tokenizer(tokenizer: "Tokenizer") -> "Tokenizer":
    """Another of the same kind, which neither cuts nor pads: threads may share it so."""
    from tokenizers import Tokenizer

    own = Tokenizer.from_str(tokenizer.to_str())
    own.no_truncation()
    own.no_padding()
    return own


def like_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts of like length, so that a batch holds about as many tokens as any other."""
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    batch: list[int] = []
    for place in order:
        if batch and (len(batch) + 1) * lengths[place] > _TOKENS_A_BATCH:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def padded(rows: Sequence[Sequence[int]], padding: int) -> "torch.Tensor":
    """Rows of unlike length as one tensor, `(rows, longest)`, with `padding` at their ends."""
    import torch

    longest = max(map(len, rows))
    return torch.tensor([[*row, *[padding] * (longest - len(row))] for row in rows])
