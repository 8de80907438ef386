"""What the browser tests share: a real Chromium, pages that it opens, archives that are served."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from index import Archive, Document
from qa import Assistant
from qa.web import Site
from tests.serving import serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What Chromium itself would like to know of Google is not looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
WIDE = {"width": 1280, "height": 800}

QUESTION = "#question textarea"
READY = "() => document.querySelector('#holdings b') !== null"
REPLIED = (
    "n => document.querySelectorAll('#chat .reply').length > n"
    " && !document.querySelector('#chat .waiting')"
)

ARTICLES = [
    {
        "id": "reuters",
        "source": "Reuters",
        "published": "2019-11-26",
        "title": "Gunmen storm Tazerbo police station",
        "text": "Gunmen stormed a police station in Tazerbo on Saturday night, killing nine "
        "people, officials said.\n\nAhmed Saleh, a member of the council, said that eleven "
        "policemen were abducted.",
        "url": "https://reuters.example/tazerbo",
        "authors": ["Ann Reporter"],
    },
    {
        "id": "awsat",
        "source": "Asharq Al-Awsat",
        "published": "2018-11-27",
        "title": "Libyan army hunts attackers",
        "text": "The terrorist organization killed nine people, injured 10 others and abducted "
        "policemen in its attack on Tazerbo.\n\nBelqasem al-Abaaj said that the army had expelled "
        "the remnants of the groups.",
    },
    {
        "id": "jazeera",
        "source": "Al Jazeera",
        "published": "2018-11-25",
        "language": "ar",
        "title": "هجوم على تازربو",
        "text": "قتل تسعة أشخاص في هجوم على مركز للشرطة في بلدة تازربو جنوب شرقي ليبيا.\n\n"
        "وقال مسؤول محلي إن المهاجمين خطفوا عددا من رجال الشرطة.",
    },
]


@dataclass
class Visit:
    """A page that is open, and what it tried."""

    page: object
    address: str
    requests: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        """Type a question and wait for the reply."""
        count = self.replies
        self.page.fill(QUESTION, question)
        self.page.press(QUESTION, "Enter")
        self.wait_for_reply(count)

    def wait_for_reply(self, count: int) -> None:
        """Wait until there are more than `count` replies, and nothing is being asked."""
        self.page.wait_for_function(REPLIED, arg=count, timeout=60_000)

    def wait_for_text(self, selector: str, text: str) -> None:
        """Wait until an element says exactly this."""
        self.page.wait_for_function(
            "([selector, text]) => document.querySelector(selector)?.textContent.trim() === text",
            arg=[selector, text],
            timeout=15_000,
        )

    def text(self, selector: str) -> str:
        """What the last element of a selector says."""
        return self.page.locator(selector).last.text_content()

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()

    @property
    def replies(self) -> int:
        return self.count("#chat .reply")

    @property
    def foreign(self) -> list[str]:
        """The requests that went elsewhere."""
        own = (self.address, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]

    @property
    def is_clean(self) -> bool:
        """Nothing went elsewhere, nothing was refused, and nothing went wrong."""
        return self.foreign == self.refused == self.errors == self.dialogs == []


@pytest.fixture(name="serve", scope="module")
def _serve():
    """A function that serves a site while the module lasts: the address. Idle servers cost time."""
    with contextlib.ExitStack() as servers:

        def serve(assistants: Mapping[str, Assistant] | Assistant, **fields) -> str:
            if not isinstance(assistants, Mapping):
                assistants = {"": assistants}
            return servers.enter_context(serving(Site(assistants=assistants, **fields)))

        yield serve


@pytest.fixture(name="browser", scope="module")
def _browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium: install one (apt install chromium) or name it in CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


FORGETS = """
    if (location.protocol === 'http:' && !sessionStorage.getItem('visited')) {
        localStorage.clear();
        sessionStorage.setItem('visited', 'yes');
    }
"""
"""Run before a page's own scripts: a new page finds nothing kept, one that is reloaded does."""


@pytest.fixture(name="window_of", scope="module")
def _window_of(browser):
    """A function that gives the window for these options; its pages share what was fetched.

    One of their `own` shares nothing with any other, cookies neither.
    """
    with contextlib.ExitStack() as contexts:
        kept = {}

        def window_of(*, own: bool, **options):
            key = repr(sorted(options.items()))
            if not own and key in kept:
                return kept[key]
            context = browser.new_context(**options)
            contexts.callback(context.close)
            context.add_init_script(FORGETS)
            if not own:
                kept[key] = context
            return context

        yield window_of


@contextlib.contextmanager
def opening(window_of):
    """A function that opens a page; all of them close at the end."""
    with contextlib.ExitStack() as pages:

        def visit(address: str, *, query: str = "", user: tuple[str, str] = (), **options) -> Visit:
            usual = {"viewport": WIDE, "reduced_motion": "reduce"}
            page = window_of(own=bool(user), **usual | options).new_page()
            pages.callback(page.close)
            visit = Visit(page, address)
            page.on("request", lambda request: visit.requests.append(request.url))
            page.on(
                "response",
                lambda answer: answer.status >= 400 and visit.refused.append(answer.url),
            )
            page.on("pageerror", lambda error: visit.errors.append(str(error)))
            page.on(
                "console",
                lambda line: line.type == "error" and visit.errors.append(line.text),
            )

            def refuse(dialog):
                visit.dialogs.append(dialog.message)
                dialog.dismiss()

            page.on("dialog", refuse)
            page.goto(address + query)
            if user:
                page.fill("#username", user[0])
                page.fill("#password", user[1])
                page.click("#login button")
            page.wait_for_selector(QUESTION)
            page.wait_for_function(READY)
            return visit

        yield visit


@pytest.fixture(name="visit")
def _visit(window_of):
    """Opens pages that close with the test."""
    with opening(window_of) as visit:
        yield visit


@pytest.fixture(name="long_visit", scope="module")
def _long_visit(window_of):
    """Opens pages that several tests share."""
    with opening(window_of) as visit:
        yield visit


@pytest.fixture(name="demo", scope="module")
def _demo(tmp_path_factory, real_encoder, seeds, real_reader, serve):
    """The address of the page over the article that comes with the program."""
    with Archive.open(tmp_path_factory.mktemp("demo") / "archive", encoder=real_encoder) as archive:
        archive.add([seeds])
        yield serve(Assistant(archive, real_reader), is_demo=True)


@pytest.fixture(name="news_archive", scope="module")
def _news_archive(tmp_path_factory, real_encoder, jsonl):
    """An archive of three articles of three sources, one of them Arabic."""
    folder = tmp_path_factory.mktemp("news")
    file = jsonl(folder / "news.jsonl", ARTICLES)
    with Archive.open(folder / "archive", encoder=real_encoder) as archive:
        archive.add([file])
        yield archive


@pytest.fixture(name="news", scope="module")
def _news(news_archive, real_reader, serve):
    """The address of the page over `news_archive`."""
    return serve(Assistant(news_archive, real_reader))


@pytest.fixture(name="article", scope="session")
def _article(seeds) -> str:
    (file,) = seeds.iterdir()
    return file.read_text(encoding="utf-8")


@pytest.fixture(name="small_archive", scope="module")
def _small_archive(tmp_path_factory, real_encoder):
    """A function that makes an archive of one sentence."""
    with contextlib.ExitStack() as archives:

        def small_archive(name: str, text: str) -> Archive:
            folder = tmp_path_factory.mktemp(name)
            archive = archives.enter_context(Archive.open(folder, encoder=real_encoder))
            archive.add_documents([Document(id=name, text=text, path=f"/news/{name}.txt")])
            return archive

        yield small_archive
