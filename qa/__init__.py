"""Question answering over an archive: every answer is a sentence on record.

Reading order: `datatypes`, `english` (what questions ask, what sentences hold), `reading` (which
sentence answers), `assistant` (the whole way), `follow_ups`, `suggestions`, `output` (answers as
words, JSON, tables, citations); `settings`, `batch` (files of questions), `cli`, `web`, `adapters`
(other programs' retrievers); `evaluation`, and `training`, which makes `reading/model`.
"""

import lazy_loader

# The names are in `__init__.pyi`; each is imported when it is first asked for, since loading
# all of them takes seconds.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
