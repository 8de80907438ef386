from .assistant import Assistant
from .datatypes import Answer, Citation, NoAnswer, Question, Reason, Role, Stage
from .reader import Reader
from .reading import PassageReader, Reading, ReadSentence, TextReading
from .settings import Settings

__all__ = [
    "Answer",
    "Assistant",
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
]
