"""JSON articles: of schema.org, of ninjs, and plain records, one by one or in lists."""

import datetime as dt
import json

import pytest

from index.datatypes import Document, Failure
from index.read import read

TEXT = "Gunmen killed nine people in Tazerbo.\n\nThey left before the army came."

NEWS = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Nine killed",
    "articleBody": TEXT,
    "url": "https://example.org/nine",
    "datePublished": "2019-11-25T23:30:00-05:00",
    "dateModified": "2019-11-27T08:00:00Z",
    "author": [{"@type": "Person", "name": "Ann Poe"}, {"@type": "Person", "name": "Bo Lee"}],
    "publisher": {"@type": "Organization", "name": "The Daily Wire"},
    "articleSection": "World",
    "inLanguage": "en",
}

NINJS = {
    "uri": "https://example.org/ninjs/nine",
    "type": "text",
    "versioncreated": "2019-11-25T23:30:00-05:00",
    "headline": "Nine killed",
    "byline": "By Ann Poe and Bo Lee",
    "located": "Tripoli",
    "language": "en-GB",
    "infosource": [{"name": "Desert Wire", "role": "origin"}],
    "subject": [{"code": "medtop:16000000", "name": "conflict"}],
    "body_text": TEXT,
}


@pytest.fixture(name="read_json")
def _read_json(tmp_path):
    """A function that reads a file with a value in it, or with these very bytes."""

    def read_json(value, name="news.json"):
        path = tmp_path / name
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        return list(read(path))

    return read_json


@pytest.fixture(name="reason_of")
def _reason_of(read_json):
    """A function that gives the one reason for which a file was refused."""

    def reason_of(value):
        (failure,) = read_json(value)
        assert isinstance(failure, Failure)
        return failure.reason

    return reason_of


# schema.org


def test_an_article_of_schema_org(read_json):
    """All that it says of itself, and where that was found."""
    (document,) = read_json(NEWS)
    assert document.text == TEXT
    assert document.title == "Nine killed"
    assert document.url == "https://example.org/nine"
    assert (document.published, document.modified) == (dt.date(2019, 11, 25), dt.date(2019, 11, 27))
    assert document.authors == ("Ann Poe", "Bo Lee")
    assert document.source == "The Daily Wire"
    assert (document.section, document.language) == ("World", "en")
    assert set(document.origins.values()) == {"JSON-LD"}
    assert document.line is None


@pytest.mark.parametrize(
    "author",
    [
        *("Ann Poe", ["Ann Poe"], {"name": "Ann Poe"}, {"givenName": "Ann", "familyName": "Poe"}),
        *([{"@type": "Person", "name": ["Ann Poe"]}], {"@value": "Ann Poe"}),
    ],
)
def test_an_author_in_any_form(read_json, author):
    """A name, an object, or a list of either."""
    (document,) = read_json({**NEWS, "author": author})
    assert document.authors == ("Ann Poe",)


@pytest.mark.parametrize("page", ["https://example.org/nine", {"@id": "https://example.org/nine"}])
def test_the_address_of_the_page_is_that_of_the_article(read_json, page):
    """`mainEntityOfPage` says it where `url` does not."""
    (document,) = read_json({**NEWS, "url": None, "mainEntityOfPage": page})
    assert document.url == "https://example.org/nine"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Nine &amp; ten.</p><p>They left.</p>", "Nine & ten.\n\nThey left."),
        ("&lt;p&gt;Nine.&lt;/p&gt;&lt;p&gt;They left.&lt;/p&gt;", "Nine.\n\nThey left."),
        ("Nine &amp; ten.\r\n\r\n\r\n  They   left.\n", "Nine & ten.\n\nThey left."),
        ("If a < b and b > c, it is.", "If a < b and b > c, it is."),
        (["Nine."], "Nine."),
    ],
)
def test_the_body_as_it_is_written(read_json, body, text):
    """With markup or without, escaped or not."""
    (document,) = read_json({**NEWS, "articleBody": body})
    assert document.text == text


def test_a_graph_of_many_things(read_json):
    """Of a graph the articles are read, with what they refer to."""
    news = {**NEWS, "author": {"@id": "#ann"}}
    graph = [news, {"@type": "Person", "@id": "#ann", "name": "Ann Poe"}, {"@type": "WebSite"}]
    (document,) = read_json({"@context": "https://schema.org", "@graph": graph})
    assert (document.text, document.authors, document.line) == (TEXT, ("Ann Poe",), 1)


# ninjs


def test_an_item_of_ninjs(read_json):
    """All that an agency says of its story."""
    (document,) = read_json(NINJS)
    assert document.text == TEXT
    assert document.title == "Nine killed"
    assert document.url == "https://example.org/ninjs/nine"
    assert document.published == dt.date(2019, 11, 25)
    assert document.authors == ("Ann Poe", "Bo Lee")
    assert document.source == "Desert Wire"
    assert (document.section, document.language) == ("conflict", "en-GB")
    assert document.dateline == "Tripoli"
    assert document.origins["dateline"] == "ninjs"


@pytest.mark.parametrize(
    "body",
    [
        {"body_html": "<p>Gunmen killed nine.</p><p>They left.</p>"},
        {"body_xhtml": "<div><p>Gunmen killed nine.</p><p>They left.</p></div>", "body_text": " "},
        {"bodies": [{"contenttype": "text/html", "value": "<p>Gunmen killed nine.<p>They left."}]},
        {
            "bodies": [
                {"contenttype": "text/html", "value": "<p>Not this.</p>"},
                {"contenttype": "text/plain", "value": "Gunmen killed nine.\n\nThey left."},
            ]
        },
    ],
)
def test_bodies_of_ninjs(read_json, body):
    """With markup, as later versions list them, and plain where there is a choice."""
    (document,) = read_json({**NINJS, "body_text": None, **body})
    assert document.text == "Gunmen killed nine.\n\nThey left."


def test_a_headline_of_later_ninjs(read_json):
    """Later versions list headlines and subjects."""
    item = {**NINJS, "headline": None, "headlines": [{"role": "main", "value": "Nine killed"}]}
    item |= {"subject": None, "subjects": [{"name": "conflict"}], "infosource": None}
    (document,) = read_json({**item, "provider": "Desert Wire"})
    assert (document.title, document.section) == ("Nine killed", "conflict")
    assert document.source == "Desert Wire"


def test_items_without_an_address_are_told_apart(read_json):
    """By their own names, so that a list in another order holds the same articles."""
    items = [{**NINJS, "uri": f"urn:newsml:example.org:{number}"} for number in range(2)]
    ids = [document.id for document in read_json(items)]
    assert len(set(ids)) == 2
    assert [document.id for document in read_json(items[::-1])] == ids[::-1]


def test_a_picture_is_no_article(reason_of):
    """An item says what it is."""
    assert reason_of({**NINJS, "type": "picture"}) == (
        "an item of the type “picture”, which is no text"
    )


# Plain records


def test_a_plain_record(read_json):
    """The fields are those of JSONL."""
    (document,) = read_json({"id": "nine", "text": TEXT, "title": "Nine", "date": "2019-11-25"})
    assert (document.id, document.text, document.title) == ("nine", TEXT, "Nine")
    assert document.published == dt.date(2019, 11, 25)
    assert document.origins["title"] == "record"


# Lists


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_list_of_all_kinds(read_json, wrapped):
    """Each element is an article of its own, with its number."""
    listed = [NEWS, NINJS, {"text": "Plain."}]
    found = read_json({"status": "ok", "articles": listed} if wrapped else listed)
    assert [one.text for one in found] == [TEXT, TEXT, "Plain."]
    assert [one.line for one in found] == [1, 2, 3]
    assert len({one.id for one in found}) == 3


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"title": "Nothing"}, "the record's “text” is missing or empty"),
        ({**NEWS, "articleBody": " "}, "the article's “articleBody” is missing or empty"),
        ({**NINJS, "body_text": ""}, "the item has neither a “body_text” nor a “body_html”"),
        ({"@type": "Person"}, "a Person of schema.org, which is no article"),
        (7, 'an article is a JSON object, like {"text": "…"}'),
        ({"text": "half a pair: \ud800"}, "character 13 is half a surrogate pair"),
        ({**NEWS, "articleBody": "\ud800"}, "character 0 is half a surrogate pair"),
    ],
)
def test_what_is_no_article_costs_nothing_else(read_json, element, reason):
    """It is reported by its number, and the others are read."""
    first, failure, last = read_json([NEWS, element, {"text": "Plain."}])
    assert isinstance(first, Document)
    assert (failure.line, failure.reason[: len(reason)]) == (2, reason)
    assert isinstance(last, Document)


# What is no JSON


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"text": "Nine', "not JSON: "),
        pytest.param(b"[" * 100_000, "not JSON: ", id="deeply nested"),
        pytest.param(b"[" + b"1" * 5000 + b"]", "not JSON: ", id="a very long number"),
        (b"[]", "the list is empty"),
        (b"{}", "the record's “text” is missing or empty"),
        (b'{"data": {"text": "Nine people died."}}', "the record's “text” is missing or empty"),
    ],
)
def test_files_that_hold_no_article(reason_of, raw, reason):
    """One plain line says why."""
    assert reason_of(raw).startswith(reason)


def test_json_in_another_encoding(read_json):
    """UTF-16 with its mark, as some programs write it."""
    (document,) = read_json(json.dumps(NEWS).encode("utf-16"))
    assert document.text == TEXT


@pytest.mark.parametrize("many", [False, True])
def test_the_date_in_the_name_is_that_of_a_record_alone(tmp_path, many):
    """Of a file of one record its name may say the date; of a list it says when that was made."""
    file = tmp_path / "2019-11-27 Tazerbo.json"
    record = {"text": "Nine people died in Tazerbo."}
    file.write_text(json.dumps([record] if many else record))
    (document,) = read(file)
    assert document.published == (None if many else dt.date(2019, 11, 27))
