"""Every error that On Record raises on purpose.

Each message is one line: the fact, the values, the next step.

    OnRecordError
    ├── InvalidInput               a value that cannot be used (also a ValueError)
    ├── SettingsError              a settings file or variable that cannot be used
    ├── UnreadableFile             a file, or a record in it, that no article came out of
    ├── ModelError
    │   ├── ModelNotFound          no model in the folder that was named
    │   └── ModelMismatch          weights that are not the ones they must be
    └── ArchiveError
        ├── NoArchive              nothing at the path
        ├── ArchiveClosed          it was closed, and not opened again
        ├── ArchiveLocked          another process is writing
        ├── ArchiveBusy            the archive stayed busy for longer than the time limit
        ├── ArchiveFull            the disk is full
        ├── ArchiveReadOnly        the folder or file may not be written
        ├── ArchiveDamaged         stored bytes are not the ones that were written
        │   └── TextDamaged        those of a text
        ├── UnsupportedArchive     written by a newer version, or no archive at all
        ├── EncoderMismatch        made with another encoder than the one in use
        ├── NoDocument             no document of that id
        ├── NoMark                 no mark of that number
        └── ArticleChanged         it does not say any more what was cited
"""


class OnRecordError(Exception):
    """The base of every error raised on purpose."""


class InvalidInput(OnRecordError, ValueError):
    """A value that cannot be used."""


class SettingsError(OnRecordError):
    """A settings file or environment variable that cannot be used."""


class UnreadableFile(OnRecordError):
    """A file, or a record in it, that no article came out of."""


class ModelError(OnRecordError):
    """A model that cannot be used."""


class ModelNotFound(ModelError):
    """There is no model in the folder that was named."""


class ModelMismatch(ModelError):
    """The weights are not the ones they must be."""


class ArchiveError(OnRecordError):
    """The archive cannot do what was asked."""


class NoArchive(ArchiveError):
    """There is no archive at the path."""


class ArchiveClosed(ArchiveError):
    """The archive was closed, and not opened again."""


class ArchiveLocked(ArchiveError):
    """Another process is writing to the archive."""


class ArchiveBusy(ArchiveError):
    """The archive stayed busy for longer than the time limit."""


class ArchiveFull(ArchiveError):
    """There is no space left for the archive."""


class ArchiveReadOnly(ArchiveError):
    """The archive may not be written."""


class ArchiveDamaged(ArchiveError):
    """Stored bytes are not the ones that were written."""


class TextDamaged(ArchiveDamaged):
    """A stored text is not the one that was added."""


class UnsupportedArchive(ArchiveError):
    """Written by a newer version, or not an archive at all."""


class EncoderMismatch(ArchiveError):
    """The archive was made with another encoder than the one in use."""


class NoDocument(ArchiveError):
    """The archive has no document of that id."""


class NoMark(ArchiveError):
    """The archive has no mark of that number."""


class ArticleChanged(ArchiveError):
    """A document does not say any more what was cited. `version`: the id of the one that does."""

    def __init__(self, message: str, *, version: str = "") -> None:
        super().__init__(message)
        self.version = version
