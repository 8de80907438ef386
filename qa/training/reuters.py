"""The stories of Reuters-21578, from its SGML."""

import datetime as dt
import html
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_DISPATCH = re.compile(r'<REUTERS[^>]*NEWID="(\d+)">(.*?)</REUTERS>', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A dispatch with a body, in the lines in which it came over the wire."""

    number: str
    title: str
    published: dt.date
    dateline: str
    body: str

    def record(self) -> dict[str, str]:
        """As a record that is added to an archive, with the dateline in its text."""
        return {
            "id": self.number,
            "title": self.title,
            "source": "Reuters",
            "published": self.published.isoformat(),
            "text": self.dateline + self.body,
        }


def dispatches(folder: Path) -> Iterator[Dispatch]:
    """The stories that have a body, by number."""
    for path in sorted(folder.glob("*.sgm.xz")):
        for found in _DISPATCH.finditer(lzma.decompress(path.read_bytes()).decode("latin-1")):
            number, dispatch = found[1], found[2]
            if body := _field("BODY", dispatch):
                day = _field("DATE", dispatch).split()[0]
                when = dt.datetime.strptime(day, "%d-%b-%Y").replace(tzinfo=dt.UTC)
                yield Dispatch(
                    number=number,
                    title=_field("TITLE", dispatch),
                    published=when.date(),
                    dateline=_field("DATELINE", dispatch),
                    body=body,
                )


def records(folder: Path) -> Iterator[dict[str, str]]:
    """The same stories, as records."""
    return (dispatch.record() for dispatch in dispatches(folder))


def _field(name: str, dispatch: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", dispatch, re.DOTALL)
    return html.unescape(found[1]).rstrip("\x03 \n") if found else ""
