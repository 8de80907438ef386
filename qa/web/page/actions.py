"""What the buttons within the chat's messages do.

A message is HTML, so its buttons are no components: each carries its action as its value, and
`page.js` hands the value of the one that is pressed to the page.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Verb(StrEnum):
    """What is to be done."""

    OPEN = "open"
    CITE = "cite"
    RIGHT = "right"
    WRONG = "wrong"
    UNMARK = "unmark"
    ALONE = "alone"
    EDIT = "edit"
    WAY = "way"


_FORM = re.compile(rf"({'|'.join(Verb)}) (\d{{1,4}}) (\d{{1,4}})")


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with an exchange, or with one of its citations, or ways out."""

    verb: Verb
    exchange: int
    place: int = 0

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` wrote, or None for anything else."""
        found = _FORM.fullmatch(text)
        return cls(Verb(found[1]), int(found[2]), int(found[3])) if found else None

    def __str__(self) -> str:
        return f"{self.verb} {self.exchange} {self.place}"
