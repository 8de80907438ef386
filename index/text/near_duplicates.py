"""Near-copies: which texts are one cluster, in nearly the same words.

Wire copy under several outlets and updated versions share most of their runs of four words. MinHash
(Broder 1997) makes of these runs a signature, by which likeness is estimated; signatures are kept
in bands, so that a text is compared with those alone that share a band (locality-sensitive
hashing: Leskovec et al., Mining of Massive Datasets, chapter 3).
"""

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datasketch import MinHash

ALIKE = 0.7
"""The share of runs in common from which on two texts are in one cluster."""

_BANDS, _ROWS = 16, 6
_RUN = 4
_FEWEST_RUNS = 12
_WORD = re.compile(r"\w+")


def signature(text: str) -> bytes | None:
    """What tells how much a text is like another; None of a text that is too short to tell."""
    words = [word.encode() for word in _WORD.findall(text.casefold())]
    runs = {b" ".join(words[place : place + _RUN]) for place in range(len(words) - _RUN + 1)}
    if len(runs) < _FEWEST_RUNS:
        return None
    sketch = _empty().copy()
    sketch.update_batch(sorted(runs))
    return bytes(sketch.hashvalues.astype("<u4").tobytes())


def bands(signature: bytes) -> list[bytes]:
    """The parts of a signature; texts of which one is the same may be alike."""
    size = 4 * _ROWS
    return [bytes([band]) + signature[band * size : (band + 1) * size] for band in range(_BANDS)]


def likeness(one: bytes, other: bytes) -> float:
    """The share of runs that two texts have in common, estimated from their signatures."""
    return float((np.frombuffer(one, dtype="<u4") == np.frombuffer(other, dtype="<u4")).mean())


@cache
def _empty() -> "MinHash":
    from datasketch import MinHash  # slow to import, and needed only to write

    # The scheme is named, so that signatures of one version fit those of the next.
    return MinHash(num_perm=_BANDS * _ROWS, seed=1, scheme="affine32")
