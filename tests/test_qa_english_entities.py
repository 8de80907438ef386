"""What a name is the name of, told by its own words or by those round it."""

import pytest

from qa.english.entities import (
    EntityType,
    Gender,
    entity_type_of,
    entity_type_of_phrase,
    gender_of,
    gender_of_noun,
    is_plural,
    is_plural_name,
    short_of,
)


@pytest.mark.parametrize(
    ("name", "entity_type"),
    [
        ("UN", EntityType.GROUP),
        ("Bell & Quill", EntityType.GROUP),
        ("Norrin Ferries", EntityType.GROUP),
        ("Battle of Ambry", EntityType.EVENT),
        ("Mayor Osric Bell", EntityType.PERSON),
        ("Lake Ambry", EntityType.PLACE),
        ("Inspector Lake", EntityType.PERSON),
        ("European Commission President Ursula von der Leyen", EntityType.PERSON),
        ("Prime Minister’s Lake Hotel", EntityType.PLACE),
    ],
)
def test_a_name_is_known_by_its_own_words(name, entity_type):
    """An acronym, a noun or a title within the name says what it is, whatever stands round it."""
    for evidence in ("", f"It happened in {name}.", f"“No,” {name} said."):
        assert entity_type_of(name, evidence) is entity_type


@pytest.mark.parametrize(
    ("name", "evidence", "entity_type"),
    [
        ("Ambry", "The fire in Ambry was put out.", EntityType.PLACE),
        ("Ambry", "They were flown to Ambry.", EntityType.PLACE),
        ("Ambry", "It was seen in downtown Ambry.", EntityType.PLACE),
        ("Ambry", "It was bought from Ambry.", EntityType.THING),
        ("Ambry", "The mayor of Ambry had no comment.", EntityType.PLACE),
        ("Ambry", "“No,” Ambry said.", EntityType.PERSON),
        ("Ambry", "All were saved, according to Ambry.", EntityType.PERSON),
        ("Ambry", "President Ambry went home.", EntityType.PERSON),
        ("Ambry", "Ambry was blue.", EntityType.THING),
        ("Dora Quill", "A reward went to Dora Quill.", EntityType.PERSON),
        ("Dora Quill", "The wedding was in Dora Quill.", EntityType.PLACE),
        (
            "Dora Quill",
            "In Dora Quill all is well, Quill said.",
            EntityType.PERSON,
        ),
        ("Halcyon", "The Halcyon sank.", EntityType.THING),
        ("Halcyon", "The Halcyon said: “No.”", EntityType.GROUP),
        ("Halcyon", "The Halcyon burnt. All in the Halcyon fled in Halcyon.", EntityType.PLACE),
    ],
)
def test_a_name_is_known_by_the_words_round_it(name, evidence, entity_type):
    """Who speaks is a person, what one is in is a place; after "the" it is no person."""
    assert entity_type_of(name, evidence) is entity_type


@pytest.mark.parametrize(
    ("phrase", "noun", "entity_type"),
    [
        ("the attack", "attack", EntityType.EVENT),
        ("the floods", "floods", EntityType.EVENT),
        ("the clashes", "clashes", EntityType.EVENT),
        ("the journalist", "journalist", EntityType.PERSON),
        ("the journalists", "journalists", EntityType.GROUP),
        ("the police", "police", EntityType.GROUP),
        ("the wounded", "wounded", EntityType.GROUP),
        ("the village", "village", EntityType.PLACE),
        ("the mayor", "mayor", EntityType.PERSON),
        ("the mayors", "mayors", EntityType.GROUP),
        ("the ferry", "ferry", EntityType.THING),
        ("Halcyon", "halcyon", EntityType.THING),
    ],
)
def test_a_phrase_is_known_by_its_noun(phrase, noun, entity_type):
    """Lists tell events, groups, places and people."""
    assert entity_type_of_phrase(phrase, noun, "Halcyon said so.") is entity_type


@pytest.mark.parametrize(
    ("evidence", "gender"),
    [
        ("Quill said she had seen it.", Gender.FEMALE),
        ("Quill lost his hat.", Gender.MALE),
        ("Quill was there. Osric Bell lost his hat.", Gender.UNKNOWN),
        ("The spokeswoman, Quill, was there.", Gender.FEMALE),
        ("Mr Quill was there.", Gender.MALE),
        ("Quill was there.", Gender.UNKNOWN),
        ("Quill said she was there, when he saw his friend and his dog.", Gender.FEMALE),
    ],
)
def test_a_person_has_the_pronoun_that_follows(evidence, gender):
    """It counts as far as the next name; a title in front counts as well."""
    assert gender_of("Dora Quill", evidence) is gender


@pytest.mark.parametrize(
    ("evidence", "short"),
    [
        ("Dora Quill came, and Quill spoke.", "Quill"),
        ("Dora Quill came, and Osric Quill spoke.", "Dora Quill"),
    ],
)
def test_a_name_is_as_short_as_the_article_has_it(evidence, short):
    """The last name alone where it stands alone; else the name without its title."""
    assert short_of("Inspector Dora Quill", evidence) == short


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ursula von der Leyen", "von der Leyen"),
        ("Mevlüt Çavuşoğlu", "Çavuşoğlu"),
        ("Ahmed al-Mismari", "Mismari"),
        ("Mohammed bin Salman", "bin Salman"),
    ],
)
def test_a_surname_keeps_what_it_begins_with(name, short):
    """What it begins with belongs to it, "von der" or "Von der" at the beginning of a sentence."""
    assert short_of(name, f"{name} came. {short[0].upper()}{short[1:]} spoke.") == short


def test_a_particle_alone_is_no_first_name():
    """A name that stands alone only behind its particle is not cut there."""
    evidence = "Ursula von der Leyen came. Osric von der Leyen spoke."
    assert short_of("Ursula von der Leyen", evidence) == "Ursula von der Leyen"


@pytest.mark.parametrize(
    ("noun", "gender"),
    [
        ("spokeswoman", Gender.FEMALE),
        ("chairman", Gender.MALE),
        ("sister", Gender.FEMALE),
        ("mayor", Gender.UNKNOWN),
        ("human", Gender.UNKNOWN),
    ],
)
def test_some_nouns_have_a_pronoun(noun, gender):
    """Those that end in "woman" or "man", and a few others, say which."""
    assert gender_of_noun(noun) is gender


@pytest.mark.parametrize(
    ("evidence", "is_several"),
    [
        ("The Quills were there.", True),
        ("The Quills was there.", False),
        ("The Quills sank.", False),
    ],
)
def test_a_name_is_plural_by_its_verb(evidence, is_several):
    """The ending tells nothing: "Norrin Lines is"."""
    assert is_plural_name("Quills", evidence) is is_several


@pytest.mark.parametrize(
    ("noun", "is_several"),
    [
        *(("ferries", True), ("children", True), ("police", True)),
        *(("ferry", False), ("bus", False), ("basis", False), ("congress", False)),
    ],
)
def test_plurals(noun, is_several):
    """Those that end in s, and some that do not."""
    assert is_plural(noun) is is_several
