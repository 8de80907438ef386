"""Judged questions: what is asked, and what a right answer must hold.

Two forms are read. SQuAD (1.1 or 2.0): each paragraph is a document of its own, and a sentence is
right when it holds a gold answer at its place. JSONL, over an archive that is there: `question`
with `answer` (or a list, `answers`) or `sentence` (`sentences`), and neither where nothing answers
it. `documents` are the ids of those that answer: a sentence of another is wrong then, and what is
judged may be a part of a sentence. `type` is any word for the type of question; `denies` are the
sentences that say that there is no answer. A line that has `wrong` sentences and nothing else says
only what is no answer. What users marked as right or wrong can be written as such lines.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from index import Document, InvalidInput, Mark, Span, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question and what answers it.

    `documents` are the ids of the right ones, where these are known: any other is wrong. With
    `spans`, a sentence is right that holds one of these places of the gold answers; `article` is
    then the one that the document is a paragraph of. Without, a sentence of `documents` is right
    that holds one of `sentences`, or of any document one that is among them; where there are no
    `sentences`, one that holds one of `answers`. A question with none of them has no answer, as
    `denies` may say; but where only `wrong` sentences are known, whether it has one is not.
    """

    id: str
    text: str
    answers: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    denies: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    type: str = ""
    article: str = ""
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        parts = (self.answers, self.sentences, self.wrong, self.denies, self.documents)
        given = (self.text, self.type, *chain.from_iterable(parts))
        if not all(isinstance(one, str) for one in given) or not self.text.strip():
            raise InvalidInput(f"question {self.id} is empty, or it or an answer is not text")

    @property
    def is_answerable(self) -> bool:
        return bool(self.answers or self.sentences)

    @property
    def is_judged(self) -> bool:
        """Whether it is known what answers it, or that nothing does."""
        return self.is_answerable or not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The questions, and where they come along the documents to ask them of, by article."""

    questions: tuple[JudgedQuestion, ...]
    articles: Mapping[str, tuple[Document, ...]] = field(default_factory=dict)

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(chain.from_iterable(self.articles.values()))

    def need_articles(self, least: int) -> None:
        """Raises: InvalidInput, when fewer articles came along."""
        if len(self.articles) < least:
            raise InvalidInput(
                f"this needs SQuAD's form, with at least {least} of its articles; "
                f"{len(self.articles)} came with the questions"
            )

    def part(self, text: str) -> "Judged":
        """The questions of every n-th article, beginning with the k-th, for `k/n`.

        All documents stay: what is fitted on one part is reported on another in the same archive.

        Raises:
            InvalidInput: `text` is not of that form, or there are fewer than n articles.
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        number, parts = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= parts <= len(self.articles):
            raise InvalidInput(
                f"a part is like 1/2, of at most as many as there are SQuAD articles "
                f"({len(self.articles)}), got {text!r}"
            )
        kept = set(list(self.articles)[number - 1 :: parts])
        return self._only(tuple(one for one in self.questions if one.article in kept))

    def first(self, count: int) -> "Judged":
        """The first so many questions, of all the documents."""
        return self._only(self.questions[:count])

    def _only(self, questions: tuple[JudgedQuestion, ...]) -> "Judged":
        return replace(self, questions=questions)


def load(path: Path) -> Judged:
    """Read judged questions.

    Raises:
        InvalidInput: the file cannot be read, or is of neither form.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", None) or error
        raise InvalidInput(f"{path} cannot be read: {detail}") from error
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        whole = None
    try:
        judged = _squad(whole) if isinstance(whole, dict) and "data" in whole else _lines(content)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"{path} is neither SQuAD nor JSONL of questions: {error!r}") from error
    if not judged.questions:
        raise InvalidInput(f"{path} has no questions")
    return judged


def _squad(whole: dict[str, Any]) -> Judged:
    articles: dict[str, tuple[Document, ...]] = {}
    questions: list[JudgedQuestion] = []
    for article_number, article in enumerate(whole["data"]):
        documents: list[Document] = []
        for number, paragraph in enumerate(article["paragraphs"]):
            document_id = f"{article_number}-{number}"
            text = paragraph["context"]
            documents.append(Document(id=document_id, text=text, path=document_id))
            questions.extend(
                _squad_question(one, document_id, str(article_number)) for one in paragraph["qas"]
            )
        articles[str(article_number)] = tuple(documents)
    return Judged(questions=tuple(questions), articles=articles)


def _squad_question(record: dict[str, Any], document_id: str, article: str) -> JudgedQuestion:
    answers = [] if record.get("is_impossible") else record["answers"]
    return JudgedQuestion(
        id=record["id"],
        text=record["question"],
        answers=tuple(dict.fromkeys(answer["text"] for answer in answers)),
        documents=(document_id,),
        article=article,
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
        questions.append(judged_question(record, str(record.get("id", number))))
    return Judged(questions=tuple(questions))


def judged_question(record: dict[str, Any], question_id: str) -> JudgedQuestion:
    """The judged question of one record.

    Raises:
        ValueError: it has documents, and no answer in them.
    """
    question = JudgedQuestion(
        id=question_id,
        text=record["question"],
        answers=_listed(record.get("answers", record.get("answer"))),
        sentences=_listed(record.get("sentences", record.get("sentence"))),
        wrong=_listed(record.get("wrong")),
        denies=_listed(record.get("denies")),
        documents=_listed(record.get("documents")),
        type=record.get("type") or "",
    )
    if question.documents and not question.is_answerable:
        raise ValueError(f"question {question_id} has documents, and no answer in them")
    return question


def _listed(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) and given else tuple(given or ())


def judged_json(marks: Iterable[Mark]) -> list[dict[str, object]]:
    """One record for each question that was marked, in the order of its first mark.

    A sentence that anybody marked right is right, and is not among the wrong ones. Where no
    sentence was, the record says only which are wrong.
    """
    asked: dict[str, list[Mark]] = {}
    for mark in marks:
        asked.setdefault(mark.question, []).append(mark)
    return [_record(question, given) for question, given in asked.items()]


def _record(question: str, marks: list[Mark]) -> dict[str, object]:
    right = [mark for mark in marks if mark.verdict is Verdict.RIGHT]
    sentences = _once(mark.sentence for mark in right)
    wrong = [mark.sentence for mark in marks if mark.verdict is Verdict.WRONG]
    record: dict[str, object] = {"id": str(marks[0].number), "question": question}
    if right:
        record |= {"answers": _once(mark.answer for mark in right), "sentences": sentences}
    if wrong := _once(one for one in wrong if one not in sentences):
        record["wrong"] = wrong
    return record


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
