"""What is kept: the tables, and the SQL that reads and writes them.

Reading order: `schema` (the tables), `protocol` (what is asked of a database), `database` and `fts`
(SQLite), `filtering`, `state`, `documents`, `passages` and `files` (which `store` is all of: it
reads), `writer` and `marks` (write), `lock` (one writer at a time). Follows sqlite-utils; leaves
out what finds passages (`index.search`, which asks FTS5 what matches) and servers
(`index.cluster`).
"""
