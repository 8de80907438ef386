from .assistant import Assistant
from .datatypes import (
    Answer,
    Change,
    Citation,
    NoAnswer,
    Question,
    Reason,
    Role,
    Stage,
    UnknownWord,
    Way,
)
from .reading.reader import Reader
from .reading.results import PassageReader, Reading, ReadSentence, TextReading
from .settings import Settings

__all__ = [
    "Answer",
    "Assistant",
    "Change",
    "Citation",
    "NoAnswer",
    "PassageReader",
    "Question",
    "ReadSentence",
    "Reader",
    "Reading",
    "Reason",
    "Role",
    "Settings",
    "Stage",
    "TextReading",
    "UnknownWord",
    "Way",
]
