"""Citations in the forms that people paste; hostile words stay words in all of them."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pybtex.database import parse_string

from index import Document, InvalidInput
from qa import Citation, Role
from qa.output.cite import Form, cite
from qa.output.cite.articles import on_one_line, web_address
from qa.output.cite.styles import STYLES, styled

HOSTILE = "}\\end{x} {{ 50% of $5 & #1_a ^~ \"q\" '' `c` *b* <img src=//x> ![i](j) @x{y, \u202eevil"
COMMANDS = {
    "textbackslash{}": "\\",
    "textbraceleft{}": "{",
    "textbraceright{}": "}",
    "textasciicircum{}": "^",
    "textasciitilde{}": "~",
} | {sign: sign for sign in "%&#$_"}
TEXT = "It rained. ISIS did it. Nobody else did."
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda text: text.strip()
)


def document(**fields):
    known = {
        "id": "a1",
        "text": TEXT,
        "path": "/news/a1.txt",
        "title": "The attack",
        "source": "Gazette",
        "url": "https://gazette.example/attack?id=1",
        "published": dt.date(2019, 11, 27),
        "authors": ("Ann Smith", "Reuters"),
    }
    return Document(**known | fields)


def cited(one, start=11, end=23):
    return Citation(
        role=Role.ANSWER,
        document=one,
        start=start,
        end=end,
        quote=one.text[start:end],
        score=1.0,
    )


def whole(one):
    return cited(one, 0, len(one.text))


def unescaped(latex):
    """What LaTeX prints of a field, by the commands that are written."""
    shown, rest = "", latex
    while rest:
        shown_at = rest.find("\\")
        if shown_at < 0:
            return shown + rest
        shown, rest = shown + rest[:shown_at], rest[shown_at + 1 :]
        command = next(one for one in COMMANDS if rest.startswith(one))
        shown, rest = shown + COMMANDS[command], rest[len(command) :]
    return shown


def entry_of(citation):
    (entry,) = parse_string(cite([citation], Form.BIBTEX), "bibtex").entries.values()
    return entry


def test_a_footnote():
    """The sentence, who wrote what, where and when, its address, and its place in the archive."""
    one = document(pages=(0,), retrieved=dt.date(2019, 12, 1))
    assert cite([cited(one)], Form.FOOTNOTE) == (
        "“ISIS did it.” Ann Smith and Reuters, “The attack,” Gazette, November 27, 2019, page 1, "
        "https://gazette.example/attack?id=1, accessed December 1, 2019 "
        f"[a1@{one.sha256[:8]}:11-23]\n"
    )


def test_a_footnote_of_what_little_is_known():
    """Without title, outlet, date and address there are the first words, and "undated"."""
    one = Document(id="a1", text=TEXT, path="/news/a1.txt")
    note = cite([cited(one)], Form.FOOTNOTE)
    opening = "“It rained. ISIS did it. Nobody…,”"
    assert note == f"“ISIS did it.” {opening} undated [a1@{one.sha256[:8]}:11-23]\n"


@pytest.mark.parametrize("form", list(Form))
def test_first_words_stand_for_a_title_in_every_form(form):
    """They are in quotation marks, once, and no form has the name of the file."""
    one = document(title="")
    written = cite([cited(one)], form)
    assert "“It rained. ISIS did it. Nobody…" in written
    assert "““" not in written
    assert "a1.txt" not in written


def test_of_many_authors_the_first_is_named():
    """Three authors are one "and others"."""
    note = cite([cited(document(authors=("Ann", "Bob", "Cid")))], Form.FOOTNOTE)
    assert " Ann and others, " in note


def test_a_version_is_cited_by_its_own_id():
    """The id of a former version has its text's SHA-256 already, and gets it no second time."""
    one = document()
    former = document(id=f"a1@{one.sha256[:8]}")
    assert f"[{former.id}:11-23]" in cite([cited(former)], Form.FOOTNOTE)


def test_nothing_turns_a_footnote_around():
    """A bidirectional override is shown as a sign; marks that Arabic is written with stay."""
    note = cite([whole(document(text="a \u202eb\u2066 c\n\x1b[31m \u200fد\u200c"))], Form.FOOTNOTE)
    assert note.startswith("“a \ufffdb\ufffd c \ufffd[31m \u200fد\u200c” ")


def test_markdown():
    """A block quotation, and under it the linked title."""
    assert cite([cited(document())], Form.MARKDOWN) == (
        "> ISIS did it.\n>\n"
        "> — Ann Smith and Reuters, [The attack](https://gazette.example/attack?id=1), Gazette, "
        f"November 27, 2019 (a1\\@{document().sha256[:8]}:11-23)\n"
    )


@pytest.mark.parametrize("hostile", [HOSTILE, "# head", "12. list", "- item", "http://x www.x.y"])
def test_markdown_shows_the_very_words(hostile):
    """A Markdown reader finds a quotation of two paragraphs, and nothing else in them."""
    one = document(text=hostile, title="", source=hostile, authors=(), url="")
    tokens = MarkdownIt("commonmark").parse(cite([whole(one)], Form.MARKDOWN))
    inline = [token for token in tokens if token.type == "inline"]
    assert [token.type for token in tokens if token.type.endswith("open")] == [
        *("blockquote_open", "paragraph_open", "paragraph_open")
    ]
    assert {child.type for token in inline for child in token.children} <= {"text", "text_special"}
    shown = "".join(child.content for child in inline[0].children)
    assert shown == hostile.replace("\u202e", "\ufffd")


def test_a_bibtex_entry():
    """What pybtex reads is what is known of the article, each name whole."""
    one = document(retrieved=dt.date(2019, 12, 1), authors=("Ann and Bob", "Reuters"))
    entry = entry_of(cited(one))
    assert (entry.type, entry.key) == ("article", "a1")
    assert [str(person) for person in entry.persons["author"]] == ["{Ann and Bob}", "{Reuters}"]
    assert dict(entry.fields) == {
        "title": "{The attack}",
        "journal": "Gazette",
        "date": "2019-11-27",
        "year": "2019",
        "month": "11",
        "url": "https://gazette.example/attack?id=1",
        "urldate": "2019-12-01",
        "note": rf"On Record a1@{one.sha256[:8]}",
        "annote": "``ISIS did it.''",
    }


def test_bibtex_of_what_little_is_known():
    """No outlet makes it @misc; no date makes no date."""
    entry = entry_of(cited(Document(id="a1", text=TEXT, path="/news/a_1.txt")))
    assert entry.type == "misc"
    assert set(entry.fields) == {"title", "note", "annote"}
    assert entry.fields["title"] == "{“It rained. ISIS did it. Nobody…”}"


@given(title=WORDS, source=WORDS, author=WORDS, text=WORDS)
def test_bibtex_gives_back_any_words(title, source, author, text):
    """Whatever the words, pybtex reads one entry, and LaTeX would print them on one line."""
    one = document(title=title, source=source, authors=(author,), text=text)
    entry = entry_of(whole(one))
    assert unescaped(entry.fields["title"][1:-1]) == on_one_line(title)
    assert unescaped(entry.fields["journal"]) == on_one_line(source)
    assert unescaped(str(entry.persons["author"][0])[1:-1]) == on_one_line(author)
    assert unescaped(entry.fields["annote"][2:-2]) == on_one_line(text)


def test_bibtex_keeps_hostile_words():
    """Braces, backslashes, percent signs, quotation marks and bidi signs are words."""
    entry = entry_of(whole(document(text=HOSTILE, title=HOSTILE)))
    assert unescaped(entry.fields["title"][1:-1]) == HOSTILE
    assert unescaped(entry.fields["annote"][2:-2]) == HOSTILE


@pytest.mark.parametrize("name", ["a b", "a{b", "a,b", "https://x/%41?b", "新闻", "a_b"])
def test_any_id_makes_a_key(name):
    """Ids that cannot be keys make some that can, each its own."""
    keys = {entry_of(cited(document(id=one))).key for one in (name, f"{name}{name}")}
    assert len(keys) == 2
    assert all(key.isascii() for key in keys)


def test_a_csl_item():
    """The schema's fields, and the quotation to the letter in `custom`."""
    one = document(retrieved=dt.date(2019, 12, 1), language="en", pages=(0, 11))
    (item,) = json.loads(cite([cited(one)], Form.CSL_JSON))
    assert item == {
        "id": "a1",
        "type": "article-newspaper",
        "title": "The attack",
        "container-title": "Gazette",
        "author": [{"literal": "Ann Smith"}, {"literal": "Reuters"}],
        "issued": {"date-parts": [[2019, 11, 27]]},
        "accessed": {"date-parts": [[2019, 12, 1]]},
        "URL": "https://gazette.example/attack?id=1",
        "language": "en",
        "note": f"On Record a1@{one.sha256[:8]}",
        "custom": {
            "sha256": one.sha256,
            "quotes": [{"quote": "ISIS did it.", "start": 11, "end": 23, "page": 2}],
        },
    }


def test_csl_of_what_little_is_known():
    """What is not known is not there."""
    one = Document(id="a1", text=TEXT, path="/news/a1.txt")
    (item,) = json.loads(cite([cited(one)], Form.CSL_JSON))
    assert set(item) == {"id", "type", "title", "note", "custom"}


@given(title=WORDS, text=WORDS)
def test_csl_json_gives_back_any_words(title, text):
    """Whatever the words, they are in the JSON to the letter."""
    (item,) = json.loads(cite([whole(document(title=title, text=text))], Form.CSL_JSON))
    assert item["title"] == title
    assert item["custom"]["quotes"][0]["quote"] == text


def test_sentences_of_one_article_share_an_entry():
    """BibTeX and CSL-JSON list articles, footnotes and Markdown quotations."""
    citations = [cited(document()), cited(document(), 0, 10), cited(document(id="b"))]
    assert len(parse_string(cite(citations, Form.BIBTEX), "bibtex").entries) == 2
    items = json.loads(cite(citations, Form.CSL_JSON))
    assert [len(item["custom"]["quotes"]) for item in items] == [2, 1]
    assert cite(citations, Form.FOOTNOTE).count("\n") == 3
    assert cite(citations, Form.MARKDOWN).count("\n\n") == 2


@pytest.mark.parametrize("form", Form)
def test_no_citations_make_no_text(form):
    """Nothing is cited, nothing is written."""
    assert cite([], form) == ""


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ('HTTP://a.example/%41 b{}"\\', "http://a.example/%41%20b%7B%7D%22%5C"),
        ("https://müller.example/ü", "https://müller.example/%C3%BC"),
        ("https://[::1]/", "https://[::1]/"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("data:text/html,x", ""),
        ("//a.example/x", ""),
        ("https://", ""),
        ("https://a}{.example/", ""),
        ("https://[::1/", ""),
        ("https://a.example/\u202e", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_are_cited(url, address):
    """`http` and `https`, with a host; what would end a field or a link is written in hex."""
    assert web_address(document(url=url)) == address


def test_the_canonical_address_stands_in():
    """Where the first address is none, the canonical one is cited."""
    one = document(url="file:///x", canonical_url="https://a.example/c")
    assert web_address(one) == "https://a.example/c"


# Styles


@pytest.mark.parametrize("style", STYLES)
def test_each_style_that_is_offered(style):
    """Each names author, title, outlet, year and address, and no unknown word."""
    line = styled([cited(document(retrieved=dt.date(2019, 12, 1)))], style)
    assert line.count("\n") == 1
    for part in ("Ann Smith", "Gazette", "2019", "gazette.example/attack?id=1"):
        assert part in line
    assert "attack" in line.lower()
    assert "Edition" not in line


def test_apa():
    """APA's order and punctuation."""
    assert styled([cited(document(authors=("Reuters",)))], "apa") == (
        "Reuters. (2019, November 27). The attack. Gazette. https://gazette.example/attack?id=1\n"
    )


@pytest.mark.parametrize("style", STYLES)
def test_without_an_author_nothing_is_said_twice(style):
    """What stands in the author's place, the title or the outlet, does not come again."""
    line = styled([cited(document(authors=()))], style).lower()
    assert line.count("the attack") == 1
    assert line.replace("gazette.example", "").count("gazette") == 1


def test_each_article_has_its_title_once_and_in_its_place():
    """What stands in an author's place for one article is where it belongs for the next."""
    ours, theirs = document(authors=()), document(id="b", title="The answer")
    assert styled([cited(ours), cited(theirs)], "modern-language-association") == (
        "Ann Smith, and Reuters. “The Answer”. Gazette, 27 Nov. 2019, "
        "https://gazette.example/attack?id=1.\n"
        "“The Attack”. Gazette, 27 Nov. 2019, https://gazette.example/attack?id=1.\n"
    )


def test_first_words_in_a_style():
    """They are quoted where titles are not, and are a quotation within one where titles are."""
    one = [cited(document(title="", authors=()))]
    assert styled(one, "apa").startswith("“It rained. ISIS did it. Nobody…”. (2019, November 27).")
    assert styled(one, "modern-language-association").startswith("“‘It Rained. ISIS Did It. Nobody")
    assert "…’”" in styled(one, "modern-language-association")


@pytest.mark.parametrize("style", STYLES)
def test_no_style_makes_a_date_up(style):
    """Without a date there is none."""
    line = styled([cited(document(published=None, url=""))], style)
    assert not any(char.isdigit() for char in line)


@pytest.mark.parametrize("style", STYLES)
def test_hostile_words_in_a_style(style):
    """A style shows signs as they are."""
    line = styled([cited(document(title=HOSTILE))], style)
    assert "<img src=//x>".lower() in line.lower()


def test_articles_whose_ids_differ_by_case():
    """Each has a line of its own."""
    assert styled([cited(document()), cited(document(id="A1", title="B"))], "apa").count("\n") == 2


def test_a_style_of_ones_own(tmp_path):
    """A .csl file of the user's is followed; without a bibliography, its note is."""
    path = tmp_path / "mine.csl"
    path.write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="note">'
        "<info><title>Mine</title><id>mine</id></info>"
        '<citation><layout suffix="!"><text variable="title"/></layout></citation></style>'
    )
    assert styled([cited(document())], path) == "The attack!\n"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<style/>",
        "no XML",
        '<!DOCTYPE style [<!ENTITY a "b">]><style xmlns="http://purl.org/net/xbiblio/csl"/>',
        '<style xmlns="http://purl.org/net/xbiblio/csl"/>',
    ],
)
def test_what_is_no_style(tmp_path, content):
    """A file that is no style is refused by its name."""
    path = tmp_path / "mine.csl"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=r"mine\.csl"):
        styled([cited(document())], path)


@pytest.mark.parametrize("name", ["nowhere", "../apa", "apa.csl", ""])
def test_an_unknown_style(name):
    """A name that no style has is refused, and is never taken for a path."""
    with pytest.raises(InvalidInput):
        styled([cited(document())], name)


def test_a_file_that_is_not_there(tmp_path):
    """It is said by its name."""
    with pytest.raises(InvalidInput, match=r"no\.csl cannot be read"):
        styled([cited(document())], tmp_path / "no.csl")
