"""A site at an address of its own, for tests that talk to a real server."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

from qa.web import Site, application, listen
from qa.web.gate.guard import Guard
from qa.web.logs import LogStyle
from qa.web.opening import Opening


def made(site: Site, **options: Any) -> tuple[Guard, Opening]:
    """A site with all that is behind its guard: who asks does not wait."""
    guard, opening = application(site, **options)
    opening.made.result(timeout=120)
    return guard, opening


@contextlib.contextmanager
def serving(site: Site, *, log: LogStyle = LogStyle.NONE) -> Iterator[str]:
    """Serve a site at a free port until the end; its address, with a slash."""
    import uvicorn

    from qa.web.gate.patience import Leaving, Patient

    app, opening = made(site, log=log)
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            app, http=Patient, log_level="error", ws="none", timeout_graceful_shutdown=1
        )
        server = Leaving(config, end_streams=opening.end_streams)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(timeout=15)
