"""What is shown: the three panes, and what they make of answers and articles.

Reading order: `desk` (the panes side by side, and what an event in one changes in the others);
`archive_pane`, with `crumbs` and `holdings`; `chat_pane`, with `examples` and `actions`;
`source_pane`, with `handout`; `batch_tab` and `history_pane`, with `history`; `conversation` (what
was asked, and what came back), `messages`, `replies`, `quotes`, `source` and `line_breaks` (the
same as HTML); `components` and `theme` (what the panes are made of, and how it looks).
"""
