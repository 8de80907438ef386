"""Questions to begin with, for an archive that is new to its visitor."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index import OnRecordError, Status
from qa.suggestions import demo
from qa.suggestions.examples import examples_of
from qa.web.site import Site

if TYPE_CHECKING:
    from qa.assistant import Assistant

LONGEST_WAIT_SECONDS = 60.0


class Examples:
    """The questions of each archive of a site, made once for each state of it, on a thread.

    Threads may share it.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._made: dict[str, _Making] = {}

    def now(self, name: str) -> Sequence[str]:
        """The questions for the archive of a name as far as they are known; else they are begun."""
        if self._site.is_demo:
            return demo.QUESTIONS
        making = self._making(name)
        return making.questions if making.is_done.is_set() else ()

    def later(self, name: str) -> Sequence[str]:
        """The questions for the archive of a name, waited for."""
        if self._site.is_demo:
            return demo.QUESTIONS
        making = self._making(name)
        making.is_done.wait(LONGEST_WAIT_SECONDS)
        return making.questions

    def _making(self, name: str) -> "_Making":
        assistant = self._site.assistants.get(name, self._site.first)
        try:
            state = _state_of(assistant.archive.status())
        except OnRecordError:
            state = ()
        with self._lock:
            making = self._made.get(name)
            if making is None or making.state != state:
                making = self._made[name] = _Making(state)
                threading.Thread(
                    target=making.make, args=(assistant,), name="examples", daemon=True
                ).start()
            return making


class _Making:
    """The questions of one state of an archive, while they are made and afterwards."""

    def __init__(self, state: tuple[object, ...]) -> None:
        self.state = state
        self.is_done = threading.Event()
        self.questions: Sequence[str] = ()

    def make(self, assistant: "Assistant") -> None:
        try:
            self.questions = examples_of(assistant)
        except OnRecordError:
            pass  # the page says what is wrong with the archive
        finally:
            self.is_done.set()


def _state_of(status: Status) -> tuple[object, ...]:
    return status.documents, status.sentences, status.first_published, status.last_published
