"""Which sentences are read together."""

from hypothesis import given
from hypothesis import strategies as st

from index import Span
from qa.reading.windows import Window, around, windows

LONGEST = 420


def spans(*lengths):
    """Sentences of so many characters, a space between them."""
    found = []
    start = 0
    for length in lengths:
        found.append(Span(start, start + length))
        start += length + 1
    return found


def test_neighbours_are_taken_in_turn():
    """One before, one after, as long as the whole fits: 3 · 130 + 2 does, and no more."""
    assert around(7, 2, spans(130, 130, 130, 130, 130)) == Window(7, 1, 3)


def test_the_limit_itself_fits():
    """A window of exactly 420 characters is read, one of 421 is not."""
    assert around(0, 0, spans(200, 219)) == Window(0, 0, 1)
    assert around(0, 0, spans(200, 220)) == Window(0, 0, 0)


def test_a_long_neighbour_closes_its_side_only():
    """Behind a neighbour that does not fit nothing is taken; the other side goes on."""
    assert around(0, 2, spans(10, 500, 10, 10, 10)) == Window(0, 2, 4)


def test_a_long_sentence_stands_alone():
    """A sentence longer than the limit is read by itself."""
    assert around(0, 1, spans(10, 500, 10)) == Window(0, 1, 1)


def test_the_only_sentence_is_its_window():
    """Without neighbours there are none to take."""
    assert around(3, 0, spans(50)) == Window(3, 0, 0)


def test_what_is_read_already_makes_no_window():
    """A sentence within an earlier window is passed over, in another passage it is not."""
    passages = [spans(100, 100, 100, 100, 100), spans(100, 100)]
    found = list(windows([(0, 1), (0, 2), (1, 1), (0, 4), (0, 3)], passages))
    assert found == [Window(0, 0, 3), Window(1, 0, 1), Window(0, 1, 4)]


def test_no_sentences_make_no_windows():
    """Nothing promising, nothing read."""
    assert list(windows([], [spans(10)])) == []


passages_and_order = st.lists(
    st.lists(st.integers(1, 500), min_size=1, max_size=8).map(lambda lengths: spans(*lengths)),
    min_size=1,
    max_size=3,
).flatmap(
    lambda passages: st.tuples(
        st.just(passages),
        st.permutations(
            [(number, place) for number, one in enumerate(passages) for place in range(len(one))]
        ),
    )
)


@given(given=passages_and_order)
def test_windows_of_any_sentences(given):
    """Each holds the sentence it is made for, which none before it does, and is not too long.

    All together hold every sentence; only one that is a single sentence may be longer.
    """
    passages, order = given
    left = list(order)
    made = []
    for window in windows(order, passages):
        while any(earlier.holds(*left[0]) for earlier in made):
            left.pop(0)
        assert window.holds(*left[0])
        own = passages[window.passage]
        assert 0 <= window.first <= window.last < len(own)
        is_alone = window.first == window.last
        assert is_alone or own[window.last].end - own[window.first].start <= LONGEST
        made.append(window)
    assert all(any(window.holds(*place) for window in made) for place in order)
