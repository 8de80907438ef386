"""Words that no article has, and those of the archive that are spelt alike."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search import spelling


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


@given(
    term=st.text("abdgktuz", min_size=4, max_size=12),
    others=st.sets(st.text("abdgktuz1é", min_size=1, max_size=14), max_size=40),
    changes=st.lists(st.tuples(st.integers(0, 11), st.sampled_from("abdgktuz1")), max_size=6),
)
def test_the_nearest_are_those_of_the_definition(term, others, changes):
    """The same as from a table of distances filled in by hand, term by term."""
    for place, letter in changes:
        before, after = term[:place], term[place:]
        others |= {before + letter + after[1:], before + letter + after}
        others |= {before + after[1::-1] + after[2:], term[::-1][:place] + after}
    others.discard(term)
    most = max(1, (len(term) + 1) // 3)
    alike = sorted(
        (distance, other)
        for other in others
        if other.isalpha()
        and (distance := restricted_distance(term, other)) <= most
        and (distance == 1 or consonants(term) == consonants(other))
    )
    assert spelling._nearest(term, others) == [other for _, other in alike[:3]]


def restricted_distance(one, other):
    """Letters put in, left out or changed, and neighbours swapped: optimal string alignment."""
    table = [[max(i, j) for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i, first in enumerate(one, 1):
        for j, second in enumerate(other, 1):
            table[i][j] = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (first != second),
            )
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def consonants(word):
    """The first letter and the consonants, those that sound alike as one, each run once."""
    sounds = word.translate(str.maketrans("cqgzvpjwd", "kkksffyut"))
    kept = sounds[0] + "".join(letter for letter in sounds[1:] if letter not in "aeiouyh")
    return "".join(letter for letter, _ in groupby(kept))
