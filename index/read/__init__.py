"""Files in, documents out: one small module for each format, chosen by one table.

Reading order: `source` (what a reader is given), `kind` (which format it is), `decode` and `guess`
(bytes → text), `metadata`, `dates`, `dateline` and `record` (what becomes of what was read),
`formats` (the table), then a module for each format; `walk` (the files of a folder), `pool`,
`child` and `worker` (readers in processes of their own).

Formats share `lines` (of many records), `plain_values` (what programs write), `printed` (lines as
they were printed), `markup` and `plain_xml`, `properties` and `package` (office files), `unpack`,
`inflate` and `coding` (what is packed); `html` has `page_body`, `page_head` and `jsonld`.

To add a format, write a module with one function of the type `Format`, name it in `FORMATS`, and
say in `kind` how its files begin.
"""

from index.read.decode import decode
from index.read.formats import FORMATS, read, read_source
from index.read.pool import read_all
from index.read.source import Format, Source
from index.read.walk import find_files

__all__ = ["FORMATS", "Format", "Source", "decode", "find_files", "read", "read_all", "read_source"]
