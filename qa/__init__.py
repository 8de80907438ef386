"""Question answering over an archive: every answer is a sentence on record."""

from qa.assistant import Assistant
from qa.datatypes import Answer, Citation, NoAnswer, Question, Reason, Role, Stage
from qa.reader import Reader
from qa.reading import PassageReader, Reading, ReadSentence, TextReading
from qa.settings import Settings

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
