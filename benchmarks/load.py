"""Many clients at once: are all answers right, how long do they take, does memory stay level?

    python benchmarks/load.py [--clients 50] [--questions 1000] [--articles 400] [--reuters FOLDER]

The archive is the demo's article with stories of Reuters-21578, and a story of our own for each
client. `onrecord serve` runs over it as a process of its own; each client asks the questions in an
order of its own, one in four about its own story. "right": the answer is the one that was given
when nobody else asked; "crossed": it is that of another question. A client that is turned away
(503) asks again. Memory is the server's, after the first tenth of the questions and at the end.
A soak is the same with more questions: --questions 20000.
"""

import argparse
import json
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent))

from peers import drawn
from reading_speed import DATA, ROOT

from index import Archive, Document
from qa.suggestions.demo import QUESTIONS, seeds_folder

SERVE = "import sys; from qa.cli import main; main(sys.argv[1:])"
START_SECONDS = 180
PATIENCE_SECONDS = 300
OWN = "The mayor of {} is {} Haddad."
TOWNS = ("Zu", "Ket", "Mor", "Lan", "Bir", "Tes", "Gal", "Pol", "Rin", "Vam")
ENDS = ("abad", "ville", "grad", "pur", "stan")
NAMES = ("Adam", "Bilal", "Celia", "Dunya", "Emil", "Farah", "Ghani", "Hana", "Idris", "Jamal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What was measured. `waits`: seconds for each answer; memory in bytes of the server."""

    clients: int
    right: int
    wrong: int
    crossed: int
    turned_away: int
    waits: tuple[float, ...]
    memory_early: int
    memory_late: int

    @property
    def median_ms(self) -> float:
        """Half of the answers came sooner."""
        return 1000 * statistics.median(self.waits)

    @property
    def p95_ms(self) -> float:
        """Nineteen of twenty answers came sooner."""
        return 1000 * sorted(self.waits)[int(0.95 * (len(self.waits) - 1))]


def measure(*, clients: int, questions: int, articles: int, reuters: Path | None) -> Load:
    """Serve an archive, ask, and stop the server."""
    stories, headlines = drawn(reuters, articles, 40) if reuters else ([], [])
    towns = [f"{town}{end}" for end in ENDS for town in TOWNS][:clients]
    own = [OWN.format(town, NAMES[n % len(NAMES)]) for n, town in enumerate(towns)]
    with tempfile.TemporaryDirectory() as folder:
        with Archive.open(folder) as archive:
            archive.add([seeds_folder()])
            archive.add_documents(
                Document(id=f"{number}", text=text, path=f"/load/{number}.txt")
                for number, text in enumerate([*own, *(story["text"] for story in stories)])
            )
        with serving(Path(folder)) as (address, process):
            asked = [*QUESTIONS, *headlines]
            asked_own = [f"Who is the mayor of {town}?" for town in towns]
            alone = {question: _ask(address, question)[0] for question in [*asked, *asked_own]}
            for question, sentence in zip(asked_own, own, strict=True):
                assert alone[question] == sentence, (question, alone[question])
            crowd = _Crowd(address, alone, process.pid)
            return crowd.ask(asked, asked_own, questions)


class _Crowd:
    """The clients, who ask until all questions are asked."""

    def __init__(self, address: str, alone: dict[str, str], pid: int) -> None:
        self._address = address
        self._alone = alone
        self._pid = pid
        self._lock = threading.Lock()
        self._told: list[tuple[str, str, float, int]] = []
        self._memory_early = 0

    def ask(self, asked: Sequence[str], asked_own: Sequence[str], questions: int) -> Load:
        share, more = divmod(questions, len(asked_own))
        clients = [
            threading.Thread(target=self._client, args=(own, asked, share + (number < more)))
            for number, own in enumerate(asked_own)
        ]
        self._early = max(1, questions // 10)
        self._began = time.perf_counter()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert len(self._told) == questions, f"{questions - len(self._told)} clients' errors"
        wrong = [said for question, said, _, _ in self._told if said != self._alone[question]]
        others = set(self._alone.values())
        return Load(
            clients=len(clients),
            right=questions - len(wrong),
            wrong=len(wrong),
            crossed=sum(said in others for said in wrong),
            turned_away=sum(times for _, _, _, times in self._told),
            waits=tuple(wait for _, _, wait, _ in self._told),
            memory_early=self._memory_early,
            memory_late=memory_of(self._pid),
        )

    def _say(self) -> None:
        """How far it is, after each tenth."""
        told, memory = len(self._told), memory_of(self._pid) / 1e6
        rate = told / (time.perf_counter() - self._began)
        sys.stderr.write(f"{told:,} asked, {rate:.1f} a second, {memory:.0f} MB\n")

    def _client(self, own: str, asked: Sequence[str], count: int) -> None:
        chance = random.Random(own)
        with httpx.Client(timeout=PATIENCE_SECONDS) as client:
            for number in range(count):
                question = own if number % 4 == 0 else chance.choice(asked)
                began = time.perf_counter()
                said, times = _ask(self._address, question, client)
                wait = time.perf_counter() - began
                with self._lock:
                    self._told.append((question, said, wait, times))
                    if len(self._told) == self._early:
                        self._memory_early = memory_of(self._pid)
                    if len(self._told) % self._early == 0:
                        self._say()


def _ask(address: str, question: str, client: Any = httpx) -> tuple[str, int]:
    """The sentence that answers, or why there is none; and how often one was turned away."""
    body = {"data": [question, None, None, None, 5, ""]}
    turned_away = 0
    while True:
        told = client.post(f"{address}gradio_api/run/ask", json=body, timeout=PATIENCE_SECONDS)
        if told.status_code == 503:
            turned_away += 1
            time.sleep(float(told.headers["retry-after"]))
            continue
        told.raise_for_status()
        said = told.json()["data"][0]
        if not said["answered"]:
            return json.dumps([said["reason"], said["question"]]), turned_away
        return said["answer"]["sentence"], turned_away


def memory_of(pid: int) -> int:
    """The bytes of memory that a process has."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise SystemExit("this system does not say how much memory a process has")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """`onrecord serve` as a process: its address, and the process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = ["serve", "--archive", str(folder), "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", SERVE, *options], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(f"{address}healthz", timeout=START_SECONDS).raise_for_status()
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > ends:
                    raise SystemExit("the server did not start; try: onrecord serve") from None
                time.sleep(0.1)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=30)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends with it
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--reuters", type=Path, default=DATA / "reuters21578", metavar="FOLDER")
    given = parser.parse_args()
    load = measure(
        clients=given.clients,
        questions=given.questions,
        articles=given.articles,
        reuters=given.reuters if given.articles else None,
    )
    asked = load.right + load.wrong
    print(f"{load.clients} clients, {asked:,} questions: {load.right:,} right, ", end="")
    print(f"{load.crossed} crossed, {load.turned_away} turned away")
    print(f"an answer: {load.median_ms:.0f} ms median, {load.p95_ms:.0f} ms for 95 of 100")
    early, late = load.memory_early / 1e6, load.memory_late / 1e6
    print(f"the server's memory: {early:.0f} MB after a tenth, {late:.0f} MB at the end")


if __name__ == "__main__":
    main()
