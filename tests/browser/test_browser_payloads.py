"""Hostile articles and files in a real Chromium: all that they say is shown, and none of it acts.

Each payload stands in the title, text, source, authors, address, path and language of an article,
and in the question. It is looked at in every place of the page where those are shown: the chat (the
answer's words, the sentence, the byline, the question as understood, the filters), the source pane
(head, facts, text), the boxes and crumbs of the sources, the citation to copy, the link, the
earlier conversations; and in the names and reasons of files that cannot be read.

Source of what is collected: PayloadBox, "XSS Payload List", MIT.
"""

import contextlib
from dataclasses import replace

import pytest

from index import Archive, Document, Failure, Searched
from qa import Answer, Citation, NoAnswer, Question, Reason, Role, UnknownWord
from qa.web import templates
from qa.web.escape import plain

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

PER_RUN = 200
"""Payloads of a run; in a long run it is all of those that others have collected too."""

AT_ONCE = 5
"""Collected payloads that stand in one document, each on a line of its own."""

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
    const tags = new Set(['TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'BR', 'SMALL',
                          'DIV', 'P', 'SPAN', 'B', 'I', 'CITE', 'STRONG', 'MARK', 'BLOCKQUOTE',
                          'OL', 'UL', 'LI', 'H1', 'H2', 'CODE', 'DETAILS', 'SUMMARY']);
    const names = new Set(['class', 'dir', 'lang', 'value', 'tabindex', 'role', 'aria-label',
                           'title', 'type', 'open']);
    const isOurs = (e) =>
        (e.tagName === 'BUTTON' && /^(act|fold)/.test(e.className)
            && /^[a-z]+ \\d+ \\d+$/.test(e.value))
        || (e.tagName === 'A' && e.className === 'permalink'
            && /^\\?document=[\\w%.+~-]*&sha256=\\w+&start=\\d+&end=\\d+(&archive=[\\w%.+~-]*)?$/
                .test(e.getAttribute('href')));
    const found = [];
    for (const root of document.querySelectorAll('.md'))
        for (const e of root.querySelectorAll('*')) {
            const rest = [...e.attributes].filter(a => !names.has(a.name));
            if (isOurs(e) ? rest.some(a => a.name !== 'href' && a.name !== 'target'
                                        && a.name !== 'rel')
                          : !tags.has(e.tagName) || rest.length)
                found.push(e.outerHTML.slice(0, 200));
        }
    const foreign = 'iframe, object, embed, base, [src*=evil], [href*="//evil"], [onload]';
    for (const e of document.querySelectorAll(foreign))
        found.push(e.outerHTML.slice(0, 200));
    return found;
}"""


class Parrot:
    """Answers question `n` with the document `n`, whatever it says; odd ones it does not."""

    languages = "English"

    def __init__(self, archive, documents) -> None:
        self.archive = archive
        self._documents = documents

    def ask(self, question, *, history=(), filters=None, top_k=5):
        question = question if isinstance(question, Question) else Question(text=question)
        number = int(question.text.split(maxsplit=1)[0])
        document = self._documents[number]
        text = document.text
        cite = {"document": document, "start": 0, "end": len(text), "quote": text, "score": 1.0}
        fields = {
            "question": question,
            "interpreted": f"understood {document.title}",
            "searched": Searched(documents=1, sentences=1),
            "elapsed_ms": 1.0,
        }
        others = tuple(Citation(role=role, **cite) for role in (Role.SUPPORT, Role.OTHER))
        if number % 4 == 3:
            return NoAnswer(**fields, reason=Reason.NOT_IN_ARCHIVE, nearest=others)
        return Answer(
            **fields,
            text=text[1:LEAD],
            start=1,
            end=LEAD,
            confidence=1.0,
            sentence_confidence=1.0,
            citations=(Citation(role=Role.ANSWER, **cite), *others),
        )

    def suggest(self, answer):
        word = answer.nearest[0].document.title
        return replace(answer, unknown=(UnknownWord(word=word, alike=(word,), synonyms=(word,)),))


LEAD = 60


def planted(number: int, payload: str) -> Document:
    """A document with a payload in every place that the page shows."""
    return Document(
        id=f"d{number} {payload}" if payload.isprintable() else f"d{number}",
        text=f"Before {payload} after.\n{payload}\nThe end of number {number}." + " " * LEAD,
        path=f"/news/{payload}/{number} {payload}",
        title=payload,
        source=payload,
        url=f"https://news.example/{payload}",
        authors=(payload,),
        relays=payload,
        dateline=payload,
        section=payload,
        language=payload,
    )


@pytest.fixture(name="hostile", scope="module")
def _hostile(tmp_path_factory, make_encoder, serve):
    """A function that serves documents with these payloads: the address."""
    with contextlib.ExitStack() as archives:

        def hostile(payloads) -> str:
            folder = tmp_path_factory.mktemp("hostile")
            archive = archives.enter_context(Archive.open(folder, encoder=make_encoder()))
            documents = [planted(number, payload) for number, payload in enumerate(payloads)]
            archive.add_documents(documents)
            return serve(Parrot(archive, documents))

        yield hostile


@pytest.fixture(name="collected", scope="module")
def _collected(test_data) -> list[str]:
    """The payloads that others have collected."""
    file = test_data / "messy" / "strings" / "xss-payloads.txt"
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def check_all(guest, payloads) -> None:
    """Ask for every payload's document, and see that it is shown and does nothing."""
    page = guest.page
    for number, payload in enumerate(payloads):
        guest.ask(f"{number} {payload}")
        document = planted(number, payload)
        expected = plain(document.text)
        is_answer = number % 4 != 3
        if not is_answer:
            page.locator("#chat .no-answer").last.locator("button.open").first.click()
        page.wait_for_function(
            "text => document.querySelector('#source .article')?.textContent === text",
            arg=expected,
            timeout=10_000,
        )
        quote = "#chat .quote" if is_answer else "#chat .no-answer .sentence"
        shown = {
            quote: expected,
            "#source h2": plain(document.title),
            "#chat .interpreted": plain(f"“understood {document.title}”"),
            "#chat .byline b": plain(document.source),
            "#chat .byline cite": plain(document.title),
            "#source .facts": plain(document.path),
            "#chat .asked": plain(f"{number} {payload}"),
        }
        texts = page.evaluate(
            "all => all.map(s => [...document.querySelectorAll(s)].at(-1)?.textContent)",
            list(shown),
        )
        for (selector, text), found in zip(shown.items(), texts, strict=True):
            assert text.strip() in found, (selector, payload)
        assert page.evaluate(ACTIVE) == [], payload
        assert page.evaluate("window.fired") is None, payload
        if number % 8 == 7:
            page.click("#new")
            page.wait_for_function("() => !document.querySelector('#chat .message-row')")
    assert guest.dialogs == guest.foreign == []
    assert page.url == guest.address


def test_hostile_articles_stay_text(long_visit, hostile, collected):
    """Two hundred payloads, ours first, are shown character for character and do nothing."""
    wanted = PER_RUN - len(PAYLOADS)
    payloads = [*PAYLOADS, *together(collected[:: len(collected) // wanted][:wanted])]
    assert len("\n".join(payloads).splitlines()) >= PER_RUN
    check_all(long_visit(hostile(payloads)), payloads)


@pytest.mark.long
def test_all_collected_payloads_stay_text(visit, hostile, collected):
    """So is all that others have collected."""
    payloads = together(collected)
    check_all(visit(hostile(payloads)), payloads)


def together(payloads) -> list[str]:
    """Some payloads to a document."""
    return [
        "\n".join(payloads[start : start + AT_ONCE]) for start in range(0, len(payloads), AT_ONCE)
    ]


@pytest.mark.parametrize("count", [12, 60], ids=["boxes", "list"])
def test_hostile_sources_are_harmless_choices(visit, hostile, count):
    """Boxes, the list that takes their place when they are many, and crumbs show text alone."""
    payloads = PAYLOADS[:count]
    guest = visit(hostile(payloads))
    page = guest.page
    page.click("#filters button")
    if count > 24:
        page.click("#sources input")
        choices = "[role=option]"
    else:
        choices = "#boxes label"
    page.wait_for_selector(choices)
    shown = " ".join(page.locator(choices).all_text_contents())
    for payload in payloads:
        assert plain(payload).strip() in shown, payload
    page.locator(choices).first.click()
    page.wait_for_selector("#crumbs label")
    assert page.locator(f"{choices} *:not(span):not(svg):not(input), #crumbs img").count() == 0
    assert page.evaluate("window.fired") is None
    assert guest.dialogs == guest.foreign == []


def test_hostile_citations_and_conversations_are_text(visit, hostile):
    """What is copied has the payload as text, and so has the list of earlier conversations."""
    guest = visit(hostile(PAYLOADS[:8]))
    page = guest.page
    for number in (0, 1, 2, 4):
        guest.ask(f"{number} {PAYLOADS[number]}")
        page.locator("#chat button.cite").last.click()
        page.wait_for_function(
            "text => document.querySelector('#citation textarea')?.value.includes(text)",
            arg=f"The end of number {number}",
        )
        assert PAYLOADS[number] in page.input_value("#citation textarea")
        page.click("#new")
        page.wait_for_function("() => !document.querySelector('#chat .message-row')")
    page.click("#conversations button")
    page.wait_for_function("() => document.querySelectorAll('#conversations label').length === 4")
    titles = " ".join(page.locator("#conversations label").all_text_contents())
    assert f"0 {PAYLOADS[0]}" in titles
    assert page.evaluate(ACTIVE) == []
    assert page.evaluate("window.fired") is None
    assert guest.dialogs == guest.foreign == []


def test_hostile_questions_and_answers_are_text_in_a_table(visit, hostile):
    """Many at once: each question, its answer and its article's names are shown and do nothing."""
    payloads = [payload for payload in PAYLOADS if "\n" not in payload]
    guest = visit(hostile(payloads))
    page = guest.page
    page.click("#batch > button")
    asked = [f"{number} {payload}" for number, payload in enumerate(payloads)]
    page.fill("#batch-questions textarea", "\n".join(asked))
    page.click("#batch-ask")
    page.wait_for_function(
        "text => document.querySelector('#batch-progress')?.textContent.includes(text)",
        arg=f"{len(asked)} of {len(asked)} questions asked",
    )
    questions = page.locator("#batch-answers td:first-child").all_text_contents()
    answers = page.locator("#batch-answers td:last-child").all_text_contents()
    for number, payload in enumerate(payloads):
        assert questions[number].strip() == plain(asked[number]).strip()
        if number % 4 != 3:
            assert plain(planted(number, payload).text).strip() in answers[number]
    assert page.evaluate(ACTIVE) == []
    assert page.evaluate("window.fired") is None
    assert guest.dialogs == guest.foreign == []


def test_hostile_files_that_cannot_be_read_are_text(visit, hostile, monkeypatch):
    """The names of files and the reasons why they were not read are shown and do nothing."""
    failures = [
        Failure(path=f"/in/{payload.replace('/', '∕')}", reason=payload) for payload in PAYLOADS
    ]
    monkeypatch.setattr(Archive, "failures", lambda archive: failures)
    guest = visit(hostile(PAYLOADS[:1]))
    guest.page.click("#failures summary")
    shown = guest.page.locator("#failures li").all_text_contents()
    for failure, text in zip(failures, shown, strict=True):
        assert plain(failure.reason).strip() in text
    assert guest.page.evaluate(ACTIVE) == []
    assert guest.page.evaluate("window.fired") is None
    assert guest.dialogs == guest.foreign == []


def test_without_the_escape_the_check_fires(visit, hostile, monkeypatch):
    """The check sees what it looks for: with the escape off, elements appear and reach out."""
    payloads = ["<img src=https://evil.example/p.png>", "[x](https://evil.example)"]
    address = hostile(payloads)
    monkeypatch.setattr(templates, "escape", lambda text: text)
    guest = visit(address)
    guest.ask(f"0 {payloads[0]}")
    guest.page.wait_for_timeout(500)
    assert guest.page.evaluate(ACTIVE) != []
    assert guest.foreign != []
