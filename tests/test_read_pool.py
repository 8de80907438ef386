"""Reading in processes of their own: order, limits, and what is left when one dies.

A file of these tests is a program, which its reader runs: so a file can do to its reader
whatever a broken parser might.
"""

import datetime as dt
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from index.datatypes import Document, Failure
from index.read import child, pool, read, read_all
from index.read.worker import as_record, from_record
from index.storage.lock import writer_lock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of Unix")

RUNS_FILES = """
import types
from index.read import formats, worker
def run(source):
    defined = {}
    exec(compile(source.read(), source.path, "exec"), defined)
    yield from defined.get("found", lambda source: [])(source)
runner = types.ModuleType("index.read.runner")
runner.run = run
sys.modules["index.read.runner"] = runner
formats.FORMATS["text"] = "runner.run"
"""
SAYS_PID = """
import os
from index.read.record import document_of
def found(source):
    yield document_of(source, str(os.getpid()))
"""
SLEEPS = SAYS_PID + "    import time; time.sleep(600)\n"


def start_running(more=""):
    """The program of a child for which each file is a program."""
    before, main, _ = child._START.rpartition("main()")
    return before + RUNS_FILES + more + "\n" + main


@pytest.fixture(name="files")
def _files(tmp_path, monkeypatch):
    """A function that writes programs as files, which children will run, and gives their paths."""
    monkeypatch.setattr(child, "_START", start_running())
    monkeypatch.setattr(pool, "_SECONDS", 300.0)

    def write(*programs):
        paths = [tmp_path / f"{number:04}.txt" for number in range(len(programs))]
        for path, program in zip(paths, programs, strict=True):
            path.write_text(program)
        return paths

    return write


@pytest.fixture(name="limits")
def _limits(monkeypatch):
    """A function that sets constants of `index.read.worker` in the children."""

    def limit(**constants):
        lines = [f"worker.{name} = {value!r}" for name, value in constants.items()]
        monkeypatch.setattr(child, "_START", start_running("\n".join(lines)))

    return limit


def outcomes(paths, recorder, **how):
    """Of each file its text, or the reason why it has none."""
    return [
        one.text if isinstance(one, Document) else one.reason
        for one in read_all(paths, recorder, **how)
    ]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whoever took in an orphan may be slow to bury it.
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def wait_until_gone(pid):
    deadline = time.monotonic() + 30
    while is_alive(pid):
        assert time.monotonic() < deadline, "the process goes on"
        time.sleep(0.05)


# What comes back


def test_order_of_files(tmp_path, recorder):
    """Articles come in the order of the files, however many processes read; failures too."""
    paths = [tmp_path / f"{number}.txt" for number in range(12)]
    for number, path in enumerate(paths):
        path.write_text(f"Article {number}.")
    missing = Failure(path="gone.txt", reason="no such file or folder")
    files = [*paths[:5], missing, *paths[5:]]
    expected = [f"Article {number}." for number in range(12)]
    expected.insert(5, "no such file or folder")
    assert outcomes(files, recorder, processes=3) == expected
    assert recorder.done == [one.path if isinstance(one, Failure) else str(one) for one in files]


def test_no_files(recorder):
    """Nothing to read starts nothing."""
    threads = threading.active_count()
    assert outcomes([], recorder) == []
    assert threading.active_count() == threads


@pytest.mark.parametrize("name", ["a" * 150, "é" * 70, "\udcff" * 150])
def test_long_names(tmp_path, recorder, name):
    """More names than a pipe holds are sent as they are read; names in no encoding too."""
    paths = [tmp_path / f"{name}{number}.txt" for number in range(40)]
    for number, path in enumerate(paths):
        path.write_text(f"Article {number}.")
    expected = [f"Article {number}." for number in range(40)]
    assert outcomes(paths, recorder, processes=1) == expected


def test_document_survives_the_pipe():
    """A document is the same on the other side, with every field."""
    document = Document(
        id="a",
        text="Nine \u2028 died.\x00\U0001f600",
        path="/news/a.zip/a.html",
        title="Attack",
        source="AP",
        url="https://example.com/a",
        published=dt.date(2018, 11, 25),
        authors=("A", "B"),
        line=3,
        canonical_url="https://example.com/",
        modified=dt.date(2018, 11, 26),
        section="World",
        language="en",
        dateline="TRIPOLI",
        relays="Reuters",
        retrieved=dt.date(2018, 11, 27),
        pages=(0, 4),
        superseded_by="b",
        origins={"title": "JSON-LD"},
    )
    failure = Failure(path="a", line=3, reason="bad")
    for one in (document, failure):
        assert from_record(json.loads(json.dumps(as_record(one)))) == one


def test_long_file_waits_for_its_reader(tmp_path, recorder, monkeypatch, jsonl):
    """Of a file of many articles only so many bytes are held that nobody has taken."""
    monkeypatch.setattr(child, "_HELD_BYTES", 5_000)
    monkeypatch.setattr(child, "_AT_ONCE_BYTES", 1_000)
    records = [{"text": f"Article {number}. " + "Nine died. " * 40} for number in range(600)]
    path = jsonl(tmp_path / "a.jsonl", records)
    held = []
    take = child.Child.take

    def take_and_measure(self, seconds):
        line = take(self, seconds)
        held.append(self._held)
        return line

    monkeypatch.setattr(child.Child, "take", take_and_measure)
    assert outcomes([path], recorder) == [record["text"] for record in records]
    assert max(held) < 5_000 + 2_000


def test_what_a_parser_prints_is_no_article(files, recorder):
    """What a library prints, by Python or below it, does not come between the articles."""
    prints = 'import os\nprint("{}")\nos.write(1, b"junk\\n")\n'
    paths = files(prints + SAYS_PID, SAYS_PID)
    first, second = outcomes(paths, recorder, processes=1)
    assert first == second


def test_children_load_no_models(files, recorder):
    """The search engine and the models are not loaded to read files."""
    program = "import sys\nassert not {'torch', 'faiss', 'numpy', 'gradio'} & set(sys.modules)\n"
    (pid,) = outcomes(files(program + SAYS_PID), recorder)
    assert pid.isdigit()


# What is wrong


@pytest.mark.parametrize(
    ("death", "says"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "ended by the system"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed its reader"),
        ("os.abort()", "crashed its reader"),
        ("os._exit(3)", "exit status 3"),
        ("sys.exit(4)", "exit status 4"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "seconds of the processor"),
    ],
)
def test_file_that_ends_its_reader(files, recorder, death, says):
    """A file over which its reader dies is reported, and another reads the next."""
    paths = files(SAYS_PID, f"import os, signal, sys\n{death}\n", SAYS_PID, SAYS_PID)
    first, reason, second, third = outcomes(paths, recorder, processes=1)
    assert says in reason
    assert first != second == third
    assert len(recorder.done) == 4


def test_articles_before_the_death_are_kept(files, recorder):
    """What was read of a file before its reader died is kept, and the reason follows."""
    dies = SAYS_PID + "    os.kill(os.getpid(), 9)\n"
    pid, reason = outcomes(files(dies), recorder)
    assert pid.isdigit()
    assert "ended by the system" in reason


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_memory_limit(files, recorder):
    """A file that takes more memory than it may is reported, and the next is read."""
    reason, pid = outcomes(files("x = bytearray(1_000_000_000)\n", SAYS_PID), recorder, processes=1)
    assert reason == "takes more memory than a reader may have"
    assert pid.isdigit()


def test_cpu_limit(files, limits, recorder):
    """A file that keeps the processor busy for longer than it may is reported."""
    limits(CPU_SECONDS=0)
    reason, pid = outcomes(files("while True: pass\n", SAYS_PID), recorder, processes=1)
    assert reason == "took longer than 20 seconds of the processor"
    assert pid.isdigit()


def test_time_of_the_processor_is_each_articles(files, limits, recorder):
    """A process may work for longer than one article may take; the articles count singly."""
    limits(CPU_SECONDS=1)
    busy = (
        SAYS_PID
        + "    import time\n"
        + "    for _ in range(3):\n"
        + "        until = time.process_time() + 0.7\n"
        + "        while time.process_time() < until: pass\n"
        + "        yield document_of(source, 'Worked.')\n"
    )
    assert outcomes(files(busy), recorder)[1:] == ["Worked."] * 3


def test_clock_limit(files, recorder, monkeypatch):
    """A file over which nothing happens for too long is reported, and the next is read."""
    paths = files(SAYS_PID, SLEEPS, SAYS_PID)
    found = read_all(paths, recorder, processes=1)
    first, sleeper = next(found), next(found)
    monkeypatch.setattr(pool, "_SECONDS", 0.2)
    failure = next(found)
    monkeypatch.setattr(pool, "_SECONDS", 300.0)
    (after,) = found
    assert failure == Failure(path=str(paths[1]), reason="took longer than 0 seconds")
    assert first.text == sleeper.text != after.text
    assert not is_alive(int(sleeper.text))


def test_nothing_is_written(files, recorder, tmp_path):
    """A reader can write to no file, whatever takes hold of it."""
    target = tmp_path / "written"
    program = f"from pathlib import Path\nPath({str(target)!r}).write_text('Mine.')\n"
    (reason,) = outcomes(files(program), recorder)
    assert "too large" in reason
    assert target.read_bytes() == b""


def test_reader_that_cannot_start(tmp_path, recorder, monkeypatch):
    """Where no process can be started each file is reported with the system's reason."""
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("Nine died.")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    reasons = outcomes(paths, recorder, processes=1)
    assert reasons == ["no process can be started to read it: No such file or directory"] * 2


def test_readers_are_renewed(files, limits, recorder):
    """A process ends after so many files, and another goes on where it left off."""
    limits(FILES=3)
    pids = outcomes(files(*[SAYS_PID] * 8), recorder, processes=1)
    assert len(pids) == 8
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 2]


def test_name_that_is_too_long():
    """A path that no system call takes is a failure, and no error."""
    (failure,) = read(Path("x" * 5000))
    assert "too long" in failure.reason


# What is left


def test_closing_early_ends_the_children(files, recorder):
    """When nobody wants more, the processes are ended and buried."""
    found = read_all(files(SLEEPS, SLEEPS), recorder, processes=2)
    first = next(found)
    found.close()
    assert not is_alive(int(first.text))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_nothing_leaks(files, recorder):
    """After deaths, time limits and early ends there are no more files open, and no threads."""
    paths = files(SAYS_PID, "import os; os.abort()", SAYS_PID, SLEEPS)
    outcomes(paths[:1], recorder)
    before = sorted(Path("/proc/self/fd").iterdir()), threading.active_count()
    outcomes(paths[:3], recorder, processes=2)
    found = read_all(paths, recorder, processes=2)
    next(found)
    del found
    gc.collect()
    assert (sorted(Path("/proc/self/fd").iterdir()), threading.active_count()) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


PARENT = """
import signal
import sys
from pathlib import Path
from index.datatypes import Silent
from index.storage.lock import writer_lock
from index.read import child, read_all
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
child._START = sys.argv[1]
folder = Path(sys.argv[2])
with writer_lock(folder):
    for found in read_all([folder / "sleeps.txt"], Silent()):
        print(found.text, flush=True)
"""


@pytest.fixture(name="parent")
def _parent(tmp_path):
    """A function that starts a process that reads and holds the writer's lock, and its child."""
    (tmp_path / "sleeps.txt").write_text(SLEEPS)
    started = []

    def start(more=""):
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, start_running(more), str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
            start_new_session=True,
        )
        started.append(parent)
        return parent, int(parent.stdout.readline())

    yield start
    for parent in started:
        parent.kill()
        parent.communicate()


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(
            "", marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux does it")
        ),
        "worker._die_with_parent = lambda: None",
    ],
    ids=["by-the-system", "by-the-end-of-the-names"],
)
def test_children_die_with_their_parent(parent, tmp_path, more):
    """Children of a process that is killed end too, amid a file, and hold no lock of it."""
    process, reader = parent(more)
    process.kill()
    process.wait()
    with writer_lock(tmp_path):
        pass
    wait_until_gone(reader)


def test_lock_is_not_inherited(parent, tmp_path):
    """The writer's lock is free once the writer is dead, though its child be alive."""
    lives_on = "worker._die_with_parent = lambda: None\n"
    lives_on += "worker._listen = lambda names: [names.put(line) for line in sys.stdin]"
    process, reader = parent(lives_on)
    try:
        process.kill()
        process.wait()
        assert is_alive(reader)
        with writer_lock(tmp_path):
            pass
    finally:
        os.kill(reader, signal.SIGKILL)


def test_ctrl_c(parent):
    """Ctrl-C, which the terminal sends to all, interrupts the parent, and that ends the child."""
    process, reader = parent()
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=120)
    assert complaint.strip().endswith(b"KeyboardInterrupt")
    assert not is_alive(reader)
