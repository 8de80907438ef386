"""Many questions at once: pasted in, answered one after the other, and saved as a table."""

import base64
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import gradio as gr

from index import Filters, OnRecordError
from qa.batch import questions_in
from qa.datatypes import Answer, NoAnswer, Question
from qa.output.table import Row, answer_all, row_of, write_csv, write_xlsx
from qa.web.page.archive_pane import ArchivePane
from qa.web.page.components import Updates, Values, markup, on
from qa.web.templates import render

MAX_QUESTIONS = 200
REDRAWN_SECONDS = 0.5
"""How often the table is drawn while questions are asked: it goes to the browser whole."""

_HINT = "One question a line, or a CSV with a column “question” and perhaps one “id”"


class BatchTab:
    """The components, made where they are to stand, and their events.

    Args:
        archive: says which archive is asked, and which of its articles.
        turn: taken for each question.
    """

    def __init__(self, archive: ArchivePane, *, turn: AbstractContextManager[object]) -> None:
        self._turn = turn
        self._archive = archive
        self._asked = gr.Textbox(label=_HINT, lines=4, max_lines=12, elem_id="batch-questions")
        with gr.Row(elem_id="batch-buttons"):
            self._ask = gr.Button("Ask all", variant="primary", size="sm", elem_id="batch-ask")
            # `page.js` puts the file into the field above: it is read by the browser alone.
            gr.Button("Open a file", size="sm", elem_id="batch-open")
            self._stop = gr.Button(
                "Stop", variant="stop", size="sm", elem_id="batch-stop", visible=False
            )
        self._progress = markup("", "batch-progress")
        self._files = {
            "answers.csv": _File("CSV", "batch-csv", write_csv),
            "answers.xlsx": _File("XLSX", "batch-xlsx", write_xlsx),
        }
        with gr.Row(visible=False, elem_id="batch-files") as self._saving:
            for file in self._files.values():
                file.lay_out_button()
        # Not in the row: gradio shows all that is in one that it comes to show.
        for name, file in self._files.items():
            file.lay_out_content(name)
        self._table = markup("", "batch-answers")
        self._connect()

    def _connect(self) -> None:
        held = {self._asked, self._archive.chosen, *self._archive.filters}
        contents = [file.content for file in self._files.values()]
        shown = [self._ask, self._stop, self._progress, self._table, self._saving, *contents]
        asking = self._ask.click(
            self._answer,
            held,
            shown,
            concurrency_limit=1,
            show_progress="hidden",
            api_visibility="private",
        )
        on(self._stop.click, self._at_rest, [], [self._ask, self._stop], cancels=[asking])

    def _answer(self, values: Values) -> Iterator[Updates]:
        done: list[Answer | NoAnswer] = []
        yield {
            self._ask: gr.update(visible=False),
            self._stop: gr.update(visible=True),
            self._saving: gr.update(visible=False),
            self._progress: "",
            self._table: "",
        }
        try:
            filters = self._archive.filters_in(values)
            questions = questions_of(values[self._asked], filters)
            yield {self._progress: progress_of(done, questions)}
            drawn = time.monotonic()
            assistant = self._archive.assistant(values[self._archive.chosen])
            for answer in answer_all(assistant, questions, turn=self._turn):
                done.append(answer)
                if len(done) < len(questions) and time.monotonic() - drawn >= REDRAWN_SECONDS:
                    yield {self._progress: progress_of(done, questions), **self._show(done)}
                    drawn = time.monotonic()
            yield {self._progress: progress_of(done, questions), **self._show(done)}
        except OnRecordError as error:
            trouble = render("trouble.html", trouble=error)
            yield {self._progress: trouble, **self._show(done)}
        yield self._at_rest()

    def _show(self, done: list[Answer | NoAnswer]) -> Updates:
        rows = [row_of(answer) for answer in done]
        return {
            self._table: table_of(done) if done else "",
            self._saving: gr.update(visible=bool(done)),
            **{file.content: file.written(rows) for file in self._files.values()},
        }

    def _at_rest(self) -> Updates:
        """Ask in place of Stop."""
        return {self._ask: gr.update(visible=True), self._stop: gr.update(visible=False)}


class _File:
    """A table to save: its button, and its content, which `page.js` makes a file of."""

    def __init__(self, label: str, key: str, write: Callable[[Iterable[Row]], bytes]) -> None:
        self._label = label
        self._key = key
        self._write = write

    def lay_out_button(self) -> None:
        """Make the button where it is to stand."""
        gr.Button(f"Save {self._label}", size="sm", elem_id=self._key, elem_classes="save-file")

    def lay_out_content(self, name: str) -> None:
        """Make the content, which is not seen; `name` is the file's."""
        self.content: Any = gr.Textbox(
            label=name, visible="hidden", elem_id=f"{self._key}-content", interactive=False
        )

    def written(self, rows: Iterable[Row]) -> str:
        """The file's bytes in base 64."""
        return base64.b64encode(self._write(rows)).decode("ascii")


def questions_of(text: str, filters: Filters | None = None) -> list[Question]:
    """The questions that were pasted.

    Raises:
        InvalidInput: a line is no question, or there are too many.
    """
    raw = text.encode("utf-8", "replace")
    return questions_in(raw, "line", filters=filters or Filters(), top_k=1, most=MAX_QUESTIONS)


def progress_of(done: list[Answer | NoAnswer], questions: list[Question]) -> str:
    """How far it is, as HTML: "3 of 10 questions asked, 2 answered"."""
    answered = sum(isinstance(one, Answer) for one in done)
    return render("progress.html", done=len(done), total=len(questions), answered=answered)


def table_of(done: list[Answer | NoAnswer]) -> str:
    """The answers as HTML, a row a question."""
    return render("answers.html", answers=done)
