"""The stories of Reuters-21578, from its SGML."""

import datetime as dt
import html
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STORY = re.compile(r'<REUTERS[^>]*NEWID="(\d+)">(.*?)</REUTERS>', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story with a body, in the lines in which it came over the wire."""

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


def stories(folder: Path) -> Iterator[Story]:
    """The stories that have a body, by number."""
    for path in sorted(folder.glob("*.sgm.xz")):
        for found in _STORY.finditer(lzma.decompress(path.read_bytes()).decode("latin-1")):
            number, story = found[1], found[2]
            if body := _field("BODY", story):
                day = _field("DATE", story).split()[0]
                when = dt.datetime.strptime(day, "%d-%b-%Y").replace(tzinfo=dt.UTC)
                yield Story(
                    number=number,
                    title=_field("TITLE", story),
                    published=when.date(),
                    dateline=_field("DATELINE", story),
                    body=body,
                )


def records(folder: Path) -> Iterator[dict[str, str]]:
    """The same stories, as records."""
    return (story.record() for story in stories(folder))


def _field(name: str, story: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", story, re.DOTALL)
    return html.unescape(found[1]).rstrip("\x03 \n") if found else ""
