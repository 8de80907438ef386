"""Which form the vector index takes, by how many passages there are.

    exact    every vector as it is, all of them compared with the question
    lists    vectors in lists by the centroid that they are nearest to, one byte a number; the
             nearest lists are searched, and what they give is scored again from SQLite
    mapped   the same, left on disk, when memory has no room for it

`docs/adr/0012-index-tiers.md` has what each costs. Lists are trained anew when there are so many
passages that twice as many lists would be made, which is at every fourfold growth.
"""

import contextlib
import math
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

EXACT_UP_TO = 50_000
"""Above this many passages vectors are put into lists."""

MOST_LISTS = 16_384
"""Training more takes hours on a small machine."""

SAMPLE_A_LIST = 40
"""Vectors that a list's centroid is the mean of, in training; faiss warns below 39."""

MAPPED_SHARE = 0.25
"""An index larger than this share of the machine's memory, or the container's, is left on disk."""

CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where a container's limit stands, in bytes: Linux's control groups, versions 2 and 1."""

_SHRUNK = 2
_LISTS_A_ROOT = 4


class Tier(StrEnum):
    """A form of the vector index."""

    EXACT = "exact"
    LISTS = "lists"
    MAPPED = "mapped"


def lists_for(passages: int) -> int:
    """How many lists so many passages are put into, 0 for none: about 4 √n, a power of two."""
    if passages <= EXACT_UP_TO:
        return 0
    return int(min(MOST_LISTS, 2 ** round(math.log2(_LISTS_A_ROOT * math.sqrt(passages)))))


def is_outgrown(lists: int, passages: int) -> bool:
    """Whether an index of so many lists, 0 when exact, no longer suits so many passages."""
    if lists and passages * _SHRUNK < EXACT_UP_TO:
        return True
    return lists_for(passages) > lists


def fits_in_memory(size_bytes: int) -> bool:
    """Whether an index of this size is to be held in memory; where nobody can tell, it is."""
    return size_bytes <= MAPPED_SHARE * min(_memory_limits(), default=math.inf)


def _memory_limits() -> Iterator[int]:
    """The bytes of memory that the machine has, and that its container may have."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in CONTAINER_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
            yield int(path.read_text(encoding="ascii"))
