"""Judged questions: what is asked, and what a right answer must hold.

Two forms are read. SQuAD (1.1 or 2.0): each paragraph is a document of its own, and a sentence is
right when it holds a gold answer at its place. JSONL, over an archive that is there: `question`
with `answer` (or a list, `answers`) or `sentence`, and neither where nothing answers it.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index import Document, InvalidInput, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question and what answers it.

    `document` is the id of the right one, where that is known, and `spans` are the places of the
    gold answers in it. Without it a sentence is right that holds one of `answers`, or is
    `sentence`. A question with none of them has no answer.
    """

    id: str
    text: str
    answers: tuple[str, ...] = ()
    sentence: str = ""
    document: str = ""
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        given = (self.text, *self.answers, self.sentence)
        if not all(isinstance(one, str) for one in given) or not self.text.strip():
            raise InvalidInput(f"question {self.id} is empty, or it or an answer is not text")

    @property
    def is_answerable(self) -> bool:
        return bool(self.answers or self.sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The questions, and the documents to ask them of where they come along."""

    questions: tuple[JudgedQuestion, ...]
    documents: tuple[Document, ...] = field(default=())


def load(path: Path) -> Judged:
    """Read judged questions.

    Raises:
        InvalidInput: the file cannot be read, or is of neither form.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    try:
        whole = json.loads(content)
    except ValueError:
        whole = None
    try:
        judged = _squad(whole) if isinstance(whole, dict) and "data" in whole else _lines(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"{path} is neither SQuAD nor JSONL of questions: {error!r}") from error
    if not judged.questions:
        raise InvalidInput(f"{path} has no questions")
    return judged


def _squad(whole: dict[str, Any]) -> Judged:
    documents: list[Document] = []
    questions: list[JudgedQuestion] = []
    for article_number, article in enumerate(whole["data"]):
        for number, paragraph in enumerate(article["paragraphs"]):
            document_id = f"{article_number}-{number}"
            text = paragraph["context"]
            documents.append(Document(id=document_id, text=text, path=document_id))
            questions.extend(_squad_question(one, document_id) for one in paragraph["qas"])
    return Judged(questions=tuple(questions), documents=tuple(documents))


def _squad_question(record: dict[str, Any], document_id: str) -> JudgedQuestion:
    answers = [] if record.get("is_impossible") else record["answers"]
    return JudgedQuestion(
        id=record["id"],
        text=record["question"],
        answers=tuple(dict.fromkeys(answer["text"] for answer in answers)),
        document=document_id,
        spans=tuple(
            Span(answer["answer_start"], answer["answer_start"] + len(answer["text"]))
            for answer in answers
        ),
    )


def _lines(content: str) -> Judged:
    questions: list[JudgedQuestion] = []
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        record = json.loads(line)
        answers = record.get("answers", record.get("answer")) or []
        questions.append(
            JudgedQuestion(
                id=str(record.get("id", number)),
                text=record["question"],
                answers=(answers,) if isinstance(answers, str) else tuple(answers),
                sentence=record.get("sentence") or "",
            )
        )
    return Judged(questions=tuple(questions))
