"""What an article says of itself in its own text: its dateline, and whom it relays.

A dateline is the place in capitals, perhaps with its region, a date and an agency, before a dash
or a colon: “TRIPOLI, Libya (Reuters) - ”. In other letters it is one only before an agency that
is known: “Kiel (dpa) – ”. Better none than a wrong one.
"""

import re

from index.read.metadata import Metadata
from index.text.calendar import day_names, month_of

_BEGINNING = 600
_LINES = 3
"""The headline and the byline may stand before it."""

_MOST_WORDS = 4

_UPPER = r"[^\W\d_a-zß-öø-ÿ]"
_CAPITALS = rf"(?:{_UPPER}\.){{2,4}}|{_UPPER}(?:{_UPPER}|[.'’](?={_UPPER}))+"
_PLACE = rf"(?:{_CAPITALS})(?:(?: ?[-/–] ?| |\. )(?:{_CAPITALS}))*"
_MIXED = rf"{_UPPER}[^\W\d_]+(?:[ /-]{_UPPER}?[^\W\d_]+){{0,2}}"
_REGION = rf"(?:, ?{_UPPER}[\w.'’-]*(?: {_UPPER}[\w.'’-]*){{0,2}}){{0,2}}"
_DATE = (
    r"(?:,? (?:(?P<month>[^\W\d_]{3,})\.? \d{1,2}|\d{1,2}\.? (?P<other>[^\W\d_]{3,})\.?)"
    r"(?:,? \d{4})?)?"
)
_BREAK = r"(?: ?(?:--|[-–—])(?=\s)|:(?= ))"
_IN_CAPITALS = re.compile(
    rf"[ \t]*(?P<dateline>(?P<place>{_PLACE}){_REGION}{_DATE})"
    rf"(?: ?\((?P<agency>{_UPPER}[\w .&/-]{{1,30}})\))?{_BREAK}[ \t\n]*(?P<rest>.{{0,60}})"
)
_AGENCIES = "|".join(
    (
        "AA AAP ADN AFP AFX Agerpres AKI Anadolu ANI ANP ANSA AP APA APS Belga Bernama BTA CP ČTK "
        "CTK ddp dpa dpa-AFX EFE epd Hina IANS Interfax IRNA ITAR-TASS KNA KUNA Kyodo Lusa MENA "
        "MTI NTB PA PAP Petra PTI Reuters RIA Ritzau sda SID SPA STT Tanjug TASS TT UPI WAM "
        "Xinhua Yonhap"
    ).split()
)
_BEFORE_AGENCY = re.compile(
    rf"[ \t]*(?P<dateline>{_MIXED}{_REGION}{_DATE}) ?\((?P<agency>{_AGENCIES})\){_BREAK}"
)
_NO_PLACE = frozenset(
    (
        "ADVISORY ALERT ANALYSIS ANSWER BREAKING BRIEF BULLETIN BY CAPTION CLARIFICATION COLUMN "
        "COMMENT CORRECTED CORRECTION EDITORIAL ERRATUM EXCLUSIVE EXPLAINED EXPLAINER FACTBOX "
        "FILE FLASH FOCUS FROM HIGHLIGHTS HOW IMPORTANT INSIGHT INTERVIEW KEY LATEST LIVE MORE "
        "NEWS NOTE NOTES NOTICE NOW OBITUARY OPINION PHOTO PHOTOS PICTURED POLL PREVIEW PROFILE "
        "READ RECAP RELATED REPEAT REPORT REVIEW SEE SOURCE SPECIAL SUMMARY TABLE TEXT THIS "
        "TIMELINE TOP UPDATE UPDATED URGENT VIDEO WARNING WATCH WHAT WHEN WHERE WHO WHY WRAPUP "
        "ASEAN BBC CIA CNN FBI FIFA GOP IMF ISIL ISIS NASA NATO OPEC UEFA UNESCO UNICEF USA"
    ).split()
)
"""What also stands in capitals before a colon or a dash, as the first word."""

_RELAYED = re.compile(
    r"(?:reported|published) (?P<how>by|in|on) (?:(?P<domain>(?:[a-z0-9-]+\.)+[a-z]{2,12}\b)"
    r"|(?P<name>(?:[Tt]he )?[A-Z][\w’'&-]*(?: (?:of )?[A-Z][\w’'&-]*){0,4}))"
)
_BEFORE_RELAYED = re.compile(r"\b(?:as|like|first|originally)(?: was)? $", re.IGNORECASE)
_PRESS = re.compile(
    r"(?:Chronicle|Economist|Express|Gazette|Globe|Guardian|Herald|Independent|Journal|Mail|Monitor"
    r"|News|Observer|Post|Press|Standard|Star|Sun|Telegraph|Times|Today|Tribune|Weekly)$"
)


def said_in(text: str) -> Metadata:
    """The dateline at the beginning of `text`, and the agency or outlet that it relays."""
    dateline, agency = _dateline(text[:_BEGINNING])
    return Metadata(dateline=dateline, relays=agency or _relayed(text), origin="the article's text")


def _relayed(text: str) -> str:
    """The first site or paper of which it is said “as reported by”; empty where there is none."""
    for found in _RELAYED.finditer(text):
        if _BEFORE_RELAYED.search(text, max(0, found.start() - 20), found.start()):
            name = found["domain"] or _without_day(found["name"])
            # What is reported in China was not reported by China.
            if found["domain"] or found["how"] == "by" or _PRESS.search(name):
                return name
    return ""


def _without_day(name: str) -> str:
    others, _, last = name.rpartition(" ")
    return others if others and last in day_names() else name


def _dateline(beginning: str) -> tuple[str, str]:
    """The dateline that begins one of the first lines, and its agency; empty where none does."""
    start = lines = 0
    for line in beginning.splitlines(keepends=True):
        found = _IN_CAPITALS.match(beginning, start)
        if found is None or not _is_place(found):
            found = _BEFORE_AGENCY.match(beginning, start) if "(" in line else None
        if found:
            return " ".join(found["dateline"].split()), found["agency"] or ""
        start += len(line)
        lines += bool(line.strip())
        if lines == _LINES:
            break
    return "", ""


def _is_place(found: re.Match[str]) -> bool:
    words = found["place"].split()
    month = found["month"] or found["other"]
    return (
        found["place"].isupper()
        and len(words) <= _MOST_WORDS
        and words[0] not in _NO_PLACE
        and len(found["place"]) > 2
        and (month is None or month_of(month) is not None)
        and any(char.islower() for char in found["rest"])
    )
