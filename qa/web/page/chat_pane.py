"""The pane in the middle: the conversation, the question box, and questions to begin with."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from qa.web.escape import plain
from qa.web.page.components import Updates, markup
from qa.web.page.conversation import Conversation
from qa.web.page.messages import messages_of

MAX_EXAMPLES = 4
MAX_TYPED = 2_000

HINT = "“Quoted words” must stand so in the article."
PLACEHOLDER = (
    "**Ask your news archive**\n\nThe sentence that answers is quoted, with its article, "
    "outlet and date. Nothing is made up."
)


class ChatPane:
    """The components, made where they are to stand."""

    def __init__(self, *, has_marks: bool) -> None:
        self._has_marks = has_marks
        self._chat = gr.Chatbot(
            elem_id="chat",
            label="Questions and answers",
            show_label=False,
            height="100%",
            autoscroll=False,
            layout="bubble",
            buttons=[],
            feedback_options=None,
            sanitize_html=True,
            allow_tags=False,
            latex_delimiters=[],
            placeholder=PLACEHOLDER,
        )
        with gr.Row(elem_id="examples"):
            self.examples = [
                gr.Button("", size="sm", min_width=120, visible=False) for _ in range(MAX_EXAMPLES)
            ]
        self.crumbs = gr.CheckboxGroup(
            label="Only articles", choices=[], visible=False, elem_id="crumbs"
        )
        with gr.Row(elem_id="ask-row"):
            self.question = gr.Textbox(
                elem_id="question",
                label="Your question",
                show_label=False,
                placeholder="Ask a question…",
                max_lines=4,
                max_length=MAX_TYPED,
                autofocus=True,
                scale=5,
                min_width=160,
            )
            self.ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0, min_width=84)
            # `chat.css` shows it in place of Ask while an answer is waited for.
            self.stop = gr.Button("Stop", variant="stop", elem_id="stop", scale=0, min_width=84)
            self.new = gr.Button("New", elem_id="new", scale=0, min_width=64)
        with gr.Row(elem_id="manners"):
            self.follows = gr.Checkbox(
                value=True, label="Understand follow-up questions", elem_id="follows", scale=0
            )
            markup(f"<p>{HINT}</p>", "hint")
        self.pressed = gr.Textbox(visible="hidden", elem_id="pressed", label="Pressed")
        self.press = gr.Button("Press", visible="hidden", elem_id="press")

    @property
    def parts(self) -> list[Any]:
        """The components that `show` updates, and the question."""
        return [self._chat, self.question]

    @property
    def beginnings(self) -> list[Any]:
        """The components that `suggest` updates."""
        return self.examples

    def show(self, conversation: Conversation) -> Updates:
        """The conversation."""
        return {self._chat: messages_of(conversation, has_marks=self._has_marks)}

    def suggest(self, questions: Sequence[str]) -> Updates:
        """Questions to begin with, which are asked by a click."""
        shown = [plain(" ".join(question.split())) for question in questions[:MAX_EXAMPLES]]
        shown += [""] * (MAX_EXAMPLES - len(shown))
        return {
            button: gr.update(value=text, visible=bool(text))
            for button, text in zip(self.examples, shown, strict=True)
        }
