"""How well saved pages are read: title, date, text and authors, against what is known of them.

The pages are those that fundus (https://github.com/flairNLP/fundus, MIT) tests its parsers with,
each with the fields that a parser made for its one publisher reads. trafilatura, by itself and as
it comes, reads the same pages in the same run.

    python benchmarks/saved_pages.py [FOLDER] [--every N] [--json FILE]
"""

import argparse
import datetime as dt
import gzip
import html
import io
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import trafilatura

from index.errors import UnreadableFile
from index.read.html import read_html
from index.read.source import Source

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ONRECORD_TEST_DATA", ROOT.parent / "shared" / "data"))

ALIKE = 0.8
GOOD = 0.9
DRAWS = 10_000
SEED = 1

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")
"""A word, or a character of a writing that has no spaces."""

_NO_WORD = re.compile(r"[\W_]+")
_INVISIBLE = re.compile("[\xad\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a page holds. `authors` is None where that is not known, `text` empty if not read."""

    title: str = ""
    published: dt.date | None = None
    text: str = ""
    authors: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A saved page, and what is to be read from it."""

    name: str
    raw: bytes
    expected: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How far a reading is right, each from 0 to 1, and what is wrong with it."""

    page: str
    title: float
    same_title: float
    date: float
    precision: float
    recall: float
    f1: float
    authors: float | None
    causes: tuple[str, ...]


Reader = Callable[[Page], Reading]


def pages_in(folder: Path) -> Iterator[Page]:
    """The pages of a folder with their expected fields: the nth version is that of the nth page."""
    for file in sorted(folder.rglob("*.json")):
        versions = json.loads(file.read_text(encoding="utf-8"))
        in_order = sorted(versions, key=lambda name: [int(part) for part in name[1:].split("_")])
        saved = sorted(file.parent.glob(f"{file.stem}_[0-9]*.html.gz"))
        for path, version in zip(saved, in_order, strict=True):
            yield Page(
                name=path.name.removesuffix(".html.gz"),
                raw=gzip.decompress(path.read_bytes()),
                expected=_expected(versions[version]),
            )


def _expected(fields: dict[str, Any]) -> Reading:
    body = fields["body"]
    paragraphs = list(body["summary"])
    for section in body["sections"]:
        paragraphs += [*section["headline"], *section["paragraphs"]]
    authors = fields.get("authors")
    return Reading(
        title=fields["title"],
        published=dt.date.fromisoformat(fields["publishing_date"][:10]),
        text="\n\n".join(paragraphs),
        authors=None if authors is None else tuple(authors),
    )


def read_by_us(page: Page) -> Reading:
    """What On Record reads."""
    source = Source(path="page.html", identity=page.name, open=lambda: io.BytesIO(page.raw))
    try:
        (document,) = read_html(source)
    except UnreadableFile:
        return Reading()
    return Reading(
        title=document.title,
        published=document.published,
        text=document.text,
        authors=document.authors,
    )


def read_by_trafilatura(page: Page) -> Reading:
    """What trafilatura reads by itself."""
    found: Any = trafilatura.bare_extraction(page.raw, include_comments=False, with_metadata=True)
    if found is None:
        return Reading()
    return Reading(
        title=found.title or "",
        published=dt.date.fromisoformat(found.date) if found.date else None,
        text=found.text or "",
        authors=tuple(filter(None, (found.author or "").split("; "))),
    )


def score(page: Page, reading: Reading) -> Score:
    """How far the reading of a page is right."""
    expected = page.expected
    found, wanted = _words(reading.text), _words(expected.text)
    common = (found & wanted).total()
    precision, recall = common / max(1, found.total()), common / max(1, wanted.total())
    f1 = 2 * common / max(1, found.total() + wanted.total())
    title = is_same_title(reading.title, expected.title)
    authors = None
    if expected.authors is not None:
        authors = _agreement(reading.authors or (), expected.authors)
    causes = {
        "text: none was read": not reading.text,
        "text: more than the article": bool(reading.text) and f1 < GOOD and precision <= recall,
        "text: a part is missing": bool(reading.text) and f1 < GOOD and precision > recall,
        "title: none": not reading.title,
        "title: another": bool(reading.title) and not title,
        "date: none": reading.published is None,
        "date: another": reading.published not in (None, expected.published),
        "authors: none": bool(authors is not None and authors < 1 and not reading.authors),
        "authors: others, or one too many or too few": bool(
            authors is not None and authors < 1 and reading.authors
        ),
    }
    return Score(
        page=page.name,
        title=float(title),
        same_title=float(_plain(reading.title) == _plain(expected.title)),
        date=float(reading.published == expected.published),
        precision=precision,
        recall=recall,
        f1=f1,
        authors=authors,
        causes=tuple(cause for cause, is_so in causes.items() if is_so),
    )


def is_same_title(found: str, wanted: str) -> bool:
    """Whether both are the title of one article: the same words, one within the other, or alike.

    Pages give their article up to three titles, for readers, searchers and social networks; which
    of them a parser takes is a matter of taste.
    """
    one, other = _plain(found), _plain(wanted)
    if not one or not other:
        return one == other
    is_within = f" {one} " in f" {other} " or f" {other} " in f" {one} "
    return is_within or SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(_INVISIBLE.sub("", text).lower()))


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", _INVISIBLE.sub("", html.unescape(text)).casefold()).strip()


def _agreement(found: Sequence[str], wanted: Sequence[str]) -> float:
    """The F1 of two lists of names."""
    one, other = {_plain(name) for name in found}, {_plain(name) for name in wanted}
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean, and between what it lies in 95 % of draws of as many pages, with replacement."""
    found = np.array(values)
    chances = np.random.default_rng(SEED).integers(0, len(found), (DRAWS, len(found)))
    low, high = np.percentile(found[chances].mean(axis=1), (2.5, 97.5))
    return float(found.mean()), float(low), float(high)


def measure(pages: Sequence[Page], reader: Reader) -> tuple[list[Score], float]:
    """The score of each page, and pages a second of one processor."""
    scores, seconds = [], 0.0
    for page in pages:
        began = time.process_time()
        reading = reader(page)
        seconds += time.process_time() - began
        scores.append(score(page, reading))
    return scores, len(pages) / seconds


def main() -> None:
    """Read the pages, print the tables, write the figures."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", nargs="?", type=Path, default=DATA / "messy" / "pages")
    arguments.add_argument("--every", type=int, default=1, help="read every nth page")
    arguments.add_argument(
        "--json", type=Path, help="write the figures, page by page, to this file"
    )
    given = arguments.parse_args()
    pages = list(pages_in(given.folder))[:: given.every]
    readers = {"On Record": read_by_us, "trafilatura": read_by_trafilatura}
    for reader in readers.values():
        reader(pages[0])  # what is loaded once is no page's
    measured = {name: measure(pages, reader) for name, reader in readers.items()}
    _print(pages, measured)
    if given.json:
        record = {
            name: {"pages_a_second": speed, "pages": [asdict(one) for one in scores]}
            for name, (scores, speed) in measured.items()
        }
        given.json.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")


def _print(pages: Sequence[Page], measured: dict[str, tuple[list[Score], float]]) -> None:
    columns = ("title", "same_title", "date", "precision", "recall", "f1", "authors")
    print(f"{len(pages)} pages; means with the 95 % interval of {DRAWS:,} bootstrap draws\n")
    print("| | " + " | ".join(measured) + " |\n|---" + "|---" * len(measured) + "|")
    for column in columns:
        cells = []
        for scores, _ in measured.values():
            values = [value for one in scores if (value := getattr(one, column)) is not None]
            mean, low, high = interval(values)
            cells.append(f"{mean:.3f} ({low:.3f}–{high:.3f})")
        print(f"| {column.replace('_', ' ')} | " + " | ".join(cells) + " |")
    speeds = [speed for _, speed in measured.values()]
    print("| pages a second | " + " | ".join(f"{speed:.1f}" for speed in speeds) + " |")
    print(f"| against trafilatura | {speeds[0] / speeds[-1]:.2f} | 1 |\n")
    counts = [
        Counter(cause for one in scores for cause in one.causes) for scores, _ in measured.values()
    ]
    print("| pages where | " + " | ".join(measured) + " |\n|---" + "|---" * len(measured) + "|")
    for cause in sorted(set().union(*counts)):
        print(f"| {cause} | " + " | ".join(str(count[cause]) for count in counts) + " |")


if __name__ == "__main__":
    main()
