"""The web page: ask, read the quoted sentence, see it marked in its article; and what serves it.

Reading order: `site.py` (what is served), `server.py` and `opening.py` (the server), `gate/` (what
it refuses), `api.py` and `tools.py` (what programs ask for), `page/` (what is shown), `templates/`
and `escape.py` (its HTML, and why it is safe to show), `uploads.py`; `files/` has what the browser
loads.
"""

import lazy_loader

# The names are in `__init__.pyi`; a server takes a while to import, and `--help` needs none.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
