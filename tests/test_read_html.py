"""Saved pages: the article without what stands around it, and what the page says of it."""

import datetime as dt
import importlib.util
import json

import pytest

from index.datatypes import Failure
from index.read import read
from index.read.plain_values import bylines

FIRST = "Gunmen killed nine people in the desert town of Tazerbo on Saturday, officials said."
SECOND = "The attackers came before dawn in seven cars and left when the army arrived."
THIRD = "No group has claimed the attack so far, but suspicion falls on ISIS, the mayor said."
BODY = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
TEXT = f"{FIRST}\n\n{SECOND}\n\n{THIRD}"
TODAY = dt.datetime.now(tz=dt.UTC).date()


@pytest.fixture(name="read_page")
def _read_page(tmp_path):
    """A function that reads a page, given as text or bytes: the document, or the failure."""

    def read_page(page):
        path = tmp_path / "page.html"
        path.write_bytes(page if isinstance(page, bytes) else page.encode())
        (found,) = read(path)
        return found

    return read_page


def _page(body=BODY, head="", heading="<h1>Nine killed in Tazerbo</h1>"):
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<main>{heading}<article>{body}</article></main></body></html>"
    )


def _said(**fields):
    return f"<script type='application/ld+json'>{json.dumps(fields)}</script>"


def _article(**fields):
    return _said(**{"@context": "https://schema.org", "@type": "NewsArticle", **fields})


# The text


def test_the_article_alone_is_the_text(read_page):
    """Paragraphs, headings and items of the article; no navigation, captions, asides or footer."""
    body = (
        f"<figure><img src='a.jpg'><figcaption>The town. Photo: Ann Poe</figcaption></figure>"
        f"<p>{FIRST}</p><h2>Seven cars</h2><p>{SECOND}</p><ul><li>Nine were killed.</li>"
        f"<li>Two were taken away.</li></ul><aside>Sign up for our newsletter today!</aside>"
        f"<p>{THIRD}</p><footer>© 2019 The Daily Wire. All rights reserved.</footer>"
    )
    document = read_page(_page(body))
    items = "Nine were killed.\n\nTwo were taken away."
    assert document.text == f"{FIRST}\n\nSeven cars\n\n{SECOND}\n\n{items}\n\n{THIRD}"


def test_a_page_as_small_as_can_be(read_page):
    """One sentence is an article."""
    assert read_page("<html><p>Nine people were killed.</p></html>").text == (
        "Nine people were killed."
    )


def test_line_breaks_part_paragraphs(read_page):
    """Where a page has `<br>` for want of paragraphs, they are paragraphs."""
    document = read_page(_page(f"<p>{FIRST}<br><br>{SECOND}<br>{THIRD}</p>"))
    assert document.text == TEXT


def test_characters_are_left_alone(read_page):
    """Soft hyphens, zero-width and decomposed characters stay; white space becomes one space."""
    odd = (
        "The may\u00ador of Ta\u200bzerbo met cafe\u0301 owners, “nine” of them, on Saturday\u2026"
    )
    spaced = FIRST.replace(" people", " \n&nbsp;people")
    document = read_page(_page(f"<p>{odd}</p><p>{spaced}</p><p>{SECOND}</p>"))
    assert document.text == f"{odd}\n\n{FIRST}\n\n{SECOND}"


def test_the_title_is_no_part_of_the_text(read_page):
    """The headline is not repeated, wherever in the article it stands, with a kicker or without."""
    body = f"<h2>Libya: Nine killed in Tazerbo</h2>{BODY}<p>Nine killed in Tazerbo</p>"
    head = "<meta property='og:title' content='Nine killed in Tazerbo'>"
    assert read_page(_page(body, head, heading="")).text == TEXT


@pytest.mark.parametrize(
    "teaser",
    [
        "<p>Read also: <a href='/b'>The mayor of Tazerbo resigns after the attack</a></p>",
        "<ul><li><a href='/b'>The mayor resigns</a></li><li><a href='/c'>Why now?</a></li></ul>",
        "<h3><a href='/b'>The mayor of Tazerbo resigns after the attack</a></h3>",
    ],
)
def test_links_to_other_articles_are_left_out(read_page, teaser):
    """What is mostly a link is no part of the article."""
    body = f"<p>{FIRST}</p>{teaser}<p>{SECOND}</p><p>{THIRD}</p>"
    assert read_page(_page(body)).text == TEXT


def test_links_in_sentences_stay(read_page):
    """A sentence with a link in it is whole."""
    linked = FIRST.replace("Tazerbo", "<a href='/tazerbo'>Tazerbo</a>")
    assert read_page(_page(BODY.replace(FIRST, linked))).text == TEXT


@pytest.mark.parametrize(
    "called",
    [
        *("class='newsletter-box'", "class='ArticleShareBar'", "id='cookie_notice'"),
        *("class='image__caption'", "class='relatedStories'", "class='author-bio'"),
    ],
)
def test_boxes_that_are_no_article_are_left_out(read_page, called):
    """A box whose class or id says that it is something else is something else."""
    box = (
        f"<div {called}><p>The Daily Wire tells you every morning what there is to know.</p></div>"
    )
    assert read_page(_page(f"<p>{FIRST}</p>{box}<p>{SECOND}</p><p>{THIRD}</p>")).text == TEXT


def test_a_large_box_is_the_article(read_page):
    """The article itself may be in a box for sharing."""
    body = "".join(f"<p>{FIRST} ({number})</p>" for number in range(20))
    document = read_page(_page(f"<div class='share-content'>{body}</div>"))
    assert document.text.count("\n\n") == 19


def test_the_standfirst_is_put_first(read_page):
    """What the page says of its article is part of it where it is shown above it."""
    standfirst = "The attack is the second in a month in the south of Libya."
    heading = f"<h1>Nine killed in Tazerbo</h1><header><p>{standfirst}</p></header>"
    head = f"<meta name='description' content='{standfirst}'>"
    document = read_page(_page(head=head, heading=heading))
    assert document.text == f"{standfirst}\n\n{TEXT}"


def test_a_description_that_is_not_shown_is_no_part(read_page):
    """What is said to search engines alone is not what a reader reads."""
    head = "<meta name='description' content='All about the attack on Tazerbo, and more news.'>"
    assert read_page(_page(head=head)).text == TEXT


def test_a_description_that_the_article_begins_with_is_not_repeated(read_page):
    """The description is often the first paragraph."""
    head = f"<meta name='description' content='{FIRST}'>"
    assert read_page(_page(head=head)).text == TEXT


# The text that JSON-LD has as well


def test_what_is_not_told_is_left_out(read_page):
    """Where JSON-LD has the whole text, what surrounds that goes; headings within it stay."""
    ends = "<p>Our reporters are in the region, and the editors are glad to hear from you.</p>"
    body = f"<p>{FIRST}</p><h2>Seven cars</h2><p>{SECOND}</p><p>{THIRD}</p>{ends}"
    told = _article(headline="Nine killed", articleBody=TEXT.replace("\n\n", " "))
    assert read_page(_page(body, told)).text == TEXT.replace(SECOND, f"Seven cars\n\n{SECOND}")
    assert "glad to hear" in read_page(_page(body)).text


def test_a_beginning_that_is_told_cuts_nothing_off(read_page):
    """JSON-LD often has but the first words, for those who have not paid."""
    told = _article(headline="Nine killed", articleBody=FIRST)
    assert read_page(_page(head=told)).text == TEXT


def test_what_is_told_alone_is_the_text(read_page):
    """A page that a script would fill is read from its JSON-LD."""
    told = _article(headline="Nine killed", articleBody=f"<p>{FIRST}</p><p>Q&amp;A: {SECOND}</p>")
    page = f"<html><head>{told}</head><body><div id='app'></div></body></html>"
    assert read_page(page).text == f"{FIRST}\n\nQ&A: {SECOND}"


# No article


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<div id='app'></div><script>start()</script>",
        "<h1>404</h1><p>Not found.</p>",
        "<ul><li><a href='/a'>Nine killed in Tazerbo, officials in Tripoli say</a></li></ul>" * 2,
    ],
)
def test_a_page_without_an_article(read_page, body):
    """It is reported in a plain line, and says what may help."""
    failure = read_page(f"<!DOCTYPE html><html><body>{body}</body></html>")
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("no article is to be found on the page")


def test_a_page_that_is_nested_too_deeply(read_page):
    """It is reported, not read in part."""
    failure = read_page(f"<html><body>{'<div>' * 1000}{BODY}{'</div>' * 1000}{BODY}</body></html>")
    assert failure.reason == "is nested too deeply to be read"


# Encodings


def test_the_declared_encoding(read_page):
    """A page too short for a guess is read as it says it is written."""
    words = "Президент заявил во вторник, что переговоры прошли успешно."
    page = _page(f"<p>{words}</p>", "<meta charset='windows-1251'>", heading="")
    assert read_page(page.encode("cp1251")).text == words


def test_stray_bytes_cost_a_page_nothing_else(read_page):
    """A broken character is marked as such, and a control character passed over."""
    words = "Президент заявил во вторник, что переговоры прошли успешно."
    raw = _page(f"<p>{words}</p>{BODY}", "<meta charset='utf-8'>").encode()
    raw = raw.replace(b"Gunmen", b"Gun\xffmen").replace(b"seven", b"se\x02ven")
    assert read_page(raw).text == f"{words}\n\n{TEXT}".replace("Gunmen", "Gun\ufffdmen")


# What JSON-LD says


def test_all_that_jsonld_says(read_page):
    """Each field is taken over, with the name of where it was found."""
    told = _article(
        headline="Nine killed &amp; ten hurt in <i>Tazerbo</i>",
        url="https://example.org/nine",
        datePublished="2019-11-25T23:30:00-05:00",
        dateModified="2019-11-27",
        author=[
            {"@type": "Person", "name": "By Ann Poe"},
            {"givenName": "Bo", "familyName": "Lee"},
        ],
        publisher={"@type": "Organization", "name": "The Daily Wire"},
        articleSection=["World", "Libya"],
        inLanguage="en_GB",
        dateline="TRIPOLI",
    )
    document = read_page(_page(head=told))
    assert document.title == "Nine killed & ten hurt in Tazerbo"
    assert document.url == "https://example.org/nine"
    assert (document.published, document.modified) == (dt.date(2019, 11, 25), dt.date(2019, 11, 27))
    assert document.authors == ("Ann Poe", "Bo Lee")
    assert document.source == "The Daily Wire"
    assert document.section == "World"
    assert document.language == "en-GB"
    assert document.dateline == "TRIPOLI"
    assert set(document.origins.values()) == {"JSON-LD"}


ARTICLE = {"@type": "NewsArticle", "headline": "Nine killed"}


@pytest.mark.parametrize(
    "script",
    [
        json.dumps([{"@type": "WebSite", "headline": "Daily"}, ARTICLE]),
        json.dumps({"@graph": [{"@type": "Person", "name": "Ann"}, ARTICLE]}),
        json.dumps({"@type": "WebPage", "name": "Daily", "mainEntity": ARTICLE}),
        json.dumps({**ARTICLE, "@type": ["Article", "http://schema.org/AnalysisNewsArticle"]}),
        json.dumps(ARTICLE).replace('"', "&quot;"),
        f"//<![CDATA[\n{json.dumps(ARTICLE)}\n//]]>",
        f"<!-- {json.dumps(ARTICLE)} -->",
        '{"@type": "NewsArticle", "headline": "Nine killed",}',
        '{"@type": "NewsArticle", "description": "two\nlines", "headline": "Nine killed"}',
        r'{"@type": "NewsArticle", "name": "it\'s", "headline": "Nine killed"}',
        '{"@type": "WebSite"}{"@type": "NewsArticle", "headline": "Nine killed"};',
    ],
)
def test_jsonld_wherever_and_however_it_is_written(read_page, script):
    """In lists and graphs, and a little broken."""
    document = read_page(_page(head=f"<script type='application/ld+json'>{script}</script>"))
    assert (document.title, document.origins["title"]) == ("Nine killed", "JSON-LD")


@pytest.mark.parametrize(
    "told",
    [
        '{"@type": "NewsArticle", "headline": "Nine',
        '{"@type": "NewsArticle", "headline": {"a": []}, "author": 3, "datePublished": [[]]}',
        '{"@type": 5, "headline": "Another"}',
        '{"@type": "ItemList", "itemListElement": [{"@type": "Article", "headline": "Another"}]}',
        pytest.param("[" * 100_000, id="deeply nested"),
        "null",
    ],
)
def test_jsonld_that_says_nothing_of_the_article(read_page, told):
    """What is broken beyond mending, or is about other articles, is passed over."""
    document = read_page(_page(head=f"<script type='application/ld+json'>{told}</script>"))
    assert (document.title, document.text) == ("Nine killed in Tazerbo", TEXT)


def test_references_within_jsonld(read_page):
    """What is said elsewhere under an `@id` is put where it belongs."""
    graph = [
        {**ARTICLE, "author": {"@id": "#ann"}, "publisher": {"@id": "#daily"}},
        {"@type": "Person", "@id": "#ann", "name": "Ann Poe"},
        {"@type": "Organization", "@id": "#daily", "name": "The Daily Wire"},
    ]
    document = read_page(_page(head=_said(**{"@graph": graph})))
    assert (document.authors, document.source) == (("Ann Poe",), "The Daily Wire")


def test_of_several_articles_the_one_with_the_address_of_the_page(read_page):
    """A page may tell of those that it links to as if they were its own."""
    head = (
        _article(headline="Another", url="https://example.org/another")
        + _article(headline="Nine killed", url="http://www.example.org/nine/")
        + "<link rel='canonical' href='https://www.example.org/nine'>"
    )
    assert read_page(_page(head=head)).title == "Nine killed"


@pytest.mark.parametrize(
    ("names", "people"),
    [
        (["Ann Poe"], ("Ann Poe",)),
        (["By Ann Poe and Bo Lee"], ("Ann Poe", "Bo Lee")),
        (["Von Anna Poe, Bo Lee und dpa"], ("Anna Poe", "Bo Lee", "dpa")),
        (["Ann Poe", "Ann Poe"], ("Ann Poe",)),
        (["Par Ann Poe et Bo Lee"], ("Ann Poe", "Bo Lee")),
        (["Le Monde et AFP", "Von Trotha"], ("Le Monde et AFP", "Von Trotha")),
        (["ann@example.org", "https://example.org/ann", "@ann", "12", "(Image: AP)", ""], ()),
    ],
)
def test_who_wrote_it(names, people):
    """A line may name several people, and may name nobody."""
    assert bylines(names) == people


# What else a page says


@pytest.mark.parametrize(
    ("tag", "field", "value", "origin"),
    [
        ("<meta property='og:title' content='Nine dead'>", "title", "Nine dead", "OpenGraph"),
        ("<meta name='dc.title' content='Nine dead'>", "title", "Nine dead", "page header"),
        ("<meta property='og:site_name' content='Daily'>", "source", "Daily", "OpenGraph"),
        ("<meta name='publisher' content='Daily'>", "source", "Daily", "page header"),
        (
            "<meta property='og:url' content='https://a.org/b'>",
            "url",
            "https://a.org/b",
            "OpenGraph",
        ),
        (
            "<link rel='canonical' href='https://a.org/b'>",
            *("canonical_url", "https://a.org/b", "page header"),
        ),
        (
            "<meta property='article:published_time' content='2019-11-25T23:30:00-05:00'>",
            *("published", dt.date(2019, 11, 25), "OpenGraph"),
        ),
        (
            "<meta name='date' content='2019-11-25'>",
            "published",
            dt.date(2019, 11, 25),
            "page header",
        ),
        (
            "<meta property='article:modified_time' content='2019-11-26T00:30:00.000+0000'>",
            *("modified", dt.date(2019, 11, 26), "OpenGraph"),
        ),
        (
            "<meta property='article:author' content='Ann Poe'>",
            "authors",
            ("Ann Poe",),
            "OpenGraph",
        ),
        ("<meta name='author' content='by Ann Poe'>", "authors", ("Ann Poe",), "page header"),
        ("<meta property='article:section' content='World'>", "section", "World", "OpenGraph"),
        ("<meta property='og:locale' content='de_AT'>", "language", "de-AT", "OpenGraph"),
    ],
)
def test_tags_in_the_head(read_page, tag, field, value, origin):
    """Each is taken over, with the name of where it was found."""
    document = read_page(_page(head=tag))
    assert getattr(document, field) == value
    assert document.origins[field] == origin


def test_the_language_of_the_page(read_page):
    """The page's own tag says it where nobody else does."""
    document = read_page(_page().replace("<html>", "<html lang='sw'>"))
    assert (document.language, document.origins["language"]) == ("sw", "page header")


def test_who_is_trusted_first(read_page):
    """JSON-LD before OpenGraph, this before other tags, and these before the page itself."""
    ladder = [
        _article(headline="From JSON-LD"),
        "<meta property='og:title' content='From OpenGraph'>",
        "<meta name='dc.title' content='From the header'>",
        "<title>From the title</title>",
    ]
    titles = [read_page(_page(head="".join(ladder[first:]))).title for first in range(4)]
    assert titles == ["From JSON-LD", "From OpenGraph", "From the header", "Nine killed in Tazerbo"]


@pytest.mark.parametrize(
    "given",
    [
        "Nine killed in Tazerbo | The Daily Wire",
        "Nine killed in Tazerbo - Daily Wire",
        "Nine killed in Tazerbo – Libya – The Daily Wire",
    ],
)
def test_the_outlet_is_no_part_of_the_title(read_page, given):
    """What follows the headline in a title for search engines is taken off."""
    head = (
        f"<meta property='og:title' content='{given}'>"
        "<meta property='og:site_name' content='The Daily Wire'>"
    )
    document = read_page(_page(head=head))
    assert (document.title, document.source) == ("Nine killed in Tazerbo", "The Daily Wire")


def test_a_dash_in_a_title_stays(read_page):
    """Only the outlet is taken off."""
    head = "<meta property='og:title' content='Tazerbo attack - what we know'>"
    assert read_page(_page(head=head)).title == "Tazerbo attack - what we know"


@pytest.mark.parametrize(
    "address",
    [
        *("https://example.org", "https://example.org/", "http://[bad/nine", "ftp://a.org/b"),
        *("https://google.com/article", "javascript:void(0)", ""),
    ],
)
def test_addresses_that_are_not_the_article_s(read_page, address):
    """A front page, an example out of instructions, or no address at all names no article."""
    head = (
        f"<link rel='canonical' href='{address}'><meta property='og:url' content='{address}'>"
        + _article(headline="Nine killed", mainEntityOfPage={"@id": address})
    )
    document = read_page(_page(head=head))
    assert (document.url, document.canonical_url) == ("", "")


def test_a_relative_canonical_address(read_page):
    """It is made whole by the page's own."""
    head = (
        "<meta property='og:url' content='https://example.org/x/nine?ref=mail'>"
        "<link rel='canonical' href='/x/nine'>"
    )
    assert read_page(_page(head=head)).canonical_url == "https://example.org/x/nine"


def test_the_outlet_goes_by_its_address_where_it_has_no_name(read_page):
    """A citation names somebody."""
    head = "<link rel='canonical' href='https://www.example.org/nine'>"
    document = read_page(_page(head=head))
    assert (document.source, document.origins["source"]) == ("example.org", "address")


# Dates


@pytest.mark.parametrize(
    ("mark", "date"),
    [
        ("<time itemprop='datePublished' datetime='2019-11-25T23:30-05:00'>Monday</time>", 25),
        ("<time pubdate datetime='2019-11-25'>Monday</time>", 25),
        ("<p class='date'>25 November 2019</p>", 25),
    ],
)
def test_a_date_on_the_page(read_page, mark, date):
    """A date that is marked as one is found where the head has none."""
    assert read_page(_page(f"{mark}{BODY}")).published == dt.date(2019, 11, date)


@pytest.mark.parametrize(
    "told",
    ["", "03/04/2019", "last Monday", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00", "1574640000"],
)
def test_no_date_is_made_up(read_page, told):
    """One that could be two is none, and neither is today's."""
    body = f"{BODY}<p>In 2011 the town had three thousand people, and on May 5 none.</p>"
    assert read_page(_page(body, _article(datePublished=told))).published is None


@pytest.mark.parametrize(
    ("where", "date"),
    [
        ("<meta property='article:published_time' content='03/04/2019'>", None),
        ("<meta property='article:published_time' content='3-4-2019'>", None),
        ("<meta property='article:published_time' content='25/11/2019'>", dt.date(2019, 11, 25)),
        (
            (
                "<meta property='article:published_time' content='03/04/2019'>"
                "<link rel='canonical' href='https://www.example.org/2019/04/03/nine'>"
            ),
            dt.date(2019, 4, 3),
        ),
    ],
)
def test_no_date_is_guessed_that_could_be_two(read_page, where, date):
    """What stands on a page only as 3/4/2019 stays unknown, whoever reads it."""
    assert read_page(_page(head=where)).published == date


# Real pages


@pytest.fixture(name="saved_pages", scope="module")
def _saved_pages(test_data, request):
    """The benchmark, as a module."""
    path = request.config.rootpath / "benchmarks" / "saved_pages.py"
    spec = importlib.util.spec_from_file_location("saved_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_of_many_publishers(saved_pages, test_data):
    """Of a third of the pages, titles, dates and texts are right as far as they were measured."""
    pages = list(saved_pages.pages_in(test_data / "messy" / "pages"))[::3]
    scores, _ = saved_pages.measure(pages, saved_pages.read_by_us)
    assert len(scores) == 86
    assert sum(score.title for score in scores) >= 0.90 * len(scores)
    assert sum(score.date for score in scores) >= 0.95 * len(scores)
    assert sum(score.f1 for score in scores) >= 0.95 * len(scores)
