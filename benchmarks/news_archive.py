"""Writes the articles that a third of `tests/news` is asked of, as JSONL that `onrecord add` reads.

They are those that its questions and dialogues are about, those that only seem to answer, and
every twelfth other dispatch of Reuters-21578 that has at least 400 characters, so that there is
something to search. A dispatch that repeats one of the first kind is left out.

    python benchmarks/news_archive.py OUT.jsonl --part report [--data FOLDER]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from saved_pages import DATA, ROOT, Page, pages_in

from qa.training.reuters import Dispatch, dispatches

QUESTIONS = ROOT / "tests" / "news"
PARTS = ("tune", "confidence", "report")

LEAST_CHARACTERS = 400
EVERY = 12
_SAME_BEGINNING = 150
"""Two stories with as many characters in common at the beginning are one."""

Record = dict[str, Any]


def questions(part: str) -> list[Record]:
    """The judged questions of a third."""
    return _lines(QUESTIONS / f"{part}.jsonl")


def dialogues(part: str) -> list[Record]:
    """Its judged dialogues."""
    return _lines(QUESTIONS / "dialogues" / f"{part}.jsonl")


def named(part: str) -> set[str]:
    """The ids of the articles that answer, deny or tempt."""
    turns = [turn for dialogue in dialogues(part) for turn in dialogue["turns"]]
    ids = {one for turn in turns for one in turn["documents"]}
    for question in questions(part):
        ids.update(question["documents"], question["tempts"])
    return ids


def articles(part: str, data: Path) -> Iterator[Record]:
    """The records: first those that are named, then the others.

    Raises:
        LookupError: one that is named is not in the data.
    """
    wanted = named(part)
    found = {_id(dispatch): dispatch for dispatch in dispatches(data / "reuters21578")}
    chosen = [dispatch for one, dispatch in found.items() if one in wanted]
    records = [_dispatch_record(dispatch) for dispatch in chosen]
    pages = pages_in(data / "messy" / "pages")
    records += [_page_record(page) for page in pages if _page_id(page) in wanted]
    if missing := wanted - {record["id"] for record in records}:
        raise LookupError(f"not in {data}: {', '.join(sorted(missing))}")
    yield from records
    titles, beginnings = set(map(_title, chosen)), set(map(_beginning, chosen))
    others = [
        dispatch
        for dispatch in found.values()
        if len(dispatch.body) >= LEAST_CHARACTERS
        and _title(dispatch) not in titles
        and _beginning(dispatch) not in beginnings
    ]
    yield from map(_dispatch_record, others[::EVERY])


def _lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _id(dispatch: Dispatch) -> str:
    return f"reuters-{dispatch.number}"


def _dispatch_record(dispatch: Dispatch) -> Record:
    return dispatch.record() | {
        "id": _id(dispatch),
        "title": _folded(dispatch.title),
        "text": dispatch.body,
    }


def _page_id(page: Page) -> str:
    return f"{page.name}.html.gz"


def _page_record(page: Page) -> Record:
    known = page.expected
    outlet, _, _ = page.name.partition("_")
    record = {"id": _page_id(page), "title": known.title, "source": outlet, "text": known.text}
    if known.published:
        record["published"] = known.published.isoformat()
    if known.authors:
        record["authors"] = list(known.authors)
    return record


def _title(dispatch: Dispatch) -> str:
    return _folded(dispatch.title).lower()


def _beginning(dispatch: Dispatch) -> str:
    return _folded(dispatch.body)[:_SAME_BEGINNING]


def _folded(text: str) -> str:
    return " ".join(text.split())


def main(arguments: Sequence[str] | None = None) -> None:
    """Write them, and say how many they are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    parser.add_argument("--part", choices=PARTS, required=True)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    given = parser.parse_args(arguments)
    try:
        records = list(articles(given.part, given.data))
    except LookupError as error:
        sys.exit(str(error))
    with given.out.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    print(f"{given.out}: {len(records)} articles")


if __name__ == "__main__":
    main()
