"""`onrecord ask`: its JSON key by key, what people are shown, filters."""

import re

import pytest

from qa import Assistant
from tests.cli.articles import DOCUMENT_KEYS, WHO

ASK_KEYS = {
    "id",
    "question",
    "interpreted",
    "answered",
    "reason",
    "answer",
    "citations",
    "nearest",
    "searched",
    "elapsed_ms",
}
DESCRIBED = "title source url published authors".split()
ANSWER_KEYS = {"text", "sentence", "start", "end", "confidence"}
CITATION_KEYS = {"role", "quote", "start", "end", "page", "score", "document"}


def test_ask_json_of_an_answer(seeded, seeds):
    """Every key of the record, and what they say of one another."""
    ran = seeded("ask", WHO, "--json")
    assert ran.code == 0
    record = ran.record
    assert set(record) >= ASK_KEYS
    assert record["id"] is None
    assert record["question"] == record["interpreted"] == WHO
    assert record["answered"] is True
    assert record["reason"] is None
    assert record["nearest"] == []
    assert set(record["answer"]) >= ANSWER_KEYS
    assert record["answer"]["text"] == "ISIS"
    assert record["answer"]["text"] in record["answer"]["sentence"]
    assert record["answer"]["sentence"] == record["citations"][0]["quote"]
    assert 0 <= record["answer"]["confidence"] <= 1
    assert record["searched"] == {
        "documents": 1,
        "sentences": 11,
        "undated": 0,
        "partial": False,
    }
    assert record["elapsed_ms"] > 0
    text = next(seeds.iterdir()).read_bytes().decode()
    assert text[record["answer"]["start"] : record["answer"]["end"]] == "ISIS"
    assert [one["role"] for one in record["citations"][:2]] == ["answer", "support"]
    for citation in record["citations"]:
        assert set(citation) >= CITATION_KEYS
        assert set(citation["document"]) >= DOCUMENT_KEYS
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_ask_json_of_no_answer(seeded):
    """The same keys: `answer` null, no citations, a reason, the nearest sentences; exit 0."""
    ran = seeded("ask", "Who won the 2018 World Cup?", "--json")
    assert ran.code == 0
    assert set(ran.record) == set(seeded("ask", WHO, "--json").record)
    assert ran.record["answered"] is False
    assert ran.record["answer"] is None
    assert ran.record["citations"] == []
    assert ran.record["reason"] == "not-in-archive"
    assert len(ran.record["nearest"]) == 3
    assert all(set(one) >= CITATION_KEYS for one in ran.record["nearest"])


def test_ask_json_of_an_empty_archive(onrecord, tmp_path):
    """The same keys when nothing was there to be searched."""
    (tmp_path / "empty").mkdir()
    onrecord("add", tmp_path / "empty")
    record = onrecord("ask", WHO, "--json").record
    assert set(record) >= ASK_KEYS
    assert (record["answered"], record["answer"], record["nearest"]) == (False, None, [])
    assert record["reason"] == "empty-archive"


def test_a_citation_says_where_it_is_from(harbour):
    """The document of a citation has all that is known of it, copies too."""
    record = harbour("ask", "Who seized the harbour of Zuwara on Monday?", "--json").record
    document = record["citations"][0]["document"]
    assert document == {
        "id": "harbour-1",
        "title": "Harbour taken",
        "source": "The Gazette",
        "url": "https://gazette.example/1",
        "published": "2019-11-25",
        "authors": ["Ann Reporter"],
        "path": document["path"],
        "sha256": document["sha256"],
        "copies": ["copy"],
        "details": {"origins": dict.fromkeys(DESCRIBED, "record")},
    }
    assert document["path"].endswith("harbour.jsonl")
    assert re.fullmatch("[0-9a-f]{64}", document["sha256"])


def test_ask_for_people(seeded):
    """The words, the sentence, the source with its place, and how sure it is."""
    ran = seeded("ask", "How many people were killed in Tazerbo?")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "nine people"
    assert lines[1].startswith("   The terrorist organization killed nine people, injured 10")
    assert re.match(
        r"   — “The Libyan National Army has said…”, undated  \[\w+:803-987\]", lines[-2]
    )
    assert re.fullmatch(r"clear, 7\d%; searched 1 article, 11 sentences", lines[-1])
    assert ran.err == ""


def test_no_answer_for_people(seeded):
    """It says so, what was searched, and what came closest."""
    ran = seeded("ask", "Who won the 2018 World Cup?")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "Not in this archive (searched 1 article, 11 sentences)."
    assert lines[1] == "Closest sentences, none of which answers it:"


def test_top_k(seeded):
    """At most so many citations."""
    assert len(seeded("ask", WHO, "--json").record["citations"]) > 2
    assert len(seeded("ask", WHO, "--json", "--top-k", 2).record["citations"]) == 2


@pytest.mark.parametrize(
    ("options", "ids", "undated"),
    [
        (["--after", "2019-11-25"], {"harbour-1", "harbour-2"}, 1),
        (["--after", "2019-11-26"], {"harbour-2", "copy"}, 1),
        (["--before", "2019-11-25"], {"harbour-1"}, 1),
        (["--after", "2019-11-26", "--before", "2019-11-26"], {"harbour-2"}, 1),
        (["--source", "the GAZETTE"], {"harbour-1"}, 0),
        (["--source", "morning star", "--source", "Copycat"], {"harbour-2", "copy"}, 0),
    ],
)
def test_dates_are_inclusive_and_sources_ignore_case(harbour, options, ids, undated):
    """Filters admit the days they name, and each outlet named; what has no date is counted."""
    question = "Who seized or won the harbour of Zuwara?"
    record = harbour("ask", question, "--json", "--top-k", 9, *options).record
    shown = record["citations"] or record["nearest"]
    assert {one["document"]["id"] for one in shown} == ids
    assert record["searched"]["undated"] == undated


def test_what_was_left_out_is_said(harbour):
    """The line for people says how many articles without a date were left out."""
    out = harbour("ask", "Who seized the harbour of Zuwara?", "--after", "2019-11-25").out
    assert "; 1 article without a date left out" in out


def test_filters_that_leave_nothing(harbour):
    """The reason names the filters."""
    ran = harbour("ask", "Who seized the harbour?", "--source", "Nobody", "--json")
    assert ran.code == 0
    assert ran.record["reason"] == "nothing-matches-the-filters"


def test_what_might_help_comes_after_the_answer(harbour, monkeypatch, capsys):
    """What might help is looked for when there is the answer to read already."""
    shown = []
    suggest = Assistant.suggest

    def noting(self, answer):
        shown.append(capsys.readouterr().out)
        return suggest(self, answer)

    monkeypatch.setattr(Assistant, "suggest", noting)
    ran = harbour("ask", "Who claimed a comet?", "--before", "1999-01-01")
    assert shown
    assert "No article passes the filters" in shown[0]
    assert ran.out == "In no article: “claimed”, “comet”\n"
