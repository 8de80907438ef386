"""The page in a real Chromium: ask, read, open, add; and hostile articles, which stay text."""

import contextlib
import os
import shutil
import threading
import time
from dataclasses import dataclass, field

import pytest

from index import Archive, Document, Searched
from qa import Answer, Assistant, Citation, Question, Role
from qa.web import application, listen
from qa.web import escape as escaper
from qa.web.escape import plain

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 360, "height": 740}

QUESTION = "#question textarea"
MARK = "#source mark.cited"
ARTICLE = "#source .article"


@contextlib.contextmanager
def serving(assistant, *, is_demo=False):
    """The page of an assistant at a free port; its address."""
    import uvicorn

    app = application(assistant, is_demo=is_demo)
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join(timeout=15)


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
        self.page.wait_for_function(
            "n => document.querySelectorAll('#chat .quote, #chat .none, #chat .trouble').length > n"
            " && !document.querySelector('#stop')",
            arg=count,
            timeout=30_000,
        )

    @property
    def replies(self) -> int:
        return self.page.locator("#chat .quote, #chat .none, #chat .trouble").count()

    @property
    def foreign(self) -> list[str]:
        """The requests that went elsewhere."""
        own = (self.address, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


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


@pytest.fixture(name="visit", scope="module")
def _visit(browser):
    """A function that opens a page in a window of its own."""
    with contextlib.ExitStack() as windows:

        def visit(address: str, **window) -> Visit:
            context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce"} | window)
            windows.callback(context.close)
            page = context.new_page()
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
            page.goto(address)
            page.wait_for_selector(QUESTION)
            page.wait_for_function("() => document.querySelector('#status b') !== null")
            return visit

        yield visit


# The demo archive, with its models


@pytest.fixture(name="demo", scope="module")
def _demo(tmp_path_factory, real_encoder, seeds, real_reader):
    """The address of the page over the article that comes with the program."""
    with Archive.open(tmp_path_factory.mktemp("demo") / "archive", encoder=real_encoder) as archive:
        archive.add([seeds])
        assistant = Assistant(archive, real_reader)
        with serving(assistant, is_demo=True) as address:
            yield address


@pytest.fixture(name="article", scope="module")
def _article(seeds) -> str:
    (file,) = seeds.iterdir()
    return file.read_text(encoding="utf-8")


@pytest.fixture(name="demo_visit", scope="module")
def _demo_visit(visit, demo) -> Visit:
    return visit(demo)


def is_in_view(page, selector: str, box: str) -> bool:
    """Whether an element lies within another that scrolls, and within the window."""
    return page.evaluate(
        """([selector, box]) => {
            const inner = document.querySelector(selector).getBoundingClientRect();
            const outer = document.querySelector(box).getBoundingClientRect();
            return inner.top >= outer.top - 1 && inner.top < Math.min(outer.bottom, innerHeight);
        }""",
        [selector, box],
    )


def test_the_answer_is_quoted_and_marked_in_its_article(demo_visit, article):
    """The Tazerbo question: the sentence is quoted, and stands marked in the whole article."""
    demo_visit.ask("How many people were killed in Tazerbo?")
    page = demo_visit.page
    quote = page.locator("#chat .quote").last.text_content()
    assert "killed nine people" in quote
    assert quote in article
    assert page.locator("#chat .quote strong").last.text_content() in quote
    assert page.locator(MARK).text_content() == quote
    assert page.locator(f"{MARK} strong").count() == 1
    assert page.locator(ARTICLE).text_content() == article
    assert is_in_view(page, MARK, ARTICLE)


def test_an_example_is_asked_by_a_click(demo_visit):
    """The demo's questions can be clicked; who claimed the attack is on record."""
    count = demo_visit.replies
    demo_visit.page.click("#examples button >> text=Who claimed the Tazerbo attack?")
    demo_visit.page.wait_for_function(
        "n => document.querySelectorAll('#chat .quote').length > n", arg=count
    )
    reply = demo_visit.page.locator("#chat").text_content()
    assert "ISIS has claimed responsibility for multiple attacks" in reply


def test_further_sentences_open_from_the_chat_and_from_the_pane(demo_visit):
    """Each numbered sentence can be opened by its button and stepped to in the pane."""
    demo_visit.ask("Who claimed the Tazerbo attack?")
    page = demo_visit.page
    sentences = [
        page.locator("#chat .quote").last.text_content(),
        *page.locator("#chat .bot-row").last.locator(".sentence").all_text_contents(),
    ]
    assert len(sentences) > 2
    page.click("#chat .option >> text=Open 2")
    page.wait_for_function(
        "text => document.querySelector('#source mark.cited').textContent === text",
        arg=sentences[1],
    )
    assert is_in_view(page, MARK, ARTICLE)
    page.locator("#citations label").nth(2).click()
    page.wait_for_function(
        "text => document.querySelector('#source mark.cited').textContent === text",
        arg=sentences[2],
    )


def test_what_is_not_in_the_archive_is_said_so(demo_visit):
    """The unanswerable question: what was searched, the closest sentences, and no quote."""
    quotes = demo_visit.page.locator("#chat .quote").count()
    demo_visit.ask("Who won the 2018 World Cup?")
    text = demo_visit.page.locator("#chat .none").last.text_content()
    assert text == "Not in this archive (searched 1 article, 11 sentences)."
    assert demo_visit.page.locator("#chat .quote").count() == quotes
    assert demo_visit.page.locator("#chat .bot-row").last.locator(".sentence").count() == 3
    assert demo_visit.page.locator(MARK).count() == 0


def test_an_earlier_answer_opens_again(demo_visit):
    """A click on an earlier answer shows its article again."""
    page = demo_visit.page
    quote = page.locator("#chat .quote").first
    quote.click()
    page.wait_for_selector(MARK)
    assert page.locator(MARK).text_content() == quote.text_content()


AS_WRITTEN = "#as-written"


def test_a_follow_up_is_asked_as_written_by_one_click(visit, demo):
    """The question as understood is shown, and one click asks it without what came before."""
    guest = visit(demo)
    page = guest.page
    guest.ask("Who claimed the Tazerbo attack?")
    assert page.locator("#chat .understood").count() == page.locator(AS_WRITTEN).count() == 0
    guest.ask("When did it happen?")
    assert (
        page.locator("#chat .understood").text_content()
        == "Understood as: “When did the Tazerbo attack happen?”"
    )
    assert is_in_view(page, AS_WRITTEN, "body")
    count = guest.replies
    page.fill(QUESTION, "a draft")
    page.click(AS_WRITTEN)
    page.wait_for_function(
        "n => document.querySelectorAll('#chat .quote, #chat .none').length > n"
        " && !document.querySelector('#stop')",
        arg=count,
    )
    asked = page.locator("#chat .asked").all_text_contents()
    assert asked[-2:] == ["When did it happen?"] * 2
    assert page.locator("#chat .understood").count() == 1
    assert page.locator(AS_WRITTEN).count() == 0
    assert page.input_value(QUESTION) == "a draft"
    assert guest.foreign == guest.refused == guest.errors == []


def test_how_it_was_found_is_folded(demo_visit):
    """The stages are there, folded, and open by a click."""
    page = demo_visit.page
    demo_visit.ask("Which city did ISIS lose in 2016?")
    assert not page.locator("#chat .stages").last.is_visible()
    page.locator("#chat >> text=How this was found").last.click()
    page.locator("#chat .stages").last.wait_for(state="visible")


def test_a_wrong_filter_is_a_message(visit, demo):
    """A date that is none is said so in the chat, in one line and without a traceback."""
    guest = visit(demo)
    guest.page.click("#filters button")
    guest.page.fill("#after input", "2018-13-45")
    guest.ask("Who claimed the Tazerbo attack?")
    text = guest.page.locator("#chat .trouble").text_content()
    assert "2018-13-45" in text
    assert "Traceback" not in text


def test_clear_empties_chat_and_pane(demo_visit):
    """After Clear, the page is as it was at first."""
    demo_visit.page.click("#clear")
    demo_visit.page.wait_for_function("() => !document.querySelector('#chat .message-row')")
    assert demo_visit.page.locator(MARK).count() == 0
    assert "The article opens here" in demo_visit.page.locator("#source").text_content()


def test_all_is_done_with_the_keyboard(visit, demo):
    """Ask and open a further sentence without a mouse; what can have the focus has a name."""
    guest = visit(demo)
    guest.ask("Who claimed the Tazerbo attack?")
    page = guest.page
    page.focus("#citations input >> nth=0")
    first = page.locator(MARK).text_content()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_function(
        "text => document.querySelector('#source mark.cited').textContent !== text", arg=first
    )
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, [tabindex="0"]')]
            .filter(e => e.checkVisibility() && !e.textContent.trim() && !e.ariaLabel && !e.title
                && !e.labels?.length && !e.placeholder)
            .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert nameless == []


def test_a_screen_reader_hears_words_and_no_markup(demo_visit):
    """No message carries its own markup as its name."""
    demo_visit.ask("Who claimed the Tazerbo attack?")
    labels = demo_visit.page.eval_on_selector_all(
        "#chat [aria-label]", "all => all.map(e => e.getAttribute('aria-label'))"
    )
    assert [label for label in labels if "<" in label or "&#" in label] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_narrow_window(visit, demo, scheme):
    """At 360 pixels nothing sticks out, and the pane lies under the chat."""
    guest = visit(demo, viewport=NARROW, color_scheme=scheme)
    guest.ask("Who claimed the Tazerbo attack?")
    page = guest.page
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.locator("#source").bounding_box()["y"] > page.locator("#chat").bounding_box()["y"]
    page.click("#chat .option >> text=Open 2")
    page.wait_for_function(
        "() => document.querySelector('#source-column').getBoundingClientRect().top < 200"
    )


def test_a_dropped_file_is_added_and_answers(visit, demo, tmp_path):
    """A file that is dropped on the page is told of, counted, and can be asked about."""
    file = tmp_path / "bridge.txt"
    file.write_text("Mayor Ada Quimby opened the new bridge in Springfield on Monday.\n")
    guest = visit(demo)
    page = guest.page
    page.click("#add button")
    page.set_input_files("#files input[type=file]", [file])
    page.wait_for_selector("#report .report", timeout=60_000)
    assert page.locator("#report").text_content().strip() == "1 added"
    assert "2 articles" in page.locator("#status").text_content()
    guest.ask("Who opened the new bridge in Springfield?")
    assert "Ada Quimby" in page.locator("#chat .quote").text_content()
    assert guest.foreign == guest.refused == guest.errors == []


def test_the_page_stays_at_home(demo_visit):
    """In all of this no request went elsewhere, none was refused, and no error was logged."""
    assert demo_visit.requests
    assert demo_visit.foreign == demo_visit.refused == demo_visit.errors == []


# Hostile articles

PAYLOADS = [
    "<script>window.fired=1</script>",
    "<img src=x onerror=window.fired=1>",
    "<img src=https://evil.example/pixel.png>",
    "<IMG SRC=//evil.example/a onload=alert(1)>",
    "<svg onload=window.fired=1>",
    "<svg><script>window.fired=1</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext></mtext><style><img src=x onerror=alert(1)></style></math>",
    "<iframe src=javascript:parent.fired=1></iframe>",
    "<iframe srcdoc='<script>parent.fired=1</script>'></iframe>",
    "<object data=https://evil.example/o></object>",
    "<embed src=https://evil.example/e>",
    "<link rel=stylesheet href=https://evil.example/l.css>",
    "<style>@import url(https://evil.example/s.css);*{display:none}</style>",
    "<style>body{background:url(https://evil.example/b)}</style>",
    "<div style='position:fixed;inset:0;background:red'>overlay</div>",
    "<div style='background:url(https://evil.example/d)'>x</div>",
    "<form action=https://evil.example><input name=q><button>Go</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<a href=javascript:window.fired=1>click</a>",
    "<a href=https://evil.example ping=https://evil.example/p>click</a>",
    "<video src=https://evil.example/v autoplay></video>",
    "<audio src=https://evil.example/a autoplay></audio>",
    "<video poster=https://evil.example/poster></video>",
    "<details open ontoggle=window.fired=1>x</details>",
    "<input autofocus onfocus=window.fired=1>",
    "<marquee onstart=window.fired=1>x</marquee>",
    "<body onload=window.fired=1>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<x-tag onclick=alert(1) tabindex=1 autofocus onfocus=alert(1)>x</x-tag>",
    "</div></span></mark><script>window.fired=1</script>",
    "</textarea></title></style><script>window.fired=1</script>",
    "--><img src=x onerror=window.fired=1><!--",
    "]]><img src=x onerror=window.fired=1><![CDATA[",
    "![x](https://evil.example/m.png)",
    "[x](javascript:window.fired=1)",
    "[x](https://evil.example)",
    "[x]: https://evil.example\n[x]",
    "<https://evil.example>",
    "https://evil.example/auto www.evil.example",
    "me@evil.example",
    "# head\n\n---\n\n* one\n* two\n\n1. three",
    "```mermaid\ngraph TD; A-->B\n```",
    "```html\n<img src=x onerror=alert(1)>\n```",
    "    <img src=x onerror=alert(1)>",
    "$$\\href{javascript:alert(1)}{x}$$ \\(x\\) \\[y\\]",
    "| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | c |",
    "**bold** _it_ ~~del~~ `code` [^1]\n\n[^1]: note",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x&#62; &amp;lt;",
    "\\<img src=x onerror=alert(1)\\>",
    "<\x00script>alert(1)</script>",
    "<scr\u200bipt>alert(1)</script>",
    "\u202e<img src=x onerror=alert(1)>",
    "<thinking>hidden</thinking>",
    "<<img src=x onerror=alert(1)>",
    "<img/src/onerror=alert(1)>",
    "<a\thref=javas&#99;ript:alert(1)>x</a>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= 1 %>",
    '" onmouseover=alert(1) x="',
    "' autofocus onfocus=alert(1) '",
]

ACTIVE = """() => {
    const tags = new Set(['DIV', 'P', 'SPAN', 'B', 'I', 'CITE', 'STRONG', 'MARK', 'BLOCKQUOTE',
                          'OL', 'UL', 'LI', 'H2', 'CODE']);
    const names = new Set(['class', 'dir', 'value', 'tabindex', 'role', 'aria-label']);
    const found = [];
    const shown = '#chat .md, #source .md, #status .md, #report .md';
    for (const root of document.querySelectorAll(shown))
        for (const e of root.querySelectorAll('*'))
            if (!tags.has(e.tagName) || [...e.attributes].some(a => !names.has(a.name)))
                found.push(e.outerHTML.slice(0, 200));
    const foreign = 'iframe, object, embed, base, [src*=evil], [href*=evil]';
    for (const e of document.querySelectorAll(foreign))
        found.push(e.outerHTML.slice(0, 200));
    return found;
}"""


class Parrot:
    """Answers question `n` with the document `n`, whatever it says."""

    languages = "English"

    def __init__(self, archive, documents) -> None:
        self.archive = archive
        self._documents = documents

    def ask(self, question, *, history=(), filters=None, top_k=5):
        number = int(question.split(maxsplit=1)[0])
        document = self._documents[number]
        text = document.text
        cite = {"document": document, "start": 0, "end": len(text), "quote": text, "score": 1.0}
        return Answer(
            question=Question(text=question),
            interpreted=f"understood {document.title}",
            text=text[1:],
            start=1,
            end=len(text),
            confidence=1.0,
            citations=(Citation(role=Role.ANSWER, **cite), Citation(role=Role.OTHER, **cite)),
            searched=Searched(documents=1, sentences=1),
            elapsed_ms=1.0,
        )


def planted(number: int, payload: str) -> Document:
    """A document with a payload in every place that the page shows."""
    return Document(
        id=f"d{number}",
        text=f"Before {payload} after.\n{payload}\nThe end of number {number}.",
        path=f"/news/{payload}/{number}.txt",
        title=payload,
        source=payload,
        url=f"https://news.example/{payload}",
        authors=(payload,),
    )


@pytest.fixture(name="hostile", scope="module")
def _hostile(tmp_path_factory, make_encoder):
    """A function that serves documents with these payloads: the address."""
    with contextlib.ExitStack() as servers:

        def hostile(payloads) -> str:
            folder = tmp_path_factory.mktemp("hostile")
            archive = servers.enter_context(Archive.open(folder, encoder=make_encoder()))
            documents = [planted(number, payload) for number, payload in enumerate(payloads)]
            archive.add_documents(documents)
            return servers.enter_context(serving(Parrot(archive, documents)))

        yield hostile


def check_all(guest: Visit, payloads) -> None:
    """Ask for every payload's document, and see that it is shown and does nothing."""
    for number, payload in enumerate(payloads):
        guest.ask(f"{number} {payload}")
        page = guest.page
        expected = plain(planted(number, payload).text)
        page.wait_for_function(
            "text => document.querySelector('#source .article')?.textContent === text",
            arg=expected,
            timeout=10_000,
        )
        assert page.locator("#chat .quote").last.text_content() == expected, payload
        assert page.locator("#source h2").text_content() == plain(payload), payload
        assert page.evaluate(ACTIVE) == [], payload
        assert page.evaluate("window.fired") is None, payload
        if number % 20 == 19:
            page.click("#clear")
            page.wait_for_function("() => !document.querySelector('#chat .message-row')")
    assert guest.dialogs == guest.foreign == []
    assert guest.page.url == guest.address


def test_a_hostile_article_stays_text(visit, hostile):
    """Payloads in text, title, source, author, path and address are shown and do nothing."""
    check_all(visit(hostile(PAYLOADS)), PAYLOADS)


def test_a_hostile_source_is_a_harmless_choice(visit, hostile):
    """The list of sources shows the payloads as text too."""
    guest = visit(hostile(PAYLOADS))
    guest.page.click("#filters button")
    guest.page.click("#sources input")
    guest.page.wait_for_selector("[role=option]")
    guest.page.wait_for_timeout(500)
    shown = guest.page.locator("[role=option]").all_text_contents()
    assert len(shown) == len({planted(0, payload).source.casefold() for payload in PAYLOADS})
    assert guest.page.locator("[role=option] *:not(span):not(svg)").count() == 0
    assert guest.page.evaluate("window.fired") is None
    assert guest.dialogs == guest.foreign == []


def test_collected_payloads_stay_text(visit, hostile, test_data):
    """So do every thirtieth of the payloads that others have collected, ten to a document."""
    file = test_data / "messy" / "strings" / "xss-payloads.txt"
    lines = file.read_text(encoding="utf-8").splitlines()[::10]
    payloads = [
        "\n".join(group)
        for group in (lines[start : start + 10] for start in range(0, len(lines), 10))
        if "".join(group).strip()
    ]
    check_all(visit(hostile(payloads)), payloads)


def test_without_the_escape_the_check_fires(visit, hostile, monkeypatch):
    """The check sees what it looks for: with the escape off, elements appear."""
    from qa.web import messages, source

    payloads = ["<img src=https://evil.example/p.png>", "[x](https://evil.example)"]
    address = hostile(payloads)
    for module in (escaper, messages, source):
        monkeypatch.setattr(module, "escape", lambda text: text)
    guest = visit(address)
    guest.ask(f"0 {payloads[0]}")
    guest.page.wait_for_timeout(500)
    assert guest.page.evaluate(ACTIVE) != []
    assert guest.foreign != []
