"""Feeds, each entry an article, and the HTML in them."""

import datetime as dt
import json

import pytest

from index.datatypes import Document, Failure
from index.read import read
from index.read.markup import text_of

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Desert Wire</title><link>https://example.org/</link><language>en-gb</language>
<item><title>Nine killed &amp;amp; ten hurt</title><link>https://example.org/nine</link>
<guid isPermaLink="false">nine</guid><dc:creator>Jane Doe</dc:creator>
<pubDate>Mon, 25 Nov 2019 23:30:00 -0500</pubDate><category>World</category>
<description>&lt;p&gt;Gunmen attacked.&lt;p&gt;They left.</description></item>
<item><title>Talks</title><link>https://example.org/talks</link><dc:date>2019-11-26</dc:date>
<description>Talks began.</description></item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Desert Wire</title>
<entry><id>tag:example.org,2019:1</id><title type="html">Nine &lt;b&gt;killed&lt;/b&gt;</title>
<link href="https://example.org/nine"/><link rel="self" href="https://example.org/self"/>
<published>2019-11-25T23:30:00-05:00</published><updated>2019-11-27T01:00:00Z</updated>
<author><name>Jane Doe</name></author><author><name>John Roe</name></author>
<category term="World"/><category term="Libya"/>
<summary>Gunmen attacked.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Gunmen attacked the town.</p>
<p>They left.</p></div></content></entry></feed>"""


@pytest.fixture(name="read_feed")
def _read_feed(tmp_path):
    """A function that reads a feed, given as text or bytes."""

    def read_feed(raw, name="feed.xml"):
        path = tmp_path / name
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return list(read(path))

    return read_feed


def _rss(*items, head=""):
    return (
        f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{"".join(items)}</channel></rss>'
    )


def _item(description="Nine dead.", more=""):
    return f"<item><title>News</title><description>{description}</description>{more}</item>"


def test_rss(read_feed):
    """Each item is an article, with all that the feed says of it."""
    first, second = read_feed(RSS)
    assert first.title == "Nine killed & ten hurt"
    assert first.text == "Gunmen attacked.\n\nThey left."
    assert first.url == "https://example.org/nine"
    assert first.published == dt.date(2019, 11, 25)
    assert first.authors == ("Jane Doe",)
    assert first.section == "World"
    assert first.source == "Desert Wire"
    assert first.language == "en-gb"
    assert first.origins["published"] == "feed"
    assert second.text == "Talks began."


def test_the_date_of_rss_is_that_of_publication(read_feed):
    """RSS knows no updates: a date without further name is when the item was published."""
    _, second = read_feed(RSS)
    assert (second.published, second.modified) == (dt.date(2019, 11, 26), None)


def test_atom(read_feed):
    """Of an entry the longer text is read, content or summary, and both its dates are kept."""
    (document,) = read_feed(ATOM)
    assert document.title == "Nine killed"
    assert document.text == "Gunmen attacked the town.\n\nThey left."
    assert document.url == "https://example.org/nine"
    assert (document.published, document.modified) == (dt.date(2019, 11, 25), dt.date(2019, 11, 27))
    assert document.authors == ("Jane Doe", "John Roe")
    assert document.section == "World"


def test_an_update_is_no_publication(read_feed):
    """An Atom entry that says only when it was updated has no date of publication."""
    raw = ATOM.replace("<published>2019-11-25T23:30:00-05:00</published>", "")
    (document,) = read_feed(raw)
    assert (document.published, document.modified) == (None, dt.date(2019, 11, 27))


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("Thu, 01 Jan 04 19:48:21 GMT", dt.date(2004, 1, 1)),
        ("2019-11-25T23:30:00-05:00", dt.date(2019, 11, 25)),
        ("2004년 05월 28일  01:31:15", dt.date(2004, 5, 28)),
        ("Sun Jan  4 16:29:06 2004", dt.date(2004, 1, 4)),
        ("2019-11", None),
        ("2019", None),
        ("--11-25", None),
        ("12:30", None),
        ("yesterday", None),
    ],
)
def test_dates(read_feed, said, date):
    """A day is known from a whole date in whatever form, and from half a date never."""
    (document,) = read_feed(_rss(_item(more=f"<pubDate>{said}</pubDate>")))
    assert document.published == date


def test_an_entry_without_text(read_feed):
    """It is reported with its number and title, and the others are read."""
    failure, document = read_feed(_rss(_item(""), _item()))
    assert failure.reason == "entry 1 “News”: it holds no text"
    assert document.text == "Nine dead."


def test_ids_are_those_of_the_entries(read_feed):
    """An entry without an address is the same article when others come before it."""
    entry = _item(more="<guid isPermaLink='false'>nine</guid>")
    (alone,) = read_feed(_rss(entry))
    _, moved = read_feed(_rss(_item("Ten dead."), entry))
    assert alone.id == moved.id


def test_an_address_that_entries_share_is_nobody_s(read_feed):
    """Two entries that lead to the same page are two articles."""
    link = "<link>https://example.org/</link>"
    found = read_feed(_rss(_item("Nine.", link), _item("Ten.", link)))
    assert [one.text for one in found] == ["Nine.", "Ten."]
    assert len({one.id for one in found}) == 2
    assert found[0].url == ""


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/relative", "data:text/html,x"])
def test_only_addresses_of_pages_are_kept(read_feed, link):
    """What does not lead to a page is no address."""
    (document,) = read_feed(_rss(_item(more=f"<link>{link}</link>")))
    assert document.url == ""


def test_plain_text_stays_as_it_is(read_feed):
    """A text that is plain is not taken for HTML."""
    raw = ATOM.replace("<summary>Gunmen attacked.", "<summary>1 &lt; 2 &amp;amp; 3" + " so" * 20)
    (document,) = read_feed(raw)
    assert document.text == "1 < 2 &amp; 3" + " so" * 20


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32-be", "iso-8859-5", "koi8-r", "gb2312"]
)
@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "not declared"])
def test_encodings(read_feed, encoding, is_declared):
    """A feed is read in the encoding it declares, or the one that its bytes tell."""
    text = {"gb2312": "政府星期二宣布会谈取得成功。细节尚未公布。"}.get(
        encoding, "Президент заявил во вторник, что переговоры прошли успешно. "
    )
    raw = _rss(_item(text * 9))
    if is_declared:
        raw = raw.replace("?>", f' encoding="{encoding}"?>', 1)
    (document,) = read_feed(raw.encode(encoding))
    assert document.text == (text * 9).strip()


def test_a_few_wrong_bytes(read_feed):
    """A character cut in two does not make nonsense of the whole feed."""
    raw = _rss(_item("Gespräche über Österreich. " * 200)).encode() + b"<!-- \xc3 -->"
    (document,) = read_feed(raw)
    assert document.text.startswith("Gespräche über Österreich.")


@pytest.mark.parametrize(
    "raw",
    [
        "<rss><channel><item><description>Nine & ten dead.</description></channel>",
        _rss("<item><description>Nine &nbsp;&amp; ten dead.</description></item>").replace(
            "&nbsp;", ""
        ),
        _rss("<item><description>Nine &amp; ten dead.</description></item>\x0b"),
    ],
)
def test_ill_formed_feeds(read_feed, raw):
    """What is nearly XML is read."""
    (document,) = read_feed(raw)
    assert document.text == "Nine & ten dead."


def test_a_document_type_that_is_only_named(read_feed):
    """The first line of RSS 0.91 is no reason to refuse it."""
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://a.example">'
    (document,) = read_feed(_rss(_item(), head=head))
    assert document.text == "Nine dead."


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "ten">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.org/p">%p;]>',
        "<!DOCTYPE x [<!ELEMENT x ANY>]>",
    ],
)
def test_declarations_are_refused(read_feed, head):
    """A feed that declares entities, or anything, is not read."""
    (failure,) = read_feed(_rss(_item("&a;"), head=head))
    assert failure.reason == "its XML declares a document type or entities, which no article needs"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (_rss(), "a feed without entries"),
        (
            '<?xml version="1.0"?><urlset><url><loc>https://example.org/</loc></url></urlset>',
            "a sitemap, which lists pages but does not hold them",
        ),
        (
            '<?xml version="1.0"?><news><item2>Nine</item2></news>',
            "XML of another kind than a feed; save its articles as HTML or text",
        ),
        ("<news><story>", "XML that is not well-formed, and in which no feed is to be found"),
        (_rss(_item() * 10_001), "a feed of more than 10000 entries; split it first"),
        (_rss("<b>" * 1001), "its XML is nested more than 1000 elements deep"),
        (
            _rss("<item " + " ".join(f'a{number}=""' for number in range(1001)) + "/>"),
            "its XML has elements with very many attributes",
        ),
    ],
)
def test_what_is_no_feed(read_feed, raw, reason):
    """Other XML, and a feed of nothing or too much, is reported for what it is."""
    (failure,) = read_feed(raw)
    assert failure.reason == reason


def test_every_test_feed_is_read_or_reported(test_data):
    """Each of feedparser's files is read or reported in plain words."""
    paths = sorted((test_data / "messy" / "feeds").rglob("*.xml"))
    assert len(paths) > 100
    for path in paths:
        found = list(read(path))
        assert found, path
        for one in found:
            if isinstance(one, Failure):
                assert "cannot be read as" not in one.reason, path
            else:
                assert "<script" not in one.text, path


def test_feeds_in_national_encodings(test_data):
    """Feeds whose encoding is declared come out as what was written, without a wrong letter."""
    folder = test_data / "messy" / "encodings" / "tests"
    for path in (folder / "KOI8-R" / "newsru.com.xml", folder / "EUC-JP" / "tls.org.xml"):
        texts = [found.text for found in read(path) if isinstance(found, Document)]
        assert len(texts) > 20
        assert "\ufffd" not in json.dumps(texts, ensure_ascii=False)


# HTML that is no page


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("One.<br>Two.", "One.\nTwo."),
        ("One.<br><br/>Two.", "One.\n\nTwo."),
        ("<div>One <b>and</b> <i>two</i></div> three", "One and two\n\nthree"),
        ("  One\n  and\ttwo  ", "One and two"),
        ("<ul><li>One<li>Two</ul>", "One\n\nTwo"),
        ("<table><tr><td>One<td>Two<tr><td>Three</table>", "One Two\n\nThree"),
        ("<pre>One\n  two</pre>three", "One\n  two\n\nthree"),
        ("One&nbsp;two &amp; three &lt;b&gt;", "One\u00a0two & three <b>"),
        ("One<script>if (1 < 2) {}</script><style>p {}</style><!-- no -->.", "One."),
        ("<title>One</title><p>Two", "Two"),
        ("<p>One <img alt='a picture'>two", "One two"),
        ("Just text & more", "Just text & more"),
        ("Zwei Gespräche 你好", "Zwei Gespräche 你好"),
        ("a < b and c > d", "a < b and c > d"),
        ("", ""),
        ("<!-- nothing -->", ""),
        ("One\x00two", "Onetwo"),
        ('<?xml version="1.0" encoding="latin-1"?><p>Gespräche', "Gespräche"),
    ],
)
def test_markup(html, text):
    """Blocks become paragraphs, white space is what a browser makes of it, scripts are gone."""
    assert text_of(html) == text


def test_markup_of_any_depth():
    """A hundred thousand elements in each other are no more than one."""
    assert text_of("<div>" * 100_000 + "One.") == "One."
