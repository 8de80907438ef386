"""Judged dialogues: what each follow-up is understood as, and the sentence that answers it.

`dialogues/*.json` holds an article each (without one, the article that comes with the program) and
dialogues about it. Of a turn: `ask`; `names`, the words that it must be understood with (`|`: one
of them will do); `without`, the words that must be gone; `unchanged`, for what stands alone;
`sentence`, the beginning or any unique piece of the sentences that answer, null where none does;
`answer`, the words in the first of them that answer.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from index import Archive, Document, Searched
from qa import Answer, Assistant, Citation, NoAnswer, Question, Reason, Role

FOLDER = Path(__file__).parent / "dialogues"

RIGHT_SENTENCES = 0.7
"""The share of follow-ups whose first sentence is right, when the turns before were right."""
RIGHT_IN_A_ROW = 0.6
"""The same share when the turns before are what was really answered."""
NAMED_IN_A_ROW = 0.8
"""The share of follow-ups understood with the right words then."""


@dataclass(frozen=True)
class Turn:
    """A judged turn."""

    ask: str
    names: tuple[str, ...]
    without: tuple[str, ...]
    unchanged: bool
    sentence: tuple[str, ...]
    answer: str

    @classmethod
    def of(cls, record) -> "Turn":
        return cls(
            ask=record["ask"],
            names=tuple(record.get("names", ())),
            without=tuple(record.get("without", ())),
            unchanged=record.get("unchanged", False),
            sentence=tuple(record["sentence"] or ()),
            answer=record["answer"] or "",
        )

    def is_understood(self, interpreted: str) -> bool:
        """Whether a question names what it must, and nothing that it must not."""
        text = interpreted.lower()
        named = all(any(one.lower() in text for one in name.split("|")) for name in self.names)
        dragged = any(word.lower() in text for word in self.without)
        return named and not dragged and (not self.unchanged or interpreted == self.ask)

    def is_answered(self, reply) -> bool:
        """Whether the first sentence is one of those that answer."""
        quote = reply.citations[0].quote if isinstance(reply, Answer) else ""
        return any(piece in quote for piece in self.sentence)


def load():
    records = {file.stem: json.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.json")}
    assert records
    return records


RECORDS = load()
DIALOGUES = [
    pytest.param([Turn.of(turn) for turn in dialogue], id=f"{name}-{number}")
    for name, record in sorted(RECORDS.items())
    for number, dialogue in enumerate(record["dialogues"], start=1)
]


@pytest.fixture(name="assistant", scope="module")
def _assistant(tmp_path_factory, real_encoder, seeds, real_reader):
    """An assistant over all the articles together."""
    folder = tmp_path_factory.mktemp("dialogues") / "archive"
    with Archive.open(folder, encoder=real_encoder) as archive:
        archive.add([seeds])
        archive.add_documents(
            Document(
                id=article["id"],
                path=f"{name}.json",
                title=article["title"],
                source=article["source"],
                published=dt.date.fromisoformat(article["published"]),
                text=article["text"],
            )
            for name, record in RECORDS.items()
            if (article := record["article"])
        )
        yield Assistant(archive, real_reader)


@pytest.fixture(name="sentences", scope="module")
def _sentences(assistant):
    """Every sentence of the archive, with its document and where it starts."""
    return [
        (line, document, document.text.index(line))
        for document in assistant.archive.documents()
        for line in document.text.split("\n")
        if line
    ]


def judged(turn: Turn, interpreted: str, sentences) -> Answer | NoAnswer:
    """The reply that is right, as far as the judges said."""
    fields = {
        "question": Question(text=turn.ask),
        "interpreted": interpreted,
        "searched": Searched(documents=1, sentences=1),
        "elapsed_ms": 0.0,
    }
    if not turn.sentence:
        return NoAnswer(reason=Reason.NOT_IN_ARCHIVE, nearest=(), **fields)
    line, document, start = next(
        found
        for piece in turn.sentence
        for found in sentences
        if piece in found[0] and turn.answer in found[0]
    )
    at = start + line.index(turn.answer)
    cited = Citation(
        role=Role.ANSWER,
        document=document,
        start=start,
        end=start + len(line),
        quote=line,
        score=1.0,
    )
    return Answer(
        text=turn.answer,
        start=at,
        end=at + len(turn.answer),
        confidence=1.0,
        sentence_confidence=1.0,
        citations=(cited,),
        **fields,
    )


def test_every_judgement_is_of_one_sentence(sentences):
    """Each piece stands in exactly one sentence, and the words that answer in one of those."""
    for parameters in DIALOGUES:
        for turn in parameters.values[0]:
            for piece in turn.sentence:
                assert sum(piece in line for line, _, _ in sentences) == 1, piece
            judged(turn, turn.ask, sentences)


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_every_follow_up_names_what_it_means(assistant, sentences, dialogue):
    """With the right replies before it, each follow-up is understood with the right words."""
    history = []
    for turn in dialogue:
        interpreted = assistant.ask(turn.ask, history=history).interpreted
        if history:
            assert turn.is_understood(interpreted), f"{turn.ask} → {interpreted}"
        history.append(judged(turn, interpreted, sentences))


def test_follow_ups_find_the_right_sentence(assistant, sentences):
    """With the right replies before them, most follow-ups are answered by the right sentence."""
    outcomes = []
    for parameters in DIALOGUES:
        history = []
        for turn in parameters.values[0]:
            reply = assistant.ask(turn.ask, history=history)
            if history and turn.sentence:
                outcomes.append((turn.is_answered(reply), turn, reply))
            history.append(judged(turn, reply.interpreted, sentences))
    assert share(outcomes) >= RIGHT_SENTENCES


def test_dialogues_hold_when_the_turns_before_are_the_real_ones(assistant):
    """With whatever was really answered before, most are still understood and answered."""
    answered, understood = [], []
    for parameters in DIALOGUES:
        history = []
        for turn in parameters.values[0]:
            reply = assistant.ask(turn.ask, history=history)
            if history:
                understood.append((turn.is_understood(reply.interpreted), turn, reply))
                if turn.sentence:
                    answered.append((turn.is_answered(reply), turn, reply))
            history.append(reply)
    assert share(understood) >= NAMED_IN_A_ROW
    assert share(answered) >= RIGHT_IN_A_ROW


def share(outcomes) -> float:
    """The share of outcomes that are right; the others are printed."""
    for is_right, turn, reply in outcomes:
        if not is_right:
            said = reply.citations[0].quote if isinstance(reply, Answer) else reply.reason
            print(f"{turn.ask} → {reply.interpreted} → {said}")  # noqa: T201
    right = sum(is_right for is_right, _, _ in outcomes)
    print(f"{right} of {len(outcomes)} are right")  # noqa: T201
    return right / len(outcomes)
