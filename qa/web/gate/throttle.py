"""How often something may be tried: so many times within a while."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable


class Throttle:
    """Counts tries by key. Threads may share it.

    Args:
        limit: tries that are let through within `seconds`.
        seconds: for how long a try counts.
        keys: at most so many keys are remembered; the one tried longest ago is forgotten first.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        limit: int,
        seconds: float,
        *,
        keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def take(self, key: Hashable) -> float:
        """Count a try; 0 when it is let through, else the seconds until one is, uncounted."""
        with self._lock:
            now = self._clock()
            tries = self._tries.setdefault(key, deque())
            self._tries.move_to_end(key)
            while tries and tries[0] <= now - self._seconds:
                tries.popleft()
            if len(tries) >= self._limit:
                return tries[0] + self._seconds - now
            tries.append(now)
            while len(self._tries) > self._keys:
                self._tries.popitem(last=False)
            return 0.0

    def give_back(self, key: Hashable) -> None:
        """Take back the last try of a key: it was a good one."""
        with self._lock:
            if tries := self._tries.get(key):
                tries.pop()
