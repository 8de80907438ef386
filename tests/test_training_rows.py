"""Text as words of word pieces, and the data sets as rows of them."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qa.training.words import Vocabulary
from safetensors import safe_open
from transformers import AutoTokenizer

from index.models.encoder import packaged_folder
from qa.training.rows import read_qamr, read_sentence_pairs, read_squad, read_wiki_sentences

FELL = "The Tazerbo mayor -LRB- Ali -RRB- fled ."
LEFT = "A U.S. envoy left `` Tripoli '' ."


@pytest.fixture(name="tokenizer", scope="module")
def _tokenizer():
    return AutoTokenizer.from_pretrained(packaged_folder(), local_files_only=True)


@pytest.fixture(name="embeddings", scope="module")
def _embeddings():
    """The packaged encoder's vectors of word pieces."""
    with safe_open(packaged_folder() / "model.safetensors", "numpy") as weights:
        return weights.get_tensor("embeddings.word_embeddings.weight").astype(np.float32)


@pytest.fixture(name="vocabulary", scope="module")
def _vocabulary(tokenizer, embeddings):
    return Vocabulary(tokenizer, embeddings)


@pytest.fixture(name="surfaces", scope="module")
def _surfaces(vocabulary):
    """A function: the words of a text, as they are written in the vocabulary."""
    return lambda text: [vocabulary.surface(word) for word in text.words]


# Words


def test_pieces_are_grouped_into_words(vocabulary, surfaces):
    """A word of several pieces is one word, and stands where it is written."""
    written = "Tazerbo's mayor fled."
    text, spans = vocabulary.text(written)
    assert surfaces(text) == ["tazerbo", "'", "s", "mayor", "fled", "."]
    assert [written[slice(*span)] for span in spans] == ["Tazerbo", "'", "s", "mayor", "fled", "."]
    assert len(text.words[0]) > 1
    assert text.pieces == len(text) - 1 + len(text.words[0])


def test_words_stand_where_they_are_among_astral_characters(vocabulary):
    """Places count characters, whatever their width."""
    written = "😀 Zuwara 😀😀 fell"
    _, spans = vocabulary.text(written)
    assert [written[slice(*span)] for span in spans][1] == "Zuwara"
    assert written[slice(*spans[-1])] == "fell"


@settings(max_examples=40)
@given(written=st.text(max_size=60))
@example(written="a\u0301bc \u0301 ##ing")
@example(written="##")
def test_no_piece_is_lost(vocabulary, tokenizer, written):
    """The words' pieces are the text's, in order, and no two words overlap."""
    text, spans = vocabulary.text(written)
    pieces = [piece for word in text.words for piece in word]
    assert pieces == tokenizer(written, add_special_tokens=False)["input_ids"]
    assert len(text.words) == len(text.names) == len(spans)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)


def test_a_capital_makes_a_name(vocabulary):
    """What begins with a capital is flagged, though its pieces are in lower case."""
    text, _ = vocabulary.text("the mayor of Zuwara met Éva")
    assert text.names == (False, False, False, True, False, True)


def test_a_word_is_found_by_its_surface(vocabulary):
    """A surface is the word's, and the word has that surface."""
    assert vocabulary.surface(vocabulary.word("zuwara")) == "zuwara"
    assert vocabulary.text("zuwara")[0].words == (vocabulary.word("zuwara"),)


def test_neighbours_are_other_words_of_the_kind(vocabulary):
    """Near "north" are other directions."""
    found = {vocabulary.surface(word) for word in vocabulary.neighbours(vocabulary.word("north"))}
    assert {"south", "east", "west"} <= found


@pytest.mark.parametrize("surface", ["north", "elected", "bridge", "harbor"])
def test_neighbours_are_no_forms_of_the_word(vocabulary, surface):
    """None begins or ends as the word does, and there are eight at most."""
    found = [vocabulary.surface(word) for word in vocabulary.neighbours(vocabulary.word(surface))]
    assert 0 < len(found) <= 8
    assert not [one for one in found if one[:4] == surface[:4] or one[-4:] == surface[-4:]]


def test_a_word_of_several_pieces_has_no_neighbours(vocabulary):
    """Its pieces have vectors, it has none."""
    assert vocabulary.neighbours(vocabulary.word("tazerbo")) == ()


def test_a_piece_without_a_vector_is_nobodys_neighbour(tokenizer, embeddings):
    """A row of zeros, as padding has, is divided by nothing and near to nothing."""
    embeddings = embeddings.copy()
    south = tokenizer.convert_tokens_to_ids("south")
    embeddings[[0, south]] = 0
    vocabulary = Vocabulary(tokenizer, embeddings)
    near = vocabulary.neighbours(vocabulary.word("north"))
    assert near
    assert (south,) not in near


# QAMR


@pytest.fixture(name="qamr")
def _qamr(tmp_path, vocabulary):
    """A function that reads questions about two sentences: `(sentence, question, answers…)`."""

    def qamr(*dev, test=()):
        sentences = f"wiki:1\t{FELL}\nwiki:2\t{LEFT}\n"
        (tmp_path / "wiki-sentences.tsv").write_text(sentences, encoding="utf-8")
        for name, asked in (("dev.tsv", dev), ("test.tsv", test)):
            lines = [
                "\t".join((sentence, "1 2", "76", "0", "1", question, *answers)) + "\n"
                for sentence, question, *answers in asked
            ]
            (tmp_path / name).write_text("".join(lines), encoding="utf-8")
        return read_qamr(tmp_path, vocabulary)

    return qamr


def test_token_numbers_become_words(qamr, surfaces):
    """An answer in tokens is one in words, where a token may be several of them."""
    (row,) = qamr(("wiki:2", "Who left?", "1 2", "7:1", "8:4 5"))
    (sentence,) = row.context
    assert surfaces(row.question) == ["who", "left", "?"]
    assert surfaces(sentence)[:6] == ["a", "u", ".", "s", ".", "envoy"]
    assert row.answers == ((0, 1, 4), (0, 1, 5), (0, 7, 8))
    assert surfaces(sentence)[7:9] == ['"', "tripoli"]
    assert (row.place, row.group) == (0, "wiki:2")


def test_all_annotators_answers_are_right(qamr):
    """Different answers are all kept, the same one once."""
    (row,) = qamr(("wiki:1", "Who fled?", "1 2", "7:4", "8:1 2"))
    assert row.answers == ((0, 1, 2), (0, 4, 4))


def test_brackets_are_brackets(qamr, surfaces):
    """What the treebank writes for brackets and quotation marks is read as what it stands for."""
    rows = qamr(("wiki:1", "Who fled?", "4"), ("wiki:2", "Who left?", "2"))
    assert surfaces(rows[0].context[0])[3:6] == ["(", "ali", ")"]
    assert surfaces(rows[1].context[0]).count('"') == 2


@pytest.mark.parametrize("answer", ["1 4", "", "7 8", "9"])
def test_an_answer_that_is_no_span_is_left_out(qamr, answer):
    """Tokens apart, none, or beyond the end: the row has its other answers, or is not there."""
    assert qamr(("wiki:1", "Who fled?", answer)) == []
    (row,) = qamr(("wiki:1", "Who fled?", answer, "7:2"))
    assert row.answers == ((0, 2, 2),)


def test_both_parts_of_qamr_are_read(qamr, surfaces):
    """The questions of `dev.tsv`, then those of `test.tsv`."""
    rows = qamr(("wiki:1", "Who fled?", "4"), test=[("wiki:2", "Who left?", "2")])
    assert [row.group for row in rows] == ["wiki:1", "wiki:2"]


def test_all_sentences_of_the_list_are_there(qamr, tmp_path, vocabulary, surfaces):
    """Sentences that nobody asked about are read too, in order."""
    qamr()
    found = read_wiki_sentences(tmp_path, vocabulary)
    assert [surfaces(text)[1] for text in found] == ["tazerbo", "u"]


# Sentence pairs


@pytest.fixture(name="pairs")
def _pairs(tmp_path, vocabulary, jsonl):
    """A function that reads `(question, sentence)` pairs."""

    def pairs(*asked):
        records = [{"question": question, "sentence": sentence} for question, sentence in asked]
        return read_sentence_pairs(jsonl(tmp_path / "pairs.jsonl", records), vocabulary)

    return pairs


def test_pairs_know_their_sentence_by_its_number(pairs, surfaces):
    """Questions of one sentence have one group, and only the sentence is known to answer."""
    rows, sentences = pairs(
        ("who fled ?", "ali fled . "), ("what of ali ?", "ali fled . "), ("who won ?", "eva won .")
    )
    assert [row.group for row in rows] == ["0", "0", "1"]
    assert [surfaces(one) for one in sentences] == [["ali", "fled", "."], ["eva", "won", "."]]
    assert all(row.context == (sentences[int(row.group)],) for row in rows)
    assert {(row.place, row.answers) for row in rows} == {(0, ())}


def test_a_sentence_asked_of_again_later_is_the_same(pairs):
    """A sentence stands once among its neighbours, however the file comes back to it."""
    rows, sentences = pairs(
        ("who fled ?", "ali fled ."), ("who won ?", "eva won ."), ("what of ali ?", "ali  fled . ")
    )
    assert len(sentences) == 2
    assert [row.group for row in rows] == ["0", "0", "1"]


# SQuAD

PARAGRAPH = "Rebels seized Zuwara. The Tazerbo mayor fled on Monday to U.S. troops."


@pytest.fixture(name="squad")
def _squad(tmp_path, vocabulary):
    """A function that reads questions about one paragraph: `(question, *answers)`."""

    def squad(*asked, context=PARAGRAPH, **fields):
        questions = [
            {
                "question": question,
                "answers": [{"text": one, "answer_start": context.index(one)} for one in answers],
                **fields,
            }
            for question, *answers in asked
        ]
        article = {"title": "The_war", "paragraphs": [{"context": context, "qas": questions}]}
        path = tmp_path / "squad.json"
        path.write_text(json.dumps({"version": "v2.0", "data": [article]}), encoding="utf-8")
        return read_squad(path, vocabulary)

    return squad


def test_an_answer_has_its_sentence_and_words(squad, surfaces):
    """The sentence's number, the first word and the last, for each answer once."""
    (row,) = squad(("Who fled?", "The Tazerbo mayor", "mayor", "mayor"))
    assert [len(text) for text in row.context] == [4, 13]
    assert row.answers == ((1, 0, 2), (1, 2, 2))
    assert row.place == 1
    assert surfaces(row.title) == ["the", "war"]
    assert row.group == "The_war"


def test_an_answer_of_half_a_word_has_the_whole(squad):
    """An answer that ends within a word is answered by the word."""
    (row,) = squad(("Who fled?", "Tazer"))
    assert row.answers == ((1, 1, 1),)


def test_an_answer_across_two_sentences_is_left_out(squad):
    """The row has its other answers, or is not there."""
    assert squad(("What?", "Zuwara. The")) == []
    (row,) = squad(("What?", "Zuwara. The", "Zuwara"))
    assert row.answers == ((0, 2, 2),)


def test_an_impossible_question_has_no_place(squad):
    """Without answers and said to have none, it is a row where nothing answers."""
    (row,) = squad(("Who stayed?",), is_impossible=True)
    assert (row.place, row.answers) == (None, ())
    assert len(row.context) == 2


@pytest.mark.parametrize(("answers", "is_impossible"), [([], False), (["Zuwara"], True)])
def test_a_question_that_contradicts_itself_is_left_out(squad, answers, is_impossible):
    """Possible without an answer, or impossible with one: neither is trained on."""
    assert squad(("What?", *answers), is_impossible=is_impossible) == []
