"""The page: its three panes side by side, and what an event in one of them changes in the others.

Reading order: `archive_pane.py`, `chat_pane.py` and `source_pane.py` have the components; what they
show is made by `holdings.py`, `messages.py` with `replies.py`, and `source.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from index import OnRecordError, Verdict
from qa.datatypes import Answer, NoAnswer
from qa.output.permalink import Permalink, resolve
from qa.web.api import Blocks, offer
from qa.web.escape import escape
from qa.web.page.actions import Action, Verb
from qa.web.page.archive_pane import ArchivePane
from qa.web.page.batch_tab import BatchTab
from qa.web.page.chat_pane import ChatPane
from qa.web.page.components import Updates, Values, markup, on
from qa.web.page.conversation import Conversation, Exchange, Pending, Reply
from qa.web.page.crumbs import AFTER, BEFORE, crumbs_of, sources_left
from qa.web.page.examples import Examples
from qa.web.page.handout import FORMS
from qa.web.page.history_pane import HistoryPane
from qa.web.page.source_pane import SourcePane
from qa.web.page.theme import theme
from qa.web.site import Site
from qa.web.templates import render

__all__ = ["Page", "page_of", "theme"]

MAX_WAITING = 64
MAX_AT_ONCE = 2
HOUR_SECONDS = 3600


def page_of(site: Site) -> gr.Blocks:
    """The page of a site, and what programs can ask of it."""
    blocks = Blocks(
        title="On Record",
        analytics_enabled=False,
        delete_cache=(HOUR_SECONDS, HOUR_SECONDS),
        fill_width=True,
    )
    with blocks:
        page = Page(site)
        page.open_on(blocks.load)
        offer(site)
    blocks.queue(api_open=False, max_size=MAX_WAITING, default_concurrency_limit=MAX_AT_ONCE)
    return blocks


class Page:
    """The components, made inside an open `gr.Blocks`, and their events."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._has_names = len(site.assistants) > 1
        self._examples = Examples(site)
        self._state = gr.State(Conversation())
        with gr.Row(elem_id="head"):
            markup(
                "# On Record\nAsk your news archive. Every answer is a sentence, quoted.", "title"
            )
            self._who = markup("", "who", is_visible=site.users is not None)
        with gr.Row(elem_id="desk", equal_height=True):
            with gr.Column(elem_id="archive-pane", elem_classes="pane", min_width=0):
                _fold("Archive")
                with gr.Column(elem_id="archive-body", elem_classes="body", min_width=0):
                    self._archive = ArchivePane(site)
                    self._history = HistoryPane(site)
                    with gr.Accordion("Many questions", open=False, elem_id="batch"):
                        BatchTab(self._archive, turn=site.turns)
            with gr.Column(elem_id="chat-pane", elem_classes="pane", min_width=0):
                self._chat = ChatPane(has_marks=not site.is_read_only)
            with gr.Column(elem_id="source-pane", elem_classes="pane", min_width=0):
                _fold("Source")
                with gr.Column(elem_id="source-body", elem_classes="body", min_width=0):
                    self._source = SourcePane(self._state)
        self._connect()

    def _connect(self) -> None:
        chat, archive, source = self._chat, self._archive, self._source
        asking = [
            self._on(trigger, _asker(self._answer, component), {component})
            for component, trigger in [
                (chat.question, chat.question.submit),
                (chat.question, chat.ask.click),
                *((button, button.click) for button in chat.examples),
            ]
        ]
        asking += [
            self._on(
                chat.press.click, self._press, {chat.pressed}, [*source.citing, *archive.filters]
            ),
            self._on(self._history.past.input, self._reopen, {self._history.past}),
        ]
        on(chat.stop.click, self._halt, [self._state], self._shown, cancels=asking)
        on(chat.new.click, self._begin, [], [*self._shown, *source.citing], cancels=asking)
        for trigger, by in [(source.next.click, 1), (source.previous.click, -1)]:
            on(trigger, self._stepper(by), [self._state], self._shown)
        source.connect()
        filters = set(archive.filters)
        changes = [component.change for component in archive.filters]
        # One event for all, or an earlier change may be shown after a later one.
        changed = partial(gr.on, changes, trigger_mode="always_last")
        on(changed, self._trail, filters, [chat.crumbs])
        on(chat.crumbs.input, self._take_off, {chat.crumbs, *filters}, archive.filters)
        chosen = on(
            archive.chosen.input,
            self._choose,
            [archive.chosen],
            [*archive.parts, *archive.filters, *chat.beginnings],
        )
        for event in [chosen, *archive.connect()]:
            self._suggest_after(event)

    def _on(
        self,
        trigger: Callable[..., Any],
        act: Callable[..., Any],
        inputs: set[Any],
        outputs: Sequence[Any] = (),
    ) -> Any:
        """Have something done that may ask a question. (Each output costs time, changed or not.)"""
        inputs = inputs | {
            self._state,
            self._chat.follows,
            self._archive.chosen,
            *self._archive.filters,
            self._history.kept,
        }
        return on(trigger, act, inputs, [*self._shown, *self._history.parts, *outputs])

    @property
    def _shown(self) -> list[Any]:
        return [self._state, *self._chat.parts, *self._source.parts]

    def open_on(self, trigger: Callable[..., Any]) -> None:
        """Show what the archive holds, and what a link leads to, when `trigger` fires."""
        archive = self._archive
        outputs = [self._who, archive.chosen, *archive.parts, *self._chat.beginnings]
        outputs += [*self._shown, *self._history.parts]
        self._suggest_after(on(trigger, self._open, [self._history.kept], outputs))

    # Asking

    def _answer(self, text: str, values: Values, request: gr.Request) -> Iterator[Updates]:
        if not text.strip():
            yield {self._chat.question: gr.update()}
            return
        exchange = Exchange(
            text,
            Pending.WAITING,
            archive=str(values[self._archive.chosen]) if self._has_names else "",
            is_alone=not values[self._chat.follows],
        )
        try:
            filters = self._archive.filters_in(values)
        except OnRecordError as error:
            conversation = values[self._state].stop().ask(exchange).reply(error)
            yield {**self._show(conversation), self._chat.question: ""}
            return
        asked = [replace(exchange, filters=filters)]
        yield from self._reply(asked, values, request, {self._chat.question: ""})

    def _reply(
        self,
        asked: Sequence[Exchange],
        values: Values,
        request: gr.Request,
        also: Updates | None = None,
    ) -> Iterator[Updates]:
        """Ask one question after the other, each as a follow-up of those before it.

        `also`: what else changes when the first is asked.
        """
        conversation: Conversation = values[self._state]
        for exchange in asked:
            history = () if exchange.is_alone else conversation.history
            conversation = conversation.stop().ask(exchange)
            yield {self._state: conversation, **self._chat.show(conversation), **(also or {})}
            also = None
            conversation = conversation.reply(self._ask(exchange, history))
            reply = conversation.exchanges[-1].reply
            if isinstance(reply, NoAnswer):
                yield self._show(conversation)
                conversation = conversation.reply(self._help(exchange, reply))
        yield {
            **self._show(conversation),
            **self._history.remember(values, conversation, request),
        }

    def _ask(self, exchange: Exchange, history: Sequence[Answer | NoAnswer]) -> Reply:
        assistant = self._archive.assistant(exchange.archive)
        try:
            with self._site.turns:
                return assistant.ask(exchange.question, history=history, filters=exchange.filters)
        except OnRecordError as error:
            return error

    def _help(self, exchange: Exchange, answer: NoAnswer) -> Reply:
        assistant = self._archive.assistant(exchange.archive)
        try:
            with self._site.turns:
                return assistant.suggest(answer)
        except OnRecordError:  # the answer stands without
            return answer

    def _halt(self, conversation: Conversation) -> Updates:
        return self._show(conversation.stop())

    def _begin(self) -> Updates:
        return self._show(Conversation()) | self._source.cite(Conversation())

    def _reopen(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        """Ask again what was asked in an earlier conversation."""
        key = values[self._history.past]
        try:
            kept = self._history.asked(values[self._history.kept], key)
        except OnRecordError as error:
            lost = Exchange("An earlier conversation", Pending.WAITING)
            yield self._show(Conversation().ask(lost).reply(error))
            return
        asked = [
            Exchange(one.question, Pending.WAITING, one.archive, one.filters, one.is_alone)
            for one in kept
        ]
        begun = Conversation(key=str(key))
        yield from self._reply(asked, {**values, self._state: begun}, request)

    # What the buttons in the chat do

    def _press(self, values: Values, request: gr.Request) -> Iterator[Updates]:
        conversation: Conversation = values[self._state]
        action = Action.parse(values[self._chat.pressed] or "")
        if action is None or action.exchange >= len(conversation.exchanges):
            yield {self._chat.question: gr.update()}
            return
        exchange = conversation.exchanges[action.exchange]
        again = replace(exchange, reply=Pending.WAITING, mark=None)
        match action.verb:
            case Verb.OPEN:
                yield self._show(conversation.open(action.exchange, action.place))
            case Verb.CITE:
                form = conversation.form or next(iter(FORMS))
                opened = conversation.open(action.exchange).cite_as(form)
                yield self._show(opened) | self._source.cite(opened)
            case Verb.RIGHT | Verb.WRONG | Verb.UNMARK:
                yield self._mark(conversation, action, request)
            case Verb.EDIT:
                reply = exchange.reply
                text = reply.interpreted if isinstance(reply, Answer | NoAnswer) else ""
                yield {self._chat.question: text}
            case Verb.ALONE:
                yield from self._reply([replace(again, is_alone=True)], values, request)
            case Verb.WAY:
                ways = exchange.reply.ways if isinstance(exchange.reply, NoAnswer) else ()
                for way in ways[action.place : action.place + 1]:
                    filters = way.question.filters
                    other = replace(again, question=way.question.text, filters=filters)
                    kept = self._archive.kept_filters(filters)
                    yield from self._reply([replace(other, is_alone=True)], values, request, kept)

    def _mark(self, conversation: Conversation, action: Action, request: gr.Request) -> Updates:
        exchange = conversation.exchanges[action.exchange]
        answer = exchange.reply
        if self._site.is_read_only or not isinstance(answer, Answer):
            return {self._chat.question: gr.update()}
        who = request.username or ""
        archive = self._archive.assistant(exchange.archive).archive
        first = answer.citations[0]
        mark = None
        try:
            if action.verb is not Verb.UNMARK:
                mark = archive.mark(
                    Verdict(action.verb.value),
                    question=answer.interpreted,
                    document_id=first.document.id,
                    start=first.start,
                    end=first.end,
                    answer=answer.text,
                    who=who,
                )
            elif exchange.mark is not None:
                archive.withdraw(exchange.mark.number, who=who)
        except OnRecordError as error:
            gr.Warning(escape(str(error)))
            return {self._chat.question: gr.update()}
        return self._show(conversation.marked(action.exchange, mark))

    # The other panes

    def _stepper(self, by: int) -> Callable[[Conversation], Updates]:
        return lambda conversation: self._show(conversation.step(by))

    def _trail(self, values: Values) -> Updates:
        """The crumbs of the filters as they are now."""
        after, before, *_ = (values[component] for component in self._archive.filters)
        crumbs = crumbs_of(after, before, self._archive.sources_in(values))
        update = gr.update(
            choices=crumbs, value=[crumb for _, crumb in crumbs], visible=bool(crumbs)
        )
        return {self._chat.crumbs: update}

    def _take_off(self, values: Values) -> Updates:
        """The filters without those whose crumbs were taken off."""
        archive = self._archive
        left = values[self._chat.crumbs] or []
        return {
            archive.after: values[archive.after] if AFTER in left else None,
            archive.before: values[archive.before] if BEFORE in left else None,
            archive.boxes: sources_left(values[archive.boxes] or [], left),
            archive.sources: sources_left(values[archive.sources] or [], left),
        }

    def _choose(self, name: str) -> Updates:
        """Another archive: what it holds, and no filters."""
        archive = self._archive
        return {**archive.overview(name, is_new=True), **self._suggest(name)}

    def _suggest(self, name: str) -> Updates:
        return self._chat.suggest(self._examples.now(name))

    def _suggest_after(self, event: Any) -> None:
        """Offer the questions of the archive as it is then, once they are made."""
        if not self._site.is_demo:
            on(event.then, self._wait_for_examples, [self._archive.chosen], self._chat.beginnings)

    def _wait_for_examples(self, name: str) -> Updates:
        return self._chat.suggest(self._examples.later(name))

    def _open(self, kept: Any, request: gr.Request) -> Updates:
        given = {key: str(value) for key, value in dict(request.query_params).items()}
        name = given.get("archive", "")
        if name not in self._site.assistants:
            name = next(iter(self._site.assistants))
        return {
            # `page.js` ends the session by the button.
            self._who: render("who.html", name=request.username) if request.username else "",
            self._archive.chosen: name,
            **self._archive.overview(name),
            **self._suggest(name),
            **self._show(Conversation()),
            **(self._linked(given, name) if "document" in given else {}),
            **self._history.opened(kept, request),
        }

    def _linked(self, given: dict[str, str], name: str) -> Updates:
        """The citation that a link leads to."""
        link = None
        archive = name if self._has_names else ""
        try:
            link = Permalink.parse(urlencode(given))
            cited = resolve(self._archive.assistant(name).archive, link)
        except OnRecordError as error:
            return self._source.trouble(error, link, archive=archive)
        return self._show(Conversation(linked=cited, archive=archive))

    def _show(self, conversation: Conversation) -> Updates:
        return {
            self._state: conversation,
            **self._chat.show(conversation),
            **self._source.show(conversation),
        }


def _asker(act: Callable[..., Iterator[Updates]], component: Any) -> Callable[..., Any]:
    """Ask what `component` holds."""

    def ask(values: Values, request: gr.Request) -> Iterator[Updates]:
        yield from act(str(values[component] or ""), values, request)

    return ask


def _fold(label: str) -> None:
    """The head of a pane, which `page.js` folds it with."""
    gr.Button(label, size="sm", elem_id=f"fold-{label.lower()}", elem_classes="fold", min_width=0)
