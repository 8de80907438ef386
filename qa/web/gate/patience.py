"""Connections that say nothing or never end: uvicorn waits for them, this does not."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE_SECONDS = 30.0


class Patient(H11Protocol):
    """Uvicorn's protocol, which hangs up on who has not asked for something after a while."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; wait no longer than before for the rest of a request's head."""
        super().data_received(data)
        if self._is_asked():
            self._rest()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._rest()
        super().connection_lost(exc)

    def _is_asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(PATIENCE_SECONDS, self._lose)

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose(self) -> None:
        self._patience = None
        if not self._is_asked():
            self.transport.close()


class Leaving(uvicorn.Server):
    """Uvicorn's server, which ends the streams that each open page has when it is stopped."""

    def __init__(self, config: uvicorn.Config, *, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    def end_after_failure(self, made: "Future[Any]") -> None:
        """End when what is to be served could not be made."""
        self.should_exit = self.should_exit or made.exception() is not None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then all else."""
        self._end_streams()
        await super().shutdown(sockets)
