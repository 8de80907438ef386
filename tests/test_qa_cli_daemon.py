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
import time
from dataclasses import replace
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener, answer_challenge, deliver_challenge
from pathlib import Path

import platformdirs
import pytest

from index import Archive, ArchiveError, Filters
from index.errors import ArchiveBusy
from qa import Assistant, Question, Reader, cli
from qa.cli import daemon
from qa.settings import Settings
from tests.conftest import WordEncoder
from tests.reckoned import assert_same

WHO = "who claimed the Tazerbo attack?"

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="about Unix sockets and folders")


@pytest.fixture(name="place", autouse=True)
def _place(monkeypatch):
    """The user's folder for sockets and keys; its path is short, as theirs must be."""
    with tempfile.TemporaryDirectory(prefix="or-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(platformdirs.user_runtime_dir("onrecord", appauthor=False))


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
        return json.loads(ran.stdout), ran.stderr

    alone, imported = run()
    assert "torch" in imported
    with daemon.answering([assistant], settings):
        found, imported = run()
    assert imported == "set()\n"
    assert_same(found, alone)


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


def test_a_server_that_ends_in_the_middle(settings):
    """An error says what to do; nobody waits for ever."""

    def end(connection, key):
        greet(connection, key)
        connection.recv()

    with (
        fake(settings, end),
        reach(settings) as found,
        pytest.raises(ArchiveError, match="run the command again"),
    ):
        found.ask(Question(text=WHO))


def test_whoever_does_not_greet_is_passed_over(settings, monkeypatch):
    """A server that hangs, at once or in the middle, or ends at once, or is something else."""
    is_over = threading.Event()
    monkeypatch.setattr(daemon, "_GREETED_WITHIN", 0.3)
    for talk in (
        lambda connection, key: is_over.wait(60),
        lambda connection, key: (connection.send_bytes(b"#CHALLENGE#" + b"x" * 20), is_over.wait()),
        lambda connection, key: None,
        lambda connection, key: connection.send_bytes(b"HTTP"),
        lambda connection, key: connection.send(print),
    ):
        is_over.clear()
        began = time.monotonic()
        with fake(settings, talk):
            assert reach(settings) is None
            assert time.monotonic() - began < 5
            is_over.set()


def test_a_server_that_lets_nobody_in_is_passed_over(settings, monkeypatch):
    """Not even its system takes more connections."""
    monkeypatch.setattr(daemon, "_GREETED_WITHIN", 0.3)
    door = daemon._door(settings.archive, settings)
    door.key.write_bytes(b"key")
    with Listener(door.address, backlog=1), contextlib.ExitStack() as stack:
        began = time.monotonic()
        for _ in range(4):
            assert reach(settings) is None
        assert time.monotonic() - began < 5
        stack.callback(door.key.unlink)


def test_whoever_has_another_key_is_not_believed(settings):
    """It may sit at the address and welcome everybody, but what it says is not read."""

    def welcome(connection, _):
        connection.send_bytes(b"#CHALLENGE#" + b"x" * 20)
        connection.recv_bytes()
        connection.send_bytes(b"#WELCOME#")
        with contextlib.suppress(AuthenticationError):
            answer_challenge(connection, b"another")

    with fake(settings, welcome):
        assert reach(settings) is None


@pytest.mark.parametrize("key", [b"", b"another", None])
def test_nothing_is_unpickled_of_whoever_lacks_the_key(settings, served, tmp_path, key):
    """What is unpickled runs: a stranger's does not, before a challenge or after a failed one."""
    with Client(daemon._door(settings.archive, settings).address) as connection:
        assert connection.poll(60)
        if key is not None:
            with pytest.raises(AuthenticationError):
                answer_challenge(connection, key)
        with contextlib.suppress(OSError):
            connection.send(Trap(tmp_path / "ran"))
        with pytest.raises((EOFError, OSError)):
            list(iter(connection.recv_bytes, None))
    assert not (tmp_path / "ran").exists()
    with reach(settings) as found:
        assert found.search("police", top_k=1, filters=Filters(), spread=True).hits


class Trap:
    """Makes a file where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def greet(connection, key):
    """A server's part of the greeting."""
    with contextlib.suppress(AuthenticationError, EOFError, OSError):
        deliver_challenge(connection, key)
        answer_challenge(connection, key)


@contextlib.contextmanager
def fake(settings, talk):
    """Something at the address that talks as it is told to, and hangs up."""
    door = daemon._door(settings.archive, settings)
    door.key.write_bytes(b"key")

    def let_in(listener):
        with listener.accept() as connection, contextlib.suppress(OSError):
            talk(connection, b"key")

    with Listener(door.address) as listener:
        thread = threading.Thread(target=let_in, args=(listener,))
        thread.start()
        yield
        thread.join(60)
    door.key.unlink()


@on_unix
def test_nobody_is_reached_where_nobody_is(place, settings, assistant):
    """No folder, no socket, and what a server left that was killed, which the next replaces."""
    assert reach(settings) is None
    door = daemon._door(settings.archive, settings)
    door.key.write_bytes(b"key")
    assert reach(settings) is None
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(door.address)
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


@on_unix
def test_the_key_is_the_users_alone(place, settings, served):
    """Nobody else may read it."""
    (key,) = place.glob("*.key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32


def test_an_archive_on_other_servers_is_another(settings, tmp_path):
    """Its folder's `cluster.toml` says which they are."""
    file = tmp_path / "cluster.toml"
    file.write_text('name = "a"')
    one = daemon._door(tmp_path, settings)
    assert one is not None
    file.write_text('name = "b"')
    assert daemon._door(tmp_path, settings) not in {one, None}


def test_the_second_server_leaves_the_first_its_socket(place, settings, served, assistant):
    """And takes it from nobody when it ends."""
    with daemon.answering([assistant], settings):
        pass
    assert len(list(place.glob("*.key"))) == 1
    assert reach(settings) is not None


@on_unix
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


@on_unix
def test_a_long_path_has_no_socket(settings, assistant, monkeypatch, tmp_path):
    """The systems take some hundred bytes."""
    longer = tmp_path / ("x" * 120)
    longer.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(longer))
    with daemon.answering([assistant], settings):
        assert reach(settings) is None
    assert not list(longer.rglob("*.key"))


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
