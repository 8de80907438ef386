"""What the tests share: folders of articles, an encoder whose vectors are known, the real one."""

import contextlib
import hashlib
import importlib
import json
import math
import os
import re
import socket
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from index import Archive, Document, Silent
from index.models import EncoderIdentity, PassageText, PassageVectors, SentenceTransformerEncoder
from qa import Reader
from tests.skips import NO_DATA, Skips

ROOT = Path(__file__).resolve().parent.parent
LONG = bool(os.environ.get("ONRECORD_LONG"))
"""Whether everything is made that is too long for each run: `make test-long`."""

# Consoles that are made while these are set keep to them, whatever a test sets.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
importlib.import_module("qa.cli.console")

settings.register_profile(
    "here",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("here")


def pytest_addoption(parser):
    parser.addoption(
        "--on-servers",
        action="store_true",
        help="keep each archive on PostgreSQL and Milvus, which are started for it",
    )


def pytest_configure(config):
    config.pluginmanager.register(Skips(config))


def pytest_collection_modifyitems(config, items):
    """Skip what is long; on servers, leave out what is about an archive in a folder."""
    for item in items:
        if item.get_closest_marker("long") and not LONG:
            item.add_marker(pytest.mark.skip(reason="long: make test-long makes it"))
    if config.getoption("--on-servers"):
        about_files = [item for item in items if item.get_closest_marker("in_a_folder")]
        config.hook.pytest_deselected(items=about_files)
        items[:] = [item for item in items if item not in about_files]


@pytest.fixture(autouse=True, scope="session")
def _servers(request):
    """PostgreSQL and Milvus for all archives, where they were asked for."""
    if not request.config.getoption("--on-servers"):
        yield
        return
    from tests.cluster import servers

    with contextlib.ExitStack() as started:
        postgres = started.enter_context(contextlib.closing(servers.Postgres()))
        milvus = started.enter_context(contextlib.closing(servers.Milvus()))
        started.enter_context(servers.every_archive_on(postgres, milvus))
        yield


@lru_cache(maxsize=100_000)
def _word_vector(word: str, salt: str, dimension: int) -> np.ndarray:
    seed = hashlib.sha256(f"{salt}:{word}".encode()).digest()[:8]
    vector = np.random.default_rng(int.from_bytes(seed, "little")).standard_normal(dimension)
    return vector / np.linalg.norm(vector)


class WordEncoder:
    """An `Encoder` that anybody can reckon: a text's vector is the sum of its words', unit norm.

    Each word has a vector of its own, made from its SHA-256. A text without words has the
    vector of the empty word.
    """

    def __init__(
        self, *, name: str = "words", dimension: int = 32, limit: int = 40, salt: str = ""
    ) -> None:
        self._salt = salt
        self._limit = limit
        sha256 = hashlib.sha256(f"{name}{salt}{dimension}".encode()).hexdigest()
        self.identity = EncoderIdentity(name=name, sha256=sha256, dimension=dimension)
        self.languages = "all"

    def window(self, headline: str) -> int:
        return self._limit - min(len(headline.split()), self._limit // 4)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        return [
            PassageVectors(
                passage=self.vector(f"{passage.headline} {passage.text}"),
                sentences=np.stack(
                    [self.vector(passage.text[start:end]) for start, end in passage.sentences]
                ),
            )
            for passage in passages
        ]

    def encode_question(self, question: str) -> np.ndarray:
        return self.vector(question)

    def vector(self, text: str) -> np.ndarray:
        words = re.findall(r"\w+", text.casefold()) or [""]
        dimension = self.identity.dimension
        # An exact sum, so that the order of the words makes no difference whatever.
        rows = [_word_vector(word, self._salt, dimension) for word in words]
        total = np.array([math.fsum(column) for column in zip(*rows, strict=True)])
        return (total / np.linalg.norm(total)).astype(np.float32)


def write_jsonl(path: Path, records: Iterable[object]) -> Path:
    """Write one record a line."""
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    path.write_bytes("".join(lines).encode())
    return path


class Recorder(Silent):
    """A `Progress` that remembers what it was told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.parts: list[float] = []
        self.done: list[str] = []
        self.told: list[tuple[str, str]] = []

    def files(self, total: int) -> None:
        self.total = total

    def part_done(self, path: str, share: float) -> None:
        assert path not in self.done
        self.parts.append(share)

    def file_done(self, path: str) -> None:
        self.done.append(path)

    def committed(self, document_id: str, outcome: str) -> None:
        self.told.append((document_id, str(outcome)))


@pytest.fixture(name="encoder")
def _encoder() -> WordEncoder:
    """A quick encoder with known vectors."""
    return WordEncoder()


@pytest.fixture(name="make_encoder", scope="session")
def _make_encoder() -> type[WordEncoder]:
    """The class of `encoder`, for one with another name, dimension or window."""
    return WordEncoder


@contextlib.contextmanager
def _no_network():
    """Within it, whatever looks up a name or connects to anything fails."""

    def refuse(*args):
        raise AssertionError(f"loading the model reached for the network: {args[1:]}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(name="real_encoder", scope="session")
def _real_encoder() -> SentenceTransformerEncoder:
    """The packaged model, loaded once, with no way to a network."""
    with _no_network():
        encoder = SentenceTransformerEncoder.load()
        encoder.encode_question("Is it loaded?")
    return encoder


@pytest.fixture(name="real_reader", scope="session")
def _real_reader() -> Reader:
    """The packaged reader, loaded once, with no way to a network."""
    with _no_network():
        reader = Reader.load()
        reader.read("Is it loaded?", "It is.")
    return reader


@pytest.fixture(name="archive")
def _archive(tmp_path, encoder):
    """An empty archive."""
    with Archive.open(tmp_path / "archive", encoder=encoder) as archive:
        yield archive


@pytest.fixture(name="recorder")
def _recorder() -> Recorder:
    return Recorder()


@pytest.fixture(name="jsonl", scope="session")
def _jsonl():
    """A function that writes records to a JSONL file."""
    return write_jsonl


@pytest.fixture(name="put")
def _put(archive):
    """A function that adds documents to `archive`: `put(id="a", text="…")`, or many at once."""

    def put(*records, **fields):
        documents = [
            Document(**{"path": f"/news/{record['id']}.txt", **record})
            for record in (*records, *([fields] if fields else []))
        ]
        return archive.add_documents(documents)

    return put


@pytest.fixture(name="seeds", scope="session")
def _seeds() -> Path:
    """The folder with the article that comes with the program."""
    return ROOT / "seeds"


@pytest.fixture(name="test_data", scope="session")
def _test_data() -> Path:
    """The folder of data that is too large, or not free enough, to come with the program."""
    folder = Path(os.environ.get("ONRECORD_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"{NO_DATA} in {folder}; name its folder in ONRECORD_TEST_DATA")
    return folder
