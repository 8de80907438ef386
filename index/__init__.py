"""The archive: articles in, ranked passages out.

`qa` uses these names, `index.errors`, `index.folders`, and the faces of `index.text`,
`index.models` and `index.read`; nothing behind them.

Reading order: `datatypes`, `errors` and `folders`; `read` (files → articles), `text` (sentences,
words), `models` (vectors), `storage` (the tables), `search` (what finds passages); `backend` (where
an archive is kept), `embedded` (in a folder), `cluster` (on servers); `intake` (what is new, and
committed), `workers` (other machines that read), `verify`, and `archive`, which is all of these.
"""

import lazy_loader

# The names are in `__init__.pyi`; each is imported when it is first asked for, since loading
# all of them takes seconds.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
