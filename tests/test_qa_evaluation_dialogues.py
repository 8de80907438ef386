"""Judged dialogues: what a follow-up needs, and figures that can be reckoned by hand."""

import json

import pytest

from index import Archive, InvalidInput
from qa import Assistant
from qa.evaluation.dialogues import evaluate, load

FERRY = (
    "The ferry Halcyon sank off Norrin on Sunday. The crew of the Halcyon were saved by fishermen. "
    "They were taken to a hospital in Estmar on Monday."
)
DIALOGUE = {
    "id": "D",
    "turns": [
        {
            "question": "Which ferry sank off Norrin?",
            "stands_alone": "Which ferry sank off Norrin?",
            "documents": ["ferry"],
            "answers": ["Halcyon"],
            "sentences": ["The ferry Halcyon sank off Norrin on Sunday"],
        },
        {
            "question": "When did it sink?",
            "stands_alone": "When did the ferry Halcyon sink off Norrin's rocky coast?",
            "documents": ["ferry"],
            "answers": ["Sunday"],
            "sentences": ["sank off Norrin on Sunday"],
        },
        {
            "question": "Who painted the ceiling?",
            "stands_alone": "Who painted the ceiling of the chapel?",
            "documents": [],
            "answers": [],
            "sentences": [],
        },
    ],
}


@pytest.fixture(name="assistant", scope="module")
def _assistant(tmp_path_factory, real_encoder, real_reader, jsonl):
    """An assistant over the ferry's article."""
    folder = tmp_path_factory.mktemp("dialogues")
    with Archive.open(folder / "archive", encoder=real_encoder) as archive:
        archive.add([jsonl(folder / "news.jsonl", [{"id": "ferry", "text": FERRY}])])
        yield Assistant(archive, real_reader)


def test_a_follow_up_needs_what_the_turns_before_have(jsonl, tmp_path):
    """Of its stand-alone form, the terms that it lacks and that were said before it."""
    (dialogue,) = load(jsonl(tmp_path / "dialogues.jsonl", [DIALOGUE]))
    first, second, third = dialogue
    assert first.needed == third.needed == frozenset()
    assert second.needed == {"ferri", "halcyon", "norrin"}
    assert second.first == {"ferri", "halcyon"}


@pytest.mark.parametrize(
    ("interpreted", "is_understood"),
    [
        ("When did the ferry sink?", True),
        ("When did the Halcyon of Norrin sink?", True),
        ("When did it sink?", False),
        ("When did it sink off Norrin?", False),
        ("When did the Halcyon of the city council of Estmar sink?", False),
    ],
)
def test_understood_is_a_needed_word_and_few_others(jsonl, tmp_path, interpreted, is_understood):
    """One term of the first phrase will do, where half of what is taken in is right."""
    (dialogue,) = load(jsonl(tmp_path / "dialogues.jsonl", [DIALOGUE]))
    assert dialogue[1].is_understood(interpreted) is is_understood


def test_what_stands_alone_is_understood_as_it_is(jsonl, tmp_path):
    """Nothing may be taken into it."""
    (dialogue,) = load(jsonl(tmp_path / "dialogues.jsonl", [DIALOGUE]))
    assert dialogue[2].is_understood("Who painted the ceiling?")
    assert not dialogue[2].is_understood("Who painted the ceiling off Norrin?")


def test_a_dialogue_is_asked_turn_by_turn(assistant, jsonl, tmp_path):
    """Each follow-up with the replies before it; the first turn is not counted."""
    dialogues = load(jsonl(tmp_path / "dialogues.jsonl", [DIALOGUE]))
    figures = {one.name: (one.value, one.count) for one in evaluate(assistant, dialogues).metrics}
    assert figures == {
        "understood": (1.0, 1),
        "misunderstood": (0.0, 1),
        "needed words": (pytest.approx(2 / 3), 1),
        "asked back": (0.0, 1),
        "right article first": (1.0, 1),
        "right sentence first": (1.0, 1),
        "refused, of answerable": (0.0, 1),
        "left as it is, of those that stand alone": (1.0, 1),
    }


def test_what_is_asked_back_is_counted(assistant, jsonl, tmp_path):
    """Two questions were offered, of which one is right; there is no article then."""
    turns = [
        {
            "question": "What did Osric Bell tell Edmund Crane?",
            "stands_alone": "What did Osric Bell tell Edmund Crane?",
            "documents": [],
        },
        {
            "question": "Where did he go?",
            "stands_alone": "Where did Edmund Crane go?",
            "documents": ["ferry"],
            "answers": ["Estmar"],
        },
    ]
    dialogues = load(jsonl(tmp_path / "dialogues.jsonl", [{"turns": turns}]))
    figures = {one.name: one.value for one in evaluate(assistant, dialogues).metrics}
    assert figures["asked back"] == figures["asked back, one of them right"] == 1
    assert figures["understood"] == figures["misunderstood"] == figures["right article first"] == 0


def test_questions_are_no_dialogues(jsonl, tmp_path):
    """A file without turns has none, and neither has one that cannot be read."""
    assert load(jsonl(tmp_path / "judged.jsonl", [{"question": "a?"}])) == ()
    assert load(tmp_path / "none.jsonl") == ()


@pytest.mark.parametrize(
    "record", [{"question": "a?"}, {"turns": []}, {"turns": [{"question": 1}]}]
)
def test_a_line_that_is_no_dialogue_is_refused(jsonl, tmp_path, record):
    """Questions and dialogues are not read together."""
    with pytest.raises(InvalidInput, match="no JSONL of dialogues"):
        load(jsonl(tmp_path / "dialogues.jsonl", [json.loads(json.dumps(DIALOGUE)), record]))
