"""Which sentences are read together: a few around each that is promising, and no more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index import Span

_CHARACTERS = 420
"""About a hundred tokens."""


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences `first` to `last` (inclusive) of the passage at `passage`."""

    passage: int
    first: int
    last: int

    def holds(self, passage: int, sentence: int) -> bool:
        return passage == self.passage and self.first <= sentence <= self.last


def around(passage: int, sentence: int, spans: Sequence[Span]) -> Window:
    """The sentence with its neighbours, in turn before and after it, while they fit."""
    first = last = sentence
    is_open = {-1: True, 1: True}
    while any(is_open.values()):
        for step in (-1, 1):
            place = first - 1 if step < 0 else last + 1
            if not 0 <= place < len(spans):
                is_open[step] = False
            elif is_open[step]:
                start, end = min(first, place), max(last, place)
                if spans[end].end - spans[start].start > _CHARACTERS:
                    is_open[step] = False
                else:
                    first, last = start, end
    return Window(passage, first, last)


def windows(order: Sequence[tuple[int, int]], spans: Sequence[Sequence[Span]]) -> Iterator[Window]:
    """A window for each `(passage, sentence)` in order that no window before it holds."""
    made: list[Window] = []
    for passage, sentence in order:
        if not any(window.holds(passage, sentence) for window in made):
            made.append(around(passage, sentence, spans[passage]))
            yield made[-1]
