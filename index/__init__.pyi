from .archive.archive import Archive, status_of
from .datatypes import (
    AddReport,
    Document,
    Failure,
    Filters,
    Hit,
    Mark,
    Outcome,
    Passage,
    Searched,
    SearchResult,
    Sentence,
    Silent,
    Span,
    Status,
    Verdict,
    VerifyReport,
)
from .errors import ArchiveError, InvalidInput, OnRecordError
from .intake.uploads import UPLOADS
from .workers import Workers, ray_workers

__all__ = [
    "UPLOADS",
    "AddReport",
    "Archive",
    "ArchiveError",
    "Document",
    "Failure",
    "Filters",
    "Hit",
    "InvalidInput",
    "Mark",
    "OnRecordError",
    "Outcome",
    "Passage",
    "SearchResult",
    "Searched",
    "Sentence",
    "Silent",
    "Span",
    "Status",
    "Verdict",
    "VerifyReport",
    "Workers",
    "ray_workers",
    "status_of",
]
