"""An archive on servers: PostgreSQL keeps it, Milvus finds in it.

`backend` is the seam that `index.archive` uses; `settings` reads the `cluster.toml` that makes a
folder such an archive; `postgres` and `schema` are the tables, `milvus` what finds passages. `ray`
reads and encodes on many machines, for an archive of either form.
"""
