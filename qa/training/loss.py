"""The loss: how unlikely the reader finds all the right spans together.

    −log Σ over right (i, j) of exp(start_i + end_j) / Σ over readable (i, j) of the same

Several spans may be right, where people marked more or fewer words: the marginal likelihood of
Clark & Gardner 2018 (arXiv:1710.10723) over spans. No answer is (0, 0).
"""

import torch

from qa.reading.contexts import LONGEST_ANSWER
from qa.training.batches import Batch

_NEVER = -1e4


def span_scores(start: torch.Tensor, end: torch.Tensor, readable: torch.Tensor) -> torch.Tensor:
    """`(rows, length)` twice → `(rows, length, LONGEST_ANSWER)`: from each place so many on.

    Spans that are not readable score −10,000; from place 0 only the span of itself is.
    """
    start = start.masked_fill(~readable, _NEVER)
    end = end.masked_fill(~readable, _NEVER)
    padded = torch.nn.functional.pad(end, (0, LONGEST_ANSWER - 1), value=_NEVER)
    scores = start.unsqueeze(2) + padded.unfold(1, LONGEST_ANSWER, 1)
    scores[:, 0, 1:] = 2 * _NEVER
    return scores


def span_loss(start: torch.Tensor, end: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The mean over the rows, in nats."""
    scores = span_scores(start, end, batch.readable).flatten(1)
    right = scores.masked_fill(~batch.right.flatten(1), 4 * _NEVER)
    return (scores.logsumexp(1) - right.logsumexp(1)).mean()
