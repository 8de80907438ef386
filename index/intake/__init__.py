"""From files to what is kept: which have changed, under which id, split, encoded, committed.

Reading order: `sync` (which files have changed, or are gone), `uploads` (the archive's own folder),
`naming` (under which id), `encoding` (passages with their vectors), `ingest` (batches, each in one
transaction). Leaves out the formats (`index.read`) and the tables (`index.storage`).
"""
