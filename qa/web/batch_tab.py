"""Many questions at once: pasted in, answered one after the other, and saved as a table."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from index import Filters, OnRecordError
from qa.batch import questions_in
from qa.datatypes import Answer, NoAnswer, Question
from qa.render import counted, reason_text, source_line
from qa.table import CSV_MARK, answer_all, csv_lines, row_of
from qa.web.components import Handout, Updates, markup, on
from qa.web.escape import escape

if TYPE_CHECKING:
    from qa.assistant import Assistant

MAX_QUESTIONS = 200
_HINT = "One question a line, or a CSV with a column “question” and perhaps one “id”"

AssistantOf = Callable[[object], "Assistant"]
"""The assistant over the archive that is chosen."""


def mount_batch(assistant_of: AssistantOf, chosen: gr.Dropdown) -> None:
    """Make the components where they are to stand, and connect them.

    Args:
        assistant_of: `ArchivePane.assistant`.
        chosen: what says which archive is asked.
    """
    asked = gr.Textbox(label=_HINT, lines=6, max_lines=12, elem_id="batch-questions")
    with gr.Row():
        ask = gr.Button("Ask all", variant="primary", size="sm", elem_id="batch-ask")
        stop = gr.Button("Stop", variant="stop", size="sm", elem_id="batch-stop")
    progress = markup("", "batch-progress")
    table = markup("", "batch-answers")
    handout = Handout("batch-table")

    def act(text: str, name: str) -> Iterator[Updates]:
        done: list[Answer | NoAnswer] = []
        try:
            questions = questions_of(text)
            yield {progress: progress_of(done, questions), table: "", **handout.show("", name="")}
            for answer in answer_all(assistant_of(name), questions):
                done.append(answer)
                yield {
                    progress: progress_of(done, questions),
                    table: table_of(done),
                    **handout.show(csv_of(done), name="answers.csv"),
                }
        except OnRecordError as error:
            yield {progress: f'<p class="trouble">{escape(str(error))}</p>'}

    asking = ask.click(
        act,
        [asked, chosen],
        [progress, table, *handout.parts],
        concurrency_limit=1,
        show_progress="hidden",
        api_visibility="private",
    )
    on(stop.click, _nothing, [], [], cancels=[asking])


def questions_of(text: str) -> list[Question]:
    """The questions that were pasted.

    Raises:
        InvalidInput: a line is no question, or there are too many.
    """
    raw = text.encode("utf-8", "replace")
    return questions_in(raw, "line", filters=Filters(), top_k=1, most=MAX_QUESTIONS)


def progress_of(done: list[Answer | NoAnswer], questions: list[Question]) -> str:
    """How far it is, as HTML: "3 of 10 questions asked, 2 answered"."""
    if not questions:
        return "<p>Paste questions above, one a line.</p>"
    answered = sum(isinstance(one, Answer) for one in done)
    total = counted(len(questions), "question")
    return f'<p role="status">{len(done):,} of {total} asked, {answered:,} answered</p>'


def table_of(done: list[Answer | NoAnswer]) -> str:
    """The answers as HTML, a row a question."""
    rows = "".join(
        f'<tr><td dir="auto">{escape(one.question.text)}</td><td dir="auto">{_reply(one)}</td></tr>'
        for one in done
    )
    head = "<tr><th>Question</th><th>Answer</th></tr>"
    return f'<table class="answers"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def csv_of(done: list[Answer | NoAnswer]) -> str:
    """The answers as a CSV that spreadsheet programs read as UTF-8."""
    return CSV_MARK + "".join(csv_lines(map(row_of, done)))


def _reply(one: Answer | NoAnswer) -> str:
    if isinstance(one, NoAnswer):
        return f"<i>{escape(reason_text(one))}</i>"
    source = escape(source_line(one.citations[0].document, one.start))
    return f"<b>{escape(one.text)}</b><br>{escape(one.sentence)}<br><small>{source}</small>"


def _nothing(*_given: Any) -> None:
    """Stopping is all that the button does."""
