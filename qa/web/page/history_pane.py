"""Earlier conversations, to be opened again: kept by the server for users, else by the browser."""

import hashlib
from typing import Any

import gradio as gr

from qa.web.escape import escape, plain
from qa.web.page.components import Updates, Values
from qa.web.page.conversation import Conversation
from qa.web.page.history import FOLDER, Asked, Histories, Records, asked_in, checked, remember
from qa.web.site import Site


class HistoryPane:
    """The components, made where they are to stand."""

    def __init__(self, site: Site) -> None:
        has_users = site.users is not None
        folder = site.first.archive.folder
        # A read-only archive is not written to: users of one have their history while they stay.
        self._histories = (
            Histories(folder / FOLDER) if has_users and not site.is_read_only else None
        )
        self.kept: Any = gr.State([]) if has_users else _in_browser(str(folder))
        with gr.Accordion("Earlier conversations", open=False, elem_id="conversations"):
            self.past = gr.Radio(label="Earlier conversations", choices=[], show_label=False)

    @property
    def parts(self) -> list[Any]:
        """The components that `opened` and `remember` update."""
        return [self.kept, self.past]

    def opened(self, kept: Any, request: gr.Request) -> Updates:
        """What was kept for who opens the page."""
        if self._histories is not None and request.username:
            return self._show(self._histories.load(request.username), None)
        return self._show(checked(kept), None)

    def remember(self, values: Values, conversation: Conversation, request: gr.Request) -> Updates:
        """What is kept, with this conversation; what the user's other pages kept stays."""
        if self._histories is None or not request.username:
            return self._show(remember(checked(values[self.kept]), conversation), conversation)
        records = remember(self._histories.load(request.username), conversation)
        try:
            self._histories.save(request.username, records)
        except OSError as error:
            gr.Warning(escape(f"This conversation could not be kept: {error.strerror}"))
        return self._show(records, conversation)

    @staticmethod
    def asked(records: Any, key: object) -> list[Asked]:
        """The questions of one of the records.

        Raises:
            InvalidInput: what was kept of it cannot be read.
        """
        found = [record for record in checked(records) if record["key"] == key]
        return list(asked_in(found[0])) if found else []

    def _show(self, records: Records, conversation: Conversation | None) -> Updates:
        choices = [(plain(record["title"]), record["key"]) for record in records]
        value = None if conversation is None else conversation.key
        return {self.kept: records, self.past: gr.update(choices=choices, value=value)}


def _in_browser(name: str) -> gr.BrowserState:
    """Kept by the browser, under a name that is this archive's; nothing in it is a secret."""
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
    return gr.BrowserState([], storage_key=f"onrecord-{digest}", secret=digest)
