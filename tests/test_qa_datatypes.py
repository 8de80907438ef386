"""What cannot be made: an answer without a source, a quote that is not in the text."""

import dataclasses
import datetime as dt

import pytest

from index import Document, Filters, InvalidInput, Searched, Span
from index.errors import ArchiveDamaged
from qa import Answer, Citation, Question, Role

TEXT = "It rained. ISIS claimed it. The end."
SENTENCE = Span(11, 27)
WORDS = Span(11, 15)


@pytest.fixture(name="document")
def _document():
    return Document(id="a", text=TEXT, path="/news/a.txt")


@pytest.fixture(name="cite")
def _cite(document):
    """A function that makes a right citation, but for what it is told."""

    def cite(**other):
        right = {
            "role": Role.ANSWER,
            "document": document,
            "start": SENTENCE.start,
            "end": SENTENCE.end,
            "quote": TEXT[slice(*SENTENCE)],
            "score": 1.5,
        }
        return Citation(**right | other)

    return cite


@pytest.fixture(name="answer_with")
def _answer_with(cite):
    """A function that makes a right answer, but for what it is told."""

    def answer_with(**other):
        right = {
            "question": Question(text="who claimed it?"),
            "interpreted": "who claimed it?",
            "text": TEXT[slice(*WORDS)],
            "start": WORDS.start,
            "end": WORDS.end,
            "confidence": 0.8,
            "sentence_confidence": 0.9,
            "citations": (cite(),),
            "searched": Searched(documents=1, sentences=3),
            "elapsed_ms": 4.0,
        }
        return Answer(**right | other)

    return answer_with


def test_a_right_citation_can_be_made(cite):
    """What stands in the text can be cited."""
    assert cite().quote == "ISIS claimed it."


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "ISIS denied it. "},
        {"quote": "ISIS claimed it"},
        {"start": 10},
        {"end": 28},
        {"start": 11, "end": 11, "quote": ""},
        {"start": 100, "end": 116},
        {"start": 11 - len(TEXT), "end": 27 - len(TEXT)},
        {"start": 28, "end": 99, "quote": "The end."},
    ],
)
def test_a_citation_that_does_not_match_the_text_is_damage(cite, wrong):
    """A quote that is not the text at its span is an error that says how to look for more."""
    with pytest.raises(ArchiveDamaged, match=r"document a .*onrecord verify"):
        cite(**wrong)


def test_a_citation_counts_code_points(cite):
    """Offsets count code points: an emoji is one, and so is a combining accent."""
    text = "😀 e\u0301 ISIS."
    document = Document(id="b", text=text, path="b")
    citation = cite(document=document, start=5, end=10, quote="ISIS.")
    assert document.text[citation.start : citation.end] == "ISIS."


def test_a_right_answer_can_be_made(answer_with):
    """An answer's sentence is the quote of its first citation, and its span that of its words."""
    answer = answer_with()
    assert answer.sentence == "ISIS claimed it."
    assert answer.span == WORDS


def test_an_answer_needs_a_citation(answer_with):
    """No answer without a source."""
    with pytest.raises(InvalidInput, match="needs a citation"):
        answer_with(citations=())


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.OTHER])
def test_the_first_citation_answers(answer_with, cite, role):
    """The first citation is the one that answers, not one beside it."""
    with pytest.raises(InvalidInput, match=role.value):
        answer_with(citations=(cite(role=role),))


@pytest.mark.parametrize(("start", "end"), [(0, 2), (10, 15), (24, 28), (15, 15), (15, 11)])
def test_the_answering_words_lie_in_their_sentence(answer_with, start, end):
    """Words outside the quoted sentence, or none, are no answer; the message has both spans."""
    with pytest.raises(InvalidInput, match=rf"\({start}, {end}\).*\(11, 27\)"):
        answer_with(start=start, end=end, text=TEXT[start:end])


def test_the_answering_words_are_the_ones_at_their_place(answer_with):
    """The answer's text is what stands at its span."""
    with pytest.raises(InvalidInput, match="ISIL"):
        answer_with(text="ISIL")


@pytest.mark.parametrize("confidence", [-0.001, 1.001, 98, float("nan")])
def test_confidence_is_between_0_and_1(answer_with, confidence):
    """Confidence is a share, not a percentage, and is a number."""
    with pytest.raises(InvalidInput, match=f"got {confidence}"):
        answer_with(confidence=confidence)


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_confidence_may_be_0_or_1(answer_with, confidence):
    """Both ends are confidences."""
    answer = answer_with(confidence=confidence, sentence_confidence=1.0)
    assert answer.confidence == confidence


def test_the_sentence_is_no_less_sure_than_its_words(answer_with):
    """Words that answer stand in a sentence that does."""
    with pytest.raises(InvalidInput, match=r"0\.8 and 0\.7"):
        answer_with(confidence=0.8, sentence_confidence=0.7)


@pytest.mark.parametrize(
    ("confidence", "leads", "shown"), [(0.5, True, 0.5), (0.4999, False, 0.9), (0.0, False, 0.9)]
)
def test_words_lead_where_they_are_likely(answer_with, confidence, leads, shown):
    """Else the sentence alone does, and is as sure as a sentence is."""
    answer = answer_with(confidence=confidence)
    assert (answer.leads_with_words, answer.shown_confidence) == (leads, shown)


def test_a_whole_sentence_leads_by_itself(answer_with):
    """There are no words to show above it."""
    answer = answer_with(text=TEXT[slice(*SENTENCE)], start=SENTENCE.start, end=SENTENCE.end)
    assert not answer.leads_with_words


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0"])
def test_an_empty_question_is_refused(text):
    """An empty question is refused with an example of one that is not."""
    with pytest.raises(InvalidInput, match="is empty; ask something, like"):
        Question(text=text)


def test_a_question_of_10000_characters_is_the_longest():
    """A longer one is refused, with both lengths in the message."""
    assert Question(text="x" * 10_000).text
    with pytest.raises(InvalidInput, match="10001 characters; at most 10000"):
        Question(text="x" * 10_001)


@pytest.mark.parametrize("top_k", [0, -1])
def test_at_least_one_citation_is_asked_for(top_k):
    """`top_k` below 1 is refused with its value."""
    with pytest.raises(InvalidInput, match=f"at least 1, got {top_k}"):
        Question(text="who?", top_k=top_k)


def test_dates_that_leave_nothing_are_refused():
    """A last day before the first day is refused, not answered with nothing."""
    with pytest.raises(InvalidInput, match=r"2019-11-28.*2019-11-27"):
        Filters(after=dt.date(2019, 11, 28), before=dt.date(2019, 11, 27))


def test_an_answer_cannot_be_changed(answer_with):
    """What was checked stays what it was."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer_with().text = "others"
