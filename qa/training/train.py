"""The loop: stages one after the other, checkpoints, and validation on what is kept apart."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, normalizers

from index.models import packaged_folder
from index.text import PLAIN_LETTERS
from qa.evaluation.metrics import auroc, words_f1
from qa.training.batches import Batch, Batcher
from qa.training.loss import span_loss, span_scores
from qa.training.recipe import ROUNDS, Material
from qa.training.rows import Row, read_squad
from qa.training.words import Vocabulary

_WARM_UP = 0.06
_CHECKPOINT_SECONDS = 300.0
_NOTED_EVERY = 25
_VALIDATED_ON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """Of one training run; the same settings give the same rows in the same order."""

    seed: int = 20191127
    tokens_a_batch: int = 4096
    longest: int = 320
    learning_rate: float = 1.2e-4
    weight_decay: float = 0.01
    dropout: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What the reader makes of judged paragraphs: shares, and the area under the ROC curve."""

    answerable: int
    f1: float
    exact: float
    auroc: float


def train(
    data: Path,
    out: Path,
    settings: Hyperparameters,
    note: Callable[[str], None],
    *,
    base: Path | None = None,
) -> None:
    """Train to `out/model`, going on from `out/checkpoint.pt` where there is one.

    The model is written in half precision, as it is shipped; reading makes it whole again.

    Args:
        data: holds `reader-training/` and `squad2/dev-half.json`.
        out: for the checkpoint, the model and what it came to.
        settings: of the run.
        note: told how it goes, a line at a time.
        base: the folder of the model to begin with; the packaged encoder's by default.
    """
    torch.manual_seed(settings.seed)
    out.mkdir(parents=True, exist_ok=True)
    model, tokenizer = _start(packaged_folder() if base is None else base, settings)
    vocabulary = Vocabulary(tokenizer, model.get_input_embeddings().weight.detach().numpy().copy())
    batcher = Batcher(vocabulary, tokens=settings.tokens_a_batch, longest=settings.longest)
    plan = _plan(Material(data / "reader-training", vocabulary), batcher, settings)
    judged = read_squad(data / "squad2" / "dev-half.json", vocabulary)
    judged = random.Random(settings.seed).sample(judged, min(_VALIDATED_ON, len(judged)))
    run = _Run(model, settings, [step.rate for step in plan])
    done = run.resume(out / "checkpoint.pt")
    note(f"{len(plan)} batches, {done} of them done")
    saved_at = noted_at = time.perf_counter()
    mean, tokens = 0.0, 0
    for number, step in enumerate(plan[done:], start=done + 1):
        if number > 1 and step.stage != plan[number - 2].stage:
            note(f"before stage {step.stage}: {validate(model, batcher, judged)}")
        batch = batcher.tensors(step.rows)
        loss = run.step(batch, sharp=step.sharp)
        mean = 0.98 * mean + 0.02 * loss if mean else loss
        tokens += int(batch.mask.sum())
        if number % _NOTED_EVERY == 0:
            rate = tokens / (time.perf_counter() - noted_at)
            note(f"batch {number} stage {step.stage} loss {mean:.3f} {rate:.0f} tokens/s")
            tokens, noted_at = 0, time.perf_counter()
        if time.perf_counter() - saved_at > _CHECKPOINT_SECONDS:
            run.save(out / "checkpoint.pt", number)
            saved_at = time.perf_counter()
    run.save(out / "checkpoint.pt", len(plan))
    final = validate(model, batcher, judged)
    note(f"at the end: {final}")
    model.half().save_pretrained(out / "model")
    tokenizer.save_pretrained(out / "model")
    result = {"settings": asdict(settings), "validation": asdict(final)}
    (out / "result.json").write_text(json.dumps(result, indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Step:
    """One batch: its stage, from 1 on, its share of the learning rate, its loss, its rows."""

    stage: int
    rate: float
    sharp: bool
    rows: list[Row]


class _Run:
    """The model, its optimizer and the learning rate's schedule: what a checkpoint holds."""

    def __init__(self, model: Any, settings: Hyperparameters, rates: Sequence[float]) -> None:
        self._model = model
        self._optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer, lambda step: rates[step] if step < len(rates) else 0.0
        )

    def step(self, batch: Batch, *, sharp: bool) -> float:
        self._model.train()
        read = self._model(
            input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.token_types
        )
        loss = span_loss(read.start_logits, read.end_logits, batch, sharp=sharp)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()
        return float(loss.detach())

    def save(self, path: Path, done: int) -> None:
        partial = path.with_suffix(".partial")
        torch.save(
            {name: part.state_dict() for name, part in self._parts} | {"done": done}, partial
        )
        partial.replace(path)

    def resume(self, path: Path) -> int:
        """How many batches were done, 0 where there is no checkpoint."""
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        for name, part in self._parts:
            part.load_state_dict(state[name])
        return int(state["done"])

    @property
    def _parts(self) -> list[tuple[str, Any]]:
        return [
            ("model", self._model),
            ("optimizer", self._optimizer),
            ("schedule", self._schedule),
        ]


def _plan(material: Material, batcher: Batcher, settings: Hyperparameters) -> list[_Step]:
    """Every batch of every round."""
    plan: list[_Step] = []
    stage = 0
    for one in ROUNDS:
        batches: list[tuple[int, list[Row]]] = []
        for recipe in one.stages:
            seed = settings.seed + stage
            stage += 1
            rows = material.stage(recipe, seed)
            batches += [(stage, some) for some in batcher.batches(rows, random.Random(seed))]
        warm_up = max(1, int(_WARM_UP * len(batches)))
        for number, (of_stage, some) in enumerate(batches):
            left = (len(batches) - number) / max(1, len(batches) - warm_up)
            rate = one.peak * min((number + 1) / warm_up, left)
            plan.append(_Step(of_stage, rate, one.sharp, some))
    return plan


def validate(model: Any, batcher: Batcher, rows: Sequence[Row]) -> Validation:
    """Read rows whose answers are known; the best span counts, whether or not it is sure."""
    model.eval()
    f1: list[float] = []
    sure: dict[bool, list[float]] = {True: [], False: []}
    with torch.inference_mode():
        for group in batcher.batches(list(rows), random.Random(0)):
            batch = batcher.tensors(group)
            read = model(
                input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.token_types
            )
            scores = span_scores(read.start_logits, read.end_logits, batch.readable)
            none = scores[:, 0, 0].clone()
            scores[:, 0] = -1e9
            best = scores.flatten(1).max(1)
            for number, row in enumerate(group):
                sure[row.place is not None].append(float(best.values[number] - none[number]))
                if row.place is None:
                    continue
                first, length = divmod(int(best.indices[number]), scores.shape[2])
                given = batch.ids[number, first : first + length + 1].tolist()
                golds = batch.right[number].nonzero().tolist()
                f1.append(
                    max(
                        _f1(batcher, given, batch.ids[number, one : one + more + 1].tolist())
                        for one, more in golds
                    )
                )
    return Validation(
        answerable=len(f1),
        f1=sum(f1) / len(f1),
        exact=sum(one == 1 for one in f1) / len(f1),
        auroc=auroc(np.array(sure[True]), np.array(sure[False])),
    )


def _f1(batcher: Batcher, given: list[int], gold: list[int]) -> float:
    return words_f1(batcher.written(given), batcher.written(gold))


def _start(folder: Path, settings: Hyperparameters) -> tuple[Any, Any]:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(
        folder,
        local_files_only=True,
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=0.0,
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    read_plainly(tokenizer.backend_tokenizer)
    return model, tokenizer


def read_plainly(tokenizer: Tokenizer) -> None:
    """Make a tokenizer read "Wałęsa" as it reads "Walesa"; the places stay those of the text."""
    if not isinstance(tokenizer.normalizer, normalizers.Sequence):
        letters = [normalizers.Replace(*letter) for letter in PLAIN_LETTERS.items()]
        tokenizer.normalizer = normalizers.Sequence([tokenizer.normalizer, *letters])
