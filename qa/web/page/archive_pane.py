"""The pane on the left: which archive, what is in it, which of it is asked, and adding to it."""

import json
from typing import TYPE_CHECKING, Any

import gradio as gr

from index import Filters, OnRecordError
from qa.evaluation.judged_questions import judged_json
from qa.web.escape import plain
from qa.web.page.components import Handout, Updates, Values, markup, on
from qa.web.page.crumbs import filters_of
from qa.web.page.holdings import failures_of, holdings_of
from qa.web.site import Site
from qa.web.templates import render
from qa.web.uploads import add_uploads, report_line

if TYPE_CHECKING:
    from qa.assistant import Assistant

FILE_TYPES = (
    ".txt .md .html .htm .mhtml .pdf .docx .odt .eml .msg .jsonl .json .csv .tsv .xml .rss .atom "
    ".warc .gz .zip"
).split()
"""What the file chooser offers; what a file is, its content says."""

MAX_BOXES = 24
"""Sources that have a box each; when there are more, they are found by typing."""


class ArchivePane:
    """The components, made where they are to stand."""

    def __init__(self, site: Site) -> None:
        self._site = site
        names = list(site.assistants)
        self.chosen = gr.Dropdown(
            label="Archive",
            choices=[(plain(name) or "Archive", name) for name in names],
            value=names[0],
            visible=True if len(names) > 1 else "hidden",
            elem_id="chosen",
        )
        self._holdings = markup("", "holdings")
        self._failures = markup("", "failures")
        self._lay_out_filters()
        self._lay_out_adding(is_visible=not site.is_read_only)
        self._lay_out_marks(is_visible=not site.is_read_only)

    def _lay_out_filters(self) -> None:
        with gr.Accordion("Only some articles", open=False, elem_id="filters"):
            # `page.js` makes date fields of these: gradio's own has no name for a screen reader.
            with gr.Row(elem_id="dates"):
                self.after = gr.Textbox(
                    label="From", max_lines=1, max_length=10, elem_id="after", min_width=100
                )
                self.before = gr.Textbox(
                    label="To", max_lines=1, max_length=10, elem_id="before", min_width=100
                )
            self.boxes = gr.CheckboxGroup(label="Sources", choices=[], elem_id="boxes")
            self.sources = gr.Dropdown(
                label="Sources", choices=[], multiselect=True, elem_id="sources", visible=False
            )

    def _lay_out_adding(self, *, is_visible: bool) -> None:
        with gr.Accordion("Add articles", open=False, elem_id="add", visible=is_visible):
            self._files = gr.File(
                label="Drop articles here: pages, PDF, Word, mail, feeds, text, .zip",
                file_count="multiple",
                file_types=FILE_TYPES,
                elem_id="files",
                height=140,
            )
            self._folder = gr.UploadButton(
                "Add a folder", file_count="directory", size="sm", elem_id="folder"
            )
        self._report = markup("", "report")

    def _lay_out_marks(self, *, is_visible: bool) -> None:
        with gr.Accordion("Marked answers", open=False, elem_id="marks", visible=is_visible):
            markup(
                "<p>Answers marked right or wrong are judged questions, for "
                "<code>onrecord eval</code>.</p>",
                "marks-hint",
            )
            self._judged = gr.Button("Show them", size="sm", elem_id="judged")
            self._handout = Handout("judged-questions")

    @property
    def parts(self) -> list[Any]:
        """The components that `overview` updates."""
        return [self._holdings, self._failures, self.boxes, self.sources]

    @property
    def filters(self) -> list[Any]:
        """The components that say which articles are asked."""
        return [self.after, self.before, self.boxes, self.sources]

    def assistant(self, name: object) -> "Assistant":
        """The assistant over the archive of that name."""
        return self._site.assistants.get(str(name), self._site.first)

    def sources_in(self, values: Values) -> list[str]:
        """The sources that are chosen."""
        return [*(values[self.boxes] or ()), *(values[self.sources] or ())]

    def filters_in(self, values: Values) -> Filters:
        """The filters as they are set.

        Raises:
            InvalidInput: a date is none, or the two are the wrong way round.
        """
        return filters_of(values[self.after], values[self.before], self.sources_in(values))

    def connect(self) -> list[Any]:
        """Take in what is dropped; the events after which the archive may hold more.

        On a read-only site there are none.
        """
        if self._site.is_read_only:
            return []
        outputs = [self._report, self._files, *self.parts]
        adding = [
            component.upload(
                self._add,
                [component, self.chosen],
                outputs,
                concurrency_limit=1,
                show_progress="full",
                show_progress_on=self._report,
                api_visibility="private",
            )
            for component in (self._files, self._folder)
        ]
        on(self._judged.click, self._show_judged, [self.chosen], self._handout.parts)
        return adding

    def unfiltered(self) -> Updates:
        """No filters."""
        return {self.after: None, self.before: None, self.boxes: [], self.sources: []}

    def kept_filters(self, filters: Filters) -> Updates:
        """The filters as they are, without the dates or the sources that `filters` has not."""
        dates: Updates = {} if filters.has_dates else {self.after: None, self.before: None}
        sources: Updates = {} if filters.sources else {self.boxes: [], self.sources: []}
        return {self.after: gr.update(), **dates, **sources}

    def overview(self, name: str, *, is_new: bool = False) -> Updates:
        """What the archive holds; one that is newly chosen has no filters yet."""
        none: Updates = self.unfiltered() if is_new else {}
        assistant = self.assistant(name)
        try:
            status = assistant.archive.status()
            failures = assistant.archive.failures()
        except OnRecordError as error:
            return {**none, self._holdings: render("trouble.html", trouble=error)}
        found = sorted(status.sources.items(), key=lambda item: (-item[1], item[0].casefold()))
        choices = [(f"{plain(source)} ({count:,})", source) for source, count in found if source]
        has_boxes = len(choices) <= MAX_BOXES
        chosen: dict[str, Any] = {"value": []} if is_new else {}
        return {
            **none,
            self._holdings: holdings_of(status, assistant.languages),
            self._failures: failures_of(failures),
            self.boxes: gr.update(
                choices=choices if has_boxes else [],
                visible=has_boxes and bool(choices),
                **chosen,
            ),
            self.sources: gr.update(choices=choices, visible=not has_boxes, **chosen),
        }

    def _add(
        self,
        paths: list[str] | None,
        name: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio asks for it so
    ) -> Updates:
        if not paths:
            return {self._files: None}
        try:
            report = report_line(
                add_uploads(
                    self.assistant(name).archive,
                    [str(path) for path in paths],
                    tell=lambda share, line: progress(share, desc=line),
                )
            )
        except OnRecordError as error:
            report = render("trouble.html", trouble=error)
        return {self._report: report, self._files: None, **self.overview(name)}

    def _show_judged(self, name: str, request: gr.Request) -> Updates:
        archive = self.assistant(name).archive
        try:
            marks = archive.marks(who=request.username if self._site.users else None)
        except OnRecordError as error:
            return self._handout.show(str(error), name="not written")
        lines = "".join(
            f"{json.dumps(record, ensure_ascii=False)}\n" for record in judged_json(marks)
        )
        if not lines:
            return self._handout.show("No answer is marked yet.", name="judged.jsonl")
        return self._handout.show(lines, name="judged.jsonl")
