"""`cluster.toml`: what it may say, and what is said of one that cannot be used."""

import pytest

from index.cluster.settings import ClusterSettings
from index.errors import SettingsError

NEEDED = 'postgres = "postgresql://h/d"\nmilvus = "http://h:19530"\nname = "clippings"\n'


def read(tmp_path, text):
    path = tmp_path / "cluster.toml"
    path.write_text(text)
    return ClusterSettings.read(path)


def test_what_is_needed_is_enough(tmp_path):
    """Two servers and a name; the rest has defaults."""
    found = read(tmp_path, NEEDED)
    assert (found.name, found.dense_only, found.timeout_seconds) == ("clippings", False, 30.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "cannot be read"),
        (NEEDED.replace("milvus", "milvas"), "'milvas'"),
        (NEEDED.replace('name = "clippings"', ""), "needs name"),
        (NEEDED.replace('"http://h:19530"', "19530"), "needs milvus"),
        (NEEDED.replace("clippings", "Robert'); DROP TABLE documents;--"), "small letters"),
        (NEEDED + "dense_only = 1", "true or false"),
        (NEEDED + "rows_at_once = 0", "above 0"),
        (NEEDED + 'timeout_seconds = "long"', "numbers"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, text, said):
    """The error has the file and what is wrong with it."""
    with pytest.raises(SettingsError, match=said) as caught:
        read(tmp_path, text)
    assert "cluster.toml" in str(caught.value)


def test_token_is_no_part_of_the_file(tmp_path, monkeypatch):
    """It comes from the environment."""
    monkeypatch.setenv("ONRECORD_MILVUS_TOKEN", "root:secret")
    assert read(tmp_path, NEEDED).token == "root:secret"
