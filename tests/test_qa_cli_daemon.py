"""A server answers the command line: the same words, without models; and nobody else does."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from index import Archive, ArchiveError, Filters
from index.errors import ArchiveBusy
from qa import Assistant, Question, Reader, cli
from qa.cli import daemon
from qa.settings import Settings
from tests.conftest import WordEncoder

WHO = "who claimed the Tazerbo attack?"

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


@pytest.fixture(name="place", autouse=True)
def _place(monkeypatch):
    """The user's folder for sockets; its path is short, as theirs must be."""
    with tempfile.TemporaryDirectory(prefix="or-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder, "onrecord")


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A server on a busy machine may be slow to greet."""
    monkeypatch.setattr(daemon, "_GREETED_WITHIN", 60.0)


@pytest.fixture(name="assistant", scope="module")
def _assistant(tmp_path_factory, real_encoder, seeds):
    folder = tmp_path_factory.mktemp("daemon") / "archive"
    with Archive.open(folder, encoder=real_encoder) as archive:
        archive.add([seeds])
        yield Assistant(archive, Reader.load())


@pytest.fixture(name="settings")
def _settings(assistant):
    return Settings(archive=assistant.archive.folder)


@pytest.fixture(name="served")
def _served(assistant, settings):
    """A server's part: it answers over the archive."""
    with daemon.answering([assistant], settings):
        yield


def reach(settings):
    return daemon.reach(settings.archive, settings)


@pytest.mark.parametrize("command", [("ask", WHO), ("search", "police station", "--top-k", "3")])
def test_a_command_has_the_answer_without_models(assistant, settings, command):
    """What it prints is what it prints alone; with a server it imports no model's library."""
    program = (
        "import sys\nfrom qa.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print({'torch', 'faiss', 'numpy'} & set(sys.modules), file=sys.stderr)\n"
    )
    line = [sys.executable, "-c", program, *command, "--json"]
    environment = os.environ | {"ONRECORD_ARCHIVE": str(settings.archive)}

    def run():
        ran = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)
        record = json.loads(ran.stdout)
        record.pop("elapsed_ms", None)
        return record, ran.stderr

    alone, imported = run()
    assert "torch" in imported
    with daemon.answering([assistant], settings):
        found, imported = run()
    assert found == alone
    assert imported == "set()\n"


def test_many_questions_over_one_connection(settings, served, assistant):
    """A list of questions is asked one after the other."""
    with reach(settings) as found:
        texts = [WHO, "who won the World Cup?", WHO]
        answers = [found.ask(Question(text=text)) for text in texts]
    expected = [assistant.ask(text) for text in texts]
    assert [type(one) for one in answers] == [type(one) for one in expected]
    assert [getattr(one, "citations", ()) for one in answers] == [
        getattr(one, "citations", ()) for one in expected
    ]


def test_commands_at_the_same_time(settings, served):
    """Each has its own connection: one that waits keeps no other waiting."""
    with reach(settings), reach(settings) as found:
        assert found.search("police", top_k=1, filters=Filters(), spread=True).hits


def test_errors_are_told(settings, served, assistant, monkeypatch):
    """What goes wrong at the server goes wrong here, with the same class and words."""

    def fail(*_, **__):
        raise ArchiveBusy("the archive stayed busy")

    monkeypatch.setattr(type(assistant.archive), "search", fail)
    with reach(settings) as found, pytest.raises(ArchiveBusy, match="stayed busy"):
        found.ask(Question(text=WHO))


def test_a_server_that_ends_in_the_middle(place, settings):
    """An error says what to do; nobody waits for ever."""
    with (
        fake(place, settings, [daemon._GREETING]),
        reach(settings) as found,
        pytest.raises(ArchiveError, match="run the command again"),
    ):
        found.ask(Question(text=WHO))


def test_whoever_does_not_greet_is_passed_over(place, settings, monkeypatch):
    """A server that hangs, or ends at once, or is something else."""
    monkeypatch.setattr(daemon, "_GREETED_WITHIN", 0.2)
    for words in (None, [], ["HTTP"]):
        with fake(place, settings, words):
            assert reach(settings) is None


@contextlib.contextmanager
def fake(place, settings, words):
    """Something at the socket that says these words and hangs up; None: says nothing, and waits."""
    place.mkdir(mode=0o700, exist_ok=True)
    address = daemon._address(settings.archive, settings)
    is_over = threading.Event()

    def talk(door):
        found, _ = door.accept()
        with daemon._connection(found) as connection:
            for word in words or ():
                connection.send(word)
            if words is None:
                is_over.wait(60)
            elif words == [daemon._GREETING]:
                connection.recv()

    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(address))
        door.listen()
        thread = threading.Thread(target=talk, args=(door,))
        thread.start()
        yield
        is_over.set()
        thread.join(60)
    address.unlink()


def test_nobody_is_reached_where_nobody_is(place, settings, assistant):
    """No folder, no socket, and the socket of a server that was killed, which the next replaces."""
    assert reach(settings) is None
    address = daemon._address(settings.archive, settings)
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(address))
    assert reach(settings) is None
    with daemon.answering([assistant], settings):
        assert reach(settings) is not None
    assert not list(place.iterdir())


def test_other_models_are_not_asked(settings, served, tmp_path):
    """A server with another encoder, reader or device would answer otherwise."""
    for other in ({"encoder": tmp_path}, {"reader": tmp_path}, {"device": "cuda"}):
        assert reach(replace(settings, **other)) is None
    (tmp_path / "archive.sqlite").touch()
    assert daemon.reach(tmp_path, settings) is None
    assert reach(settings) is not None


def test_an_archive_in_the_place_of_another_is_not_the_servers(settings, served, tmp_path):
    """What was removed and made anew is another archive, whatever the old one's server has open."""
    folder = settings.archive
    folder.rename(tmp_path / "away")
    try:
        with Archive.open(folder, encoder=WordEncoder()):
            assert reach(settings) is None
        shutil.rmtree(folder)
        assert reach(settings) is None
    finally:
        (tmp_path / "away").rename(folder)
    assert reach(settings) is not None


def test_an_archive_on_other_servers_is_another(settings, tmp_path):
    """Its folder's `cluster.toml` says which they are."""
    file = tmp_path / "cluster.toml"
    file.write_text('name = "a"')
    one = daemon._address(tmp_path, settings)
    assert one is not None
    file.write_text('name = "b"')
    assert daemon._address(tmp_path, settings) not in {one, None}


def test_the_second_server_leaves_the_first_its_socket(place, settings, served, assistant):
    """And takes it from nobody when it ends."""
    with daemon.answering([assistant], settings):
        pass
    assert len(list(place.iterdir())) == 1
    assert reach(settings) is not None


@pytest.mark.parametrize("make", ["open", "link", "file"])
def test_a_folder_that_others_may_write_is_not_used(place, settings, assistant, make, tmp_path):
    """Who could put a socket there could answer in the server's place."""
    if make == "open":
        place.mkdir()
        place.chmod(0o770)
    elif make == "link":
        place.symlink_to(tmp_path)
    else:
        place.touch()
    with daemon.answering([assistant], settings):
        assert reach(settings) is None
    assert make == "file" or not list(place.iterdir())


def test_another_user_is_not_answered(settings, served, monkeypatch):
    """The system says whose process is at the other end."""
    if not hasattr(socket, "SO_PEERCRED"):
        pytest.skip("this system does not say who is at the other end")
    own = os.getuid()
    asked = []

    def another():
        asked.append(own)
        return own if len(asked) == 1 else own + 1

    monkeypatch.setattr(os, "getuid", another)
    assert reach(settings) is None
    assert len(asked) > 1


def test_a_long_path_has_no_socket(settings, assistant, monkeypatch, tmp_path):
    """The systems take some hundred bytes."""
    longer = tmp_path / ("x" * 120)
    longer.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(longer))
    with daemon.answering([assistant], settings):
        assert reach(settings) is None


def test_serve_and_demo_answer(monkeypatch, tmp_path, seeds):
    """Both commands have somebody at the socket while they serve, and nobody afterwards."""
    from qa import web

    folder = tmp_path / "archive"
    monkeypatch.setenv("ONRECORD_ARCHIVE", str(folder))
    settings = Settings(archive=folder)
    seen = []

    def serve(site, **_):
        with reach(settings) as found:
            seen.append(found.ask(Question(text=WHO)).text)

    monkeypatch.setattr(web, "serve", serve)
    for command in (["demo", "--archive", str(folder)], ["serve"]):
        with pytest.raises(SystemExit) as left:
            cli.main(command)
        assert left.value.code == 0
        assert reach(settings) is None
    assert seen == ["ISIS", "ISIS"]
    shutil.rmtree(folder)
