"""How near encoding comes to what the machine can multiply: passages of Reuters-21578.

The machine's own matrix product, in the precision that the encoder uses here, is measured between
the encoder's turns, so that both have what else runs against them. Counted are the multiplications
and additions that the texts' own tokens need, padding not; sentence-transformers, with the settings
that it has when none are given, has the same passages.

    python benchmarks/encoding.py [--articles N] [--rounds N] [--threads N] [--json FILE]
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import torch
from peers import drawn
from reading_speed import DATA
from sentence_transformers import SentenceTransformer

from index import Document, Span
from index.models import PassageText, SentenceTransformerEncoder
from index.models.device import current_device, fastest_dtype
from index.models.encoder import packaged_folder
from index.text.sentences import split_passages

SHAPES = ((2048, 2048, 2048), (2048, 384, 1536))
PRODUCTS = 8


def passages_of(documents: Sequence[Document], encoder: SentenceTransformerEncoder) -> list:
    """The passages of all articles, as they are given to the encoder."""
    return [
        PassageText(
            headline=one.title,
            text=one.text[passage.start : passage.end],
            sentences=tuple(
                Span(start - passage.start, end - passage.start) for start, end in passage.sentences
            ),
        )
        for one in documents
        for passage in split_passages(
            one.text, window=encoder.window(one.title), count_tokens=encoder.count_tokens
        )
    ]


def operations(lengths: Sequence[int]) -> float:
    """What texts of so many tokens need: the layers' products, and attention's."""
    config = json.loads((packaged_folder() / "config.json").read_text(encoding="utf-8"))
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    tokens = np.array(lengths, dtype=np.float64)
    a_token = 2 * (4 * hidden * hidden + 2 * hidden * wide)
    among = 4 * hidden * tokens**2
    return float(config["num_hidden_layers"] * (tokens * a_token + among).sum())


def product_rate() -> float:
    """Operations a second of the machine's matrix product, the best of some shapes and turns."""
    device = current_device()
    dtype = fastest_dtype(device)
    best = 0.0
    for rows, inner, columns in SHAPES:
        one = torch.randn(rows, inner, dtype=dtype, device=device)
        other = torch.randn(columns, inner, dtype=dtype, device=device)
        for _ in range(PRODUCTS):
            seconds = seconds_of(
                lambda a=one, b=other: torch.nn.functional.linear(a, b).sum().item()
            )
            best = max(best, 2 * rows * inner * columns / seconds)
    return best


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure turn by turn, print the shares, and write them where they are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=200, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--reuters", type=Path, default=DATA / "reuters21578", metavar="FOLDER")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    if not any(given.reuters.glob("*.sgm.xz")):
        sys.exit(f"no Reuters-21578 in {given.reuters}; name the folder of its .sgm.xz files")
    torch.set_num_threads(given.threads)
    encoder = SentenceTransformerEncoder.load()
    peer = SentenceTransformer(str(packaged_folder()), local_files_only=True)
    documents = [
        Document(id=one["id"], text=one["text"], path=f"/{one['id']}", title=one["title"])
        for one in drawn(given.reuters, given.articles, 0)[0]
    ]
    passages = passages_of(documents, encoder)
    texts = [f"{one.headline}\n{one.text}" for one in passages]
    needed = operations([count + 2 for count in encoder.count_tokens(texts)])
    turns: dict[str, Callable[[], object]] = {
        "On Record": lambda: encoder.encode_passages(passages),
        "sentence-transformers": lambda: peer.encode(texts),
    }
    shares: dict[str, list[float]] = {name: [] for name in turns}
    products = []
    for _ in range(given.rounds):
        for name, work in turns.items():
            before = product_rate()
            rate = needed / seconds_of(work)
            product = max(before, product_rate())
            products.append(product)
            shares[name].append(rate / product)
    dtype = str(fastest_dtype(current_device())).removeprefix("torch.")
    print(
        f"{len(passages)} passages of {len(documents)} articles, {needed / 1e9:,.0f} GFLOP,", end=""
    )
    print(f" {given.threads} threads; product in {dtype}: {median(products) / 1e9:,.0f} GFLOP/s")
    for name, found in shares.items():
        told = ", ".join(f"{one:.2f}" for one in sorted(found))
        print(f"{name:22} {median(found):.2f} of the product ({told})")
    if given.json:
        record = {"dtype": dtype, "products": products, "shares": shares}
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
