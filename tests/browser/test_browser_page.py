"""The page in a real Chromium: ask, read, step, filter, add, open again."""

import shutil
import threading
from dataclasses import replace

import pytest

from qa import Assistant
from qa.web.gate.users import Users
from qa.web.page import archive_pane

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

NARROW = {"width": 360, "height": 740}

QUESTION = "#question textarea"
READY = "() => document.querySelector('#holdings b') !== null"
MARK = "#source mark.cited"
ARTICLE = "#source .article"
KILLED = "How many people were killed in Tazerbo?"
CLAIMED = "Who claimed the Tazerbo attack?"


@pytest.fixture(name="demo_visit", scope="module")
def _demo_visit(long_visit, demo):
    return long_visit(demo)


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


LATE = """
    const fetched = window.fetch.bind(window);
    window.fetch = async (request, options) => {
        const response = await fetched(request, options);
        if (!String(request.url ?? request).includes('/queue/data')) return response;
        const signal = options?.signal ?? request.signal;
        signal.addEventListener('abort', () => { window.wasBrokenOff = true; });
        const late = new TransformStream({
            async transform(bytes, controller) {
                const text = new TextDecoder().decode(bytes);
                const place = text.indexOf('data: {"msg":"close_stream"');
                if (place < 0) return controller.enqueue(bytes);
                controller.enqueue(new TextEncoder().encode(text.slice(0, place)));
                await new Promise(resolve => setTimeout(resolve, 1000));
                window.wasLate = (window.wasLate ?? 0) + 1;
                controller.enqueue(new TextEncoder().encode(text.slice(place)));
            },
        });
        return new Response(response.body.pipeThrough(late), response);
    };
"""
"""The word that a stream of messages is at its end comes a second after the last of them."""


# The answer and its article


def test_the_answer_is_quoted_and_marked_in_its_article(demo_visit, article):
    """The sentence is quoted, its words stand above it, and it is marked in the whole article."""
    demo_visit.ask(KILLED)
    page = demo_visit.page
    quote = demo_visit.text("#chat .quote")
    assert "killed nine people" in quote
    assert quote in article
    assert demo_visit.text("#chat .quote strong") == demo_visit.text("#chat .lead")
    assert page.locator(MARK).text_content() == quote
    assert page.locator(f"{MARK} strong").count() == 1
    assert page.locator(ARTICLE).text_content() == article
    assert is_in_view(page, MARK, ARTICLE)


def test_how_sure_is_a_word_with_its_figure_on_hover(demo_visit):
    """The figure is there for who points at the word, or comes to it with the keyboard."""
    demo_visit.ask(KILLED)
    word = demo_visit.page.locator("#chat .confidence").last
    assert word.inner_text() == "Clear answer"
    word.hover()
    assert word.inner_text().endswith("%")
    demo_visit.page.mouse.move(0, 0)
    word.focus()
    assert word.inner_text().endswith("%")


def test_an_example_is_asked_by_a_click(visit, demo):
    """The demo's questions can be clicked, and leave their place to the conversation."""
    guest = visit(demo)
    guest.page.click(f"#examples button >> text={CLAIMED}")
    guest.wait_for_reply(0)
    assert "ISIS has claimed responsibility for multiple attacks" in guest.text("#chat")
    assert not guest.page.locator("#examples").is_visible()


def test_questions_are_made_from_the_archive_itself(visit, small_archive, real_reader, serve):
    """Where it is not the demo; they come after the page, and a click asks one."""
    archive = small_archive("hotel", "It rained. Karim Jamal was arrested on 3 May 2018 in Derna.")
    guest = visit(serve(Assistant(archive, real_reader)))
    guest.page.click("#examples button >> text=When was Karim Jamal arrested?")
    guest.wait_for_reply(0)
    assert guest.page.locator("#chat .confidence").inner_text() == "Clear answer"


def test_what_is_not_in_the_archive_is_said_so(demo_visit):
    """What was searched, the closest sentences apart, what might help, and no quote."""
    quotes = demo_visit.count("#chat .quote")
    demo_visit.ask("Who won the 2018 World Cup?")
    text = demo_visit.text("#chat .none")
    assert text == "Not in this archive (searched 1 article, 11 sentences)."
    assert demo_visit.count("#chat .quote") == quotes
    last = demo_visit.page.locator("#chat .no-answer").last
    assert last.locator(".sentence").count() == 3
    assert last.locator(".ways li").count() == 1
    assert demo_visit.count(MARK) == 0


def test_how_it_was_found_is_folded(demo_visit):
    """The stages are there, folded, and open by a click."""
    demo_visit.ask("Which city did ISIS lose in 2016?")
    stages = demo_visit.page.locator("#chat .stages").last
    assert not stages.is_visible()
    demo_visit.page.locator("#chat .how summary").last.click()
    stages.wait_for(state="visible")
    assert "search" in stages.inner_text()
    assert "ms" in stages.inner_text()


# Stepping through the sentences


def test_further_sentences_open_from_the_chat_and_by_the_pager(visit, demo):
    """A sentence opens by its number or a click on it; the pager goes round all of them."""
    guest = visit(demo)
    guest.ask(CLAIMED)
    sentences = [
        guest.text("#chat .quote"),
        *guest.page.locator("#chat .sentence").all_text_contents(),
    ]
    assert len(sentences) > 2
    guest.page.click("#chat button.open >> nth=1")
    guest.wait_for_text(MARK, guest.page.locator("#chat .sentence").first.text_content())
    assert guest.text("#place").strip() == f"Sentence 2 of {len(sentences)}"
    assert is_in_view(guest.page, MARK, ARTICLE)
    guest.page.click("#chat .quote")
    guest.wait_for_text(MARK, sentences[0])
    guest.page.click("#previous")
    guest.wait_for_text("#place p", f"Sentence {len(sentences)} of {len(sentences)}")
    guest.page.click("#next")
    guest.wait_for_text(MARK, sentences[0])


def test_keys_step_through_the_sentences(visit, demo):
    """Alt with an arrow goes to the next sentence and back, Escape back to the question."""
    guest = visit(demo)
    guest.ask(CLAIMED)
    first = guest.text(MARK)
    guest.page.keyboard.press("Alt+ArrowDown")
    guest.page.wait_for_function(
        "() => document.querySelector('#place').innerText.includes('2 of')"
    )
    assert guest.text(MARK) != first
    assert guest.page.get_attribute("#next", "title") == "Alt+↓"
    guest.page.keyboard.press("Alt+ArrowUp")
    guest.wait_for_text(MARK, first)
    guest.page.focus(ARTICLE)
    guest.page.keyboard.press("Escape")
    assert guest.page.evaluate("document.activeElement.matches('#question textarea')")


def test_an_earlier_answer_opens_again(visit, demo):
    """A click on an earlier answer shows its article again."""
    guest = visit(demo)
    guest.ask(KILLED)
    quote = guest.text("#chat .quote")
    guest.ask("Who won the 2018 World Cup?")
    assert guest.count(MARK) == 0
    guest.page.click("#chat .quote")
    guest.wait_for_text(MARK, quote)


def test_sentences_that_say_the_same_are_told_from_those_that_do_not(visit, news):
    """A sentence with the answer's words is one thing; what merely came near is another."""
    guest = visit(news)
    guest.ask(KILLED)
    headings = guest.page.locator("#chat .heading").all_text_contents()
    assert any(heading.startswith("Also says “nine") for heading in headings)


# Follow-ups


def test_a_follow_up_is_asked_as_written_by_one_click(visit, demo):
    """The question as understood is shown, and one click asks it without what came before."""
    guest = visit(demo)
    guest.ask(CLAIMED)
    assert guest.count("#chat .understood") == 0
    guest.ask("When did it happen?")
    assert guest.text("#chat .interpreted") == "“When did the Tazerbo attack happen?”"
    guest.page.fill(QUESTION, "a draft")
    guest.page.click("#chat button.alone")
    guest.wait_for_reply(2)
    asked = guest.page.locator("#chat .asked").all_text_contents()
    assert asked[-2:] == ["When did it happen?"] * 2
    assert guest.count("#chat .understood") == 1
    assert guest.page.input_value(QUESTION) == "a draft"
    assert guest.is_clean


def test_a_follow_up_as_understood_can_be_changed(visit, demo):
    """What was understood comes into the question box, to be changed and asked."""
    guest = visit(demo)
    guest.ask(CLAIMED)
    guest.ask("When did it happen?")
    guest.page.click("#chat button.edit")
    guest.page.wait_for_function(
        "() => document.querySelector('#question textarea').value.includes('Tazerbo')"
    )
    assert guest.page.input_value(QUESTION) == "When did the Tazerbo attack happen?"


def test_understanding_follow_ups_is_switched_off(visit, demo):
    """Without its tick, a question is asked as it is written."""
    guest = visit(demo)
    guest.ask(CLAIMED)
    guest.page.click("#follows input")
    guest.ask("When did it happen?")
    assert guest.count("#chat .understood") == 0


# Filters


def test_filters_are_crumbs_that_can_be_taken_off(visit, news):
    """A source that is chosen is asked alone, until its crumb is taken off."""
    guest = visit(news)
    page = guest.page
    page.click("#filters button")
    page.wait_for_selector("#boxes label")
    assert page.locator("#boxes label").all_text_contents()[0].strip() == "Al Jazeera (1)"
    page.click("#boxes label >> text=Asharq Al-Awsat")
    page.fill("#after input", "2018-01-01")
    page.wait_for_function("() => document.querySelectorAll('#crumbs label').length === 2")
    crumbs = [text.strip() for text in page.locator("#crumbs label").all_text_contents()]
    assert crumbs == ["From 2018-01-01", "Asharq Al-Awsat"]
    guest.ask(KILLED)
    assert "Asharq Al-Awsat" in guest.text("#chat .byline")
    assert "Searched 1 article" in guest.text("#chat .searched")
    page.click("#crumbs label >> nth=1")
    page.wait_for_function("() => document.querySelectorAll('#crumbs label').length === 1")
    assert page.locator("#boxes input:checked").count() == 0
    page.click("#crumbs label")
    page.wait_for_function("() => !document.querySelector('#crumbs label')")
    assert page.input_value("#after input") == ""


def test_a_question_is_asked_again_without_the_filters(visit, news):
    """Where no article passes, one click takes the filters off and asks again."""
    guest = visit(news)
    page = guest.page
    page.click("#filters button")
    page.fill("#after input", "2030-01-01")
    page.wait_for_selector("#crumbs label")
    guest.ask(KILLED)
    assert "No article matches the filters" in guest.text("#chat .none")
    page.click("#chat button.way")
    guest.wait_for_reply(1)
    assert guest.count("#chat .quote") == 1
    page.wait_for_function("() => !document.querySelector('#crumbs label')")


def test_a_question_is_asked_again_without_its_quotation_marks(visit, news):
    """A phrase that is not there may be asked for as words that stand apart."""
    guest = visit(news)
    guest.ask('How many people were killed in "police of Tazerbo"?')
    assert "exactly that phrase" in guest.text("#chat .none")
    guest.page.click("#chat button.way")
    guest.wait_for_reply(1)
    assert guest.text("#chat .asked") == "How many people were killed in police of Tazerbo?"


def test_dates_the_wrong_way_round_are_a_message(visit, news):
    """It is said in the chat, in one line."""
    guest = visit(news)
    guest.page.click("#filters button")
    guest.page.fill("#after input", "2019-01-01")
    guest.page.fill("#before input", "2018-01-01")
    guest.ask(KILLED)
    assert guest.text("#chat .trouble").startswith("no date is on or after 2019-01-01")


# The archive


def test_the_archive_is_told_of(visit, news):
    """How much it has, and from when to when."""
    guest = visit(news)
    text = guest.text("#holdings")
    assert "3 articles" in text
    assert "25 November 2018 to 26 November 2019" in text


def test_dropped_files_are_added_and_failures_have_reasons(
    visit, small_archive, real_reader, serve, tmp_path
):
    """What was added is counted and answers; what could not be read is listed with its reason."""
    archive = small_archive("mayor", "The mayor of Shelbyville resigned.")
    guest = visit(serve(Assistant(archive, real_reader)))
    page = guest.page
    good, bad = tmp_path / "bridge.txt", tmp_path / "broken.pdf"
    good.write_text("Mayor Ada Quimby opened the new bridge in Springfield on Monday.\n")
    bad.write_bytes(b"%PDF-1.7\nthis is no more than a beginning")
    page.click("#add button")
    page.set_input_files("#files input[type=file]", [good, bad])
    page.wait_for_selector("#report .report", timeout=60_000)
    assert guest.text("#report").strip().startswith("1 added, 1 failed (broken.pdf")
    assert "2 articles" in guest.text("#holdings")
    guest.ask("Who opened the new bridge in Springfield?")
    assert "Ada Quimby" in guest.text("#chat .quote")
    page.click("#failures summary")
    assert "broken.pdf" in page.locator("#failures li").inner_text()
    assert guest.is_clean


def test_how_far_adding_is_can_be_seen(visit, small_archive, real_reader, serve, monkeypatch):
    """While files are added, the page shows how many of them are read; then what came of them."""
    archive = small_archive("harbour", "The harbour of Shelbyville is closed.")
    guest = visit(serve(Assistant(archive, real_reader)))
    is_seen = threading.Event()

    def add(archive, paths, *, tell):
        tell(0.25, "3 of 12 files read")
        assert is_seen.wait(timeout=60)
        return archive.add([])

    monkeypatch.setattr(archive_pane, "add_uploads", add)
    page = guest.page
    page.click("#add button")
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"The harbour is open."}
    page.set_input_files("#files input[type=file]", file)
    bar = page.locator("#report [role=progressbar]")
    bar.wait_for(state="visible", timeout=15_000)
    told = page.locator("#report .progress-level-inner")
    assert "3 of 12 files read" in told.inner_text()
    for shown in (bar, told):
        assert shown.evaluate(
            """e => {
                e.scrollIntoView();
                const box = e.getBoundingClientRect();
                const middle = [box.x + box.width / 2, box.y + box.height / 2];
                return e.contains(document.elementFromPoint(...middle));
            }"""
        )
    is_seen.set()
    page.wait_for_selector("#report .report")
    assert not bar.is_visible()


def test_a_folder_is_added(visit, small_archive, real_reader, serve, tmp_path):
    """The files of a folder that is chosen are added, those of its folders too."""
    archive = small_archive("council", "The council of Shelbyville met.")
    guest = visit(serve(Assistant(archive, real_reader)))
    folder = tmp_path / "clippings"
    (folder / "june").mkdir(parents=True)
    (folder / "one.txt").write_text("A first article about the harbour.\n")
    (folder / "june" / "two.txt").write_text("A second article about the airport.\n")
    guest.page.click("#add button")
    guest.page.set_input_files("input[webkitdirectory]", folder)
    guest.page.wait_for_selector("#report .report", timeout=60_000)
    assert guest.text("#report").strip() == "2 added"
    assert guest.is_clean


def test_nothing_is_added_to_a_read_only_archive(visit, news_archive, real_reader, serve):
    """There is no place to drop files, and nothing to mark."""
    guest = visit(serve(Assistant(news_archive, real_reader), is_read_only=True))
    guest.ask(KILLED)
    assert guest.count("#chat .quote") == 1
    assert guest.count("#chat button.right") == 0
    assert not guest.page.locator("#add").is_visible()
    assert not guest.page.locator("#marks").is_visible()


def test_one_of_several_archives_is_chosen(visit, small_archive, real_reader, serve):
    """Each has its own counts and answers; the conversation goes on."""
    bridge = small_archive("bridge", "Mayor Ada Quimby opened the new bridge in Springfield.")
    tower = small_archive("tower", "Mayor Bert Stanley opened the new tower in Shelbyville.")
    guest = visit(
        serve({"bridges": Assistant(bridge, real_reader), "towers": Assistant(tower, real_reader)})
    )
    guest.ask("Who opened the new bridge in Springfield?")
    assert "Ada Quimby" in guest.text("#chat .quote")
    guest.page.click("#chosen input")
    guest.page.click("[role=option] >> text=towers")
    guest.page.wait_for_timeout(500)
    guest.ask("Who opened the new tower in Shelbyville?")
    assert "Bert Stanley" in guest.text("#chat .quote")
    link = guest.page.locator("#chat .actions a.permalink").last.get_attribute("href")
    assert "archive=towers" in link
    again = visit(guest.address, query=link)
    assert "Bert Stanley" in again.text(MARK)
    assert again.page.get_attribute("#source a.permalink", "href") == link


def test_a_former_version_is_in_the_archive_of_the_link(visit, small_archive, real_reader, serve):
    """What was cited before the article changed is one click away, also in a second archive."""
    port = small_archive("port", "The port of Benghazi is open.")
    court = small_archive("court", "The judge freed Omar Saleh in Derna.")
    cited = replace(court.document("court"), url="https://court.example/")  # so it is kept
    for text in (cited.text, "The judge jailed Omar Saleh in Derna."):
        court.add_documents([replace(cited, text=text)])
    address = serve(
        {"ports": Assistant(port, real_reader), "courts": Assistant(court, real_reader)}
    )
    query = f"?document=court&sha256={cited.sha256[:16]}&start=0&end=9&archive=courts"
    way = visit(address, query=query).page.get_attribute("#source a.permalink", "href")
    assert visit(address, query=way).text(ARTICLE) == cited.text


# Conversations


def test_a_question_at_the_end_of_a_stream_is_answered(visit, news):
    """It is asked when the server has closed the stream, and the browser has not yet heard so."""
    guest = visit(news)
    guest.page.add_init_script(LATE)
    guest.page.reload()
    guest.page.wait_for_function(READY)
    for question in (KILLED, "How many policemen were abducted?", KILLED):
        guest.ask(question)
    assert guest.page.evaluate("window.wasLate") >= 2
    assert guest.page.evaluate("window.wasBrokenOff") is None
    assert guest.text("#chat .asked") == KILLED


def test_new_begins_another_conversation(visit, demo):
    """After New, the page is as it was at first, the examples too."""
    guest = visit(demo)
    guest.ask(KILLED)
    guest.page.click("#new")
    guest.page.wait_for_function("() => !document.querySelector('#chat .message-row')")
    assert guest.count(MARK) == 0
    assert "opens here" in guest.text("#source")
    assert guest.page.locator("#examples").is_visible()


def test_an_earlier_conversation_is_opened_again(visit, demo):
    """The browser keeps what was asked; chosen again, it is asked again."""
    guest = visit(demo)
    page = guest.page
    guest.ask(CLAIMED)
    guest.ask("When did it happen?")
    page.click("#new")
    page.wait_for_function("() => !document.querySelector('#chat .message-row')")
    guest.ask(KILLED)
    page.reload()
    page.wait_for_selector(QUESTION)
    page.click("#conversations button")
    page.wait_for_function("() => document.querySelectorAll('#conversations label').length === 2")
    titles = [text.strip() for text in page.locator("#conversations label").all_text_contents()]
    assert titles == [KILLED, CLAIMED]
    page.click(f"#conversations label >> text={CLAIMED}")
    guest.wait_for_reply(1)
    assert page.locator("#chat .asked").all_text_contents() == [CLAIMED, "When did it happen?"]
    assert guest.text("#chat .interpreted") == "“When did the Tazerbo attack happen?”"
    assert guest.is_clean


def test_each_user_has_his_own_conversations(visit, news_archive, real_reader, serve, tmp_path):
    """What a user asked is there for him in another browser, and for nobody else."""
    users = Users(tmp_path / "users.txt")
    for name in ("ann", "bob"):
        users.add(name, f"{name} has a password")
    address = serve(Assistant(news_archive, real_reader), users=users)

    def titles(name: str, *, count: int) -> list[str]:
        guest = visit(address, user=(name, f"{name} has a password"))
        guest.page.click("#conversations button")
        guest.page.wait_for_timeout(500)
        guest.page.wait_for_function(
            "count => document.querySelectorAll('#conversations label').length >= count", arg=count
        )
        found = guest.page.locator("#conversations label").all_text_contents()
        guest.ask(KILLED)
        return [title.strip() for title in found]

    assert titles("ann", count=0) == []
    assert titles("ann", count=1) == [KILLED]
    assert titles("bob", count=0) == []


def test_two_pages_of_a_user_keep_each_other_s_conversations(
    visit, news_archive, real_reader, serve, tmp_path
):
    """What was asked in one is not lost by what is asked in the other; nor is an answer."""
    users = Users(tmp_path / "users.txt")
    users.add("eve", "eve has a password")
    address = serve(Assistant(news_archive, real_reader), users=users)
    first, second = (visit(address, user=("eve", "eve has a password")) for _ in range(2))
    first.ask(KILLED)
    second.ask("Who was abducted?")
    second.page.click("#conversations button")
    second.page.wait_for_selector("#conversations label")
    titles = second.page.locator("#conversations label").all_text_contents()
    assert [title.strip() for title in titles] == ["Who was abducted?", KILLED]
    kept = news_archive.folder / "conversations"
    shutil.rmtree(kept)
    kept.write_text("no folder", encoding="utf-8")
    first.ask("How many policemen were abducted?")
    kept.unlink()
    assert "could not be kept" in first.text(".toast-body")


def test_who_is_out_is_shown_the_login(visit, news_archive, real_reader, serve, tmp_path):
    """A session that has ended is told when the next question is asked."""
    users = Users(tmp_path / "users.txt")
    users.add("ann", "ann has a password")
    users.add("fay", "fay has a password")
    address = serve(Assistant(news_archive, real_reader), users=users, is_demo=True)
    guest = visit(address, user=("fay", "fay has a password"))
    users.remove("fay")
    guest.page.fill(QUESTION, KILLED)
    guest.page.press(QUESTION, "Enter")
    guest.page.wait_for_selector("#username")


def test_a_user_logs_out(visit, news_archive, real_reader, serve, tmp_path):
    """The page says who is in, and one click ends it."""
    users = Users(tmp_path / "users.txt")
    users.add("gil", "gil has a password")
    address = serve(Assistant(news_archive, real_reader), users=users)
    guest = visit(address, user=("gil", "gil has a password"))
    assert guest.text("#who").strip().startswith("gil")
    guest.page.click("#who button")
    guest.page.wait_for_selector("#username")
    guest.page.reload()
    assert guest.count("#username") == 1


# The panes


def test_the_panes_fold(visit, demo):
    """Each side pane folds to a bar, leaves its room to the chat, and comes back."""
    guest = visit(demo)
    page = guest.page
    width = page.locator("#chat").bounding_box()["width"]
    for name in ("archive", "source"):
        page.click(f"#fold-{name}")
        assert page.get_attribute(f"#fold-{name}", "aria-expanded") == "false"
        assert not page.locator(f"#{name}-body").is_visible()
        page.wait_for_function(
            "width => document.querySelector('#chat').getBoundingClientRect().width > width",
            arg=width,
        )
        width = page.locator("#chat").bounding_box()["width"]
    page.click("#fold-archive")
    assert page.locator("#archive-body").is_visible()


def test_the_marked_sentence_stays_in_sight(visit, news):
    """In a low window too, when all that is told of the article, and the citing, is open."""
    guest = visit(news, viewport={"width": 1280, "height": 600})
    page = guest.page
    guest.ask(KILLED)
    page.click("#source .about summary")
    page.click("#chat button.cite")
    page.wait_for_selector("#citation textarea")
    page.wait_for_timeout(300)
    assert is_in_view(page, MARK, ARTICLE)
    assert is_in_view(page, MARK, "#source")


def test_nothing_lies_over_the_place_to_drop_files(visit, news):
    """What may be dropped there is said above it."""
    guest = visit(news)
    guest.page.click("#add > button")
    label = guest.page.locator("#files [data-testid=block-label]").bounding_box()
    place = guest.page.locator("#files .upload-container").bounding_box()
    assert label["y"] + label["height"] <= place["y"] + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_narrow_window(visit, demo, scheme):
    """At 360 pixels nothing sticks out; the side panes are folded until they are wanted."""
    guest = visit(demo, viewport=NARROW, color_scheme=scheme)
    page = guest.page
    assert not page.locator("#archive-body").is_visible()
    assert not page.locator("#source-body").is_visible()
    below, own = page.evaluate(
        "['html', 'body'].map(s => getComputedStyle(document.querySelector(s)).backgroundColor)"
    )
    assert below == own
    guest.ask(CLAIMED)
    page.wait_for_selector(MARK)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.locator("#source").bounding_box()["y"] > page.locator("#chat").bounding_box()["y"]
    page.click("#chat button.open >> nth=1")
    page.wait_for_function(
        "() => document.querySelector('#source-pane').getBoundingClientRect().top < 200"
    )
    page.click("#fold-archive")
    assert page.locator("#archive-body").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@pytest.mark.parametrize("tapped", ["button.open", ".quote"])
def test_the_first_citation_opens_its_source_in_a_narrow_window(visit, demo, tapped):
    """It is the one that is open already: a tap brings it into sight, and it is read out."""
    guest = visit(demo, viewport=NARROW, has_touch=True)
    page = guest.page
    guest.ask(CLAIMED)
    page.wait_for_selector(MARK)
    page.locator("#chat .cited-first").scroll_into_view_if_needed()
    page.tap(f"#chat .cited-first {tapped}")
    page.wait_for_function(
        "() => document.querySelector('#source-pane').getBoundingClientRect().top < 200"
    )
    assert is_in_view(page, MARK, ARTICLE)
    assert guest.text("#heard").endswith(guest.text(MARK))
    page.click("#fold-source")
    page.tap(f"#chat .cited-first {tapped}")
    page.wait_for_selector(MARK, state="visible")


def test_the_first_citation_opens_a_source_that_was_folded(visit, demo):
    """And one that was scrolled away from its sentence, in a wide window too."""
    guest = visit(demo)
    page = guest.page
    guest.ask(CLAIMED)
    page.click("#fold-source")
    page.click("#chat .cited-first button.open")
    page.wait_for_selector(MARK, state="visible")
    page.evaluate("document.querySelector('#source .article').scrollTop = 1e6")
    page.click("#chat .cited-first button.open")
    page.wait_for_timeout(300)
    assert is_in_view(page, MARK, ARTICLE)


def test_an_idle_page_rests(visit, demo, browser):
    """After an answer and a new beginning, the browser does next to nothing."""
    guest = visit(demo)
    guest.ask(KILLED)
    guest.page.click("#new")
    guest.page.wait_for_function("() => !document.querySelector('#chat .message-row')")
    guest.page.wait_for_timeout(2_500)
    session = guest.page.context.new_cdp_session(guest.page)
    session.send("Performance.enable")

    def worked() -> dict[str, float]:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics}

    before = worked()
    guest.page.wait_for_timeout(3_000)
    after = worked()
    assert after["RecalcStyleCount"] - before["RecalcStyleCount"] < 10
    assert after["ScriptDuration"] - before["ScriptDuration"] < 0.1 * 3
    assert after["TaskDuration"] - before["TaskDuration"] < 0.1 * 3


def test_the_page_stays_at_home(demo_visit):
    """In all of this no request went elsewhere, none was refused, and no error was logged."""
    assert demo_visit.requests
    assert demo_visit.is_clean
