"""Processes of other machines that read and encode for an archive's writer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from index.datatypes import Document, Failure, Progress
from index.errors import SettingsError
from index.models.encoder import Encoder

Read = Callable[[Sequence[Path | Failure], Progress], Iterator[Document | Failure]]
"""What reads files in their order, and tells the progress of each that is done."""


class Workers(Protocol):
    """What reads, for `Archive.add`, and an encoder that knows the vectors of what was read."""

    @property
    def encoder(self) -> Encoder:
        """To open the archive with."""

    def read(
        self, files: Sequence[Path | Failure], progress: Progress
    ) -> Iterator[Document | Failure]:
        """The articles of the files, in order."""


def ray_workers(address: str, load: Callable[[], Encoder]) -> AbstractContextManager[Workers]:
    """The processes of a Ray cluster, or of one that is started on this machine.

    Args:
        address: `HOST:PORT`, `auto`, or `local`.
        load: what loads the encoder, here and in each process.

    Raises:
        ArchiveError: there is no cluster at this address.
        InvalidInput: it has too few processors.
        SettingsError: Ray is not installed.
    """
    try:
        from index.cluster.ray import RayWorkers
    except ModuleNotFoundError as error:
        raise SettingsError("--ray needs: pip install 'onrecord[ray]'") from error
    return RayWorkers(address, load)
