"""Links to citations: there and back, and what is said when the text is another now."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import InvalidInput
from index.errors import ArticleChanged, NoDocument
from qa import Assistant
from qa.output.permalink import Permalink, former, resolve

TEXT = "It rained. ISIS did it. Nobody else did."
SHA256 = "0123456789abcdef"


def link(**fields):
    return Permalink(**{"document": "a", "sha256": SHA256, "start": 11, "end": 23} | fields)


@given(
    document=st.text(min_size=1, max_size=40).filter(str.isprintable),
    start=st.integers(0, 10**9),
    length=st.integers(1, 10**9),
)
def test_there_and_back(document, start, length):
    """Whatever is printable in an id, the query gives the link back."""
    one = link(document=document, start=start, end=start + length)
    assert one.query.isascii()
    assert Permalink.parse(one.query) == Permalink.parse(f"?__theme=dark&{one.query}") == one


def test_the_longest_id_has_a_link():
    """An id of 2,000 characters is taken."""
    one = link(document="a" * 2_000)
    assert Permalink.parse(one.query) == one


@pytest.mark.parametrize(
    "query",
    [
        "",
        "document=a&sha256=0123456789abcdef&start=11",
        "document=a&document=b&sha256=0123456789abcdef&start=11&end=23",
        "document=&sha256=0123456789abcdef&start=11&end=23",
        "document=%00&sha256=0123456789abcdef&start=11&end=23",
        "document=%ff&sha256=0123456789abcdef&start=11&end=23",
        f"document={'a' * 2001}&sha256=0123456789abcdef&start=11&end=23",
        "document=a&sha256=0123&start=11&end=23",
        "document=a&sha256=0123456789ABCDEF&start=11&end=23",
        "document=a&sha256=0123456789abcdef%25&start=11&end=23",
        "document=a&sha256=0123456789abcdef&start=-1&end=23",
        f"document=a&sha256=0123456789abcdef&start={quote('١')}&end=23",
        "document=a&sha256=0123456789abcdef&start=23&end=23",
        "document=a&sha256=0123456789abcdef&start=1&end=99999999999",
        "&".join(f"a{number}=1" for number in range(60)),
    ],
)
def test_what_is_no_link(query):
    """A parameter that is missing, there twice, or of another form is refused."""
    with pytest.raises(InvalidInput):
        Permalink.parse(query)


def test_a_link_opens_its_citation(archive, put):
    """The link of a citation gives the same words of the same text."""
    put(id="a", text=TEXT)
    one = archive.document("a")
    opened = resolve(archive, link(sha256=one.sha256[:16]))
    assert (opened.quote, opened.document) == ("ISIS did it.", one)
    assert Permalink.of(opened) == link(sha256=one.sha256[:16])


def test_an_answer_has_a_link(tmp_path, seeds, real_encoder, real_reader):
    """What an assistant cites is found again by its link."""
    from index import Archive

    with Archive.open(tmp_path / "seeds", encoder=real_encoder) as archive:
        archive.add([seeds])
        answer = Assistant(archive, real_reader).ask("Who claimed the Tazerbo attack?")
        opened = resolve(archive, Permalink.parse(Permalink.of(answer.citations[0]).query))
        assert opened.quote == answer.sentence


def test_a_changed_article_names_its_former_version(archive, put):
    """The error says the version's id, and the link to it opens the words that were cited."""
    put(id="a", text=TEXT, url="https://a.example/")
    one = link(sha256=archive.document("a").sha256[:16])
    put(
        id="a",
        text="Now it says something else altogether, and at length.",
        url="https://a.example/",
    )
    with pytest.raises(ArticleChanged, match=r"has changed since .* version is a@") as raised:
        resolve(archive, one)
    assert raised.value.version == former(one).document == f"a@{one.sha256[:8]}"
    assert resolve(archive, former(one)).quote == "ISIS did it."


def test_a_changed_article_whose_former_version_is_gone(archive, put):
    """What was removed left no version, and the error says so."""
    put(id="a", text=TEXT)
    one = link(sha256=archive.document("a").sha256[:16])
    archive.remove(["a"])
    put(id="a", text="Now it says something else altogether, and at length.")
    with pytest.raises(ArticleChanged, match="was not kept") as raised:
        resolve(archive, one)
    assert raised.value.version == ""


def test_a_link_to_an_article_that_is_not_there(archive):
    """The id is said."""
    with pytest.raises(NoDocument, match="'a'"):
        resolve(archive, link())


def test_a_link_past_the_end_of_the_text(archive, put):
    """A place outside the text is the link's fault, and not the archive's."""
    put(id="a", text=TEXT)
    with pytest.raises(InvalidInput, match=r"\(11, 41\) of a text of 40 characters"):
        resolve(archive, link(sha256=archive.document("a").sha256[:16], end=41))
