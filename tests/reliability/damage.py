"""Bits that flip, pages that turn to zeros, and files that lose their ends.

Whatever is damaged, an answer is the right one or an error of ours; and where anything that is
shown has changed, `verify` says so and what to do.
"""

import random
from pathlib import Path
from typing import Any

from index import Archive, OnRecordError
from tests.reliability import scenario
from tests.reliability.faults import Bench
from tests.reliability.scenario import State, Wrong

_FILES = ("archive.sqlite", "passages-*")
_SHARE_CUT, _SHARE_ZEROS = 0.1, 0.1
_PAGE = 4096


def experiment(seed: int, folder: Path) -> int:
    """Damage a file of an archive in one place, and look at all there is."""
    bench = Bench("add", folder.with_name("faults-shared"))
    numbers = random.Random(seed)
    archive = folder / "archive"
    bench.copy_to(archive)
    path = numbers.choice([one for name in _FILES for one in sorted(archive.glob(name))])
    done = _damage(path, numbers)
    expected = bench.course.moments[0].state
    try:
        with scenario.open_archive(archive) as opened:
            findings = opened.verify().findings
            is_whole = _look(opened, expected, done)
    except OnRecordError as error:  # it does not open, which is as good as a finding
        scenario.check_error(error)
        return 1
    if not is_whole and not findings:
        raise Wrong(f"{done}, which is seen, and verify finds nothing")
    if not all(finding.remedy for finding in findings):
        raise Wrong(f"{done}, and verify does not say what to do: {findings}")
    return 1


def _look(archive: Archive, expected: State, done: str) -> bool:
    """Whether all is as it was. Raises Wrong where something is shown that was not."""
    is_whole = True
    for document_id, text in expected["texts"].items():
        try:
            found = archive.document(document_id).text
        except OnRecordError as error:
            scenario.check_error(error)
            is_whole = False
        else:
            if found != text:
                raise Wrong(f"{done}, and {document_id} has another text")
    for query, hits in expected["answers"].items():
        try:
            shown = scenario.hits(archive, query)
        except OnRecordError as error:
            scenario.check_error(error)
            is_whole = False
        else:
            more = {_said(one) for one in shown} - {_said(one) for one in hits}
            if more:
                raise Wrong(f"{done}, and {query!r} gives {more}")
            is_whole &= shown == hits
    return is_whole


def _said(hit: list[Any]) -> tuple[Any, ...]:
    """What is shown of a hit: the document, the place, the words. A score is derived."""
    return tuple(hit[1:4])


def _damage(path: Path, numbers: random.Random) -> str:
    data = bytearray(path.read_bytes())
    place = numbers.randrange(len(data))
    share = numbers.random()
    if share < _SHARE_CUT:
        path.write_bytes(data[:place])
        return f"{path.name} cut at byte {place}"
    if share > 1 - _SHARE_ZEROS:
        place -= place % _PAGE
        page = data[place : place + _PAGE]
        path.write_bytes(data[:place] + bytes(len(page)) + data[place + len(page) :])
        return f"page at byte {place} of {path.name} turned to zeros"
    bit = numbers.randrange(8)
    data[place] ^= 1 << bit
    path.write_bytes(data)
    return f"bit {bit} of byte {place} of {path.name} flipped"
