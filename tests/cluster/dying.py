"""An encoder for the actors of a cluster, whose process is killed once, or which is slow."""

import os
import signal
import time
from pathlib import Path

from tests.conftest import WordEncoder


class Dying(WordEncoder):
    """Its process is killed at the sixth text, by the first that makes a file of that name."""

    def __init__(self, flag: Path | None = None, *, seconds: float = 0.0) -> None:
        super().__init__()
        self._flag = flag
        self._seconds = seconds
        self._left = 6

    def encode_passages(self, passages):
        self._left -= 1
        time.sleep(self._seconds)
        if self._flag and not self._left and not self._flag.exists():
            self._flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode_passages(passages)
