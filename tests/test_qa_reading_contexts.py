"""The one form in which question and context are read, in training and in use."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.models import tokenizer_in
from index.models.encoder import packaged_folder
from index.text.sentences import split_sentences
from qa.reading.contexts import LONGEST, Context, InputForm

WHO = "Who seized the harbour?"
REPORT = "It rained all night. Rebels seized the harbour of Zuwara. Fishermen fled."
DAY = dt.date(2019, 11, 5)
TEXTS = {
    "plain": ("", REPORT, 0),
    "headline": ("Harbour seized", REPORT, 0),
    "later start": ("Harbour seized", REPORT, 1),
    "astral characters": ("😀 seized", "😀😀 𝔸li fled. The 🚢 sank in Zuwara 😀. 😀 Rain.", 1),
    "half a surrogate pair": ("half \ud800", "Half \ud83d a pair fell. The rest did not.", 1),
}


@pytest.fixture(name="tokenizer", scope="module")
def _tokenizer():
    return tokenizer_in(packaged_folder())


@pytest.fixture(name="form", scope="module")
def _form(tokenizer):
    return InputForm(tokenizer, positions=512)


def context_of(text, headline="", *, first=0, published=None):
    spans = split_sentences(text.encode("utf-8", "replace").decode())
    return Context(headline, text, spans[first:], published)


@pytest.fixture(name="context", params=TEXTS.values(), ids=TEXTS)
def _context(request):
    headline, text, first = request.param
    return context_of(text, headline, first=first)


def read_of(form, context, question=WHO):
    """The texts of the tokens in which an answer may be."""
    (one,) = form.encode([question], [context])
    return [context.text[slice(*span)] for span in one.offsets[one.readable]]


# What is read


@pytest.mark.parametrize(
    ("headline", "published", "told"),
    [
        ("", None, ""),
        ("Harbour seized", None, "Harbour seized: "),
        ("Harbour seized", DAY, "Harbour seized (5 November 2019): "),
        ("", DAY, "(5 November 2019): "),
    ],
)
def test_headline_and_day_stand_before_the_sentences(headline, published, told):
    """Whichever of the two is known, with a colon; nothing where neither is."""
    context = context_of(REPORT, headline, first=1, published=published)
    assert context.under_headline == f"{told}Rebels seized the harbour of Zuwara. Fishermen fled."


def test_question_and_context_are_laid_out_as_a_pair(form, tokenizer):
    """`[CLS] question [SEP] headline (day): sentences [SEP]`, with a type for each of the two."""
    (one,) = form.encode([WHO], [context_of("Ali fled.", "War", published=DAY)])
    words = "[CLS] who seized the harbour ? [SEP] war ( 5 november 2019 ) : ali fled . [SEP]"
    assert [tokenizer.id_to_token(number) for number in one.ids] == words.split()
    assert one.token_types == [0] * 7 + [1] * 11


def test_each_question_has_its_own_context(form):
    """They are encoded in order, whatever else is encoded with them."""
    contexts = [context_of("Ali fled."), context_of(REPORT, "War")]
    together = form.encode(["Who fled?", WHO], contexts)
    for one, question, context in zip(together, ("Who fled?", WHO), contexts, strict=True):
        (alone,) = form.encode([question], [context])
        assert one.ids == alone.ids
        np.testing.assert_array_equal(one.offsets, alone.offsets)
    with pytest.raises(ValueError, match="argument"):
        form.encode([WHO], contexts)


# Where it stands


def test_offsets_are_of_the_texts_characters(form, tokenizer, context):
    """A token stands where the text has its letters."""
    (one,) = form.encode([WHO], [context])
    told = [tokenizer.id_to_token(number).removeprefix("##") for number in one.ids]
    tokens = [token for token, may in zip(told, one.readable, strict=True) if may]
    written = [context.text[slice(*span)].casefold() for span in one.offsets[one.readable]]
    known = [pair for pair in zip(tokens, written, strict=True) if pair[0] != "[UNK]"]
    assert len(known) > 4
    assert {token for token, letters in known if token != letters} <= {"a", "?"}


def test_an_answer_is_of_the_sentences_alone(form, context):
    """Not of the question, the headline or the day; and every letter of a sentence may be in it."""
    (one,) = form.encode([WHO], [context])
    readable = np.zeros(len(context.text), dtype=bool)
    for start, end in one.offsets[one.readable]:
        assert context.start <= start < end <= context.sentences[-1].end
        readable[start:end] = True
    for place in range(context.start, context.sentences[-1].end):
        assert readable[place] == (not context.text[place].isspace())


def test_the_headline_is_read_and_never_quoted(form):
    """Its tokens are there, those of the sentences alone are readable."""
    plain, under = form.encode(
        [WHO] * 2, [context_of("Ali fled."), context_of("Ali fled.", "Zuwara falls")]
    )
    assert len(under.ids) > len(plain.ids)
    assert plain.readable.sum() == under.readable.sum() == 3


@settings(max_examples=40)
@given(text=st.text(min_size=1, max_size=60).filter(str.strip), headline=st.text(max_size=20))
@example(text="\u0301a", headline="\u0301")
@example(text="a\u200b\u0301 b", headline="\ud800")
def test_any_text_has_a_form(form, text, headline):
    """Whatever is written, readable tokens are of the sentences and not empty."""
    context = context_of(text, headline)
    (one,) = form.encode([text], [context])
    assert len(one.ids) == len(one.token_types) == len(one.offsets) == len(one.readable)
    for start, end in one.offsets[one.readable]:
        assert context.start <= start < end <= context.sentences[-1].end


# Its limits


@pytest.mark.parametrize(("positions", "longest"), [(512, LONGEST), (160, 160)])
def test_the_context_is_cut(tokenizer, positions, longest):
    """At 384 tokens, or as many as the model has places for; the question is whole."""
    context = context_of("The rebels seized it. " * 100, "Harbour seized")
    (one,) = InputForm(tokenizer, positions=positions).encode([WHO], [context])
    assert len(one.ids) == longest
    assert tokenizer.decode(one.ids[:7], skip_special_tokens=False).startswith("[CLS] who seized")
    assert tokenizer.id_to_token(one.ids[-1]) == "[SEP]"
    assert not one.readable[-1]


def test_a_long_question_is_cut(form):
    """Of a question the first 48 tokens are read, and the context whatever its length."""
    context = context_of(REPORT)
    cut, longer, shorter = (form.encode(["who " * count], [context])[0] for count in (48, 400, 47))
    assert longer.ids == cut.ids
    assert len(shorter.ids) == len(cut.ids) - 1
    assert read_of(form, context, "who " * 400) == read_of(form, context)


def test_a_long_headline_leaves_room_for_the_sentences(form):
    """A headline as long as an article does not hide what stands under it."""
    long = context_of(REPORT, "Harbour seized. " * 100)
    assert read_of(form, long) == read_of(form, context_of(REPORT))


def test_the_day_is_told_under_a_long_headline():
    """It is the headline that is cut."""
    context = context_of(REPORT, "seized " * 100, published=DAY)
    assert "(5 November 2019): It rained" in context.under_headline


@pytest.mark.parametrize("question", ["", "\ud800 who?", "😀"])
def test_any_question_has_a_form(form, question):
    """Empty, or with half a surrogate pair: the context is read all the same."""
    assert read_of(form, context_of(REPORT), question) == read_of(form, context_of(REPORT))
