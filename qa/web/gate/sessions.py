"""Who is logged in: a token for each browser, kept in memory as its hash."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

HOUR_SECONDS = 3600
LASTS_SECONDS = 12 * HOUR_SECONDS
"""For how long a session lasts that is not used."""


@dataclass(slots=True)
class _Session:
    user: str
    used: float


class Sessions:
    """Tokens and whose they are. Threads may share it.

    Args:
        lasts: seconds that an unused session lasts.
        most: at most so many sessions; the one that was unused longest ends first.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        *,
        lasts: float = LASTS_SECONDS,
        most: int = 5_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lasts = lasts
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()

    def start(self, user: str) -> str:
        """A new token of a user; what is guessed of it is nothing."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_hashed(token)] = _Session(user, self._clock())
            while len(self._sessions) > self._most:
                self._sessions.popitem(last=False)
        return token

    def user_of(self, token: str) -> str | None:
        """Whose token it is, or nobody's; it lasts anew from now on."""
        key = _hashed(token)
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if self._clock() - session.used > self._lasts:
                del self._sessions[key]
                return None
            session.used = self._clock()
            self._sessions.move_to_end(key)
            return session.user

    def end(self, token: str) -> None:
        """Forget a token."""
        with self._lock:
            self._sessions.pop(_hashed(token), None)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
