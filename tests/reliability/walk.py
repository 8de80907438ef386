"""Random walks over all that can be done to an archive, beside a model of it in memory.

The model is a dict of records and one of former versions. After each step the archive shows just
what the model has, to a reader too that was open all along, and `verify` is clean.
"""

import datetime as dt
import itertools
import os
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from index import Archive, Document, Outcome
from index.datatypes import sha256_of
from index.errors import NoDocument
from qa.output.json import export_json
from tests.conftest import write_jsonl
from tests.reliability import scenario
from tests.reliability.scenario import State, Told, Wrong

STEPS = 50
"""How many steps one experiment takes."""

_FILES = ("a.jsonl", "b.jsonl", "deep/c.jsonl")
_ARTICLES = 12
_LONG_AGO = 1_600_000_000

Record = dict[str, str]


def experiment(seed: int, folder: Path) -> int:
    """Walk at random, as a number says; every step counts as one trial."""
    walk = Walk(folder, random.Random(seed))
    try:
        for _ in range(STEPS):
            walk.step()
        walk.compare()
    except Exception as error:
        error.add_note("\n".join(walk.taken))
        raise
    walk.close()
    return STEPS


class Walk:
    """An archive, a folder of articles, and what must come of them."""

    def __init__(self, folder: Path, numbers: random.Random) -> None:
        self.taken: list[str] = []
        self._folder = folder
        self._articles = folder / "articles"
        self._articles.mkdir(parents=True)
        self._numbers = numbers
        self._names = itertools.count()
        self._clock = itertools.count(_LONG_AGO)
        self._files: dict[Path, list[Record]] = {}
        self._damaged: set[Path] = set()
        self._documents: dict[str, Record] = {}
        self._paths: dict[str, Path] = {}
        self._versions: dict[str, tuple[str, Record]] = {}
        self._encoder = "words"
        self._open(folder / "archive")

    def step(self) -> None:
        """Do something that can be done now, and look at all that there is."""
        steps: dict[Callable[[], object], int] = {self.write: 6, self.reopen: 1, self.repair: 1}
        if self._files:
            steps |= {self.add: 6, self.stop: 2, self.delete: 2, self.prune: 2}
        if self._documents:
            steps |= {self.remove: 2, self.refuse: 1, self.reencode: 1, self.damage: 1}
            steps |= {self.export: 1, self.compare: 1}
        (chosen,) = self._numbers.choices(list(steps), list(steps.values()))
        self.taken.append(chosen.__name__)
        chosen()
        self._look()

    # Files

    def write(self) -> None:
        """Write a file, perhaps in the place of one, and perhaps with a line that is no record."""
        first = self._numbers.randrange(len(_FILES))
        path = self._articles / _FILES[first]
        path.parent.mkdir(exist_ok=True)
        # No two files have an article in common, and no file has one twice.
        some = [self._record(first) for _ in range(self._numbers.randint(1, 6))]
        records = list({record["id"]: record for record in some}.values())
        write_jsonl(path, records)
        self._files[path] = records
        self._damaged.discard(path)
        if not self._numbers.randrange(6):
            path.write_bytes(b"{\n" + path.read_bytes())
            self._damaged.add(path)
        now = next(self._clock)
        os.utime(path, (now, now))
        self._note(path.name, *(f"{one['id']} “{one['text'][:7]}”" for one in records))

    def _record(self, first: int) -> Record:
        """An article of a file: itself, under another headline, copied, or nearly so."""
        number = self._numbers.randrange(first, _ARTICLES, len(_FILES))
        record = scenario.article(number, self._numbers.randrange(3))
        match self._numbers.randrange(6):
            case 0:
                record["title"] = "Told anew"
            case 1:
                record |= {"id": f"copy{number}", "title": "Copied"}
            case 2:
                record |= {"id": f"near{number}", "text": record["text"].replace("came", "went", 1)}
        return record

    def delete(self) -> None:
        """Delete a file; its articles stay until they are pruned."""
        path = self._numbers.choice(sorted(self._files))
        self._note(path.name)
        path.unlink()
        del self._files[path]
        self._damaged.discard(path)

    # Writing

    def add(self) -> None:
        """Add all files; those that are not there any more are named."""
        self._add(reread=not self._numbers.randrange(4))

    def prune(self) -> None:
        """Add all files, and remove what came of those that are not there any more."""
        self._add(prune=True)
        self._forget([one for one, path in self._paths.items() if path not in self._files])

    def _add(self, **how: bool) -> None:
        gone = [path for path in self._paths.values() if path not in self._files]
        before, told = len(self._documents), _Heard()
        report = self._archive.add([self._articles], progress=told, **how)
        self._apply(told.heard)
        there = {record["id"]: record for records in self._files.values() for record in records}
        _must_equal("what was added", {one: self._documents.get(one) for one in there}, there)
        _must_equal(
            "the report",
            [
                report.added + report.duplicates,
                report.added + report.duplicates + report.updated + report.unchanged,
                sorted(report.vanished),
                report.pruned,
                sorted(one.path for one in report.failed),
            ],
            [
                len(self._documents) - before,
                len(there),
                sorted({str(path) for path in gone}),
                len(gone) if how.get("prune") else 0,
                sorted(map(str, self._damaged)),
            ],
        )

    def stop(self) -> None:
        """Stop an add when so many articles are safe: those are there."""
        after, told = self._numbers.randint(1, 8), _Heard()
        self._archive.add([self._articles], progress=told, is_cancelled=lambda: told.count >= after)
        self._note(told.count)
        self._apply(told.heard)

    def remove(self) -> None:
        """Remove some articles, or former versions."""
        known = sorted((*self._documents, *self._versions))
        ids = self._numbers.sample(known, min(len(known), self._numbers.randint(1, 3)))
        if any(self._versions[one][0] in ids for one in ids if one in self._versions):
            ids = ids[:1]  # a version is not there any more when its document was removed
        self._note(*ids)
        _must_equal("removed", self._archive.remove(ids), len(ids))
        self._forget(ids)

    def refuse(self) -> None:
        """Remove an article together with one that is not there: nothing is removed."""
        try:
            self._archive.remove([self._numbers.choice(sorted(self._documents)), "unknown"])
        except NoDocument:
            return
        raise Wrong("removed what was never there")

    def reencode(self) -> None:
        """Make all vectors anew with the other encoder."""
        self._encoder = {"words": "other", "other": "words"}[self._encoder]
        self._archive.reencode(scenario.encoder(self._encoder))
        self._reader.close()
        self._reader = scenario.open_archive(self._place, self._encoder)

    # Keeping

    def reopen(self) -> None:
        """Close the archive, and open it."""
        self.close()
        self._open(self._place)

    def repair(self) -> None:
        """Make what is derived anew: it is as it was."""
        before = _answers(self._archive)
        scenario.check_repaired(self._archive)
        _must_equal("repaired", _answers(self._archive), before)

    def damage(self) -> None:
        """Flip a bit of a snapshot: verify finds it, no answer changes, and repair mends it."""
        before = _answers(self._archive)
        path = max(self._place.glob("passages-*"))
        data = bytearray(path.read_bytes())
        data[self._numbers.randrange(len(data))] ^= 1 << self._numbers.randrange(8)
        path.write_bytes(data)
        with scenario.open_archive(self._place, self._encoder) as opened:
            if opened.verify().is_clean:
                raise Wrong(f"{path.name} is damaged, and verify finds nothing")
            _must_equal("damaged", _answers(opened), before)
            scenario.check_repaired(opened)

    def export(self) -> None:
        """Write all articles out, and go on with a new archive that has taken them in."""
        path = self._folder / "export.jsonl"
        write_jsonl(path, map(export_json, self._archive.documents(versions=True)))
        before = _answers(self._archive)
        self.close()
        self._open(self._new_place())
        self._archive.add([path])
        _must_equal("exported and added", _answers(self._archive), before)

    def compare(self) -> None:
        """Each answer is that of an archive which never had anything but what is there now."""
        with scenario.open_archive(self._new_place(), self._encoder) as anew:
            anew.add_documents(
                Document(
                    **record | {"published": dt.date.fromisoformat(record["published"])},
                    path=str(self._paths[one]),
                )
                for one, record in self._documents.items()
            )
            expected = _answers(anew)
        for archive in (self._archive, self._reader):
            _must_equal("made anew", _answers(archive), expected)
        for found in expected.values():
            for _, shown, *_, copies in found:
                _must_equal(f"the copies of {shown}", copies, self._copies(shown))

    # The model

    def _apply(self, told: Sequence[tuple[str, Outcome]]) -> None:
        """Do to the model what an add says that it has done, and see that it says right."""
        there = {
            record["id"]: (path, record)
            for path, records in self._files.items()
            for record in records
        }
        for one, outcome in told:
            path, record = there[one]
            former = self._documents.get(one)
            if former:
                expected = Outcome.UNCHANGED if former == record else Outcome.UPDATED
            elif any(record["text"] == other["text"] for other in self._documents.values()):
                expected = Outcome.DUPLICATE
            else:
                expected = Outcome.ADDED
            _must_equal(f"the outcome of {one}", outcome, expected)
            if former and former["text"] != record["text"]:
                version = f"{one}@{sha256_of(former['text'])[:8]}"
                self._versions.setdefault(version, (one, former))
            self._documents[one], self._paths[one] = record, path

    def _forget(self, ids: Iterable[str]) -> None:
        gone = set(ids)
        for one in gone & self._documents.keys():
            del self._documents[one], self._paths[one]
        self._versions = {
            one: (of, record)
            for one, (of, record) in self._versions.items()
            if not {one, of} & gone
        }

    def _copies(self, shown: str) -> list[str]:
        """The other documents with the text of one, or nearly so."""
        texts = {
            one: record["text"].replace("went", "came") for one, record in self._documents.items()
        }
        return sorted(one for one in texts if one != shown and texts[one] == texts[shown])

    def _look(self) -> None:
        expected = [(one, record, str(self._paths[one])) for one, record in self._documents.items()]
        former = [
            (one, record, str(self._paths[of])) for one, (of, record) in self._versions.items()
        ]
        for archive in (self._archive, self._reader):
            shown = [
                (one.id, _record_of(one), one.path) for one in archive.documents(versions=True)
            ]
            _must_equal("documents", shown[: len(expected)], expected)
            _must_equal("versions", shown[len(expected) :], former)
        scenario.check_sound(self._archive)

    # The archive

    def _open(self, place: Path) -> None:
        self._place = place
        self._archive = scenario.open_archive(place, self._encoder)
        self._reader = scenario.open_archive(place, self._encoder)

    def close(self) -> None:
        self._reader.close()
        self._archive.close()

    def _new_place(self) -> Path:
        return self._folder / f"archive-{next(self._names)}"

    def _note(self, *what: object) -> None:
        self.taken[-1] += f" {', '.join(map(str, what))}"


class _Heard(Told):
    """What an add told of, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, Outcome]] = []

    def committed(self, document_id: str, outcome: str) -> None:
        super().committed(document_id, outcome)
        self.heard.append((document_id, Outcome(outcome)))


def _record_of(document: Document) -> Record:
    """The record that a document, or a former version, was made of."""
    assert document.published
    fields = {
        "id": document.superseded_by or document.id,
        "text": document.text,
        "title": document.title,
        "published": document.published.isoformat(),
        "url": document.url,
    }
    return {name: value for name, value in fields.items() if value}


def _answers(archive: Archive) -> State:
    return {query: scenario.hits(archive, query) for query in scenario.QUERIES}


def _must_equal(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise Wrong(f"{what}: {found}, and not {expected}")
