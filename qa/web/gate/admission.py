"""How much work is taken on at once, beside gradio's queue."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from qa.web.gate.bodies import Refused

MAX_AT_ONCE = 2
MAX_WAITING = 64


class Admission:
    """Lets some in, some wait, and turns away the rest."""

    def __init__(self, *, at_once: int = MAX_AT_ONCE, waiting: int = MAX_WAITING) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._inside = 0

    @contextlib.asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place to work in, once there is one.

        Raises:
            Refused: as many as may wait are waiting.
        """
        if self._inside >= self._most:
            raise Refused(
                503,
                f"busy: {self._inside} questions are being answered or wait; try again in a moment",
                **{"retry-after": "2"},
            )
        self._inside += 1
        try:
            async with self._room:
                yield
        finally:
            self._inside -= 1
