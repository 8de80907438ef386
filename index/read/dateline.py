"""What an article says of itself in its own text: its dateline, and whom it relays."""

import re

from index.read.metadata import Metadata

_BEGINNING = 400
_PLACE = r"[^\W\d_a-z][^\W\d_a-z]{2,}(?:[ .'’-]+[^\W\d_a-z]+)*"
_MORE = r"(?:,[ ][A-Z][\w.]*(?:[ ][A-Z][\w.]*){0,2})*"
_DAY = r"(?:,?[ ][A-Z][a-z]{2,8}\.?[ ]\d{1,2}(?:,[ ]\d{4})?)?"
_DATELINE = re.compile(
    rf"^\s*(?P<dateline>{_PLACE}{_MORE}{_DAY})"
    r"[ ]*(?:\((?P<agency>[A-Z][\w .&/-]{1,30})\))?[ ]*(?:[-–—]{1,2}[ ]|:[ ])",
    re.MULTILINE,
)
_DOMAIN = r"(?:[a-z0-9-]+\.)+[a-z]{2,12}\b"
_NAME = r"(?:[Tt]he[ ])?[A-Z][\w’'&-]*(?:[ ](?:of[ ])?[A-Z][\w’'&-]*){0,4}"
_RELAYED = re.compile(
    rf"\b(?:[Aa]s|[Ll]ike|[Ff]irst|[Oo]riginally)[ ](?:was[ ])?(?:reported|published)[ ]"
    rf"(?:by|in|on)[ ](?P<whom>{_DOMAIN}|{_NAME})"
)


def said_in(text: str) -> Metadata:
    """The dateline at the beginning of `text`, and the agency or outlet that it relays."""
    beginning = text[:_BEGINNING]
    found = _DATELINE.search(beginning)
    dateline = " ".join(found["dateline"].split()) if found else ""
    agency = found["agency"] if found else None
    relayed = _RELAYED.search(text)
    return Metadata(
        dateline=dateline,
        relays=agency or (relayed["whom"] if relayed else ""),
        origin="the article's text",
    )
