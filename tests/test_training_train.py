"""A model of two small layers, trained for some steps on data made for it."""

import json
import re
import shutil

import numpy as np
import pytest
import torch
from qa.training.words import Vocabulary
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoTokenizer, BertConfig, BertModel

from index.models.encoder import packaged_folder
from index.text.sentences import split_sentences
from qa.reading.span_model import Context, LocalSpanModel
from qa.training import train as train_module
from qa.training.batches import Batcher
from qa.training.recipe import Mixture, Round
from qa.training.rows import Row
from qa.training.train import Hyperparameters, read_plainly, train, validate

STAGES = (
    Mixture(
        qamr=2, pairs=1.0, squad=1.0, neighbours=1, swapped=0.0, both=0.0, removed=0.2,
        elsewhere=0.0,
    ),
    Mixture(
        qamr=1, pairs=1.0, squad=1.0, neighbours=2, swapped=0.2, both=0.1, removed=0.2,
        elsewhere=0.2,
    ),
)  # fmt: skip
ROUNDS = (Round(1.0, STAGES[:1]), Round(0.5, STAGES[1:], sharp=True))
SETTINGS = Hyperparameters(tokens_a_batch=64, longest=64, learning_rate=1e-2, dropout=0.0)
NAMES = "Ali Eva Omar Nora Musa Lina Adam Sara Tariq Mona".split()


@pytest.fixture(name="tokenizer", scope="module")
def _tokenizer():
    return AutoTokenizer.from_pretrained(packaged_folder(), local_files_only=True)


@pytest.fixture(name="base", scope="module")
def _base(tmp_path_factory, tokenizer):
    """An encoder of two small layers that was never trained."""
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(1)
    BertModel(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=128,
        )
    ).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def paragraphs(*, impossible=False):
    """Somebody left a town, and it rained: who left, and, where asked, who came."""
    for number, name in enumerate(NAMES):
        text = f"{name} left town {number}. It rained on all hills."
        asked = {"question": "Who left?", "answers": [{"text": name, "answer_start": 0}]}
        never = {"question": "Who came?", "answers": [], "is_impossible": True}
        yield {"context": text, "qas": [asked, never] if impossible else [asked]}


@pytest.fixture(name="data", scope="module")
def _data(tmp_path_factory):
    """The data sets' files, with ten sentences in each."""
    folder = tmp_path_factory.mktemp("data")
    qamr = folder / "reader-training" / "qamr"
    qamr.mkdir(parents=True)
    (folder / "squad2").mkdir()
    sentences = [f"w:{n}\tOn day {n} {name} fled .\n" for n, name in enumerate(NAMES)]
    (qamr / "wiki-sentences.tsv").write_text("".join(sentences))
    questions = [f"w:{n}\t1\t0\t0\t1\tWho fled?\t3\n" for n in range(10)]
    (qamr / "dev.tsv").write_text("".join(questions[:5]))
    (qamr / "test.tsv").write_text("".join(questions[5:]))
    pairs = [
        {"question": "who sold it ?", "sentence": f"{name} sold it {n} times ."}
        for n, name in enumerate(NAMES)
    ]
    (folder / "reader-training" / "squad1-sentence-pairs.jsonl").write_text(
        "".join(json.dumps(pair) + "\n" for pair in pairs)
    )
    for path, impossible in (
        ("reader-training/squad1-13-articles.json", False),
        ("squad2/dev-half.json", True),
    ):
        article = {"title": "Towns", "paragraphs": list(paragraphs(impossible=impossible))}
        (folder / path).write_text(json.dumps({"data": [article]}))
    return folder


@pytest.fixture(name="run", scope="module")
def _run(data, base):
    """A function that trains, every batch noted; what was noted comes back."""

    def run(out, note=lambda line: None, *, saved_after=1e9):
        noted = []

        def listen(line):
            noted.append(line)
            note(line)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train_module, "ROUNDS", ROUNDS)
            patch.setattr(train_module, "_NOTED_EVERY", 1)
            patch.setattr(train_module, "_CHECKPOINT_SECONDS", saved_after)
            train(data, out, SETTINGS, listen, base=base)
        return noted

    return run


@pytest.fixture(name="trained", scope="module")
def _trained(run, tmp_path_factory):
    """The folder of a whole run, and what was noted."""
    out = tmp_path_factory.mktemp("whole")
    return out, run(out)


def batches_of(noted):
    """The numbers of the batches that were noted."""
    return [int(found[1]) for line in noted if (found := re.match(r"batch (\d+) ", line))]


def losses_of(noted):
    return [float(found[1]) for line in noted if (found := re.search(r" loss ([\d.]+)", line))]


# Training


def test_training_lowers_the_loss(trained):
    """The mean loss ends well below the first."""
    losses = losses_of(trained[1])
    assert len(losses) > 10
    assert losses[-1] < 0.9 * losses[0]


def test_every_batch_is_trained_on_once(trained):
    """From the first to the last of both stages, validated between the two and at the end."""
    noted = trained[1]
    total = int(noted[0].split()[0])
    assert noted[0] == f"{total} batches, 0 of them done"
    assert batches_of(noted) == list(range(1, total + 1))
    validations = [place for place, line in enumerate(noted) if "Validation(" in line]
    assert noted[validations[0]].startswith("before stage 2: ")
    assert "stage 1" in noted[validations[0] - 1]
    assert "stage 2" in noted[validations[0] + 1]
    assert noted[validations[1]] == noted[-1]


def test_the_rate_rises_and_falls_in_each_round(run, monkeypatch, tmp_path):
    """From near 0 to the round's peak and down again, once for each."""
    rates = []

    class Listening(torch.optim.AdamW):
        def step(self, *given, **more):
            rates.append(self.param_groups[0]["lr"] / SETTINGS.learning_rate)
            return super().step(*given, **more)

    monkeypatch.setattr(train_module, "_WARM_UP", 0.3)
    monkeypatch.setattr(torch.optim, "AdamW", Listening)
    noted = run(tmp_path)
    second = next(n for n, line in enumerate(noted) if "before stage 2" in line) - 1
    for part, peak in ((rates[:second], 1.0), (rates[second:], 0.5)):
        highest = part.index(max(part))
        assert 0.8 * peak < part[highest] <= peak
        assert part[: highest + 1] == sorted(part[: highest + 1])
        assert part[highest:] == sorted(part[highest:], reverse=True)
        assert part[-1] < 0.2 * peak


def test_each_round_has_its_own_loss(run, monkeypatch, tmp_path):
    """That of all right spans in the first, that of the best alone in the second."""
    sharps = []
    loss = train_module.span_loss

    def listen(*given, sharp):
        sharps.append(sharp)
        return loss(*given, sharp=sharp)

    monkeypatch.setattr(train_module, "span_loss", listen)
    noted = run(tmp_path)
    second = next(n for n, line in enumerate(noted) if "before stage 2" in line) - 1
    assert sharps == [False] * second + [True] * (len(sharps) - second)
    assert 0 < second < len(sharps)


def test_the_model_is_written_in_half_precision(trained):
    """Its weights are float16, all of them."""
    weights = load_file(trained[0] / "model" / "model.safetensors")
    assert {one.dtype for one in weights.values()} == {torch.float16}


def test_the_model_reads(trained):
    """What was written is read by what reads."""
    model = LocalSpanModel.load(trained[0] / "model")
    text = "Lina left town 5. It rained on all hills."
    sentences = split_sentences(text)
    (readings,) = model.read("Who left?", [Context("", text, sentences)])
    for sentence, reading in zip(sentences, readings, strict=True):
        assert sentence.start <= reading.span.start < reading.span.end <= sentence.end


def test_the_model_reads_letters_plainly(trained, tokenizer):
    """Its tokenizer was told so, once, and still says where in the text each token is."""
    told = Tokenizer.from_file(str(trained[0] / "model" / "tokenizer.json"))
    read = told.encode("Wałęsa, SÆTHER")
    assert read.ids == tokenizer("Walesa, Saether")["input_ids"]
    assert read.offsets[1:3] == [(0, 5), (5, 6)]
    before = told.to_str()
    read_plainly(told)
    assert told.to_str() == before


def test_what_it_came_to_is_written(trained):
    """Settings, and the validation at the end: shares in range, with unanswerable questions."""
    result = json.loads((trained[0] / "result.json").read_text())
    assert result["settings"]["learning_rate"] == 1e-2
    found = result["validation"]
    assert found["answerable"] == 10
    assert 0 <= found["exact"] <= found["f1"] <= 1
    assert 0 <= found["auroc"] <= 1


def test_an_interrupted_run_goes_on(run, trained, tmp_path):
    """Broken off in the middle, it begins with the batch after the checkpoint's.

    The model that comes of it is the one of a run that was not broken off.
    """

    def break_off(line):
        if line.startswith("batch 5 "):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(tmp_path, break_off, saved_after=-1.0)
    assert not (tmp_path / "model").exists()
    noted = run(tmp_path)
    total = len(batches_of(trained[1]))
    assert noted[0] == f"{total} batches, 4 of them done"
    assert batches_of(noted) == list(range(5, total + 1))
    whole, resumed = (
        load_file(out / "model" / "model.safetensors") for out in (trained[0], tmp_path)
    )
    for name, weights in whole.items():
        torch.testing.assert_close(resumed[name], weights, atol=2e-3, rtol=1e-2)


def test_a_run_that_is_done_trains_no_more(run, trained, tmp_path):
    """Run again, it writes the same model anew."""
    shutil.copy(trained[0] / "checkpoint.pt", tmp_path)
    noted = run(tmp_path)
    assert batches_of(noted) == []
    assert noted[-1] == trained[1][-1]
    again = load_file(tmp_path / "model" / "model.safetensors")
    for name, weights in load_file(trained[0] / "model" / "model.safetensors").items():
        assert torch.equal(again[name], weights)


# Validation


class Oracle(torch.nn.Module):
    """Answers with one word, above no answer where it is there and below where it is not."""

    def __init__(self, piece):
        super().__init__()
        self._piece = piece

    def forward(self, input_ids, attention_mask, token_type_ids):
        self.start_logits = torch.zeros(input_ids.shape)
        self.start_logits[(input_ids == self._piece) & (token_type_ids == 1)] = 1.0
        self.start_logits[:, 0] = 0.5
        self.end_logits = self.start_logits
        return self


@pytest.fixture(name="judged", scope="module")
def _judged(tokenizer):
    """Who fled? "Omar" is right, right with another word, wrong; and twice nobody is."""
    vocabulary = Vocabulary(tokenizer, np.zeros((len(tokenizer), 2), dtype=np.float32))

    def row(text, *answers):
        return Row(
            question=vocabulary.text("Who fled?")[0],
            context=(vocabulary.text(text)[0],),
            place=0 if answers else None,
            answers=answers,
        )

    rows = [
        row("The mayor saw Omar.", (0, 3, 3)),
        row("Omar Bey fled.", (0, 0, 1)),
        row("Omar saw it rain.", (0, 3, 3), (0, 4, 4)),
        row("Nobody fled."),
        row("The mayor saw nobody."),
    ]
    omar, nobody = (vocabulary.word(one)[0] for one in ("omar", "nobody"))
    return rows, Batcher(vocabulary, tokens=64, longest=64), omar, nobody


def test_a_look_counts_words_and_tells_apart(judged):
    """F1 of 1, 2/3 and 0; one of three exact; every answerable row above every other."""
    rows, batcher, omar, _ = judged
    found = validate(Oracle(omar), batcher, rows)
    assert found.answerable == 3
    assert found.f1 == pytest.approx((1 + 2 / 3) / 3)
    assert found.exact == pytest.approx(1 / 3)
    assert found.auroc == 1.0


def test_a_look_at_one_who_is_wrong_about_it(judged):
    """Sure of the unanswerable alone, the area is 0; sure of none, a half."""
    rows, batcher, _, nobody = judged
    assert validate(Oracle(nobody), batcher, rows).auroc == 0.0
    assert validate(Oracle(-1), batcher, rows).auroc == 0.5


def test_a_look_trains_nothing(judged):
    """The model is read in evaluation, and its weights stay."""
    rows, batcher, omar, _ = judged
    model = Oracle(omar).train()
    validate(model, batcher, rows)
    assert not model.training
