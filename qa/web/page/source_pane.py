"""The pane on the right: the article of a citation, stepping through them, and citing."""

from typing import Any

import gradio as gr

from index import OnRecordError
from index.errors import ArticleChanged
from qa.datatypes import Answer
from qa.output.permalink import Permalink, former
from qa.web.page.components import Handout, Updates, markup, on
from qa.web.page.conversation import Conversation
from qa.web.page.handout import FORMS, file_name, written
from qa.web.page.quotes import query_of
from qa.web.page.source import EMPTY, article_of
from qa.web.templates import render

LINKED = '<p class="hint">Opened from a link.</p>'


class SourcePane:
    """The components, made where they are to stand."""

    def __init__(self, state: gr.State) -> None:
        self._state = state
        # `article.css` shows the pager and the citing when there is something to turn over or cite.
        with gr.Row(elem_id="pager"):
            self.previous = gr.Button("Previous", size="sm", elem_id="previous", min_width=60)
            self._place = markup("", "place")
            self.next = gr.Button("Next", size="sm", elem_id="next", min_width=60)
        self._source = markup(EMPTY, "source")
        with gr.Accordion("Cite", open=False, elem_id="cite") as self._cite:
            with gr.Row(elem_id="cite-row"):
                self.form = gr.Dropdown(
                    label="Form",
                    choices=[(label, form) for form, label in FORMS.items()],
                    value=None,
                    elem_id="form",
                    min_width=120,
                )
                self.whole = gr.Checkbox(
                    label="All sentences of the answer", elem_id="whole", min_width=120
                )
            self._handout = Handout("citation")

    @property
    def parts(self) -> list[Any]:
        """The components that `show` updates."""
        return [self._place, self._source, *self._handout.parts]

    @property
    def citing(self) -> list[Any]:
        """The components that `cite` updates too."""
        return [self._cite, self.form]

    def connect(self) -> None:
        """Have a citation written when a form is chosen."""
        chosen = [self._state, self.form, self.whole]
        for trigger in (self.form.input, self.whole.input):
            on(trigger, self._write, chosen, [self._state, *self._handout.parts])

    def show(self, conversation: Conversation) -> Updates:
        """The article of the sentence that the conversation has open."""
        cited, shown = conversation.cited, conversation.shown
        if cited is None:
            return self._nothing(EMPTY)
        reply = None if shown is None else shown.reply
        is_answer = isinstance(reply, Answer) and conversation.citation == 0
        count = 1 if shown is None else len(shown.citations)
        pane = article_of(
            cited,
            reply if is_answer and isinstance(reply, Answer) else None,
            others=() if shown is None else shown.citations,
            archive=conversation.archive if shown is None else shown.archive,
        )
        place = render("place.html", number=conversation.citation + 1, count=count)
        return {
            self._place: place if count > 1 else "",
            self._source: pane if shown is not None else f"{LINKED}{pane}",
            **self._written(conversation),
        }

    def cite(self, conversation: Conversation) -> Updates:
        """The citing opened, with the form that the conversation has; none closes it."""
        form = conversation.form or None
        return {self._cite: gr.update(open=form is not None), self.form: form}

    def trouble(self, error: OnRecordError, link: Permalink | None, *, archive: str) -> Updates:
        """Why a link led nowhere; to the former version of the article, if it is kept."""
        query = ""
        if link is not None and isinstance(error, ArticleChanged) and error.version:
            query = query_of(former(link), archive=archive)
        return self._nothing(render("link_in_vain.html", trouble=error, query=query))

    def _nothing(self, html: str) -> Updates:
        return {
            self._place: "",
            self._source: html,
            **self._handout.show("", name=""),
        }

    def _write(self, conversation: Conversation, form: str | None, whole: object) -> Updates:
        conversation = conversation.cite_as(form or "", is_whole=bool(whole))
        return {self._state: conversation, **self._written(conversation)}

    def _written(self, conversation: Conversation) -> Updates:
        if not conversation.form:
            return self._handout.show("", name="")
        try:
            text = written(conversation.to_cite, conversation.form)
        except OnRecordError as error:
            return self._handout.show(str(error), name="not written")
        return self._handout.show(text, name=file_name(conversation.form))
