"""What is served, and how: all that the owner of a server chooses, in one place."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index import InvalidInput
from qa.web.gate.admission import MAX_AT_ONCE

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.web.gate.users import Users


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The archives that are asked, and what their visitors may do.

    Attributes:
        assistants: each answers over an archive of its own, under the name that visitors choose it
            by; the first is the one that is asked when none is chosen.
        is_demo: the archive is the one that comes with On Record; show questions to click.
        is_read_only: nothing that writes is there: no adding, no marks, no uploads.
        users: who may log in; None lets everybody in who reaches the server, and then the history
            is kept by the browser.
        folders: what lies in them may be added by its path.
        has_mcp: the operations are offered to programs as MCP tools too.
        allowed_hosts: names that a request may ask for, beside those of this machine.
        root_path: where a reverse proxy shows the page, like "/archive"; "" is the top.
        turns: who computes, asked by a program or on the page, takes one of these.
    """

    assistants: "Mapping[str, Assistant]"
    is_demo: bool = False
    is_read_only: bool = False
    users: "Users | None" = None
    folders: tuple[Path, ...] = ()
    has_mcp: bool = False
    allowed_hosts: tuple[str, ...] = ()
    root_path: str = ""
    turns: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MAX_AT_ONCE), repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not self.assistants:
            raise InvalidInput("a page needs an archive; name one with --archive")
        if self.root_path and not (self.root_path.startswith("/") and self.root_path[-1] != "/"):
            raise InvalidInput(f"a root path is like /archive, got {self.root_path!r}")

    @property
    def first(self) -> "Assistant":
        """The assistant that is asked when none is chosen."""
        return next(iter(self.assistants.values()))
