"""What is shown: the three panes, and what they make of answers and articles.

Reading order: `desk.py` (the panes side by side, and what an event in one changes in the others),
`archive_pane.py`, `chat_pane.py`, `source_pane.py`; `conversation.py` (what was asked, and what
came back), `messages.py`, `replies.py`, `quotes.py` and `source.py` (the same as HTML).
"""
