"""Documents in batches, each encoded together and committed in one transaction.

A batch is small enough that little is lost to an interruption, and large enough that the
encoder and the disk are used well.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from index.datatypes import Cancelled, Document, Failure, Outcome, Renamed
from index.intake.encoding import Headed, encode
from index.intake.naming import Names
from index.models.encoder import Encoder
from index.storage.store import Store
from index.storage.writer import Content, Writer, content_key

_BATCH_CHARACTERS = 120_000
_BATCH_DOCUMENTS = 128


class Kept(NamedTuple):
    """A document under the id that it is kept under, and what adding did with it."""

    document: Document
    outcome: Outcome


def batches(documents: Iterable[Document], is_cancelled: Cancelled) -> Iterator[list[Document]]:
    """Neighbouring documents, about as many as fit one transaction, until it is cancelled."""
    batch: list[Document] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document.text)
        if characters >= _BATCH_CHARACTERS or len(batch) >= _BATCH_DOCUMENTS:
            yield batch
            batch, characters = [], 0
        if is_cancelled():
            break
    if batch:
        yield batch


def without_known(
    documents: Iterable[Document | Failure],
    names: Names,
    outcomes: Counter[Outcome],
    failed: list[Failure],
    is_cancelled: Cancelled,
) -> Iterator[Document]:
    """The documents that are new, changed or moved; the others, and the failures, are put down.

    An id that has been given out is given out again: of one id twice the last is to be kept.
    """
    given: set[str] = set()
    for document in documents:
        if is_cancelled():
            return
        if isinstance(document, Failure):
            failed.append(document)
        elif _given_id(document) not in given and names.is_known(document):
            outcomes[Outcome.UNCHANGED] += 1
        else:
            given.add(_given_id(document))
            yield document


def _given_id(document: Document) -> str:
    return document.given_id or document.id


def commit(documents: list[Document], store: Writer, encoder: Encoder, names: Names) -> list[Kept]:
    """Split, encode and keep `documents` in one transaction, and say what became of each."""
    contents = _encode_new(documents, store, encoder)
    with store.database.writing():
        if store.encoder() is None:
            store.set_encoder(encoder.identity)
        kept = [_keep(one, store, contents, names) for one in documents]
        store.drop_orphans()
    return kept


def _keep(document: Document, store: Writer, contents: Mapping[str, Content], names: Names) -> Kept:
    if document.superseded_by:
        named = names.named(document)
        return Kept(named, store.put_version(named))
    if aside := names.set_aside(document):
        store.put(aside, None)
    named = names.named(document)
    names.keep(document, named)
    return Kept(named, store.put(named, contents.get(content_key(named))))


def renamed(document: Document, named: Document, outcome: Outcome) -> Iterator[Renamed]:
    """What is to be said of a document that is new, where its own id was another article's."""
    is_new = outcome in (Outcome.ADDED, Outcome.DUPLICATE)
    if is_new and named.id != document.id and not document.superseded_by:
        yield Renamed(id=document.id, kept_as=named.id, path=named.path, line=named.line)


def _encode_new(documents: list[Document], store: Store, encoder: Encoder) -> dict[str, Content]:
    """The contents of `documents` that the archive has not yet, by key."""
    by_key = {
        content_key(one): Headed(one.title, one.text) for one in documents if not one.superseded_by
    }
    new = {key: one for key, one in by_key.items() if store.content_number(key) is None}
    return encode(new, encoder)
