"""Whether the server does what it is there for, for what watches over it."""

import threading
import time
from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from index import OnRecordError
from qa.web.site import Site

FRESH_SECONDS = 10.0


class Health:
    """Looks at the archives, at most once in a while, however often it is asked."""

    def __init__(self, site: Site, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._site = site
        self._clock = clock
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._found: tuple[int, dict[str, object]] = (503, {})

    def answer(self) -> Response:
        """`{"ok": true, "documents": 38}`, or 503 when an archive cannot be read."""
        with self._lock:
            if self._looked is None or self._clock() - self._looked >= FRESH_SECONDS:
                self._found = self._look()
                self._looked = self._clock()
            status, content = self._found
        return JSONResponse(content, status_code=status)

    def _look(self) -> tuple[int, dict[str, object]]:
        try:
            statuses = [one.archive.status() for one in self._site.assistants.values()]
        except OnRecordError as error:
            return 503, {"ok": False, "error": type(error).__name__}
        return 200, {"ok": True, "documents": sum(status.documents for status in statuses)}
