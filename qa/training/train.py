"""The loop: rows in batches, checkpoints, and validation on what is kept apart."""

import contextlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from index.models import fastest_dtype, tokenizer_in
from qa.evaluation.metrics import auroc, words_f1
from qa.reading.contexts import InputForm
from qa.training.batches import Batch, batches, tensors
from qa.training.loss import span_loss, span_scores
from qa.training.rows import Row

_CHECKPOINT_SECONDS = 300.0
_NOTED_EVERY = 50
_POSITIONS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """Of one training run; the same settings give the same rows in the same order."""

    seed: int = 20261129
    tokens_a_batch: int = 4096
    learning_rate: float = 2e-4
    warm_up: float = 0.05
    weight_decay: float = 0.01
    dropout: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What the reader makes of judged contexts: shares, and the area under the ROC curve."""

    answerable: int
    of: int
    f1: float
    auroc: float


def train(
    rows: Sequence[Row],
    base: Path,
    out: Path,
    settings: Hyperparameters,
    note: Callable[[str], None],
    *,
    judged: Sequence[Row],
) -> None:
    """Train to `out/model`, going on from `out/checkpoint.pt` where there is one.

    The weights are float32, and are multiplied in bfloat16 where the processor can. They are
    written in half precision, as they are shipped; reading makes them whole again.

    Args:
        rows: what to train on, in this order.
        base: the folder of the model to begin with.
        out: for the checkpoint, the model and what it came to.
        settings: of the run.
        note: told how it goes, a line at a time.
        judged: what to validate on, at the end.
    """
    torch.manual_seed(settings.seed)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer_in(base)
    form = InputForm(tokenizer, positions=_POSITIONS)
    plan = list(batches(rows, form, random.Random(settings.seed), tokens=settings.tokens_a_batch))
    run = _Run(_question_answering(base, settings), settings, steps=len(plan))
    done = run.resume(out / "checkpoint.pt")
    note(f"{len(rows)} rows in {len(plan)} batches, {done} of them done")
    saved_at = noted_at = time.perf_counter()
    mean, tokens = 0.0, 0
    for number, places in enumerate(plan[done:], start=done + 1):
        batch = tensors([rows[place] for place in places], form)
        loss = run.step(batch)
        mean = 0.98 * mean + 0.02 * loss if mean else loss
        tokens += int(batch.mask.sum())
        if number % _NOTED_EVERY == 0:
            rate = tokens / (time.perf_counter() - noted_at)
            note(f"batch {number} loss {mean:.3f} {rate:.0f} tokens/s")
            tokens, noted_at = 0, time.perf_counter()
        if time.perf_counter() - saved_at > _CHECKPOINT_SECONDS:
            run.save(out / "checkpoint.pt", number)
            saved_at = time.perf_counter()
    run.save(out / "checkpoint.pt", len(plan))
    final = validate(run.model, form, judged)
    note(f"at the end: {final}")
    _write(run.model, tokenizer, out / "model")
    result = {"settings": asdict(settings), "rows": len(rows), "validation": asdict(final)}
    (out / "result.json").write_text(json.dumps(result, indent=1), encoding="utf-8")


class _Run:
    """The model, its optimizer and the learning rate's schedule: what a checkpoint holds.

    Beside them it holds the state of chance, so that dropout goes on as it would have.
    """

    def __init__(self, model: Any, settings: Hyperparameters, *, steps: int) -> None:
        self.model = model
        self._optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        warm_up = max(1, int(settings.warm_up * steps))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer,
            lambda step: min((step + 1) / warm_up, (steps - step) / max(1, steps - warm_up)),
        )

    def step(self, batch: Batch) -> float:
        self.model.train()
        with _autocast():
            read = _read(self.model, batch)
        loss = span_loss(read.start_logits.float(), read.end_logits.float(), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()
        return float(loss.detach())

    def save(self, path: Path, done: int) -> None:
        partial = path.with_suffix(".partial")
        state = {name: part.state_dict() for name, part in self._parts}
        torch.save(state | {"done": done, "chance": torch.get_rng_state()}, partial)
        partial.replace(path)

    def resume(self, path: Path) -> int:
        """How many batches were done, 0 where there is no checkpoint."""
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        for name, part in self._parts:
            part.load_state_dict(state[name])
        torch.set_rng_state(state["chance"])
        return int(state["done"])

    @property
    def _parts(self) -> list[tuple[str, Any]]:
        return [
            ("model", self.model),
            ("optimizer", self._optimizer),
            ("schedule", self._schedule),
        ]


def validate(model: Any, form: InputForm, judged: Sequence[Row]) -> Validation:
    """Read rows whose answers are known; the best span counts, whether or not it is sure."""
    model.eval()
    f1: list[float] = []
    sure: dict[bool, list[float]] = {True: [], False: []}
    with torch.inference_mode(), _autocast():
        for places in batches(
            judged, form, random.Random(0), tokens=Hyperparameters().tokens_a_batch
        ):
            rows = [judged[place] for place in places]
            encoded = form.encode([row.question for row in rows], [row.context for row in rows])
            batch = tensors(rows, form)
            read = _read(model, batch)
            scores = span_scores(read.start_logits.float(), read.end_logits.float(), batch.readable)
            none = scores[:, 0, 0].clone()
            scores[:, 0] = -1e9
            best = scores.flatten(1).max(1)
            for number, (row, one) in enumerate(zip(rows, encoded, strict=True)):
                sure[bool(row.answers)].append(float(best.values[number] - none[number]))
                if row.answers:
                    first, more = divmod(int(best.indices[number]), scores.shape[2])
                    text = row.context.text
                    given = text[one.offsets[first, 0] : one.offsets[first + more, 1]]
                    f1.append(max(words_f1(given, text[slice(*span)]) for span in row.answers))
    return Validation(
        answerable=len(f1),
        of=len(judged),
        f1=float(np.mean(f1)),
        auroc=auroc(np.array(sure[True]), np.array(sure[False])),
    )


def _read(model: Any, batch: Batch) -> Any:
    return model(input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.token_types)


def _autocast() -> contextlib.AbstractContextManager[Any]:
    dtype = fastest_dtype(torch.device("cpu"))
    return torch.autocast("cpu", dtype) if dtype is torch.bfloat16 else contextlib.nullcontext()


def _question_answering(folder: Path, settings: Hyperparameters) -> Any:
    from transformers import AutoModelForQuestionAnswering

    return AutoModelForQuestionAnswering.from_pretrained(
        folder,
        local_files_only=True,
        dtype=torch.float32,  # the folder's own may be half of it, in which nothing is learned
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=0.0,
    )


def _write(model: Any, tokenizer: Tokenizer, folder: Path) -> None:
    model.half().save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
