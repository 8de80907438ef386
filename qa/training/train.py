"""The loop: stages one after the other, checkpoints, and a look at what it reads by now."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from index import packaged_folder
from qa.evaluate import words_f1
from qa.training.batches import Batcher
from qa.training.loss import marginal_loss, span_scores
from qa.training.recipe import STAGES, Material
from qa.training.rows import Row, read_squad
from qa.training.words import Vocabulary

_WARM_UP = 0.06
_CHECKPOINT_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of one training run; the same settings give the same rows in the same order."""

    seed: int = 20191127
    tokens_a_batch: int = 4096
    longest: int = 320
    learning_rate: float = 1.2e-4
    weight_decay: float = 0.01
    dropout: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the reader makes of judged paragraphs: shares, and the area under the ROC curve."""

    answerable: int
    f1: float
    exact: float
    auroc: float


def train(data: Path, out: Path, settings: Settings, note: Callable[[str], None]) -> None:
    """Train to `out/model`, going on from `out/checkpoint.pt` where there is one."""
    torch.manual_seed(settings.seed)
    model, tokenizer = _start(settings)
    vocabulary = Vocabulary(tokenizer, model.get_input_embeddings().weight.detach().numpy().copy())
    started = time.perf_counter()
    material = Material(data / "reader-training", vocabulary)
    judged = read_squad(data / "squad2" / "dev-half.json", vocabulary)
    judged = random.Random(settings.seed).sample(judged, min(1000, len(judged)))
    batcher = Batcher(vocabulary, tokens=settings.tokens_a_batch, longest=settings.longest)
    plan = [
        (number, rows)
        for number, stage in enumerate(STAGES)
        for rows in batcher.batches(
            material.stage(stage, settings.seed + number), random.Random(settings.seed + number)
        )
    ]
    note(f"{len(plan)} batches, made in {time.perf_counter() - started:.0f} s")
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    warm_up = max(1, int(_WARM_UP * len(plan)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warm_up, (len(plan) - step) / (len(plan) - warm_up)),
    )
    checkpoint = out / "checkpoint.pt"
    done = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        done = state["done"]
        note(f"going on after batch {done}")
    out.mkdir(parents=True, exist_ok=True)
    saved_at = time.perf_counter()
    mean, tokens, since = 0.0, 0, time.perf_counter()
    for step in range(done, len(plan)):
        stage, rows = plan[step]
        if step and stage != plan[step - 1][0]:
            note(f"before stage {stage + 1}: {look(model, batcher, judged)}")
        model.train()
        batch = batcher.tensors(rows)
        read = model(input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.kinds)
        loss = marginal_loss(read.start_logits, read.end_logits, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        value = float(loss.detach())
        mean = value if not mean else 0.98 * mean + 0.02 * value
        tokens += int(batch.mask.sum())
        if step % 25 == 24:
            rate = tokens / (time.perf_counter() - since)
            tokens, since = 0, time.perf_counter()
            note(
                f"batch {step + 1}/{len(plan)} stage {stage + 1} loss {mean:.3f} {rate:.0f} tokens/s"
            )
        if time.perf_counter() - saved_at > _CHECKPOINT_SECONDS:
            _save(checkpoint, model, optimizer, schedule, step + 1)
            saved_at = time.perf_counter()
    _save(checkpoint, model, optimizer, schedule, len(plan))
    model.save_pretrained(out / "model")
    tokenizer.save_pretrained(out / "model")
    final = look(model, batcher, judged)
    note(f"at the end: {final}")
    (out / "result.json").write_text(
        json.dumps({"settings": asdict(settings), "look": asdict(final)}, indent=1)
    )


def look(model: Any, batcher: Batcher, rows: Sequence[Row]) -> Look:
    """Read rows whose answers are known; the best span counts, whether or not it is sure."""
    model.eval()
    f1: list[float] = []
    sure: list[tuple[float, bool]] = []
    with torch.inference_mode():
        for group in batcher.batches(list(rows), random.Random(0)):
            batch = batcher.tensors(group)
            read = model(input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=batch.kinds)
            scores = span_scores(read.start_logits, read.end_logits, batch.readable)
            none = scores[:, 0, 0].clone()
            scores[:, 0] = -1e9
            best = scores.flatten(1).max(1)
            for number, row in enumerate(group):
                sure.append((float(best.values[number] - none[number]), row.place is not None))
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
    return Look(
        answerable=len(f1),
        f1=sum(f1) / len(f1),
        exact=sum(one == 1 for one in f1) / len(f1),
        auroc=_auroc(sure),
    )


def _f1(batcher: Batcher, given: list[int], gold: list[int]) -> float:
    return words_f1(batcher.written(given), batcher.written(gold))


def _auroc(sure: Sequence[tuple[float, bool]]) -> float:
    """Source: the Mann–Whitney U statistic."""
    yes = [value for value, is_yes in sure if is_yes]
    no = [value for value, is_yes in sure if not is_yes]
    wins = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    return wins / (len(yes) * len(no)) if yes and no else float("nan")


def _start(settings: Settings) -> tuple[Any, Any]:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    folder = packaged_folder()
    model = AutoModelForQuestionAnswering.from_pretrained(
        folder,
        local_files_only=True,
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=0.0,
    )
    return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _save(path: Path, model: Any, optimizer: Any, schedule: Any, done: int) -> None:
    partial = path.with_suffix(".partial")
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "done": done,
        },
        partial,
    )
    partial.replace(path)
