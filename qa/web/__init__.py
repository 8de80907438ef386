"""The web page: ask, read the quoted sentence, see it marked in its article; and what serves it.

Reading order: `site` (what is served), `server`, `opening` and `environment` (the server), `logs`
and `health` (what it says of itself), `gate/` (what it refuses), `api` and `tools` (what programs
ask for), `page/` (what is shown), `templates/` and `escape` (its HTML, and why it is safe to show),
`receiving` and `uploads` (files that are sent); `files/` has what the browser loads.
"""

import lazy_loader

# The names are in `__init__.pyi`; a server takes a while to import, and `--help` needs none.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
