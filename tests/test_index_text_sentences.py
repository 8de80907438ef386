"""Where sentences end in the news, and how they are gathered into passages."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.datatypes import Span
from index.text.sentences import sentences_in, split_passages, split_sentences


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


def count_words(texts):
    return [len(text.split()) for text in texts]


def count_characters(texts):
    return [len(text) for text in texts]


# One sentence each: nothing in it ends it before its end.
_WHOLE = [
    "Spokesman for the Libyan National Army, Brig. Gen. Ahmed al-Mismari, said so on Wednesday.",
    "Lt. Gen. Khalifa Haftar met U.S. Sen. John McCain in Tripoli.",
    "U.S. Sen. Lindsey Graham said the attack on Nov. 25 killed nine people.",
    "The blast came at 3 p.m. Monday in the center of the city.",
    "The session begins at 9 a.m. GMT and ends at 5 p.m. Eastern time.",
    "The meeting at 10:30 a.m. (0830 GMT) was brief.",
    "It landed at 10:06 a.m. Japan time, 300 million kilometers from Earth.",
    "Polls close at 8 p.m. Central European Time, and at 3 p.m. New York time.",
    "Trading begins at 10 a.m. AEST on Monday.",
    "The militants abducted approx. 29 policemen and civilians.",
    "The draw, No. 7 in the list, was St. Louis against Ft. Worth.",
    "The U.N. Security Council met in Washington, D.C., on Tuesday.",
    "Mr. Abaaj, Mrs. Smith and Dr. Jones live in St. Petersburg.",
    "Shares of Apple Inc. rose 3.5 percent to $155.21 on Jan. 3, 2019.",
    "J. K. Rowling and George W. Bush spoke to John F. Kennedy Jr. about it.",
    "Gov. Gavin Newsom, Rep. Nancy Pelosi and Rev. Al Sharpton were there.",
    "“The extremist organization doesn’t have any chance to repeat its attacks,” Abaaj said.",
    '"Go home!" he said to the crowd.',
    "“Why now?” asked the minister.",
    "He said: “We will win.”",
    'He asked, "Will they come?"',
    "TRIPOLI, Nov. 25 (Reuters) - Gunmen killed nine people on Sunday.",
    "BENGHAZI, Libya (AP) — The army said it had retaken the town.",
    "Visit www.example.com or write to news@example.com for more.",
    "The so-called Islamic State (a.k.a. ISIS) lost Sirte in 2016.",
    "Das Treffen am 3. Oktober 2018 in Berlin dauerte zwei Stunden.",
    "Spotkanie odbyło się 3. stycznia w Warszawie.",
    "See fig. 3 and vol. 2, pp. 12-14, est. 1950.",
]


@pytest.mark.parametrize("text", _WHOLE)
def test_one_sentence(text):
    """An abbreviation, a time, a title or a quotation does not end the sentence it is in."""
    assert sentences(text) == [text]


@pytest.mark.parametrize("text", _WHOLE)
def test_one_sentence_among_others(text):
    """The same sentence is whole between two others too."""
    before, after = "The army said so on Wednesday.", "Nobody else was hurt there."
    assert sentences(f"{before} {text} {after}") == [before, text, after]


_SEVERAL = {
    "plain": ["Gunmen attacked the town.", "They left at dawn!", "Who were they?"],
    "quote-closes": ["“The trials took place.”", "Mismari spoke in Benghazi."],
    "straight-quote-closes": ['He said: "We won."', "The crowd cheered."],
    "single-quote-closes": ["He said: ‘We won.’", "The crowd cheered."],
    "bracket-closes": ["They fled (to the desert.)", "The army followed."],
    "question-quote": ["“Who claimed it?”", "Nobody answered."],
    "numbers": ["It cost $3.5 million.", "That was 12.5 percent more."],
    "hours": ["They left at 8 p.m.", "This time nobody saw them.", "Moscow time stands still."],
    "digits-begin": ["Nine people died.", "10 others were injured."],
    "japanese": ["政府は発表した。", "詳細は不明である。", "調査が続いている！"],
    "chinese": ["政府宣布会谈成功。", "细节尚未公布？", "双方将继续谈判。"],
    "hindi": ["नौ लोग मारे गए।", "दस घायल हुए।"],
    "arabic": ["قتل تسعة أشخاص في الهجوم.", "من أعلن مسؤوليته؟", "لم يعرف أحد."],
    "russian": ["Девять человек погибли.", "Ещё десять ранены."],
    "german": ["Neun Menschen starben.", "Zehn wurden verletzt."],
}


@pytest.mark.parametrize("kind", _SEVERAL)
def test_several_sentences(kind):
    """Where a sentence ends, in whatever script, the next begins."""
    expected = _SEVERAL[kind]
    joint = "" if kind in ("japanese", "chinese") else " "
    assert sentences(joint.join(expected)) == expected


def test_quotation_in_japanese():
    """A Japanese sentence in brackets belongs to the one that reports it."""
    text = "首相は「攻撃は終わった。」と述べた。"
    assert sentences(text) == [text]


def test_seed_has_eleven_sentences(seeds):
    """The article that comes with the program has the eleven sentences of its eleven lines."""
    (path,) = seeds.glob("*.txt")
    text = path.read_text(encoding="utf-8")
    found = sentences(text)
    assert len(found) == 11
    assert found == [line.strip() for line in text.splitlines() if line.strip()]


def test_blank_line_ends_a_sentence():
    """A paragraph ends a sentence, with or without a full stop."""
    text = "Nine killed in Tazerbo\n\nGunmen attacked the town\r\n\r\non Sunday."
    assert sentences(text) == ["Nine killed in Tazerbo", "Gunmen attacked the town", "on Sunday."]


def test_headline_above_the_text():
    """A short line above much longer ones is a sentence of its own."""
    line = "Gunmen attacked the town of Tazerbo in the southern desert of Libya on Sunday morning."
    assert sentences(f"Nine killed in Tazerbo\n{line}") == ["Nine killed in Tazerbo", line]


def test_column_is_not_cut_at_its_line_ends():
    """Text set to a column of some width is whole sentences over its lines."""
    text = (
        "Gunmen attacked the town of Tazerbo in the desert of\n"
        "Libya on Sunday, killing nine. The\n"
        "Libyan National Army said that it is pursuing them in\n"
        "the desert. It gave no more details than these were.\n"
    )
    found = sentences(text)
    assert [" ".join(one.split()) for one in found] == [
        "Gunmen attacked the town of Tazerbo in the desert of Libya on Sunday, killing nine.",
        "The Libyan National Army said that it is pursuing them in the desert.",
        "It gave no more details than these were.",
    ]


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "– ", "1. ", "2) ", "(3) "])
def test_list_items_are_sentences(mark):
    """Each item of a list is its own, with or without a full stop."""
    text = f"The dead:\n{mark}Nine policemen\n{mark}Ten civilians\n"
    assert sentences(text) == ["The dead:", f"{mark}Nine policemen", f"{mark}Ten civilians"]


def test_one_line_a_paragraph():
    """Where lines are paragraphs, each ends a sentence."""
    first = "Gunmen attacked the town of Tazerbo " * 4
    second = "The army is in pursuit of them " * 4
    assert sentences(f"{first}\n{second}") == [first.strip(), second.strip()]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\r\n \t", "\u00a0", "\u3000\u2028"])
def test_no_sentences(text):
    """White space holds no sentence."""
    assert sentences(text) == []


@pytest.mark.parametrize("text", ["A", ".", "...", "”", "?!", "-", "1.", "- \n", "·"])
def test_one_character_is_a_sentence(text):
    """What is not white space is in a sentence, be it a single mark."""
    assert sentences(text) == [text.strip()]


_NEWS = st.text(
    st.sampled_from(
        [
            *"abz AZ019.,;:!?…\"“”‘’'()[]-–—•·。！？「」।؟",
            *"\n\r\t\u00a0\u2028\x85\x0c\x1c\u200b\ufeff\x00",
        ]
    ),
    max_size=80,
)
_WORDS = st.lists(
    st.sampled_from(
        "Brig. Gen. U.S. Sen. Nov. 25 3 p.m. Monday approx. “Go!” he said. 1. • - (a) Oktober "
        "end. End. \n \n\n \r\n No. 7 。 と述べた 」 ) ” ’ … ? ! said The THE GMT (AP) a.m.".split(
            " "
        )
    ),
    max_size=40,
).map(" ".join)


def check_spans(text, spans):
    """Ordered, apart, trimmed, and every character that is no space in exactly one."""
    covered = bytearray(len(text))
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        for place in range(start, end):
            covered[place] += 1
    for before, after in pairwise(spans):
        assert before[1] <= after[0]
    for place, character in enumerate(text):
        assert covered[place] == 1 or (not covered[place] and character.isspace())


@given(text=st.one_of(_NEWS, _WORDS, st.text()))
@example("x\x85y. z")
@example("\x1c\x1d. a")
@example("a.\u200b b")
def test_spans_cover_any_text(text):
    """Sentences of any text are in order and apart, trimmed, and leave nothing out."""
    check_spans(text, split_sentences(text))


@given(text=st.one_of(_NEWS, _WORDS, st.text()), window=st.integers(1, 12))
def test_passages_cover_any_text(text, window):
    """Passages of any text hold every sentence once, none above the window."""
    passages = split_passages(text, window=window, count_tokens=count_characters)
    spans = [span for passage in passages for span in passage.sentences]
    check_spans(text, spans)
    for passage in passages:
        assert passage.start == passage.sentences[0].start
        assert passage.end == passage.sentences[-1].end
        used = sum(end - start for start, end in passage.sentences)
        assert used <= window


@given(text=_WORDS, window=st.integers(30, 60))
def test_passages_are_whole_sentences(text, window):
    """When every sentence fits the window, none is cut."""
    spans = split_sentences(text)
    if any(len(text[start:end].split()) > window for start, end in spans):
        return
    passages = split_passages(text, window=window, count_tokens=count_words)
    assert [span for passage in passages for span in passage.sentences] == spans


def test_passages_are_about_as_long():
    """Passages share the text evenly instead of leaving a scrap at the end."""
    text = " ".join(f"This is sentence number {number} of them." for number in range(11))
    passages = split_passages(text, window=70, count_tokens=count_words)
    assert [len(one.sentences) for one in passages] == [6, 5]


def test_sentence_longer_than_the_window_is_cut_at_spaces():
    """A sentence that does not fit is cut between words, and no word is lost or cut."""
    words = [f"word{number}" for number in range(100)]
    text = " ".join(words) + "."
    passages = split_passages(text, window=7, count_tokens=count_words)
    pieces = [text[start:end] for one in passages for start, end in one.sentences]
    assert " ".join(pieces) == text
    assert all(len(piece.split()) <= 7 for piece in pieces)


def test_word_longer_than_the_window_is_cut():
    """A word that does not fit is cut anywhere, and no character is lost."""
    text = "x" * 1000
    passages = split_passages(text, window=7, count_tokens=count_characters)
    pieces = [text[start:end] for one in passages for start, end in one.sentences]
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 7


def test_empty_text_has_no_passages():
    """White space has no passages."""
    assert split_passages(" \n", window=5, count_tokens=count_words) == []


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a ",
        "A.",
        "a.\n",
        "\n",
        " ",
        "“",
        "”",
        "1. ",
        "- x\n",
        "。",
        "a.a",
        "(",
        "x) A",
        "…",
        "\t\r\n",
    ],
)
def test_long_monotony_is_split_in_time(unit):
    """A fifth of a million characters of nearly nothing take no more than seconds."""
    text = unit * (200_000 // len(unit))
    started = time.process_time()
    spans = split_sentences(text)
    assert time.process_time() - started < 10
    assert sum(end - start for start, end in spans) >= len(re.sub(r"\s", "", text))


def test_sentences_of_a_long_paragraph_are_whole():
    """However long a paragraph is, none of its sentences is cut."""
    expected = [f"Sentence {number} of the U.S. Sen. is “quite” long." for number in range(900)]
    assert sentences(" ".join(expected)) == expected


def test_sentences_are_numbered_slices():
    """`sentences_in` counts from where it is told, and gives the text of each span."""
    text = "One. Two."
    one, two = sentences_in(text, [Span(0, 4), Span(5, 9)], first=3)
    assert (one.ordinal, one.text, two.ordinal, two.text) == (3, "One.", 4, "Two.")
