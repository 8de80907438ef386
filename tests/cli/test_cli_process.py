"""The command line as a process of its own: signals, pipes, consoles."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import Archive, Document
from index.storage.lock import writer_lock
from tests.cli.articles import ARTICLES

ROOT = Path(__file__).resolve().parent.parent.parent


def test_help_loads_no_engine():
    """What takes long to import is not imported to say what there is."""
    heavy = "numpy faiss torch transformers sentence_transformers gradio matplotlib apsw scipy"
    program = (
        "import sys\nfrom qa.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n"
        f"    sys.exit(' '.join(set('{heavy}'.split()) & set(sys.modules)) or 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


WHO_CLAIMED = "Who claimed the Tazerbo attack?"
LOADED = """
import sys
from qa.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    print(*sorted({"sentence_transformers", "transformers"} & {*sys.modules}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("command", "questions", "loaded"),
    [("ask", 1, ""), ("search", 1, ""), ("ask", 2, "sentence_transformers transformers")],
)
def test_one_question_waits_for_no_transformers(home, seeded, command, questions, loaded):
    """What takes longer to import than a question to answer is imported for several only."""
    asked = home / "questions.txt"
    asked.write_text(f"{WHO_CLAIMED}\n" * questions)
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, command, "--batch", str(asked), "--json"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stderr.strip() == loaded
    records = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one.get("question") or one["query"] for one in records] == [WHO_CLAIMED] * questions


RUN = """
import os, sys, time
sys.path.insert(0, sys.argv.pop(1))
from conftest import WordEncoder
from index.models import SentenceTransformerEncoder

class Slow(WordEncoder):
    has_encoded = False

    def encode_passages(self, passages):
        while self.has_encoded and os.path.exists(os.environ.get("WAIT_WHILE_THERE", "")):
            time.sleep(0.01)
        self.has_encoded = True
        return super().encode_passages(passages)

SentenceTransformerEncoder.load = lambda folder=None: Slow()
SentenceTransformerEncoder.load_for_one_question = Slow
from qa.cli import main
main()
"""


@pytest.fixture(name="command")
def _command(tmp_path):
    """A function that gives a command line for a process of its own, with a quick encoder."""
    (tmp_path / "run.py").write_text(RUN)

    def command(*args):
        tests = str(ROOT / "tests")
        return [sys.executable, str(tmp_path / "run.py"), tests, *map(str, args)]

    return command


@pytest.fixture(name="environment")
def _environment(home):
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def test_ctrl_c_stops_between_documents(command, environment, jsonl, tmp_path):
    """Ctrl-C during `add`: exit 130, what was told of is safe, the next run goes on from there."""
    records = [{"id": f"d{number}", "text": f"Word{number} came."} for number in range(1500)]
    add = command("add", jsonl(tmp_path / "many.jsonl", records), "--json", "--progress", "jsonl")
    told_to, wait = tmp_path / "stderr", tmp_path / "wait"
    wait.touch()
    waiting = environment | {"WAIT_WHILE_THERE": str(wait)}
    with (
        told_to.open("wb") as stderr,
        subprocess.Popen(add, env=waiting, stdout=subprocess.PIPE, stderr=stderr) as process,
    ):
        deadline = time.monotonic() + 120
        while not told_to.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        wait.unlink()
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    err = told_to.read_text()
    assert "Stopping after this document" in err
    assert "run the same command to go on" in err
    assert "Traceback" not in err
    told = [json.loads(line)["committed"] for line in err.splitlines() if line.startswith("{")]
    assert 0 < len(told) < 1500
    report = json.loads(out)
    assert report["added"] == report["documents"] == len(told)
    with Archive.open(tmp_path / "archive", create=False) as archive:
        assert [one.id for one in archive.documents()] == told
        assert archive.verify().is_clean
    again = subprocess.run(add, env=environment, capture_output=True, text=True, check=True)
    report = json.loads(again.stdout)
    assert (report["unchanged"], report["documents"]) == (len(told), 1500)
    assert report["added"] == 1500 - len(told)


def watching(args, environment):
    """A process of `onrecord watch`, whose lines can be read as they come."""
    return subprocess.Popen(
        args,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_watch_takes_in_what_comes(command, environment, tmp_path):
    """A file put into the folder is added, one deleted is pruned, and Ctrl-C ends it."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_text("The harbour reopened on Friday.")
    with watching(command("watch", folder, "--prune"), environment) as process:
        assert "1 added" in process.stdout.readline()
        (folder / "b.txt").write_text("The mayor resigned on Monday.")
        assert "1 added" in process.stdout.readline()
        (folder / "a.txt").unlink()
        assert "the archive has 1 article," in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_watch_passes_over_a_closed_folder(command, environment, tmp_path):
    """It says that nobody is let in, and goes on with what comes elsewhere."""
    folder = tmp_path / "news"
    (folder / "closed").mkdir(parents=True)
    (folder / "a.txt").write_text("The harbour reopened on Friday.")
    (folder / "closed").chmod(0)
    without_power = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if os.getuid():
        without_power = []
    elif not shutil.which("setpriv"):
        pytest.skip("permissions hold for nobody here")
    watch = [*without_power, *command("watch", folder)]
    with watching(watch, environment) as process:
        first = process.stdout.readline()
        if "failed" not in first:
            process.kill()
        assert "1 added, 1 failed" in first
        assert f"failed: {folder / 'closed'}: cannot be opened" in process.stdout.readline()
        (folder / "b.txt").write_text("The mayor resigned on Monday.")
        assert "1 added" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    (folder / "closed").chmod(0o755)
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_watch_tells_what_vanished_and_waits_for_another_writer(command, environment, tmp_path):
    """A file that is gone is told once; while another process writes, what came waits."""
    folder = tmp_path / "news"
    folder.mkdir()
    for name, says in (("a", "The harbour reopened."), ("b", "The mayor resigned.")):
        (folder / f"{name}.txt").write_text(says)
    with watching(command("watch", folder), environment) as process:
        assert "2 added" in process.stdout.readline()
        (folder / "a.txt").unlink()
        assert "2 articles" in process.stdout.readline()
        assert process.stdout.readline() == f"vanished: {folder / 'a.txt'}\n"
        assert "--prune" in process.stdout.readline()
        with writer_lock(tmp_path / "archive"):
            (folder / "c.txt").write_text("The bakers went on strike.")
            assert f"is locked by process {os.getpid()}" in process.stdout.readline()
        assert "1 added" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "vanished" not in rest


@pytest.fixture(name="large")
def _large(make_encoder, tmp_path):
    """An archive whose export is larger than any pipe's buffer."""
    with Archive.open(tmp_path / "archive", encoder=make_encoder()) as archive:
        archive.add_documents(
            Document(id=str(number), text=f"Rain fell {number * 'x'}{'y' * 90_000}.", path="x")
            for number in range(5)
        )


def test_a_closed_pipe_is_no_traceback(large, command, environment):
    """`onrecord export | head -1` ends quietly."""
    with subprocess.Popen(
        command("export"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        process.stdout = None
        err = process.stderr.read()
        assert process.wait(timeout=120) != 0
    assert err == b""


def test_stdout_is_only_json(command, environment, jsonl, tmp_path):
    """In a process of its own: one line of JSON on standard output, exit codes to the shell."""
    file = jsonl(tmp_path / "harbour.jsonl", ARTICLES)
    for args, code in (
        (["add", file, tmp_path / "missing", "--json"], 1),
        (["ask", "Who seized the harbour of Zuwara on Monday?", "--json"], 0),
    ):
        ran = subprocess.run(command(*args), env=environment, capture_output=True, check=False)
        assert ran.returncode == code
        assert json.loads(ran.stdout)
        assert ran.stdout.count(b"\n") == 1
    ran = subprocess.run(
        command("ask", "--debug", ""), env=environment, capture_output=True, check=False
    )
    assert b"Traceback" in ran.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_json_is_utf8_whatever_the_console(large, command, environment, encoding):
    """JSON is UTF-8 where it is piped, whatever the encoding of the system."""
    environment["PYTHONIOENCODING"] = encoding
    question = "Who is الاثنين 😀?"
    ran = subprocess.run(
        command("ask", question, "--json"), env=environment, capture_output=True, check=True
    )
    assert json.loads(ran.stdout.decode("utf-8"))["question"] == question
    ran = subprocess.run(
        command("ask", "who?", "--archive", "/الاثنين"),
        env=environment,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 1
    assert b"Traceback" not in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_gets_colours(command, environment):
    """On a terminal there are colours."""
    import pty

    ours, theirs = pty.openpty()
    environment |= {"TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.run(command("status"), env=environment, stdout=theirs, check=True)
    os.close(theirs)
    printed = os.read(ours, 10_000)
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[" in printed
