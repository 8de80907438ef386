"""The page: its components, and what each of them does. Nothing is worked out here."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from index import Filters, InvalidInput, OnRecordError, Status
from qa import demo
from qa.datatypes import Answer, NoAnswer
from qa.render import counted
from qa.web.conversation import Conversation, Exchange, Reply
from qa.web.escape import escape, plain
from qa.web.messages import MAX_NEAREST, exchange_at, messages_of
from qa.web.source import EMPTY, pane_of
from qa.web.uploads import add_uploads, report_line

if TYPE_CHECKING:
    from qa.assistant import Assistant

HINT = (
    "Ask in whole questions: who, what, when, where, how many. "
    "Words in quotation marks must stand in the article exactly so."
)
FILE_TYPES = (
    ".txt .md .html .htm .mhtml .pdf .docx .odt .eml .msg .jsonl .json .csv .tsv .xml .rss .atom "
    ".warc .gz .zip"
).split()
"""What the file chooser offers; what a file is, its content says."""

MAX_WAITING = 64
MAX_AT_ONCE = 2
HOUR_SECONDS = 3600

Updates = dict[Any, Any]


def theme() -> gr.themes.Base:
    """Colours of ink and paper; the fonts are the system's own."""
    system = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Consolas", "monospace"]
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        radius_size="md",
        font=[gr.themes.Font(name) for name in system],
        font_mono=[gr.themes.Font(name) for name in mono],
    )


def page_of(assistant: "Assistant", *, is_demo: bool) -> gr.Blocks:
    """The page over one assistant."""
    blocks = gr.Blocks(
        title="On Record",
        analytics_enabled=False,
        delete_cache=(HOUR_SECONDS, HOUR_SECONDS),
        fill_width=True,
    )
    with blocks:
        page = Page(assistant, is_demo=is_demo)
        page.refresh_on(blocks.load)
    blocks.queue(api_open=False, max_size=MAX_WAITING, default_concurrency_limit=MAX_AT_ONCE)
    return blocks


class Page:
    """The components, made inside an open `gr.Blocks`, and their events."""

    def __init__(self, assistant: "Assistant", *, is_demo: bool) -> None:
        self._assistant = assistant
        self._conversation = gr.State(Conversation())
        _markdown(
            "# On Record\nAsk your news archive. Every answer is a sentence, quoted.", "title"
        )
        self._status = _markdown("", "status")
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=300):
                examples = self._lay_out_chat(is_demo=is_demo)
                self._lay_out_filters()
                self._lay_out_files()
            with gr.Column(scale=2, min_width=300, elem_id="source-column"):
                self._lay_out_source()
        self._connect(examples)

    def _lay_out_chat(self, *, is_demo: bool) -> list[gr.Button]:
        self._chat = gr.Chatbot(
            elem_id="chat",
            label="Questions and answers",
            show_label=False,
            height="58vh",
            min_height=320,
            autoscroll=False,
            layout="bubble",
            buttons=[],
            feedback_options=None,
            sanitize_html=True,
            allow_tags=False,
            latex_delimiters=[],
            placeholder="Ask a question. The sentence that answers is quoted, with its source.",
        )
        self._as_written = gr.Button(
            "Ask as written, without what came before",
            size="sm",
            elem_id="as-written",
            visible=False,
        )
        with gr.Row(elem_id="ask-row"):
            self._question = gr.Textbox(
                elem_id="question",
                label="Your question",
                show_label=False,
                placeholder="Ask a question…",
                max_lines=4,
                max_length=2000,
                autofocus=True,
                scale=5,
                min_width=160,
            )
            self._ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=84)
            self._stop = gr.Button(
                "Stop", variant="stop", elem_id="stop", scale=0, min_width=84, visible=False
            )
            self._clear = gr.Button("Clear", elem_id="clear", scale=0, min_width=84)
        if not is_demo:
            _markdown(HINT, "hint")
            return []
        with gr.Row(elem_id="examples"):
            return [gr.Button(text, size="sm", min_width=120) for text in demo.QUESTIONS]

    def _lay_out_filters(self) -> None:
        with gr.Accordion("Only some articles", open=False, elem_id="filters"):
            with gr.Row():
                self._after = gr.DateTime(
                    label="From date", include_time=False, type="string", elem_id="after"
                )
                self._before = gr.DateTime(
                    label="To date", include_time=False, type="string", elem_id="before"
                )
            self._sources = gr.Dropdown(
                label="Source", choices=[], multiselect=True, elem_id="sources"
            )

    def _lay_out_files(self) -> None:
        with gr.Accordion("Add articles", open=False, elem_id="add"):
            self._files = gr.File(
                label="Drop articles here (pages, PDF, Word, mail, feeds, text, .zip …)",
                file_count="multiple",
                file_types=FILE_TYPES,
                elem_id="files",
                height=140,
            )
            self._report = _markdown("", "report")

    def _lay_out_source(self) -> None:
        self._citations = gr.Radio(
            label="Sentences", choices=[], visible=False, elem_id="citations"
        )
        self._source = _markdown(EMPTY, "source")

    def _connect(self, examples: Sequence[gr.Button]) -> None:
        filters = [self._after, self._before, self._sources]
        shown = [
            self._conversation,
            self._chat,
            self._citations,
            self._source,
            self._question,
            self._as_written,
            self._ask,
            self._stop,
        ]
        asking = [
            _on(trigger, self._answer, [text, self._conversation, *filters], shown)
            for text, trigger in [
                (self._question, self._question.submit),
                (self._question, self._ask.click),
                *((button, button.click) for button in examples),
            ]
        ]
        asking.append(
            _on(
                self._as_written.click,
                self._answer_as_written,
                [self._conversation, *filters],
                shown,
            )
        )
        _on(self._stop.click, self._halt, [self._conversation], shown, cancels=asking)
        _on(self._clear.click, self._reset, [], shown, cancels=asking)
        _on(self._citations.input, self._step, [self._conversation, self._citations], shown)
        _on(self._chat.option_select, self._open_option, [self._conversation], shown)
        _on(self._chat.select, self._open_message, [self._conversation], shown)
        overview = [self._status, self._sources]
        self._files.upload(
            self._add,
            [self._files],
            [self._report, self._files, *overview],
            concurrency_limit=1,
            show_progress="full",
            show_progress_on=self._report,
            api_visibility="private",
        )

    def refresh_on(self, trigger: Callable[..., Any]) -> None:
        """Show what the archive holds whenever `trigger` fires."""
        _on(trigger, self._overview, [], [self._status, self._sources])

    # Events

    def _answer(
        self,
        text: str,
        conversation: Conversation,
        after: str | None,
        before: str | None,
        sources: list[str] | None,
    ) -> Iterator[Updates]:
        if not text.strip():
            yield {self._question: gr.update()}
            return
        yield {self._question: ""}
        filters = (after, before, sources or ())
        yield from self._reply(text, conversation, conversation.history, filters)

    def _answer_as_written(
        self,
        conversation: Conversation,
        after: str | None,
        before: str | None,
        sources: list[str] | None,
    ) -> Iterator[Updates]:
        if not conversation.rewritten:
            yield {self._as_written: gr.update(visible=False)}
            return
        filters = (after, before, sources or ())
        yield from self._reply(conversation.rewritten, conversation, (), filters)

    def _reply(
        self,
        text: str,
        conversation: Conversation,
        history: Sequence[Answer | NoAnswer],
        filters: tuple[str | None, str | None, Sequence[str]],
    ) -> Iterator[Updates]:
        waiting = conversation.stop().ask(text)
        yield {
            **self._show(waiting),
            self._ask: gr.update(visible=False),
            self._stop: gr.update(visible=True),
        }
        reply: Reply
        try:
            reply = self._assistant.ask(text, history=history, filters=_filters(*filters))
        except OnRecordError as error:
            reply = error
        yield self._show(waiting.reply(reply)) | self._at_rest()

    def _halt(self, conversation: Conversation) -> Updates:
        return self._show(conversation.stop()) | self._at_rest()

    def _reset(self) -> Updates:
        return self._show(Conversation()) | self._at_rest()

    def _step(self, conversation: Conversation, number: int | None) -> Updates:
        return self._show(conversation, citation=number or 0)

    def _open_option(self, conversation: Conversation, event: gr.SelectData) -> Updates:
        # The chat shows the buttons of its last message only, and tells which of them it was.
        last = len(conversation.exchanges) - 1
        number = int(event.value) - 1 if str(event.value).isdecimal() else 0
        return self._show(conversation.open(last), citation=number)

    def _open_message(self, conversation: Conversation, event: gr.SelectData) -> Updates:
        place = event.index[0] if isinstance(event.index, list) else event.index
        try:
            opened = conversation.open(exchange_at(conversation, int(place)))
        except (IndexError, TypeError, ValueError):
            return {self._question: gr.update()}
        return self._show(opened)

    def _add(
        self,
        paths: list[str] | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio asks for it so
    ) -> tuple[Any, ...]:
        if not paths:
            return gr.update(), None, *self._overview()
        try:
            report = report_line(
                add_uploads(
                    self._assistant.archive,
                    [str(path) for path in paths],
                    tell=lambda share, line: progress(share, desc=line),
                )
            )
        except OnRecordError as error:
            report = f'<p class="trouble">{escape(str(error))}</p>'
        return report, None, *self._overview()

    def _overview(self) -> tuple[Any, Any]:
        try:
            status = self._assistant.archive.status()
        except OnRecordError as error:
            return f'<p class="trouble">{escape(str(error))}</p>', gr.update()
        choices = [
            (f"{plain(name)} ({count:,})", name) for name, count in status.sources.items() if name
        ]
        return _status_line(status, self._assistant.languages), gr.update(choices=choices)

    # What the components show

    def _show(self, conversation: Conversation, *, citation: int = 0) -> Updates:
        choices, number, pane = _opened(conversation.shown, citation)
        return {
            self._conversation: conversation,
            self._chat: messages_of(conversation),
            self._citations: gr.update(choices=choices, value=number, visible=len(choices) > 1),
            self._source: pane,
            self._as_written: gr.update(visible=bool(conversation.rewritten)),
        }

    def _at_rest(self) -> Updates:
        return {self._ask: gr.update(visible=True), self._stop: gr.update(visible=False)}


def _opened(
    exchange: Exchange | None, citation: int
) -> tuple[list[tuple[str, int]], int | None, str]:
    """The choices for the sentences of an exchange, the one chosen, and the source pane."""
    if exchange is None or not exchange.citations:
        return [], None, EMPTY
    answer = exchange.reply if isinstance(exchange.reply, Answer) else None
    citations = exchange.citations if answer else exchange.citations[:MAX_NEAREST]
    number = min(max(citation, 0), len(citations) - 1)
    choices = [(str(place + 1), place) for place in range(len(citations))]
    return choices, number, pane_of(citations[number], answer if number == 0 else None)


def _status_line(status: Status, reader_languages: str) -> str:
    parts = [counted(status.documents, "article"), counted(status.sentences, "sentence")]
    if status.first_published and status.last_published:
        parts.append(f"{escape(status.first_published)} to {escape(status.last_published)}")
    if status.languages == reader_languages:
        models = f"The packaged encoder and reader are {escape(reader_languages)}"
    else:
        models = (
            f"The encoder's languages: {escape(status.languages)}. "
            f"The packaged reader is {escape(reader_languages)}"
        )
    return (
        f"<p><b>{' · '.join(parts)}</b></p><p>{models}; articles in other languages are found by "
        "their words. Another model: the setting <code>encoder</code>.</p>"
    )


def _filters(after: str | None, before: str | None, sources: Sequence[str]) -> Filters:
    return Filters(after=_day(after), before=_day(before), sources=tuple(sources))


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise InvalidInput(f"not a date: {text}; write it as 2018-11-25") from error


def _markdown(text: str, name: str) -> gr.Markdown:
    return gr.Markdown(text, elem_id=name, sanitize_html=True, latex_delimiters=[], container=False)


def _on(
    trigger: Callable[..., Any],
    act: Callable[..., Any],
    inputs: Any,
    outputs: Any,
    *,
    cancels: Any = None,
) -> Any:
    return trigger(
        act, inputs, outputs, cancels=cancels, show_progress="hidden", api_visibility="private"
    )
