"""What is kept, and the only SQL: tables, and what reads and writes them.

Reading order: `schema` (the tables), `protocol` (what is asked of a database), `database` and `fts`
(SQLite), `filtering`, `state`, `documents`, `passages` and `files` (which `store` is all of: it
reads), `writer` and `marks` (write), `lock` (one writer at a time). Follows sqlite-utils; leaves
out vectors' search (`index.search`) and servers (`index.cluster`).
"""
