"""Reading and encoding on a Ray cluster: files in, documents with their vectors out.

Each file is read by a task of Ray Data's, in a process of its own with the reader's limits, and
encoded by an actor that has loaded the encoder once. The archive's one writer takes the results in
the files' order, and keeps them as ever; so what is lost with a worker or a node is done again by
another, and nothing is kept twice. `docs/adr/0016-ray.md` has what else was looked at.

Leaves out: GPUs, and one file in parts. Every node has On Record installed, and the files at the
same paths.
"""

import contextlib
import logging
import os
import pickle
import socket
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import ray
import ray.data
from ray.exceptions import RayError

from index.datatypes import Document, Failure, Progress, Silent
from index.errors import ArchiveError, InvalidInput
from index.intake import encoding
from index.models.encoder import Encoder, PassageText, PassageVectors, Vector
from index.read import read_all
from index.read.source import shown
from index.storage.writer import content_key

LOCAL = "local"
_LEAST_PROCESSORS = 2
"""One that encodes, and one that reads for it."""

_FILES_AT_ONCE = 16
"""So many are read by one task, which starts a process to read them."""

_MOST_KNOWN = 20_000
_SECONDS = 10


class RayWorkers:
    """The processes of a Ray cluster: a `Workers`.

    Attributes:
        encoder: to open the archive with; it knows the vectors of what was just read.
    """

    def __init__(self, address: str, load: Callable[[], Encoder]) -> None:
        """Connect to a cluster, or with `local` start one of this machine's processors.

        Args:
            address: `HOST:PORT`, `auto`, or `local`.
            load: what loads the encoder, here and in each actor.

        Raises:
            ArchiveError: there is no cluster at this address.
            InvalidInput: it has too few processors.
        """
        self._address = address
        self._load = load
        self.encoder = _Known(load())
        # It tells nobody of its use; and what it cannot do, its errors say.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        logging.getLogger("ray").setLevel(logging.ERROR)
        own = {"num_cpus": max(_LEAST_PROCESSORS, os.cpu_count() or 1), "include_dashboard": False}
        with self._translated():
            _knock(address)
            ray.init(
                address,
                log_to_driver=False,
                logging_level="ERROR",
                **(own if address == LOCAL else {}),
            )
        self._processors = int(ray.cluster_resources().get("CPU", 0))
        if self._processors < _LEAST_PROCESSORS:
            ray.shutdown()
            raise InvalidInput(
                f"Ray at {address} has {self._processors} processors, and "
                f"{_LEAST_PROCESSORS} are needed: one reads while others encode"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        ray.shutdown()

    def read(
        self, files: Sequence[Path | Failure], progress: Progress
    ) -> Iterator[Document | Failure]:
        """As `read_all`, and `encoder` is told the vectors of what comes."""
        paths = [file for file in files if isinstance(file, Path)]
        rows = self._rows(paths)
        for file in files:
            if isinstance(file, Failure):
                yield file
                progress.file_done(file.path)
                continue
            with self._translated():
                row = next(rows)
            found, vectors = pickle.loads(row["found"])  # noqa: S301 - made by our own actors
            self.encoder.learn(vectors)
            yield from found
            progress.file_done(shown(file))

    def _rows(self, paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
        """What was found in each file, in order."""
        if not paths:
            return
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True
        yield from (
            ray.data.from_items(
                [{"path": os.fsencode(path)} for path in paths],
                override_num_blocks=-(-len(paths) // _FILES_AT_ONCE),
            )
            .map_batches(_read, batch_size=None)
            .map(
                _Encode,
                fn_constructor_args=(self._load,),
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=self._processors - 1),
            )
            .iter_rows()
        )

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (RayError, OSError) as error:
            raise ArchiveError(
                f"Ray at {self._address} failed "
                f"({' '.join(str(error).split())[:300]}); what was acknowledged is safe: run it "
                "again to go on"
            ) from error


def _knock(address: str) -> None:
    """See at once that nobody is there; Ray itself tries for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_SECONDS).close()


class _Known:
    """An `Encoder` that knows the vectors of what was just read, and asks another for the rest."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[PassageText, PassageVectors] = OrderedDict()
        self.identity = encoder.identity
        self.languages = encoder.languages

    def learn(self, vectors: dict[PassageText, PassageVectors]) -> None:
        """Remember these, and forget the oldest of very many, which were of no use."""
        self._known.update(vectors)
        while len(self._known) > max(_MOST_KNOWN, len(vectors)):
            self._known.popitem(last=False)

    def window(self, headline: str) -> int:
        return self._encoder.window(headline)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def encode_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        missing = [one for one in passages if one not in self._known]
        made = dict(zip(missing, self._encoder.encode_passages(missing), strict=True))
        return [made.get(one) or self._known[one] for one in passages]

    def encode_question(self, question: str) -> Vector:
        return self._encoder.encode_question(question)


class _Encode:
    """An actor: it loads the encoder once, and encodes what was read of each file."""

    def __init__(self, load: Callable[[], Encoder]) -> None:
        self._encoder = load()

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        found: list[Document | Failure] = pickle.loads(row["found"])  # noqa: S301 - made by `_read`
        documents = [one for one in found if isinstance(one, Document) and not one.superseded_by]
        noting = _Noting(self._encoder)
        encoding.encode(
            {content_key(one): encoding.Headed(one.title, one.text) for one in documents}, noting
        )
        return {"found": pickle.dumps((found, noting.made))}


class _Noting:
    """An `Encoder` that notes what it has made."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.identity = encoder.identity
        self.languages = encoder.languages
        self.window = encoder.window
        self.count_tokens = encoder.count_tokens
        self.encode_question = encoder.encode_question
        self.made: dict[PassageText, PassageVectors] = {}

    def encode_passages(self, passages: Sequence[PassageText]) -> list[PassageVectors]:
        made = self._encoder.encode_passages(passages)
        self.made.update(zip(passages, made, strict=True))
        return made


def _read(batch: dict[str, Any]) -> dict[str, Any]:
    """A task: read some files."""
    paths = [Path(os.fsdecode(path)) for path in batch["path"]]
    by_file = _ByFile()
    for one in read_all(paths, by_file, processes=1):
        by_file.found.append(one)
    return {"found": by_file.done}


class _ByFile(Silent):
    """Takes what was found apart where a file ends."""

    def __init__(self) -> None:
        self.found: list[Document | Failure] = []
        self.done: list[bytes] = []

    def file_done(self, path: str) -> None:  # noqa: ARG002 - they end in order
        self.done.append(pickle.dumps(self.found))
        self.found = []
