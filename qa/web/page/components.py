"""What the panes are made of: text that is shown, text to take away, and events."""

from collections.abc import Callable
from typing import Any

import gradio as gr

Updates = dict[Any, Any]
"""What components are to show, by the component."""

Values = dict[Any, Any]
"""What components held when an event fired, by the component."""


def markup(html: str, name: str, *, is_visible: bool = True) -> gr.Markdown:
    """A place for HTML of ours; what comes from elsewhere is escaped in it."""
    return gr.Markdown(
        html,
        elem_id=name,
        sanitize_html=True,
        latex_delimiters=[],
        container=False,
        visible=is_visible,
    )


def on(
    trigger: Callable[..., Any],
    act: Callable[..., Any],
    inputs: Any,
    outputs: Any,
    *,
    cancels: Any = None,
) -> Any:
    """Have `act` done when `trigger` fires; inputs given as a set come as one `Values`."""
    return trigger(
        act,
        inputs,
        outputs,
        cancels=cancels,
        show_progress="hidden",
        show_progress_on=[],  # or each output is told how far it is, and draws itself anew
        api_name="page",  # or it would be the function's, which may be an operation's
        api_visibility="private",
    )


class Handout:
    """A text to take away, with buttons that copy and save it.

    The buttons are served by `page.js`; the file's name is the label of the text.
    """

    def __init__(self, name: str) -> None:
        with gr.Group(elem_id=name, elem_classes="handout"):
            self.text = gr.Textbox(
                label="citation.txt",
                interactive=False,
                lines=2,
                max_lines=8,
                container=True,
                placeholder=" ",  # while it is shown, `article.css` hides the whole
            )
            with gr.Row(elem_classes="handout-buttons"):
                gr.Button("Copy", size="sm", elem_classes="copy-text", min_width=60)
                gr.Button("Save", size="sm", elem_classes="save-text", min_width=60)

    @property
    def parts(self) -> list[Any]:
        """The components that `show` updates."""
        return [self.text]

    def show(self, text: str, *, name: str) -> Updates:
        """Show `text`, to be saved under `name`; nothing hides the whole."""
        return {self.text: gr.update(value=text, label=name) if text else ""}
