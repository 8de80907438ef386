"""The archive in the real LangChain, LlamaIndex and Haystack, where they are installed."""

import datetime as dt
import os
import re
import shutil
from pathlib import Path

import pytest

from index import Archive, Filters, InvalidInput

GUIDE = Path(__file__).parent.parent / "docs" / "adapters.md"
EXAMPLE = re.compile(r"^```python (\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall(GUIDE.read_text(encoding="utf-8")))
FRAMEWORKS = {
    "langchain": "langchain_core",
    "llamaindex": "llama_index.core",
    "haystack": "haystack",
}
QUERY = "the harbour of Zuwara"
TEXT = "It rained all night. The rebels seized the harbour of Zuwara on Monday."

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")


def needed(name):
    """The framework, or the test is skipped."""
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    reason = f"needs the extra: pip install 'onrecord[{name}]'"
    return pytest.importorskip(FRAMEWORKS[name], reason=reason)


def with_langchain(archive, *, k=10, filters=None):
    from qa.adapters.langchain import ArchiveRetriever

    retriever = ArchiveRetriever(archive=archive, k=k, filters=filters or Filters())
    return [(one.id, one.page_content, one.metadata) for one in retriever.invoke(QUERY)]


def with_llamaindex(archive, *, k=10, filters=None):
    from qa.adapters.llamaindex import ArchiveRetriever

    retriever = ArchiveRetriever(archive, similarity_top_k=k, filters=filters)
    return [
        (one.node.node_id, one.node.text, one.node.metadata) for one in retriever.retrieve(QUERY)
    ]


def with_haystack(archive, *, k=10, filters=None):
    from qa.adapters.haystack import ArchiveRetriever

    retriever = ArchiveRetriever(str(archive.folder))
    retriever._opened = archive
    given = None
    if filters is not None:
        given = {"after": filters.after.isoformat(), "sources": list(filters.sources)}
    found = retriever.run(QUERY, filters=given, top_k=k)["documents"]
    return [(one.id, one.content, one.meta) for one in found]


@pytest.fixture(name="retrieve", params=["langchain", "llamaindex", "haystack"])
def _retrieve(request, archive, put):
    needed(request.param)
    put(
        id="a",
        text=TEXT,
        title="Harbour taken",
        source="The Gazette",
        url="https://gazette.example/1",
        published=dt.date(2019, 11, 25),
    )
    put(id="b", text="The harbour of Zuwara is old.", source="Star")
    ways = {"langchain": with_langchain, "llamaindex": with_llamaindex, "haystack": with_haystack}
    return lambda **options: ways[request.param](archive, **options)


def test_passages_with_what_a_citation_needs(retrieve, archive):
    """Each is `text[start:end]` of its document, with outlet, address and date."""
    found = retrieve()
    assert {facts["id"] for _, _, facts in found} == {"a", "b"}
    for name, text, facts in found:
        document = archive.document(facts["id"])
        assert document.text[facts["start"] : facts["end"]] == text
        assert name == f"{facts['id']}:{facts['start']}-{facts['end']}"
        assert facts["sha256"] == document.sha256
    facts = next(facts for _, _, facts in found if facts["id"] == "a")
    shown = [facts[one] for one in ("title", "source", "url", "published", "path")]
    assert shown == [
        *("Harbour taken", "The Gazette", "https://gazette.example/1", "2019-11-25"),
        "/news/a.txt",
    ]


def test_the_archives_own_order_and_scores(retrieve, archive):
    """As `Archive.search` has them."""
    hits = archive.search(QUERY, spread=True).hits
    assert [(facts["id"], facts["rank"], facts["score"]) for _, _, facts in retrieve()] == [
        (hit.document.id, hit.rank, hit.score) for hit in hits
    ]


def test_no_more_than_asked_for(retrieve):
    """The best one."""
    assert len(retrieve(k=1)) == 1


def test_filters(retrieve):
    """Dates and sources, as for a question."""
    filters = Filters(after=dt.date(2019, 11, 1), sources=("the gazette",))
    assert [facts["id"] for _, _, facts in retrieve(filters=filters)] == ["a"]


@pytest.mark.parametrize(
    "filters", [{"published": 1}, {"after": "yesterday"}, {"before": 5}], ids=str
)
def test_another_filter_of_haystack_is_refused(archive, filters):
    """The message has what was given."""
    needed("haystack")
    from qa.adapters.haystack import ArchiveRetriever

    with pytest.raises(InvalidInput, match=r"published|yesterday|5"):
        ArchiveRetriever(str(archive.folder)).run("harbour", filters=filters)


def test_a_pipeline_of_haystack_is_written_and_read(tmp_path):
    """Its YAML has the archive's folder and the number of passages."""
    haystack = needed("haystack")
    from qa.adapters.haystack import ArchiveRetriever

    pipeline = haystack.Pipeline()
    pipeline.add_component("archive", ArchiveRetriever(str(tmp_path), top_k=3))
    read = haystack.Pipeline.loads(pipeline.dumps(), allowed_modules=["qa.adapters.haystack"])
    again = read.get_component("archive")
    assert (again.archive, again.top_k) == (str(tmp_path), 3)


@pytest.fixture(name="seeded", scope="module")
def _seeded(tmp_path_factory, real_encoder, seeds):
    folder = tmp_path_factory.mktemp("seeded")
    with Archive.open(folder / "my-archive", encoder=real_encoder) as archive:
        archive.add([seeds])
    return folder


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_guides_example(seeded, tmp_path, monkeypatch, name):
    """It runs as it stands, and finds the sentence."""
    needed(name)
    shutil.copytree(seeded / "my-archive", tmp_path / "my-archive")
    monkeypatch.chdir(tmp_path)
    left = {}
    exec(EXAMPLES[name], left)
    assert "ISIS" in left["text"]
    assert left["facts"]["end"] - left["facts"]["start"] == len(left["text"])
