"""Words that no article has, and those of the archive that are spelt alike."""

import pytest


@pytest.fixture(name="unknown")
def _unknown(archive, put):
    put(
        id="a",
        title="Libya’s Tazerbo",
        text="Gaddafi’s guards fled Tazerbo. Yevgeny Prigozhin sold his patents to Bengal.",
    )
    return archive.unknown_words


@pytest.mark.parametrize(
    ("word", "alike"),
    [
        ("Tazirbo", ("Tazerbo",)),
        ("tazrebo", ("Tazerbo",)),
        ("Kadhafi", ("Gaddafi",)),
        ("Qaddafi", ("Gaddafi",)),
        ("Evgeny", ("Yevgeny",)),
        ("Prigozhyn", ("Prigozhin",)),
        ("Lybia", ("Libya",)),
        ("Bengals", ()),
        ("Tripoli", ()),
        ("gas", ()),
        ("Тазирбо", ()),
    ],
)
def test_words_that_are_spelt_alike(unknown, word, alike):
    """A letter or two, two letters swapped, another transcription; as articles have it."""
    assert unknown(f"What of {word}?").get(word, ()) == alike


def test_endings_count_where_words_are_spelt_alike(archive, put):
    """What is left of two words without their endings may be alike when they are not."""
    put(id="a", text="Paul told the pupils to pay attention. Two earthquakes struck Kadara.")
    assert archive.unknown_words("The population in attendance at the earthqake?") == {
        "population": (),
        "attendance": (),
        "earthqake": ("earthquakes",),
    }


def test_words_that_articles_have_are_known(unknown):
    """In any form and case; function words and numbers are not looked for."""
    assert not unknown("Who sells PATENT and guard, in 2019 or with Bengals?")


def test_each_unknown_word_once_in_order(unknown):
    """As the question has it first."""
    assert list(unknown("Zebra or yak? A zebra!")) == ["Zebra", "yak"]


def test_an_empty_archive_knows_no_word(archive):
    """Nothing is alike."""
    assert archive.unknown_words("Tazerbo") == {"Tazerbo": ()}


def test_at_most_three_are_alike(archive, put):
    """The nearest first, then by the alphabet."""
    put(id="a", text="Marina, Marino, Martina, Maribu and Marini met.")
    assert archive.unknown_words("Marinu") == {"Marinu": ("Maribu", "Marina", "Marini")}


def test_a_long_question_costs_no_more(archive, put):
    """Four words are looked for, however many there are."""
    put(id="a", text="It rained.")
    assert len(archive.unknown_words("Abba bcca cdda deea effa fgga")) == 4


def test_only_whether_words_are_known(archive, put):
    """Without a look for others."""
    put(id="a", text="Tazerbo.")
    assert archive.unknown_words("Tazirbo, Tazerbo", alike=False) == {"Tazirbo": ()}
