"""Whether words answer as the judged ones do."""

import pytest

from qa.evaluation.words import are_words_right, folded


def test_white_space_is_folded():
    """A line break in a sentence is a space, and white space around it is nothing."""
    assert (
        folded(" So far 20\n    corpses\thave been found \n") == "So far 20 corpses have been found"
    )


@pytest.mark.parametrize(
    ("given", "judged", "is_right"),
    [
        ("20 corpses", "20 corpses", True),
        ("20\n  corpses", "20 corpses", True),
        ("The REBELS", "rebels", True),
        ("the mayor of Tarn, Ada Quill, who was there", "Ada Quill", True),
        ("Quill", "Ada Quill of Tarn, who has been its mayor since the summer", True),
        ("Ada", "Adamant", False),
        ("the fire", "the flood", False),
        # Half of the words, F1 0.5; and less.
        ("fires and floods", "fires and storms", True),
        ("p q r s t u x x x x x x", "p q r s t u y y y y y y", True),
        ("p q r s t x x x x x x x", "p q r s t y y y y y y y", False),
        # Five words stand whole in many, six do not.
        ("b c d e f", "b c d e f " + "x " * 20, True),
        ("b c d e f g", "b c d e f g " + "x " * 20, False),
        ("b c x d", "b c d " + "y " * 20, False),
        # A number must be there, one of several.
        ("26 km", "25 km", False),
        ("25.5 km", "25 km", False),
        ("25", "25 km", True),
        ("between May 1 and June", "between May 1 and June 3", True),
        ("ten mln dlrs", "eight mln dlrs", False),
        ("eight", "eight mln dlrs", True),
        ("mln dlrs", "eight mln dlrs", False),
        # Yes and no.
        ("No", "No", True),
        ("no evidence of it", "No", False),
        ("yes, he would", "Yes", False),
        # Nothing.
        ("", "rebels", False),
        ("rebels", "", False),
        ("...", "...", False),
        ("The", "the", True),
        ("A", "rebels", False),
    ],
)
def test_words_are_right(given, judged, is_right):
    """By F1, or whole within the other; with one of the numbers; a verdict only alone."""
    assert are_words_right(given, [judged]) is is_right


def test_one_of_the_answers_is_enough():
    """Words are right that agree with any of the judged answers; with none there are none."""
    assert are_words_right("300", ["20", "up to 300"])
    assert not are_words_right("300", ["20", "500"])
    assert not are_words_right("300", [])
