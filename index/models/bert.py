"""BERT: token ids → a vector for each token, on torch alone.

The packaged models are BERTs (Devlin et al. 2018, arXiv:1810.04805), which sentence-transformers
and transformers run. Those take longer to be imported than a question takes to be answered, so that
a process that answers one question runs the models by this instead. The tests hold the two against
each other.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.nn import functional

from index.errors import ModelNotFound
from index.models.device import current_device, fastest_dtype

Weights = dict[str, torch.Tensor]

_PREFIX = "bert."
_LAYER = "encoder.layer."
_KEPT_EXACT = ("embeddings.", "LayerNorm.")


class Bert:
    """A BERT encoder; called, it gives `(rows, length, hidden)` of `(rows, length)` ids and mask.

    `token_types` tell a pair's second text (1) from its first (0). `head` has the weights that came
    with the model and are none of the encoder's, by name. What is multiplied is of `fastest_dtype`,
    cast once; sums, norms and what is given back are float32. All of it is handed over on the
    processor, wherever it is computed.
    """

    def __init__(self, config: Mapping[str, Any], weights: Weights, device: torch.device) -> None:
        self._device = device
        self._dtype = fastest_dtype(device)
        self.dimension = int(config["hidden_size"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._layers = int(config["num_hidden_layers"])
        names = [name for name in weights if name.startswith(_PREFIX)]
        self._weights = {name.removeprefix(_PREFIX): weights[name].float() for name in names}
        self.head = {name: value.float() for name, value in weights.items() if name not in names}
        if not names:
            self._weights, self.head = self.head, {}
        self._check(int(config["vocab_size"]))
        self._weights = {name: self._cast(name, value) for name, value in self._weights.items()}

    def _cast(self, name: str, weight: torch.Tensor) -> torch.Tensor:
        is_exact = any(part in name for part in _KEPT_EXACT)
        return weight.to(self._device, torch.float32 if is_exact else self._dtype)

    @classmethod
    def load(cls, folder: Path) -> "Bert":
        """The model whose `config.json` and `model.safetensors` lie in `folder`.

        Raises:
            ModelNotFound: there is none, or it is no whole BERT.
            InvalidInput: there is no such device as was named.
        """
        device = current_device()
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            bert = cls(config, load_file(folder / "model.safetensors"), device)
            bert(torch.zeros((1, 1), dtype=torch.long), torch.ones((1, 1), dtype=torch.bool))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelNotFound(f"{folder} holds no model that can be loaded: {first}") from error
        return bert

    def _check(self, words: int) -> None:
        """Raises: ValueError: the weights are not of the size that the configuration says."""
        size = tuple(self._weights["embeddings.word_embeddings.weight"].shape)
        layers = {name.split(".")[2] for name in self._weights if name.startswith(_LAYER)}
        if size != (words, self.dimension) or len(layers) != self._layers:
            raise ValueError(f"{len(layers)} layers over {size} are not what config.json says")

    @torch.inference_mode()
    def __call__(
        self, ids: torch.Tensor, mask: torch.Tensor, token_types: torch.Tensor | None = None
    ) -> torch.Tensor:
        ids, mask = ids.to(self._device), mask.to(self._device)
        token_types = torch.zeros_like(ids) if token_types is None else token_types.to(self._device)
        hidden = self._embedded(ids, token_types)
        seen = None if mask.all() else mask.bool()[:, None, None, :]
        for number in range(self._layers):
            layer = f"{_LAYER}{number}"
            heard = self._linear(
                f"{layer}.attention.output.dense",
                self._attention(f"{layer}.attention.self", hidden, seen),
            )
            hidden = self._norm(f"{layer}.attention.output.LayerNorm", hidden + heard)
            wide = functional.gelu(self._linear(f"{layer}.intermediate.dense", hidden))
            narrow = self._linear(f"{layer}.output.dense", wide)
            hidden = self._norm(f"{layer}.output.LayerNorm", hidden + narrow)
        return hidden.cpu()

    def _embedded(self, ids: torch.Tensor, token_types: torch.Tensor) -> torch.Tensor:
        words, places, of_types = (
            self._weights[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        embedded = words[ids] + places[: ids.shape[1]] + of_types[token_types]
        return self._norm("embeddings.LayerNorm", embedded)

    def _attention(
        self, name: str, hidden: torch.Tensor, seen: torch.Tensor | None
    ) -> torch.Tensor:
        size = (*hidden.shape[:2], self._heads, -1)
        query, key, value = (
            self._linear(f"{name}.{part}", hidden).view(size).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        heard = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        return heard.transpose(1, 2).flatten(2)

    def _linear(self, name: str, values: torch.Tensor) -> torch.Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.linear(values.to(self._dtype), weight, bias)

    def _norm(self, name: str, values: torch.Tensor) -> torch.Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(values, weight.shape, weight, bias, self._epsilon)
