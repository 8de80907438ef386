"""Judged dialogues → whether follow-ups are understood, and answered from the right article.

A line of JSONL is a dialogue: its `turns`, each with its `question`, the same as it would stand
alone (`stands_alone`), and `documents`, `answers` and `sentences` as of a judged question. Each is
asked with the replies before it as they were really given; the first turn is not counted.

What a question needs are the terms that its stand-alone form has, the question itself has not, and
the turns before have: their stand-alone forms, and what was judged to answer them. Another word of
the judge's that nothing before has is not needed. A question that needs nothing stands alone: it is
understood when it is left as it is, to the letter. Any other is understood when it takes in a term
of the first phrase that it needs, which are the needed terms up to the next word that is none, and
at least half of all that it takes in is in the stand-alone form. For "the 10 Airbus A320s ordered
by All Nippon Airways", "the A320 jets" will do, and "Nippon Airways" will not.

Misunderstood: the share of those that need something which are changed, and not understood; what is
left as it is, is neither. Needed words: the mean share of the needed terms that are taken in. Asked
back: the share of those that need something where two questions are offered; one of them right: of
these, where one of the two is understood. What is asked back is not understood, and has no article.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, dropwhile, takewhile
from pathlib import Path
from typing import Any

from index import InvalidInput
from index.text import FUNCTION_WORDS, terms
from qa.assistant import Assistant
from qa.datatypes import Answer, NoAnswer, Question, Reason
from qa.evaluation.evaluate import Noted, is_right
from qa.evaluation.judged_questions import JudgedQuestion, judged_question
from qa.evaluation.report import Figures

_LEAST_RIGHT = 0.5
_FUNCTION_TERMS = frozenset(terms(" ".join(FUNCTION_WORDS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedTurn:
    """A question of a dialogue, and what it must be understood as.

    `needed`: the terms that it takes from the turns before;
    `first`: those of the first phrase of them; `meant`: all terms of that form.
    """

    question: JudgedQuestion
    needed: frozenset[str]
    first: frozenset[str]
    meant: frozenset[str]

    def is_understood(self, interpreted: str) -> bool:
        """Whether it is understood right, as the head of this file says."""
        if not self.needed:
            return interpreted == self.question.text
        taken = _content(interpreted) - _content(self.question.text)
        right = taken & self.meant
        return bool(taken & self.first) and len(right) >= _LEAST_RIGHT * len(taken)


Dialogue = tuple[JudgedTurn, ...]

Shown = Callable[[Sequence[Dialogue]], Iterable[Dialogue]]
"""Hands dialogues on one by one, showing how far it is."""


def load(path: Path) -> tuple[Dialogue, ...]:
    """The dialogues of a file; none where its lines are no dialogues.

    Raises:
        InvalidInput: a line of it is a dialogue, and another is none, or is not of that form.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
        records = [json.loads(line) for line in lines if line.strip()]
        if not any(isinstance(one, dict) and "turns" in one for one in records):
            return ()
    except (OSError, ValueError, RecursionError):
        return ()  # as judged questions it is read, or refused with its reason
    try:
        return tuple(
            _dialogue(record, str(record.get("id", number)))
            for number, record in enumerate(records, start=1)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"{path} is no JSONL of dialogues: {error!r}") from error


def evaluate(assistant: Assistant, dialogues: Iterable[Dialogue]) -> Figures:
    """Ask every dialogue, turn by turn, and compare."""
    noted = Noted()
    for dialogue in dialogues:
        history: list[Answer | NoAnswer] = []
        for turn in dialogue:
            question = Question(text=turn.question.text, id=turn.question.id)
            inquiry = assistant.inquire(question, history=history)
            answer = inquiry.answer
            is_first = not history
            history.append(answer)
            if is_first:
                continue
            is_understood = turn.is_understood(answer.interpreted)
            if not turn.needed:
                noted.note("left as it is, of those that stand alone", float(is_understood))
                continue
            noted.note("understood", float(is_understood))
            taken = _content(answer.interpreted) & turn.needed
            noted.note("needed words", len(taken) / len(turn.needed))
            offered = _offered(answer)
            is_as_written = answer.interpreted == turn.question.text
            noted.note("misunderstood", float(not (is_understood or is_as_written)))
            noted.note("asked back", float(bool(offered)))
            if offered:
                noted.note(
                    "asked back, one of them right", float(any(map(turn.is_understood, offered)))
                )
            sentences = inquiry.reading.sentences if inquiry.reading else ()
            if turn.question.is_answerable:
                first = sentences[0] if sentences else None
                documents = {first.document.id, *first.copies} if first else set()
                is_found = not documents.isdisjoint(turn.question.documents)
                noted.note("right article first", float(is_found))
                is_said = first is not None and is_right(turn.question, first)
                noted.note("right sentence first", float(is_said))
                noted.note("refused, of answerable", float(isinstance(answer, NoAnswer)))
    return Figures(metrics=noted.means())


def _offered(answer: Answer | NoAnswer) -> tuple[str, ...]:
    """The questions that it may mean, where it is asked back."""
    if isinstance(answer, Answer) or answer.reason is not Reason.UNCLEAR:
        return ()
    return tuple(way.question.text for way in answer.ways)


def _dialogue(record: dict[str, Any], dialogue_id: str) -> Dialogue:
    turns: list[JudgedTurn] = []
    before: set[str] = set()
    for number, turn in enumerate(record["turns"], start=1):
        question = judged_question(turn, f"{dialogue_id}-{number}")
        meant = _content(turn["stands_alone"])
        needed = frozenset((meant - _content(question.text)) & before)
        behind = dropwhile(needed.isdisjoint, ([term] for term in terms(turn["stands_alone"])))
        first = frozenset(chain.from_iterable(takewhile(needed.issuperset, behind)))
        turns.append(JudgedTurn(question=question, needed=needed, first=first, meant=meant))
        before |= meant.union(*map(_content, (*question.answers, *question.sentences)))
    if not turns:
        raise ValueError(f"dialogue {dialogue_id} has no turns")
    return tuple(turns)


def _content(text: str) -> frozenset[str]:
    return frozenset(terms(text)) - _FUNCTION_TERMS
