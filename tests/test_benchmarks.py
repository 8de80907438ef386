"""What the programs in `benchmarks/` reckon with, where it can be known by other means."""

import importlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from index.models import SentenceTransformerEncoder

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(name="program")
def _program(monkeypatch):
    """A function that imports a program of `benchmarks/` by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


@pytest.mark.parametrize("length", [7, 256])
def test_operations_are_those_that_torch_counts(program, length):
    """What a text needs by the formula is what torch counts when `index.models.bert` reads it."""
    ids = torch.full((1, length), 1000)
    encoder = SentenceTransformerEncoder.load_for_one_question()
    encoder.encode_question("Is it loaded?")
    # Attention in one kernel is not counted on a processor.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        encoder._network.forward(ids, torch.ones_like(ids))
    assert program("encoding").operations([length]) == counter.get_total_flops()


def test_operations_of_texts_are_added(program):
    """Two texts need what each of them needs."""
    operations = program("encoding").operations
    assert operations([10, 20]) == operations([10]) + operations([20])


def test_a_power_is_fitted(program):
    """Of figures that grow with a power of the size, the fit finds the power and the factor."""
    sizes = [1e3, 1e4, 1e5, 1e6]
    factor, power = program("growth").exponent(sizes, [3 * size**0.7 for size in sizes])
    assert (factor, power) == pytest.approx((3, 0.7))


def test_an_article_is_recombined_the_same_again(program):
    """The same number makes the same article, another number another."""
    recombined = program("recombined")
    chance = np.random.default_rng(1)
    found = [
        recombined.Story(
            id=str(number),
            title="",
            text="",
            sentences=tuple(
                f"Sentence {place} of the story {number}, which is long enough to be taken."
                for place in range(9)
            ),
            vectors=chance.normal(size=(9, 4)).astype(np.float32),
        )
        for number in range(12)
    ]
    texts = [
        [one.text for one in recombined.Recombiner(found).make(number)] for number in (5, 5, 6)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_time_is_counted_once(program, monkeypatch):
    """The time of a step that is within another is not the other's."""
    question = program("question")
    now = [0.0]
    monkeypatch.setattr(question, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    class Work:
        def outer(self):
            now[0] += 0.25
            self.inner()

        def inner(self):
            now[0] += 0.5

    clock = question.Clock()
    for name in ("outer", "inner"):
        clock.watch(name, Work, name)
    Work().outer()
    assert clock.spent == {"inner": [500.0], "outer": [250.0]}


def test_a_rank_leaves_translations_out(program):
    """Of three sentences in two languages, the other language's right one is not above it."""
    ranks = program("multilingual").ranks_between
    scores = np.array([[[0.5, 0.1, 0.2], [0.9, 0.6, 0.3]]] * 3)
    assert ranks(scores, 0).tolist() == [2, 5, 4]
    assert ranks(scores, 1).tolist() == [1, 2, 4]


def test_the_parallel_news_is_whole(program):
    """Fifty pieces of news in sixteen languages, each once, with a question in six."""
    lines = program("multilingual").PARALLEL.read_text(encoding="utf-8").splitlines()
    news = [json.loads(line) for line in lines]
    languages = set("ar de en es fa fr hi id it ja pl pt ru tr uk zh".split())
    assert {frozenset(one) for one in news} == {frozenset(languages | {"questions"})}
    assert {tuple(one["questions"]) for one in news} == {("en", "fr", "de", "es", "ar", "zh")}
    texts = [one[name] for one in news for name in languages]
    assert len(set(texts)) == len(texts) == 800
