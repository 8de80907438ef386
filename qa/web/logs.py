"""What the server says of itself on standard error: nothing, or a line of JSON for each request.

A line names the route and not the path, so nothing of a question, an article or a session is in
it. An error is told by its kind and its place, as its message may quote what was asked.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_KEPT_FRAMES = 3


class LogStyle(StrEnum):
    """How requests are logged."""

    NONE = "none"
    JSON = "json"


def write_request(*, request: str, route: str, method: str, status: int, ms: float) -> None:
    """Write the line of one request."""
    _write(
        level="info",
        event="request",
        request=request,
        route=route,
        method=method if method.isalpha() and len(method) <= 16 else "",
        status=status,
        ms=round(ms, 1),
    )


class JsonHandler(logging.Handler):
    """Writes what libraries log as lines of JSON too."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record: an exception by its kind and where it was raised."""
        told: dict[str, Any] = {"level": record.levelname.lower(), "event": record.name}
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            told["message"] = record.getMessage()
        else:
            told["error"] = type(error).__name__
            told["at"] = [
                f"{frame.filename}:{frame.lineno}"
                for frame in traceback.extract_tb(error.__traceback__)[-_KEPT_FRAMES:]
            ]
        _write(**told)


def config_of(style: LogStyle) -> dict[str, Any] | None:
    """The logging of uvicorn, for `logging.config.dictConfig`; None leaves it as it is."""
    if style is LogStyle.NONE:
        return None
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"json": {"class": "qa.web.logs.JsonHandler"}},
        "root": {"handlers": ["json"], "level": "WARNING"},
    }


def _write(**told: Any) -> None:
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stderr.write(json.dumps({"time": time, **told}) + "\n")
    sys.stderr.flush()
