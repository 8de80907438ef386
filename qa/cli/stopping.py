"""Ctrl-C: the first press ends a command between two of its steps, the second at once."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from qa.cli.console import err


@contextlib.contextmanager
def stopping(after: str) -> Iterator[Callable[[], bool]]:
    """Whether the first Ctrl-C has come.

    Args:
        after: what is still done then, in words: "this document".
    """
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        err.print(f"Stopping after {after}; press Ctrl-C again to stop at once.")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)
