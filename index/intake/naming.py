"""Under which id a document is kept: its own, or where another article has that, one made from it.

The id that a record was given is its own only within its file or its address: two exports whose
records are numbered from 1 have nothing to do with each other. Of one id, a document is the article
that comes from the same file, has the same text, lies at the same address, or is a near-copy; else
it is another article, and is kept under the id with the name of its file, as `1~2020.csv`.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from index.datatypes import MADE_FROM, Document
from index.read.metadata import canonical_form, one_line
from index.read.source import is_there
from index.storage.documents import Namesake
from index.storage.store import Store
from index.storage.writer import former_id
from index.text import near_duplicates

_SEPARATOR = re.compile(r"[/\\]")


class Names:
    """Names documents as one run reads them, in their order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept_as: dict[str, str] = {}
        """Ids as they were read, and those that the last article of each is kept under."""
        self._elsewhere: dict[str, tuple[str, int | None]] = {}
        """Documents that another file than their own was found to have as well, and its line."""

    def named(self, document: Document) -> Document:
        """The document under the id that it is kept under. Nothing changes by asking."""
        if document.superseded_by:
            return self._version(document)
        base = document.given_id or document.id
        same = self._same(document)
        name = same.id if same else next(filter(self._is_free, _names(document, base)))
        return replace(document, id=name, given_id="" if name == base else base)

    def keep(self, document: Document, named: Document) -> None:
        """Note under which id a document is kept: the former versions that follow go with it."""
        if named.id == document.id:
            self._kept_as.pop(document.id, None)
        else:
            self._kept_as[document.id] = named.id

    def is_known(self, document: Document) -> bool:
        """Whether the archive has a document as it is, from its file or another that is there.

        So it has, too, when a later text of another file has taken the place of the document's:
        that the earlier file still says what it said is no news.
        """
        named = self.named(document)
        kept = self._store.fingerprint(named.id)
        path = self._store.path_of(named.id) if kept else ""
        if not kept or not (path == named.path or is_there(Path(path))):
            return False
        if kept == named.fingerprint:
            if path != named.path:
                self._elsewhere[named.id] = (named.path, named.line)
        elif path == named.path or self._store.version_path(former_id(named)) != named.path:
            return False
        self.keep(document, named)
        return True

    def set_aside(self, document: Document) -> Document | None:
        """The article in whose file `document` has come to lie, and which now lies in another.

        An export was renamed, and the next one written in its place, with the same ids.
        """
        same = self._same(document) if self._elsewhere else None
        if same is None or same.id not in self._elsewhere or _is_like(document, same):
            return None
        path, line = self._elsewhere.pop(same.id)
        return replace(self._store.document(same.id), path=path, line=line)

    def _same(self, document: Document) -> Namesake | None:
        """What the archive has of the article, by its id and whatever else tells it."""
        base = document.given_id or document.id
        known = self._store.namesakes(base)
        here = [one for one in known if one.path == document.path]
        for among in (here, known):
            for one in among:
                if one.sha256 == document.sha256:
                    return one
            if among is here and here:
                return here[-1]
        at_address = [one for one in known if _addresses(document) & _addresses(one)]
        return at_address[-1] if at_address else _likest(document, known)

    def _version(self, document: Document) -> Document:
        name = self._kept_as.get(document.superseded_by)
        if name is None:
            return document
        base = document.given_id or document.superseded_by
        kept = replace(document, id=name, superseded_by=name, given_id="" if name == base else base)
        return replace(kept, id=former_id(kept))

    def _is_free(self, name: str) -> bool:
        return not self._store.has(name)


def _names(document: Document, base: str) -> Iterator[str]:
    """Ids for a document, the plainest first; none twice."""
    yield document.id
    parts = _SEPARATOR.split(one_line(document.path))
    for count in range(1, len(parts) + 1):
        yield f"{base}{MADE_FROM}{'/'.join(parts[-count:])}"
    for number in itertools.count(2):
        yield f"{base}{MADE_FROM}{'/'.join(parts)}{MADE_FROM}{number}"


def _is_like(document: Document, kept: Namesake) -> bool:
    """Whether what is kept is the document's article by what they say, or where they were found."""
    return (
        document.sha256 == kept.sha256
        or bool(_addresses(document) & _addresses(kept))
        or _likest(document, [kept]) is not None
    )


def _addresses(one: Document | Namesake) -> set[str]:
    return {canonical_form(address) for address in (one.url, one.canonical_url) if address}


def _likest(document: Document, known: Sequence[Namesake]) -> Namesake | None:
    """The one whose text is likest to the document's, where one is a near-copy."""
    signed = [one for one in known if one.signature]
    sketch = near_duplicates.signature(document.text) if signed else None
    if sketch is None:
        return None
    found = [(near_duplicates.likeness(sketch, one.signature), one) for one in signed]
    likeness, likest = max(found, key=lambda pair: pair[0])
    return likest if likeness >= near_duplicates.ALIKE else None
