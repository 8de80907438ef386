"""A model of one small layer, trained for some steps on a task that it can learn."""

import json
import random
import re
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForQuestionAnswering

from index import Span
from index.text.sentences import split_sentences
from qa.reading.contexts import Context, InputForm
from qa.reading.span_model import LocalSpanModel
from qa.training import train as train_module
from qa.training.rows import Row
from qa.training.train import Hyperparameters, train, validate

SETTINGS = Hyperparameters(tokens_a_batch=256, learning_rate=1e-2, warm_up=0.1)
NAMES = "Ali Eva Omar Nora Musa Lina Adam Sara Tariq Mona".split()
WORDS = [
    *"[PAD] [UNK] [CLS] [SEP] who left ? . town it rained on all hills nobody".split(),
    *map(str.lower, NAMES),
]


@pytest.fixture(name="tokenizer", scope="module")
def _tokenizer():
    tokenizer = Tokenizer(
        WordPiece({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


@pytest.fixture(name="base", scope="module")
def _base(tmp_path_factory, tokenizer):
    """A model that was never trained, in half precision."""
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=512,
    )
    BertForQuestionAnswering(config).half().save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def row_of(question, text, *answers):
    spans = tuple(Span(text.index(one), text.index(one) + len(one)) for one in answers)
    context = Context("", text, split_sentences(text))
    return Row(question=question, context=context, answers=spans)


def rows_of(count, seed):
    """Somebody left town, or nobody did: who left?"""
    chance = random.Random(seed)
    for _ in range(count):
        name = chance.choice([*NAMES, "Nobody", "Nobody"])
        sentences = [f"{name} left town.", "It rained on all hills."]
        chance.shuffle(sentences)
        yield row_of("Who left?", " ".join(sentences), *({name} - {"Nobody"}))


ROWS = list(rows_of(1_200, 1))
JUDGED = list(rows_of(60, 2))


@pytest.fixture(name="run", scope="module")
def _run(base):
    """A function that trains, every batch noted; what was noted comes back."""

    def run(out, note=lambda line: None, *, rows=ROWS, settings=SETTINGS, saved_after=1e9):
        noted = []

        def listen(line):
            noted.append(line)
            note(line)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train_module, "_NOTED_EVERY", 1)
            patch.setattr(train_module, "_CHECKPOINT_SECONDS", saved_after)
            train(rows, base, out, settings, listen, judged=JUDGED)
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


def weights_in(folder):
    return load_file(folder / "model" / "model.safetensors")


# Training


def test_a_small_task_is_learned(trained):
    """Who left is found, and told from nobody."""
    result = json.loads((trained[0] / "result.json").read_text())
    assert result["settings"]["learning_rate"] == 1e-2
    assert result["rows"] == len(ROWS)
    found = result["validation"]
    assert found["answerable"] == sum(bool(row.answers) for row in JUDGED)
    assert found["of"] == 60
    assert found["f1"] > 0.9
    assert found["auroc"] > 0.9


def test_every_batch_is_trained_on_once(trained):
    """From the first to the last, and validated at the end."""
    first, *batches, last = trained[1]
    total = int(re.fullmatch(r"1200 rows in (\d+) batches, 0 of them done", first)[1])
    assert batches_of(batches) == list(range(1, total + 1))
    assert last.startswith("at the end: Validation(")


def test_the_rate_rises_and_falls(run, monkeypatch, tmp_path):
    """From near 0 to its peak, a tenth of the way, and down again to near 0."""
    rates = []

    class Listening(torch.optim.AdamW):
        def step(self, *given, **more):
            rates.append(self.param_groups[0]["lr"] / SETTINGS.learning_rate)
            return super().step(*given, **more)

    monkeypatch.setattr(torch.optim, "AdamW", Listening)
    run(tmp_path, rows=ROWS[:600])
    highest = rates.index(max(rates))
    assert rates[highest] == pytest.approx(1)
    assert 0 < highest < 0.2 * len(rates)
    assert rates[: highest + 1] == sorted(rates[: highest + 1])
    assert rates[highest:] == sorted(rates[highest:], reverse=True)
    assert 0 < rates[-1] < 0.1


def test_weights_are_whole_in_training(trained, base):
    """Float32, whatever the model to begin with was in: half of it would lose small steps."""
    assert {one.dtype for one in load_file(base / "model.safetensors").values()} == {torch.float16}
    state = torch.load(trained[0] / "checkpoint.pt", weights_only=True)
    assert {one.dtype for one in state["model"].values()} == {torch.float32}
    moments = [one["exp_avg"].dtype for one in state["optimizer"]["state"].values()]
    assert set(moments) == {torch.float32}


def test_the_model_is_written_in_half_precision(trained):
    """Its weights are float16, all of them."""
    assert {one.dtype for one in weights_in(trained[0]).values()} == {torch.float16}


RAINED = "It rained on all hills. Lina left town."
NOBODY = "Nobody left town. It rained on all hills."


def test_the_model_reads(trained):
    """What was written is read by what reads, as it was trained to."""
    model = LocalSpanModel.load(trained[0] / "model")
    contexts = [row_of("", text).context for text in (RAINED, NOBODY)]
    (rained, left), (nobody, _) = model.read("Who left?", contexts)
    assert RAINED[slice(*left.span)] == "Lina"
    assert left.null_score_difference > 0 > nobody.null_score_difference
    assert left.null_score_difference > rained.null_score_difference


def test_an_interrupted_run_goes_on(run, tmp_path):
    """Broken off in the middle, it begins with the batch after the checkpoint's.

    The model that comes of it is the one of a run that was not broken off.
    """

    def break_off(line):
        if line.startswith("batch 5 "):
            raise InterruptedError

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    total = len(batches_of(run(whole, rows=ROWS[:200])))
    with pytest.raises(InterruptedError):
        run(broken, break_off, rows=ROWS[:200], saved_after=-1.0)
    assert not (broken / "model").exists()
    noted = run(broken, rows=ROWS[:200])
    assert noted[0] == f"200 rows in {total} batches, 4 of them done"
    assert batches_of(noted) == list(range(5, total + 1))
    resumed = weights_in(broken)
    for name, weights in weights_in(whole).items():
        assert torch.equal(resumed[name], weights), name


def test_a_run_that_is_done_trains_no_more(run, trained, tmp_path):
    """Run again, it writes the same model anew."""
    shutil.copy(trained[0] / "checkpoint.pt", tmp_path)
    noted = run(tmp_path)
    assert batches_of(noted) == []
    assert noted[-1] == trained[1][-1]
    again = weights_in(tmp_path)
    for name, weights in weights_in(trained[0]).items():
        assert torch.equal(again[name], weights)


def test_another_seed_is_another_run(run, tmp_path):
    """And the same seed the same."""
    runs = []
    for number, seed in enumerate((1, 1, 2)):
        run(tmp_path / str(number), rows=ROWS[:60], settings=replace(SETTINGS, seed=seed))
        runs.append(weights_in(tmp_path / str(number))["qa_outputs.weight"])
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


# Validation


class Oracle(torch.nn.Module):
    """Answers with one word, above no answer where it is there and below where it is not."""

    def __init__(self, token):
        super().__init__()
        self._token = token

    def forward(self, input_ids, attention_mask, token_type_ids):
        self.start_logits = torch.zeros(input_ids.shape)
        self.start_logits[(input_ids == self._token) & (token_type_ids == 1)] = 1.0
        self.start_logits[:, 0] = 0.5
        self.end_logits = self.start_logits
        return self


FOUND = [
    row_of("Who left?", "On all hills Omar left.", "Omar"),
    row_of("Who left?", "Omar Eva left.", "Omar Eva"),
    row_of("Who left?", "Omar left Eva.", "Eva"),
    row_of("Who left?", "Nobody left."),
    row_of("Who left?", "On hills left nobody."),
]
"""Omar is right, right with another word, wrong; and twice nobody is."""


def test_a_look_counts_words_and_tells_apart(tokenizer):
    """F1 of 1, 2/3 and 0; every answerable row above every other."""
    form = InputForm(tokenizer, positions=64)
    found = validate(Oracle(WORDS.index("omar")), form, FOUND)
    assert (found.answerable, found.of) == (3, 5)
    assert found.f1 == pytest.approx((1 + 2 / 3) / 3)
    assert found.auroc == 1.0


def test_a_look_at_one_who_is_wrong_about_it(tokenizer):
    """Sure of the unanswerable alone, the area is 0; sure of none, a half."""
    form = InputForm(tokenizer, positions=64)
    assert validate(Oracle(WORDS.index("nobody")), form, FOUND).auroc == 0.0
    assert validate(Oracle(-1), form, FOUND).auroc == 0.5


def test_a_look_trains_nothing(tokenizer):
    """The model is read in evaluation."""
    model = Oracle(WORDS.index("omar")).train()
    validate(model, InputForm(tokenizer, positions=64), FOUND)
    assert not model.training
