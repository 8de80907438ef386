"""The ways to run the packaged encoder and reader, which `encoder_paths.py` compares.

Each has the same tokens and the same batches. What is slow to import is imported by the way that
needs it, so that a cold start pays for nothing else.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.models.encoder import SentenceTransformerEncoder, packaged_folder
from index.models.loading import Forward, Network, config_of, tokenizer_in
from qa.reading.span_model import PACKAGED, LocalSpanModel, Scorer

if TYPE_CHECKING:
    import torch

OURS = "ours"
BFLOAT16 = "transformers, bfloat16"
AUTOCAST = "transformers, autocast"
FLOAT32 = "transformers, float32"
WAYS = (OURS, BFLOAT16, AUTOCAST, FLOAT32)

LIMIT = 256


def encoder(way: str) -> SentenceTransformerEncoder:
    """The packaged encoder; by transformers it is loaded through sentence-transformers."""
    forward = _our_encoder() if way == OURS else _their_encoder(way)
    folder = packaged_folder()
    network = Network(
        forward=forward,
        tokenizer=tokenizer_in(folder),
        limit=LIMIT,
        dimension=int(config_of(folder)["hidden_size"]),
        padding=0,
    )
    return SentenceTransformerEncoder(network, name=way, sha256="")


def reader(way: str) -> LocalSpanModel:
    """The packaged reader."""
    scorer = Scorer(
        forward=_our_reader() if way == OURS else _their_reader(way),
        tokenizer=tokenizer_in(PACKAGED),
        positions=int(config_of(PACKAGED)["max_position_embeddings"]),
        padding=0,
    )
    return LocalSpanModel(scorer, languages="English")


def ask(way: str, question: str) -> None:
    """`onrecord ask`, with both models run in this way."""
    from index.archive.archive import Archive
    from qa.cli import main
    from qa.reading.fitted import Fitted
    from qa.reading.reader import Reader

    encoding = encoder(way)
    encoding.identity = SentenceTransformerEncoder.load().identity
    opened = Archive.open.__func__  # type: ignore[attr-defined]
    Archive.open = classmethod(  # type: ignore[method-assign,assignment]
        lambda cls, *given, **options: opened(cls, *given, **options | {"encoder": encoding})
    )
    Reader.load = classmethod(  # type: ignore[method-assign,assignment]
        lambda cls, _folder=None: cls(reader(way), Fitted.load(PACKAGED))
    )
    main(["ask", question])


def _our_encoder() -> Forward:
    from index.models.bert import Bert

    return Bert.load(packaged_folder())


def _our_reader() -> Forward:
    from torch.nn.functional import linear

    from index.models.bert import Bert

    bert = Bert.load(PACKAGED)
    weight, bias = bert.head["qa_outputs.weight"], bert.head["qa_outputs.bias"]
    return lambda ids, mask, kinds: linear(bert(ids, mask, kinds), weight, bias)


def _their_encoder(way: str) -> Forward:
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(packaged_folder()),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs=_settings(way),
    )
    words: Any = model[0]

    def forward(ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        with _running(way):
            told = words({"input_ids": ids, "attention_mask": mask})
        found: torch.Tensor = told["token_embeddings"].float()
        return found

    return forward


def _their_reader(way: str) -> Forward:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(
        PACKAGED, local_files_only=True, trust_remote_code=False, **_settings(way)
    ).eval()
    model.qa_outputs.float()
    model.qa_outputs.register_forward_pre_hook(lambda _, given: tuple(one.float() for one in given))

    def forward(ids: "torch.Tensor", mask: "torch.Tensor", kinds: "torch.Tensor") -> "torch.Tensor":
        with _running(way):
            found = model(input_ids=ids, attention_mask=mask, token_type_ids=kinds)
        return torch.stack((found.start_logits, found.end_logits), dim=-1).float()

    return forward


def _settings(way: str) -> dict[str, Any]:
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    return {
        "use_safetensors": True,
        "attn_implementation": "sdpa",
        "dtype": torch.bfloat16 if way == BFLOAT16 else torch.float32,
    }


@contextlib.contextmanager
def _running(way: str) -> Iterator[None]:
    import torch

    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=way == AUTOCAST):
        yield


if __name__ == "__main__":
    work, named, question = sys.argv[1:]
    if work == "vector":
        encoder(named).encode_question(question)
    else:
        ask(named, question)
