"""The article that comes with the program: what it is asked, and the sentence that answers."""

from itertools import islice

import pytest

from index import Archive, Document
from qa import Answer, Assistant, NoAnswer, Reason
from qa.evaluation.words import are_words_right
from qa.training.reuters import dispatches

CROWD = 1_000

ATTACKED = "The terrorist organization killed nine people, injured 10 others and abducted"
CLAIMED = "ISIS has claimed responsibility for multiple attacks on towns south of the country"
COMMANDS = "Following the Tazerbo attack, Commander of the Kufra military district Brigadier"
FOUGHT = "However, the town’s residents fought for hours with the militants"
PURSUES = "The Libyan National Army has said that it is pursuing ISIS remnants"
SENTENCED = "Meanwhile, the permanent military court in Benghazi sentenced three people"
SAID = "“The extremist organization doesn’t have any chance to repeat its attacks"
SOUTH = "The Libyan south is described as a hotbed of terrorist groups"
SPOKESMAN = "Spokesman for the Libyan National Army, Brig. Gen. Ahmed al-Mismari"
TRIALS = "“The trials took place in the presence of the defendants’ lawyers,”"

# Question, the beginning of its sentence, the words that answer.
ANSWERED = [
    ("who claimed the Tazerbo attack?", CLAIMED, "ISIS"),
    ("How many people were killed in Tazerbo?", ATTACKED, "nine people"),
    ("How many were injured in Tazerbo?", ATTACKED, "10 others"),
    ("How many others were injured?", ATTACKED, "10 others"),
    ("When was the latest attack on Tazerbo?", ATTACKED, "November 25"),
    ("When did the attack on Tazerbo happen?", ATTACKED, "November 25"),
    ("When was the Tazerbo attack?", ATTACKED, "November 25"),
    ("How many policemen were abducted?", ATTACKED, "a number of policemen"),
    ("Which city did ISIS lose in 2016?", CLAIMED, "Sirte"),
    ("When did ISIS lose Sirte?", CLAIMED, "2016"),
    (
        "Who is the spokesman of the Libyan National Army?",
        SPOKESMAN,
        "Brig. Gen. Ahmed al-Mismari",
    ),
    ("When did Mismari say that forces are pursuing terrorists?", SPOKESMAN, "Wednesday"),
    ("Who commands the Kufra military district?", COMMANDS, "Brigadier Belqasem al-Abaaj"),
    (
        "How far from the town were the extremist groups expelled?",
        COMMANDS,
        "400 kilometers",
    ),
    ("How far from the town were the extremists expelled?", COMMANDS, "400 kilometers"),
    ("Who fought with the militants?", FOUGHT, "the town’s residents"),
    ("Who fought the militants in Tazerbo?", FOUGHT, "the town’s residents"),
    ("What did the militants take over?", FOUGHT, "the police station"),
    ("How many people were sentenced to death in Benghazi?", SENTENCED, "three people"),
    ("Who is pursuing ISIS remnants in the desert?", PURSUES, "Libyan National Army"),
    (
        "Why is the Libyan south a hotbed of terrorist groups?",
        SOUTH,
        "in the absence of a security system that protects the country’s vast borders",
    ),
]
# Where what was said is the answer: the sentence up to the end of its quotation.
QUOTED = [
    ("What did Abaaj say about the extremist organization?", SAID),
    ("What did Mismari say about the trials?", TRIALS),
]
# Where the whole sentence is the answer.
WHOLE = [("Did ISIS claim attacks?", CLAIMED)]
NOT_THERE = [
    "Who won the 2018 World Cup?",
    "What is the population of Tazerbo?",
    "What is the capital of France?",
    "How many goals did Messi score?",
    "When was the Eiffel Tower built?",
]


@pytest.fixture(name="assistant", scope="module")
def _assistant(tmp_path_factory, real_encoder, seeds, real_reader):
    """An assistant over an archive of the one article."""
    folder = tmp_path_factory.mktemp("seeds") / "archive"
    with Archive.open(folder, encoder=real_encoder) as archive:
        archive.add([seeds])
        yield Assistant(archive, real_reader)


@pytest.mark.parametrize(("question", "sentence", "words"), ANSWERED)
def test_the_right_sentence_and_words_answer(assistant, question, sentence, words):
    """The first citation's sentence is the right one, and its marked words answer."""
    answer = assistant.ask(question)
    assert isinstance(answer, Answer)
    assert answer.citations[0].quote.startswith(sentence)
    assert are_words_right(answer.text, [words])


@pytest.mark.parametrize(("question", "sentence"), QUOTED)
def test_what_was_said_is_quoted(assistant, question, sentence):
    """Asked what somebody said, words of the quotation answer."""
    answer = assistant.ask(question)
    assert isinstance(answer, Answer)
    assert answer.sentence.startswith(sentence)
    assert are_words_right(answer.text, [answer.sentence[: answer.sentence.index("”") + 1]])


@pytest.mark.parametrize(("question", "sentence"), WHOLE)
def test_the_right_sentence_is_the_answer(assistant, question, sentence):
    """Where no few words answer, the right sentence does as a whole."""
    answer = assistant.ask(question)
    assert isinstance(answer, Answer)
    assert answer.sentence.startswith(sentence)
    assert answer.text == answer.sentence


@pytest.mark.parametrize("question", NOT_THERE)
def test_what_it_does_not_say_gets_no_answer(assistant, question):
    """What the article does not say gets NoAnswer, its reason, and the nearest sentences."""
    answer = assistant.ask(question)
    assert isinstance(answer, NoAnswer)
    assert answer.reason is Reason.NOT_IN_ARCHIVE
    assert len(answer.nearest) == 3


def test_the_sentence_that_names_the_town_supports_the_claim(assistant):
    """The sentence about ISIS names no Tazerbo; the one after it does, and is cited beside it."""
    answer = assistant.ask("who claimed the Tazerbo attack?")
    assert answer.citations[1].role == "support"
    assert answer.citations[1].quote.startswith(ATTACKED)


@pytest.mark.parametrize("question", [row[0] for row in ANSWERED + QUOTED + WHOLE] + NOT_THERE)
def test_every_quote_is_verbatim(assistant, question, seeds):
    """Every sentence shown stands in the file, character for character, at its place."""
    text = next(seeds.iterdir()).read_bytes().decode()
    answer = assistant.ask(question)
    shown = answer.citations if isinstance(answer, Answer) else answer.nearest
    assert shown
    assert all(text[one.start : one.end] == one.quote for one in shown)


@pytest.fixture(name="crowded", scope="module")
def _crowded(tmp_path_factory, test_data, seeds, real_encoder, real_reader):
    """An assistant over the article and 1,000 of Reuters-21578."""
    folder = tmp_path_factory.mktemp("crowded") / "archive"
    with Archive.open(folder, encoder=real_encoder) as archive:
        archive.add([seeds])
        archive.add_documents(
            Document(id=f"reuters-{one.number}", text=one.body, path=one.number, title=one.title)
            for one in islice(dispatches(test_data / "reuters21578"), CROWD)
        )
        yield Assistant(archive, real_reader)


@pytest.mark.slow
def test_among_a_thousand_others_it_answers_the_same(crowded):
    """The right sentence and words for all of its questions, as where it is alone."""
    assert crowded.archive.status().documents > 0.9 * CROWD
    for question, sentence, words in ANSWERED:
        answer = crowded.ask(question)
        assert isinstance(answer, Answer), question
        assert answer.sentence.startswith(sentence), question
        assert are_words_right(answer.text, [words]), question
