"""The web page: ask, read the quoted sentence, see it marked in its article.

`serve` is all that the command line needs. Reading order: `server.py` (the server and what it
refuses, with `guard.py`), `page.py` (components and events), `conversation.py`, `messages.py` and
`source.py` (what is shown), `escape.py` (why it is safe to show), `uploads.py`.
"""

from qa.web.server import CannotServe, application, build, listen, serve

__all__ = ["CannotServe", "application", "build", "listen", "serve"]
