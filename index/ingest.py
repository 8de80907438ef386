"""Documents in batches, each encoded together and committed in one transaction.

A batch is small enough that little is lost to an interruption, and large enough that the
encoder and the disk are used well.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from index.datatypes import Cancelled, Document, Failure, Outcome, Span
from index.models.encoder import Encoder, PassageText, PassageVectors
from index.read.source import is_there
from index.storage.store import Store
from index.storage.writer import Content, Writer, content_key
from index.text.sentences import SplitPassage, split_passages

_BATCH_CHARACTERS = 120_000
_BATCH_DOCUMENTS = 128
_PASSAGES_AT_ONCE = 512


class Headed(NamedTuple):
    """A text, and the headline that it is read under."""

    headline: str
    text: str


class EncodedPassage(NamedTuple):
    """The spans of a passage's sentences in its text, and their vectors with the passage's."""

    sentences: tuple[Span, ...]
    vectors: PassageVectors


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
    store: Store,
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
        elif document.id not in given and _is_known(document, store):
            outcomes[Outcome.UNCHANGED] += 1
        else:
            given.add(document.id)
            yield document


def _is_known(document: Document, store: Store) -> bool:
    """Whether the archive has it as it is, from this file or from another that is still there."""
    if store.fingerprint(document.id) != document.fingerprint:
        return False
    path = store.path_of(document.id)
    return path == document.path or is_there(Path(path))


def commit(documents: list[Document], store: Writer, encoder: Encoder) -> list[Outcome]:
    """Split, encode and keep `documents` in one transaction, and say what became of each."""
    contents = _encode_new(documents, store, encoder)
    with store.database.writing():
        if store.encoder() is None:
            store.set_encoder(encoder.identity)
        outcomes = [
            store.put_version(document)
            if document.superseded_by
            else store.put(document, contents.get(content_key(document)))
            for document in documents
        ]
        store.drop_orphans()
    return outcomes


def encode(texts: Mapping[str, Headed], encoder: Encoder) -> dict[str, Content]:
    """Split each text to the encoder's window and encode all their passages together."""
    split = {
        key: split_passages(
            one.text, window=encoder.window(one.headline), count_tokens=encoder.count_tokens
        )
        for key, one in texts.items()
    }
    passages = [
        _as_read(texts[key], passage) for key, passages in split.items() for passage in passages
    ]
    vectors = iter(
        vectors
        for start in range(0, len(passages), _PASSAGES_AT_ONCE)
        for vectors in encoder.encode_passages(passages[start : start + _PASSAGES_AT_ONCE])
    )
    return {
        key: Content(
            key=key,
            headline=texts[key].headline,
            text=texts[key].text,
            passages=tuple(passages),
            vectors=tuple(next(vectors) for _ in passages),
        )
        for key, passages in split.items()
    }


def encode_text(text: str, encoder: Encoder) -> list[EncodedPassage]:
    """The passages of a text that belongs to no archive, in order."""
    content = encode({"": Headed("", text)}, encoder)[""]
    return [
        EncodedPassage(passage.sentences, vectors)
        for passage, vectors in zip(content.passages, content.vectors, strict=True)
    ]


def _encode_new(documents: list[Document], store: Store, encoder: Encoder) -> dict[str, Content]:
    """The contents of `documents` that the archive has not yet, by key."""
    by_key = {
        content_key(one): Headed(one.title, one.text) for one in documents if not one.superseded_by
    }
    new = {key: one for key, one in by_key.items() if store.content_number(key) is None}
    return encode(new, encoder)


def _as_read(headed: Headed, passage: SplitPassage) -> PassageText:
    return PassageText(
        headline=headed.headline,
        text=headed.text[passage.start : passage.end],
        sentences=tuple(
            Span(start - passage.start, end - passage.start) for start, end in passage.sentences
        ),
    )
