"""A home without archives, and the command line over archives of a few articles."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from index import Archive
from index.models import SentenceTransformerEncoder
from qa import cli
from tests.cli.articles import ARTICLES


@dataclass
class Ran:
    """What a run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def record(self):
        """The one line of JSON."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    @property
    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path, monkeypatch):
    """A home without archives or settings; the archive is in `tmp_path / "archive"`."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("ONRECORD_SETTINGS", "ONRECORD_ENCODER", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ONRECORD_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture(name="onrecord")
def _onrecord(real_encoder, make_encoder, monkeypatch, capsys):
    """A function that runs a command line in this process, the model loaded once and for all."""

    def load(folder=None):
        return real_encoder if folder is None else make_encoder(name=Path(folder).name)

    monkeypatch.setattr(SentenceTransformerEncoder, "load", load)
    monkeypatch.setattr(SentenceTransformerEncoder, "load_for_one_question", load)

    def onrecord(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main([str(arg) for arg in args])
        printed = capsys.readouterr()
        return Ran(left.value.code, printed.out, printed.err)

    return onrecord


@pytest.fixture(name="seeds_archive", scope="session")
def _seeds_archive(tmp_path_factory, real_encoder, seeds):
    """An archive of the article that comes with the program, to be copied."""
    folder = tmp_path_factory.mktemp("seeds") / "archive"
    with Archive.open(folder, encoder=real_encoder) as archive:
        archive.add([seeds])
    return folder


@pytest.fixture(name="seeded")
def _seeded(onrecord, seeds_archive, tmp_path):
    """`onrecord` over an archive of the article that comes with the program."""
    shutil.copytree(seeds_archive, tmp_path / "archive")
    return onrecord


@pytest.fixture(name="harbour_archive", scope="session")
def _harbour_archive(tmp_path_factory, real_encoder, jsonl):
    """An archive of four short articles, to be copied."""
    folder = tmp_path_factory.mktemp("harbour")
    with Archive.open(folder / "archive", encoder=real_encoder) as archive:
        archive.add([jsonl(folder / "harbour.jsonl", ARTICLES)])
    return folder / "archive"


@pytest.fixture(name="harbour")
def _harbour(onrecord, harbour_archive, tmp_path):
    """`onrecord` over an archive of four short articles, two of them alike."""
    shutil.copytree(harbour_archive, tmp_path / "archive")
    return onrecord
