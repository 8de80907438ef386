"""How long a visitor waits: from a cold start to the first answer on the page, and for a question.

    python benchmarks/page.py [--questions 40] [--chromium PATH]

"cold start": from starting `onrecord demo` in a new process, its archive already made, to the
first answer in the browser. "question": from Enter to the reply in the page. "this machine": how
much longer work takes than the processor is at it, by which figures of a busy machine are judged:
"idle" is what is left when they are divided by it.
"""

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

QUESTIONS = (
    "Who claimed the Tazerbo attack?",
    "How many people were killed in Tazerbo?",
    "What did Abaaj say about the extremist organization?",
    "Who won the 2018 World Cup?",
)
PATIENCE_SECONDS = 180


def main() -> None:
    options = _options()
    from playwright.sync_api import sync_playwright

    slowed = _slowed()
    print(f"this machine: a process waits {slowed:.1f} times as long as it works (idle: 1.0)")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        port = _free_port()
        program = "import sys; from qa.cli import main; main(sys.argv[1:])"
        options_of = ["demo", "--archive", folder, "--port", str(port)]
        command = [sys.executable, "-c", program, *options_of]
        _stop(_start(command, port))  # the archive is made, and the system has read the files once
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        started = time.perf_counter()
        server = _start(command, port)
        listening = time.perf_counter() - started
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("#question textarea")
        shown = time.perf_counter() - started
        _ask(page, QUESTIONS[0])
        answered = time.perf_counter() - started
        print(f"cold start: {answered:.1f} s to the first answer on the page", end="")
        print(f" (server {listening:.1f} s, page {shown:.1f} s); idle {answered / slowed:.1f} s")
        waits = [_ask(page, QUESTIONS[n % len(QUESTIONS)]) for n in range(options.questions)]
        _stop(server)
        browser.close()
    _report(waits, (slowed + _slowed()) / 2)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chrome"))
    return parser.parse_args()


def _slowed() -> float:
    """How many times longer some work takes than the processor is at it, as others use it too."""
    began, worked = time.perf_counter(), time.process_time()
    sum(number * number for number in range(8_000_000))
    return (time.perf_counter() - began) / (time.process_time() - worked)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _start(command: list[str], port: int) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=Path(__file__).parent.parent, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None:
                raise SystemExit("the server did not start; try: onrecord demo") from None
            time.sleep(0.02)
        else:
            return server


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait(timeout=30)


def _ask(page: Any, question: str) -> float:
    """Ask, and wait for the reply; the milliseconds from Enter."""
    count = page.locator("#chat .reply").count()
    if count >= 8:
        page.click("#new")
        page.wait_for_function("() => !document.querySelector('#chat .reply')")
        count = 0
    page.fill("#question textarea", question)
    page.evaluate(
        """count => {
            window.waited = new Promise(resolve => {
                const began = performance.now();
                new MutationObserver((_, observer) => {
                    if (document.querySelectorAll('#chat .reply').length > count) {
                        observer.disconnect();
                        resolve(performance.now() - began);
                    }
                }).observe(document.body, {childList: true, subtree: true});
            });
        }""",
        count,
    )
    page.press("#question textarea", "Enter")
    milliseconds: float = page.evaluate("window.waited")
    return milliseconds


def _report(waits: list[float], slowed: float) -> None:
    ranked = sorted(waits)
    last = ranked[int(0.95 * (len(ranked) - 1))]
    print(f"question: {statistics.median(ranked):.0f} ms median of {len(ranked)}", end="")
    print(f", {ranked[0]:.0f} ms at best, {last:.0f} ms for 95 of 100", end="")
    print(f"; idle {statistics.median(ranked) / slowed:.0f} ms")


if __name__ == "__main__":
    main()
