"""Files in, documents out: one small module for each format, chosen by one table.

In reading order: `source` (what a reader is given), `kind` (which format it is), `metadata`,
`dateline` and `record` (what becomes of what was read), `formats` (the table), a module for each
format, `walk` (the files of a folder), `pool` and `worker` (readers in processes of their own).

To add a format, write a module with one function of the type `Format`, name it in `FORMATS`, and
say in `kind` how its files begin.
"""

from index.read.decode import decode
from index.read.formats import FORMATS, read, read_source
from index.read.pool import read_all
from index.read.source import Format, Source
from index.read.walk import find_files

__all__ = ["FORMATS", "Format", "Source", "decode", "find_files", "read", "read_all", "read_source"]
