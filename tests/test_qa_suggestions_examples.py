"""Questions made from an archive: of its own sentences, answered by them, and harmless."""

import datetime as dt

import pytest

from qa import Assistant
from qa.suggestions.examples import COUNT, examples_of
from qa.web import Site
from qa.web.page.examples import Examples

NEWS = {
    "siege": "It rained in Kufra. Idris Haddad seized the airport of Sabha in the night.",
    "storm": "A storm crossed the coast. At least 14 people were killed in Derna, officials in "
    "Derna said.",
    "bridge": "Mayor Ada Quimby said that the Springfield Bridge would be closed for a year.",
    "court": "Karim Jamal was arrested on 3 May 2018 in a hotel. Nobody knew why.",
}


@pytest.fixture(name="assistant")
def _assistant(archive, put, real_reader):
    put(*({"id": name, "text": text} for name, text in NEWS.items()))
    return Assistant(archive, real_reader)


def test_the_questions_are_of_various_kinds(assistant):
    """Who did it, how many, what was said, and when: each answered clearly by its own sentence."""
    questions = examples_of(assistant)
    assert "How many people were killed in Derna?" in questions
    assert "When was Karim Jamal arrested?" in questions
    assert len({question.split()[0] for question in questions}) > 2
    for question in questions:
        assert assistant.ask(question).confidence > 0.75


def test_there_are_no_more_than_fit(assistant, put):
    """However many articles there are."""
    put(
        *(
            {"id": f"{n}", "text": f"{n + 20} people were killed in {town}, the police said."}
            for n, town in enumerate(["Sabha", "Sirte", "Murzuq", "Ghat", "Ubari", "Hun"])
        )
    )
    assert len(examples_of(assistant)) == COUNT


@pytest.mark.parametrize(
    "text",
    [
        "14 people were killed in <b>Derna</b> and in [Derna](https://evil.example).",
        "He was arrested on 3 May 2018. They said that it was theirs.",
        "قتل تسعة أشخاص في هجوم على مركز للشرطة في بلدة تازربو.",
        "",
    ],
)
def test_nothing_is_made_of_what_is_unclear(archive, put, real_reader, text):
    """Markup, pronouns, other languages, and an archive with nothing in it."""
    if text:
        put(id="a", text=text)
    assert examples_of(Assistant(archive, real_reader)) == ()


def test_they_are_made_once_for_each_state_of_an_archive(assistant, put):
    """At first there are none; they are waited for; another article makes others."""
    examples = Examples(Site(assistants={"": assistant}))
    assert examples.now("") == ()
    first = examples.later("")
    assert examples.now("") == first != ()
    text = "60 people were injured in Ghadames, officials in Ghadames said."
    put(id="raid", text=text, published=dt.date(2026, 5, 3))
    assert examples.now("") == ()
    assert examples.later("") != first


def test_the_demo_has_its_own(assistant):
    """They need not be made."""
    assert len(Examples(Site(assistants={"": assistant}, is_demo=True)).now("")) == COUNT
