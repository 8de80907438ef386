"""What runs a model: the networks and the tokenizers, and how texts go through them together.

torch, transformers and sentence-transformers take seconds to import: each is when it is needed.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ModelNotFound
from index.models.device import at_speed, current_device, is_device_named

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Forward = Callable[..., "torch.Tensor"]

_BERT = {"model_type": "bert", "hidden_act": "gelu"}
_TOKENS_A_BATCH = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A model that gives each token a vector, and the tokenizer that it was made with.

    `forward`: ids and mask, `(rows, length)` each → `(rows, length, dimension)` float32, on the
    processor. `limit`: so many tokens it reads, the special ones included. `padding`: the id of a
    token that is none.
    """

    forward: Forward
    tokenizer: "Tokenizer"
    limit: int
    dimension: int
    padding: int


def bert(folder: Path, *, limit: int) -> Network:
    """The BERT in `folder`, whose weights are read when it is first used.

    Raises:
        ModelNotFound: there is none that can be loaded.
    """
    config = config_of(folder)

    def load() -> Forward:
        from index.models.bert import Bert

        return Bert.load(folder)

    return Network(
        forward=when_needed(load),
        tokenizer=tokenizer_in(folder),
        limit=limit,
        dimension=int(config["hidden_size"]),
        padding=int(config["pad_token_id"]),
    )


def when_needed(load: Callable[[], Forward]) -> Forward:
    """What `load` gives, called when it is first wanted; at once for a device that was named."""
    if is_device_named():
        return load()
    lock = threading.Lock()
    loaded: list[Forward] = []

    def forward(*rows: "torch.Tensor") -> "torch.Tensor":
        with lock:
            if not loaded:
                loaded.append(load())
        return loaded[0](*rows)

    return forward


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


def config_of(folder: Path) -> dict[str, Any]:
    """What the model in `folder` says of itself; nothing when it says nothing that can be read."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def is_bert(folder: Path) -> bool:
    """Whether the model in `folder` says that it is one that `bert` runs."""
    return config_of(folder).items() >= _BERT.items()


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
