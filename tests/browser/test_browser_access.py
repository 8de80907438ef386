"""The page for everybody: WCAG 2.2 AA by axe-core, the keyboard alone, a screen reader, any script.

What axe finds in gradio's own parts, and we cannot mend, stands in `OF_GRADIO` with its issue.
"""

import pytest

from qa import Assistant
from qa.web.gate.users import Users
from tests.browser.conftest import Visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Gradio's own count of its events, by a pandas that is newer than it.
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),
]

NARROW = {"width": 360, "height": 740}
QUESTION = "#question textarea"
KILLED = "How many people were killed in Tazerbo?"

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

OF_GRADIO: dict[str, str] = {}
"""Rules that gradio's own parts break, with the selector of the part and the issue."""


@pytest.fixture(name="violations", scope="session")
def _violations():
    """A function that says what axe-core finds wrong with a page as it is now."""
    sync_api = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-core is not there: pip install axe-playwright-python",
    )
    axe = sync_api.Axe()

    def violations(guest) -> list[str]:
        found = axe.run(guest.page, options={"runOnly": RULES}).response
        assert len(found["passes"]) > 15
        return [
            f"{rule['id']}: {node['html'][:120]}"
            for rule in found["violations"]
            for node in rule["nodes"]
            if rule["id"] not in OF_GRADIO
        ]

    return violations


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", [{}, {"viewport": NARROW}], ids=["wide", "narrow"])
def test_axe_finds_nothing(visit, news, violations, scheme, window):
    """Empty, and with answers of every kind and every part of the page open."""
    guest = visit(news, color_scheme=scheme, bypass_csp=True, **window)
    page = guest.page
    assert violations(guest) == []
    guest.ask(KILLED)
    guest.ask("Who won the 2018 World Cup?")
    guest.ask("When did it happen?")
    if window:
        page.click("#fold-archive")
    for name in ("filters", "add", "marks", "conversations", "batch"):
        page.click(f"#{name} > button")
    page.click("#boxes label")
    page.wait_for_selector("#crumbs label")
    page.click("#chat button.right")
    page.wait_for_selector("#chat .marked")
    page.click("#judged")
    page.locator("#chat button.cite").first.click()
    page.wait_for_selector("#citation textarea")
    page.click("#chat .how summary")
    page.fill("#batch-questions textarea", f"{KILLED}\nWho won the 2018 World Cup?")
    page.click("#batch-ask")
    page.wait_for_selector("#batch-answers table")
    assert violations(guest) == []


@pytest.fixture(name="shared", scope="module")
def _shared(tmp_path_factory, news_archive, real_reader, serve):
    """The address of a server that lets in ann alone."""
    users = Users(tmp_path_factory.mktemp("shared") / "users.txt")
    users.add("ann", "ann has a password")
    return serve(Assistant(news_archive, real_reader), users=users)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_users_log_in(visit, window_of, shared, violations, scheme):
    """In the login, what is wrong with it included, and in the page of who is in."""
    options = {"color_scheme": scheme, "bypass_csp": True}
    login = Visit(window_of(own=True, **options).new_page(), shared)
    login.page.goto(shared)
    login.page.fill("#username", "ann")
    login.page.fill("#password", "another one")
    login.page.click("#login button")
    login.page.wait_for_function("() => document.querySelector('#trouble').textContent")
    assert violations(login) == []
    guest = visit(shared, user=("ann", "ann has a password"), **options)
    guest.page.wait_for_selector("#who button")
    assert violations(guest) == []


def test_axe_sees_what_is_wrong(visit, news, violations):
    """The check is one: text without contrast and a field without a name are found."""
    guest = visit(news, bypass_csp=True)
    guest.page.evaluate(
        """() => {
            document.querySelector('#holdings b').style.color = '#eee';
            document.querySelector('#chat-pane').append(document.createElement('input'));
        }"""
    )
    found = " ".join(violations(guest))
    assert "color-contrast" in found
    assert "label" in found


def tab_to(page, selector: str, *, most: int = 60) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab")


def test_all_is_done_with_the_keyboard(visit, news):
    """Ask, open a further sentence, cite it, mark it, filter and fold: without a mouse."""
    guest = visit(news)
    page = guest.page
    page.keyboard.type(KILLED)  # the question has the focus at first
    page.keyboard.press("Enter")
    guest.wait_for_reply(0)
    first = guest.text("#source mark.cited")
    page.focus("#chat [role=log]")
    tab_to(page, "#chat .sentences button.open")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "text => document.querySelector('#source mark.cited').textContent !== text", arg=first
    )
    tab_to(page, "#chat button.cite")
    page.keyboard.press("Enter")
    page.wait_for_selector("#citation textarea")
    tab_to(page, "#chat button.right")
    page.keyboard.press("Space")
    page.wait_for_selector("#chat .marked.right")
    page.focus("#fold-archive")
    tab_to(page, "#filters button")
    page.keyboard.press("Enter")
    tab_to(page, "#boxes input")
    page.keyboard.press("Space")
    page.wait_for_selector("#crumbs label")
    page.focus("#fold-source")
    page.keyboard.press("Enter")
    assert not page.locator("#source-body").is_visible()


def test_what_has_the_focus_is_seen(visit, news):
    """Every stop of the Tab key has an outline, and none keeps the focus for good."""
    guest = visit(news)
    page = guest.page
    guest.ask(KILLED)
    page.focus("#fold-archive")
    stops = []
    for _ in range(25):
        stops.append(
            page.evaluate(
                """() => {
                    const e = document.activeElement, s = getComputedStyle(e);
                    return [e.id || e.className || e.tagName, s.outlineStyle, s.outlineWidth];
                }"""
            )
        )
        page.keyboard.press("Tab")
    assert [stop for stop in stops if stop[1] == "none"] == []
    assert len({str(stop[0]) for stop in stops}) > 10


def test_a_screen_reader_hears_the_answer(visit, news):
    """The answer, its sentence, its source and how sure it is; once, and without markup."""
    guest = visit(news)
    guest.ask(KILLED)
    heard = guest.text("#heard")
    words, quote = guest.text("#chat .lead"), guest.text("#chat .quote")
    assert heard.startswith(f"Answer: {words}. Quoted: {quote} Source: Reuters · 26 November 2019")
    assert "answer " in heard
    assert heard.endswith("%.")
    assert guest.page.locator("#heard").aria_snapshot().startswith("- status:")
    assert guest.page.get_attribute("#chat [role=log]", "aria-live") == "off"


def test_a_screen_reader_hears_that_there_is_none(visit, news):
    """What is not in the archive is heard too."""
    guest = visit(news)
    guest.ask("Who won the 2018 World Cup?")
    assert guest.text("#heard").startswith("Not in this archive (searched 3 articles")


def test_the_accessibility_tree_has_the_page_in_words(visit, news):
    """Panes, buttons and fields have roles and names; no name is markup."""
    guest = visit(news)
    guest.ask(KILLED)
    tree = guest.page.locator("body").aria_snapshot()
    for line in (
        'region "Archive"',
        'region "Chat"',
        'region "Source"',
        'button "Show sentence 1 in its article"',
        'button "Right answer"',
        'button "Wrong answer"',
        'button "Cite"',
        'textbox "Your question"',
        'region "The article that is quoted"',
        'heading "Gunmen storm Tazerbo police station"',
    ):
        assert line in tree, line
    assert "<div" not in tree
    assert "&#" not in tree


def test_right_to_left_text_runs_so(visit, news):
    """An Arabic question, its quotation and its article run from the right, in their language."""
    guest = visit(news)
    guest.ask("كم شخصا قتل في بلدة تازربو؟")
    for selector in ("#chat .asked", "#chat .quote, #chat .sentence", "#source .article"):
        style = guest.page.evaluate(
            """s => {
                const style = getComputedStyle([...document.querySelectorAll(s)].at(-1));
                return [style.direction, style.textAlign];
            }""",
            selector,
        )
        assert style == ["rtl", "start"], selector
    assert guest.page.get_attribute("#source .article", "lang") == "ar"


def test_motion_is_reduced_where_it_is_asked_for(visit, news):
    """Nothing moves for longer than a blink."""
    guest = visit(news, reduced_motion="reduce")
    durations = guest.page.evaluate(
        """() => [...document.querySelectorAll('*')].flatMap(e => {
            const s = getComputedStyle(e);
            return [s.transitionDuration, s.animationDuration].join(',').split(',');
        }).map(parseFloat)"""
    )
    assert max(durations) <= 0.01
