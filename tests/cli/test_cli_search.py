"""`onrecord search`: passages and articles, their JSON key by key."""

from tests.cli.articles import ARTICLES, DOCUMENT_KEYS


def test_search_json(harbour):
    """Rank from 1, score falling, document and passage whole; each document once."""
    ran = harbour("search", "harbour Zuwara", "--json")
    assert ran.code == 0
    record = ran.record
    assert set(record) >= {"id", "query", "hits"}
    assert (record["id"], record["query"]) == (None, "harbour Zuwara")
    assert [hit["rank"] for hit in record["hits"]] == [1, 2, 3]
    scores = [hit["score"] for hit in record["hits"]]
    assert scores == sorted(scores, reverse=True)
    ids = [hit["document"]["id"] for hit in record["hits"]]
    assert sorted(ids) == ["harbour-1", "harbour-2", "harbour-3"]
    texts = {one["id"]: one["text"] for one in ARTICLES}
    for hit in record["hits"]:
        assert set(hit) >= {"rank", "score", "document", "passage"}
        assert set(hit["document"]) >= DOCUMENT_KEYS
        assert set(hit["passage"]) >= {"text", "start", "end"}
        start, end = hit["passage"]["start"], hit["passage"]["end"]
        assert texts[hit["document"]["id"]][start:end] == hit["passage"]["text"]


def test_search_top_k_filters_and_batch(harbour, jsonl, tmp_path):
    """The same options and the same files as for `ask`."""
    asked = [{"question": "harbour", "id": 1}, {"query": '"seized by nobody"', "id": "x"}]
    file = jsonl(tmp_path / "q.jsonl", asked)
    records = harbour("search", "--batch", file, "--json", "--top-k", 2).records
    assert [(one["id"], len(one["hits"])) for one in records] == [(1, 2), ("x", 1)]
    found = harbour("search", "harbour", "--json", "--before", "2019-11-25").record["hits"]
    assert [hit["document"]["id"] for hit in found] == ["harbour-1"]


def test_search_without_hits(harbour):
    """No hits are an empty list, and a word for people; exit 0."""
    assert harbour("search", '"no such phrase"', "--json").record["hits"] == []
    ran = harbour("search", '"no such phrase"')
    assert (ran.code, ran.out) == (0, "Nothing found.\n")


def test_search_for_people(harbour):
    """Rank, source, id and text."""
    out = harbour("search", "rebels seized harbour Monday", "--top-k", 1).out
    assert out.startswith("1. The Gazette, Harbour taken, 2019-11-25, with 1 copy  [harbour-1]")
    assert ARTICLES[0]["text"] in " ".join(out.split())
