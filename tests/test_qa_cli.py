"""The command line: its JSON key by key, its exit codes, its messages, and how it is stopped."""

import csv
import errno
import importlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from index import (
    Archive,
    Document,
    InvalidInput,
    NoArchive,
    SentenceTransformerEncoder,
    use_device,
)
from index.lock import writer_lock
from qa import Assistant, cli, evaluate, progress, web

ROOT = Path(__file__).resolve().parent.parent
WHO = "who claimed the Tazerbo attack?"
COMMANDS = [one.name or one.callback.__name__ for one in cli.app.registered_commands]

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
DOCUMENT_KEYS = set("id title source url published path sha256 copies details".split())
ADD_KEYS = {
    "added",
    "updated",
    "unchanged",
    "duplicates",
    "failed",
    "documents",
    "sentences",
    "seconds",
}

ARTICLES = [
    {
        "id": "harbour-1",
        "text": "It rained all night. The rebels seized the harbour of Zuwara on Monday.",
        "title": "Harbour taken",
        "source": "The Gazette",
        "url": "https://gazette.example/1",
        "published": "2019-11-25",
        "authors": ["Ann Reporter"],
    },
    {
        "id": "harbour-2",
        "text": "The police won the harbour of Zuwara back on Tuesday. It cost 12 lives.",
        "source": "Morning Star",
        "published": "2019-11-26",
    },
    {"id": "harbour-3", "text": "The harbour of Zuwara was seized by nobody. يوم الاثنين 😀."},
    {
        "id": "copy",
        "text": "It rained all night. The rebels seized the harbour of Zuwara on Monday.",
        "source": "Copycat",
        "published": "2019-11-27",
    },
]


@dataclass
class Ran:
    """What a run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def record(self):
        """The one line of JSON."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    @property
    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(name="home", autouse=True)
def _home(tmp_path, monkeypatch):
    """A home without archives or settings; the archive is in `tmp_path / "archive"`."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("ONRECORD_SETTINGS", "ONRECORD_ENCODER", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ONRECORD_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture(name="onrecord")
def _onrecord(real_encoder, make_encoder, monkeypatch, capsys):
    """A function that runs a command line in this process, the model loaded once and for all."""

    def load(folder=None):
        return real_encoder if folder is None else make_encoder(name=Path(folder).name)

    monkeypatch.setattr(SentenceTransformerEncoder, "load", load)

    def onrecord(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main([str(arg) for arg in args])
        printed = capsys.readouterr()
        return Ran(left.value.code, printed.out, printed.err)

    return onrecord


@pytest.fixture(name="seeds_archive", scope="module")
def _seeds_archive(tmp_path_factory, real_encoder, seeds):
    """An archive of the article that comes with the program, to be copied."""
    folder = tmp_path_factory.mktemp("seeds") / "archive"
    with Archive.open(folder, encoder=real_encoder) as archive:
        archive.add([seeds])
    return folder


@pytest.fixture(name="seeded")
def _seeded(onrecord, seeds_archive, tmp_path):
    """`onrecord` over an archive of the article that comes with the program."""
    shutil.copytree(seeds_archive, tmp_path / "archive")
    return onrecord


@pytest.fixture(name="harbour_archive", scope="module")
def _harbour_archive(tmp_path_factory, real_encoder, jsonl):
    """An archive of four short articles, to be copied."""
    folder = tmp_path_factory.mktemp("harbour")
    with Archive.open(folder / "archive", encoder=real_encoder) as archive:
        archive.add([jsonl(folder / "harbour.jsonl", ARTICLES)])
    return folder / "archive"


@pytest.fixture(name="harbour")
def _harbour(onrecord, harbour_archive, tmp_path):
    """`onrecord` over an archive of four short articles, two of them alike."""
    shutil.copytree(harbour_archive, tmp_path / "archive")
    return onrecord


# Add


def test_a_device_that_is_not_there_is_refused(seeded, monkeypatch):
    """Models run where `--device` says, and where there is no such device nothing does."""
    monkeypatch.setenv("ONRECORD_DEVICE", "")  # the command sets it
    try:
        ran = seeded("--device", "abacus", "ask", "who claimed the attack?")
    finally:
        use_device(None)
    assert ran.code == 2
    assert "'abacus' is no device" in ran.err


def test_add_json(onrecord, seeds):
    """`add --json` counts what became of the articles, and what the archive then has."""
    ran = onrecord("add", seeds, "--json")
    assert ran.code == 0
    assert set(ran.record) >= ADD_KEYS
    counts = {name: ran.record[name] for name in ADD_KEYS - {"seconds", "failed"}}
    assert counts == {
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "duplicates": 0,
        "documents": 1,
        "sentences": 11,
    }
    assert ran.record["failed"] == []
    assert 0 < ran.record["seconds"] < 60


def test_add_on_ray_says_what_it_needs(onrecord, seeds, monkeypatch):
    """An extra: where it is not installed, the error has the command that does."""
    monkeypatch.setitem(sys.modules, "index.cluster.ray", None)
    ran = onrecord("add", "--ray", "local", seeds)
    assert ran.code == 1
    assert "pip install 'onrecord[ray]'" in ran.err


def test_adding_again_changes_nothing(seeded, seeds):
    """What is there already is unchanged."""
    record = seeded("add", seeds, "--json").record
    assert (record["added"], record["unchanged"], record["documents"]) == (0, 1, 1)


def test_copies_and_updates_are_counted(harbour, jsonl, tmp_path):
    """A copy is a duplicate; the same id with another text is an update."""
    changed = [ARTICLES[0] | {"text": "Nothing happened."}, ARTICLES[1]]
    record = harbour("add", jsonl(tmp_path / "b.jsonl", changed), "--json").record
    assert (record["added"], record["updated"], record["unchanged"]) == (0, 1, 1)
    again = jsonl(tmp_path / "c.jsonl", [ARTICLES[1] | {"id": "harbour-4"}])
    record = harbour("add", again, "--json").record
    assert (record["added"], record["duplicates"], record["documents"]) == (0, 1, 5)


def test_add_says_what_it_did(onrecord, seeds):
    """Without --json, one line for people."""
    ran = onrecord("add", seeds)
    pattern = r"1 added in \d+\.\d s; the archive has 1 article, 11 sentences\.\n"
    assert re.fullmatch(pattern, ran.out)
    assert ran.err == ""


def test_what_failed_has_a_reason_and_the_rest_is_in(onrecord, tmp_path):
    """A missing path, an empty file, a binary one, a record without text: exit 1, one line each."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "empty.txt").write_text("")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "records.jsonl").write_text('{"text": "It rained."}\n{"title": "no text"}\n')
    (folder / "good.txt").write_text("The rebels seized the harbour.")
    ran = onrecord("add", folder, tmp_path / "missing.txt", "--json")
    assert ran.code == 1
    assert (ran.record["added"], ran.record["documents"]) == (2, 2)
    failed = {Path(one["path"]).name: one for one in ran.record["failed"]}
    assert set(failed) == {"empty.txt", "binary.txt", "records.jsonl", "missing.txt"}
    assert failed["records.jsonl"]["line"] == 2
    assert "line" not in failed["empty.txt"]
    assert all(one["reason"] and "\n" not in one["reason"] for one in failed.values())
    assert ran.err.count("failed: ") == ran.err.count("\n") == 4
    assert "records.jsonl:2: " in ran.err


def test_a_folder_without_articles_is_no_failure(onrecord, tmp_path):
    """Nothing found is said, and is no error."""
    (tmp_path / "empty").mkdir()
    ran = onrecord("add", tmp_path / "empty")
    assert ran.code == 0
    assert ran.out.startswith("nothing found in ")


def test_progress_is_told_after_the_commit(onrecord, seeds, monkeypatch, tmp_path):
    """Each line on standard error names a document that another connection can already see."""
    seen = []

    class Watched(progress.JsonLines):
        def committed(self, document_id, outcome):
            database = apsw.Connection(str(tmp_path / "archive" / "archive.sqlite"))
            rows = database.execute("SELECT count(*) FROM documents WHERE id = ?", (document_id,))
            seen.append((document_id, rows.fetchall()[0][0]))
            database.close()
            super().committed(document_id, outcome)

    monkeypatch.setattr(progress, "JsonLines", Watched)
    ran = onrecord("add", seeds, "--progress", "jsonl", "--json")
    ids = [json.loads(line)["committed"] for line in ran.err.splitlines()]
    assert seen == [(document_id, 1) for document_id in ids]
    assert len(ids) == ran.record["added"] == 1


def test_unchanged_articles_are_not_told_of(seeded, seeds):
    """Only what is committed now gets a line."""
    assert seeded("add", seeds, "--progress", "jsonl").err == ""


def test_standard_input_is_an_article(onrecord, monkeypatch, tmp_path):
    """What is piped in is kept by the archive; the same once more is unchanged."""
    for added in (1, 0):
        piped = io.TextIOWrapper(io.BytesIO(b"The harbour reopened on Friday."))
        monkeypatch.setattr(sys, "stdin", piped)
        ran = onrecord("add", "-", "--json")
        assert (ran.code, ran.record["added"], ran.record["documents"]) == (0, added, 1)
    (kept,) = (tmp_path / "archive" / "uploads").iterdir()
    assert kept.read_text() == "The harbour reopened on Friday."


def test_empty_standard_input_is_a_failure(onrecord, monkeypatch, tmp_path):
    """Nothing piped in fails with its reason, and leaves no file."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    ran = onrecord("add", "-", "--json")
    assert ran.code == 1
    assert "empty" in ran.record["failed"][0]["reason"]
    assert list((tmp_path / "archive" / "uploads").iterdir()) == []


def test_standard_input_may_be_a_zip_file_of_which_a_part_is_bad(onrecord, monkeypatch, tmp_path):
    """What can be read of it is taken in, and the rest is reported."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.txt", "The harbour reopened on Friday.")
        file.writestr("b.png", b"\x89PNG\r\n\x1a\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed.getvalue())))
    ran = onrecord("add", "-", "--json")
    assert (ran.code, ran.record["added"], len(ran.record["failed"])) == (1, 1, 1)
    assert len(list((tmp_path / "archive" / "uploads").iterdir())) == 1


def test_standard_input_that_cannot_be_kept_is_an_error(onrecord, monkeypatch, tmp_path):
    """Where the archive has no place for it, the command says so in one line."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "uploads").write_text("In the way.")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"The harbour reopened.")))
    ran = onrecord("add", "-")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "uploads cannot be written" in ran.err


def test_vanished_files_are_told_and_pruned(onrecord, tmp_path):
    """The files that are gone are named with the option that removes their articles."""
    folder = tmp_path / "news"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"The harbour {name} reopened.")
    onrecord("add", folder)
    (folder / "a.txt").unlink()
    ran = onrecord("add", folder)
    assert ran.code == 0
    assert f"vanished: {folder / 'a.txt'}" in ran.err
    assert "--prune" in ran.err
    ran = onrecord("add", folder, "--prune", "--json")
    assert (ran.record["pruned"], ran.record["documents"]) == (1, 1)
    assert ran.err == ""


def test_patterns_choose_what_is_added(onrecord, tmp_path):
    """`--include` and `--exclude` may be repeated."""
    folder = tmp_path / "news"
    folder.mkdir()
    for name in ("a.txt", "b.txt", "c.md", "d.csv"):
        (folder / name).write_text("The harbour reopened on Friday, as was said.")
    ran = onrecord(
        "add", folder, "--include", "*.txt", "--include", "*.md", "--exclude", "b.*", "--json"
    )
    assert ran.record["documents"] == 2


def test_failures_are_listed_later(onrecord, tmp_path):
    """`list --failed` says again what could not be read, and why."""
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"")
    assert onrecord("add", bad).code == 1
    assert onrecord("list", "--failed").out == f"failed: {bad}: the file is empty\n"
    assert onrecord("list", "--failed", "--json").record == {
        "path": str(bad),
        "reason": "the file is empty",
    }
    assert onrecord("list").out == ""


# Ask


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
    assert re.match(r"   — 000_5cd58fc28da61dcc\.txt, undated  \[\w+:803-987\]", lines[-2])
    assert re.fullmatch(r"clear, 9\d%; searched 1 article, 11 sentences", lines[-1])
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


def test_a_batch_of_lines(seeded, tmp_path):
    """One question a line, blank lines left out; one line of JSON each, in order."""
    file = tmp_path / "questions.txt"
    file.write_bytes("\ufeffWho won the 2018 World Cup?\r\n\n  \n".encode() + WHO.encode())
    ran = seeded("ask", "--batch", file, "--json")
    assert ran.code == 0
    assert [record["question"] for record in ran.records] == ["Who won the 2018 World Cup?", WHO]
    assert [record["answered"] for record in ran.records] == [False, True]
    assert [record["id"] for record in ran.records] == [None, None]


def test_a_batch_of_records(seeded, jsonl, tmp_path):
    """JSONL: each record's id, text or number, is handed back, in order."""
    asked = [
        {"question": WHO, "id": "b"},
        {"question": "Who won the 2018 World Cup?", "id": 7},
        {"question": WHO},
        {"id": "a", "question": "Which city did ISIS lose in 2016?", "more": [1]},
    ]
    ran = seeded("ask", "--batch", jsonl(tmp_path / "q.jsonl", asked), "--json", "--top-k", 1)
    assert [record["id"] for record in ran.records] == ["b", 7, None, "a"]
    assert [record["question"] for record in ran.records] == [one["question"] for one in asked]
    assert [len(record["citations"]) for record in ran.records] == [1, 0, 1, 1]


def test_a_batch_gives_what_single_questions_give(seeded, tmp_path):
    """Asked one by one or all at once, the answers are the same."""
    questions = [WHO, "Who won the 2018 World Cup?", '"police station"']
    (tmp_path / "q.txt").write_text("\n".join(questions))
    batch = seeded("ask", "--batch", tmp_path / "q.txt", "--json").records
    single = [seeded("ask", question, "--json").record for question in questions]
    assert [one | {"elapsed_ms": 0} for one in batch] == [one | {"elapsed_ms": 0} for one in single]


def test_a_batch_for_people_repeats_the_questions(seeded, tmp_path):
    """Without --json each answer stands under its question."""
    (tmp_path / "q.txt").write_text(f"{WHO}\nWho won the 2018 World Cup?\n")
    lines = seeded("ask", "--batch", tmp_path / "q.txt").out.splitlines()
    assert lines[:2] == [WHO, "ISIS"]
    assert "Who won the 2018 World Cup?" in lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": "a?"', ":2 is not JSON"),
        ('{"id": 1}', ":2 has no “question”"),
        ('{"question": "  "}', ":2 has no “question”"),
        ('{"question": ["a?"]}', ":2 has no “question”"),
        ('{"question": "a?", "id": {}}', ":2 has an “id” that is neither text nor"),
        ('{"question": "a?", "id": 1.5}', ":2 has an “id” that is neither text nor"),
        ("x" * 10_001, "at most 10000"),
    ],
)
def test_a_bad_batch_is_refused_before_the_first_question(seeded, tmp_path, line, reason):
    """A line that is no question: exit 2, its place, and nothing on standard output."""
    (tmp_path / "q.jsonl").write_text(f"{WHO}\n{line}\n")
    ran = seeded("ask", "--batch", tmp_path / "q.jsonl", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert reason in ran.err


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00w"])
def test_a_batch_that_cannot_be_read_is_refused(seeded, tmp_path, content):
    """A missing file, or one that is no UTF-8: exit 2, and its name."""
    file = tmp_path / "q.txt"
    if content is not None:
        file.write_bytes(content)
    ran = seeded("ask", "--batch", file, "--json")
    assert (ran.code, ran.out) == (2, "")
    assert f"{file} cannot be read" in ran.err


def test_a_batch_from_standard_input(seeded, monkeypatch):
    """`-` reads the questions from a pipe."""
    given = io.TextIOWrapper(io.BytesIO(f"question,id\n{WHO},a\n".encode()))
    monkeypatch.setattr(sys, "stdin", given)
    ran = seeded("ask", "--batch", "-", "--json")
    assert (ran.code, ran.record["id"], ran.record["answered"]) == (0, "a", True)


def test_a_batch_without_a_question(seeded, tmp_path):
    """Nothing is asked, and it is said."""
    (tmp_path / "q.txt").write_text(" \n")
    ran = seeded("ask", "--batch", tmp_path / "q.txt", "--json")
    assert (ran.code, ran.out) == (0, "")
    assert "q.txt has no question" in ran.err


@pytest.mark.parametrize("name", ["answers.csv", "answers.xlsx"])
def test_a_table_of_answers(seeded, tmp_path, name):
    """--out writes a new table, and standard output stays empty."""
    (tmp_path / "q.csv").write_text(f"id,question\n1,{WHO}\n2,Who won the 2018 World Cup?\n")
    ran = seeded("ask", "--batch", tmp_path / "q.csv", "--out", tmp_path / name)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.rstrip().endswith(f"2 questions, 1 answered: {tmp_path / name}")
    assert (tmp_path / name).read_bytes()[:2] == (b"PK" if name.endswith("xlsx") else b"\xef\xbb")


def test_a_table_and_json(seeded, tmp_path):
    """Both may be had at once."""
    (tmp_path / "q.txt").write_text(f"{WHO}\n")
    ran = seeded("ask", "--batch", tmp_path / "q.txt", "--json", "--out", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["answer"] == ran.record["answer"]["text"] == "ISIS"


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--batch", "q.txt", "--out", "a.xls"], "a table of answers is a .csv or an .xlsx"),
        (["--batch", "q.txt", "--out", "there.csv"], "there.csv is there already"),
        (["--batch", "q.txt", "--out", "no/such/a.csv"], "a.csv cannot be written"),
        (["who?", "--out", "a.csv"], "--out goes with --batch"),
    ],
)
def test_a_table_that_cannot_be_written_is_refused(seeded, tmp_path, monkeypatch, args, reason):
    """Before the first question, and nothing is overwritten."""
    monkeypatch.chdir(tmp_path)
    Path("q.txt").write_text("who?\n")
    Path("there.csv").write_text("kept")
    ran = seeded("ask", *args)
    assert (ran.code, ran.out) == (2, "")
    assert reason in ran.err
    assert Path("there.csv").read_text() == "kept"


def test_a_stopped_batch_keeps_what_is_done(seeded, tmp_path, monkeypatch):
    """Ctrl-C during the second question: it is still answered, the third is not; exit 130."""
    inquire = Assistant.inquire
    asked = []

    def interrupted(assistant, question):
        asked.append(question.text)
        if len(asked) == 2:
            signal.raise_signal(signal.SIGINT)
        return inquire(assistant, question)

    monkeypatch.setattr(Assistant, "inquire", interrupted)
    (tmp_path / "q.txt").write_text(f"{WHO}\n" * 5)
    ran = seeded("ask", "--batch", tmp_path / "q.txt", "--out", tmp_path / "a.csv")
    assert ran.code == 130
    assert "Stopped after 2 of 5" in ran.err
    assert (tmp_path / "a.csv").read_bytes().count(b"\r\n") == 3


def test_half_a_surrogate_pair_is_valid_json(seeded, tmp_path):
    """A question that is no Unicode, as JSON can write it, comes back as JSON can write it."""
    (tmp_path / "q.jsonl").write_text('{"question": "who \\ud800 claimed it?", "id": "\\udfff"}\n')
    ran = seeded("ask", "--batch", tmp_path / "q.jsonl", "--json")
    assert ran.code == 0
    assert ran.record["question"] == "who \ud800 claimed it?"
    assert ran.record["id"] == "\udfff"
    assert seeded("ask", "--batch", tmp_path / "q.jsonl").code == 0


# Search


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


# Status, verify, list


def test_status_of_no_archive(onrecord, tmp_path):
    """An archive that is not there has zeros, and is not made."""
    ran = onrecord("status", "--json")
    assert ran.code == 0
    assert ran.record["exists"] is False
    zeros = {name: ran.record[name] for name in ("documents", "sentences", "passages", "undated")}
    assert set(zeros.values()) == {0}
    assert ran.record["encoder"] is None
    assert not (tmp_path / "archive").exists()
    out = onrecord("status").out
    assert "make one with: onrecord add PATH" in out
    assert not (tmp_path / "archive").exists()


def test_status_of_an_archive(harbour, tmp_path):
    """What is in it, what it was made with, and how large it is."""
    record = harbour("status", "--json").record
    assert (record["documents"], record["texts"], record["undated"]) == (4, 4, 1)
    assert record["encoder"] == "all-MiniLM-L6-v2"
    assert record["tier"] == "exact"
    assert (record["first_published"], record["last_published"]) == ("2019-11-25", "2019-11-27")
    assert record["sources"]["The Gazette"] == 1
    assert record["store_bytes"] == (tmp_path / "archive" / "archive.sqlite").stat().st_size
    assert record["vector_bytes"] > 0
    out = harbour("status").out
    assert "The Gazette (1)" in out
    assert "ONRECORD_ENCODER" in out


def test_verify_of_a_sound_archive(harbour):
    """Nothing wrong: exit 0."""
    ran = harbour("verify", "--json")
    assert ran.code == 0
    assert (ran.record["clean"], ran.record["findings"]) == (True, [])
    assert ran.record["documents"] == 4
    assert harbour("verify").out.endswith("passages: nothing is wrong.\n")


def test_verify_finds_a_changed_text(harbour, tmp_path):
    """One changed letter: exit 1, which document it is, and what to do; asking it is exit 1 too."""
    database = apsw.Connection(str(tmp_path / "archive" / "archive.sqlite"))
    database.execute("UPDATE contents SET text = replace(text, 'police', 'rebels')")
    database.close()
    ran = harbour("verify", "--json")
    assert ran.code == 1
    assert ran.record["clean"] is False
    assert any("harbour-2" in finding["what"] for finding in ran.record["findings"])
    assert all(finding["remedy"] for finding in ran.record["findings"])
    plain = harbour("verify")
    assert plain.code == 1
    assert "harbour-2" in plain.out
    asked = harbour("ask", "Who won the harbour of Zuwara back on Tuesday?", "--json")
    assert (asked.code, asked.out) == (1, "")
    assert "run: onrecord verify" in asked.err


def test_verify_names_the_file_to_add_again(harbour, tmp_path):
    """Of a damaged document its remedy is two commands that can be typed."""
    with zipfile.ZipFile(tmp_path / "two words.zip", "w") as file:
        file.writestr("in/a.txt", "The bakers of Sabha struck on Thursday.")
    harbour("add", tmp_path / "two words.zip")
    (found,) = (one for one in harbour("list", "--json").records if "a.txt" in one["path"])
    database = apsw.Connection(str(tmp_path / "archive" / "archive.sqlite"))
    database.execute("UPDATE documents SET title = 'Another' WHERE id = ?", (found["id"],))
    database.close()
    (finding,) = harbour("verify", "--json").record["findings"]
    assert finding["remedy"] == (
        f"remove it and add it again: onrecord remove {found['id']}, "
        f"then onrecord add '{tmp_path / 'two words.zip'}'"
    )


def test_what_is_damaged_hinders_no_other(harbour, tmp_path):
    """`list` and `export` leave it out, say so, and exit with 1."""
    database = apsw.Connection(str(tmp_path / "archive" / "archive.sqlite"))
    database.execute("UPDATE contents SET text = replace(text, 'police', 'rebels')")
    database.close()
    for command in (("list", "--json"), ("export",)):
        ran = harbour(*command)
        assert ran.code == 1
        assert [one["id"] for one in ran.records] == ["harbour-1", "harbour-3", "copy"]
        assert "left out: the text number 2 is not the one that was added" in ran.err


def test_verify_repairs_what_is_derived(harbour, tmp_path):
    """A deleted FAISS file is found, and made anew with --repair."""
    for file in (tmp_path / "archive").glob("*.faiss"):
        file.unlink()
    ran = harbour("verify", "--json")
    assert ran.code == 1
    assert ran.record["findings"][0]["remedy"] == "onrecord verify --repair"
    assert harbour("verify", "--repair", "--json").code == 0
    assert harbour("verify", "--json").code == 0


def test_list(harbour):
    """Every document in the order in which it came, copies too."""
    records = harbour("list", "--json").records
    assert [record["id"] for record in records] == [one["id"] for one in ARTICLES]
    assert all(set(record) >= DOCUMENT_KEYS for record in records)
    lines = harbour("list").out.splitlines()
    assert lines[1] == "harbour-2  Morning Star, harbour.jsonl, 2019-11-26"
    assert lines[2] == "harbour-3  harbour.jsonl, undated"


def test_copies_are_listed_with_each_other(harbour):
    """Each document names those that tell its story, and none looks like a source of its own."""
    copies = {one["id"]: one["copies"] for one in harbour("list", "--json").records}
    assert copies == {
        "harbour-1": ["copy"],
        "harbour-2": [],
        "harbour-3": [],
        "copy": ["harbour-1"],
    }
    lines = harbour("list").out.splitlines()
    assert lines[0] == "harbour-1  The Gazette, Harbour taken, 2019-11-25, with 1 copy"
    assert "with 1 copy" in harbour("search", "Who seized the harbour?").out


# Remove, export, reencode, eval


def test_remove(harbour):
    """Removed documents are gone from list, search and answers; the others stay."""
    ran = harbour("remove", "harbour-1", "copy")
    assert (ran.code, ran.out, ran.err) == (0, "", "Erased 2.\n")
    assert [one["id"] for one in harbour("list", "--json").records] == ["harbour-2", "harbour-3"]
    hits = harbour("search", "rebels", "--json").record["hits"]
    assert {hit["document"]["id"] for hit in hits} == {"harbour-2", "harbour-3"}


def test_remove_of_an_unknown_id_removes_nothing(harbour):
    """One unknown id among them: exit 1, its name, nothing removed."""
    ran = harbour("remove", "harbour-1", "unknown")
    assert ran.code == 1
    assert "unknown" in ran.err
    assert len(harbour("list", "--json").records) == 4


class Terminal(io.StringIO):
    """Somebody at a keyboard."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("reply", "code", "left"), [("n\n", 1, 4), ("y\n", 0, 3)])
def test_remove_asks_at_a_terminal(harbour, monkeypatch, reply, code, left):
    """Somebody at a terminal is asked first, and may say no."""
    monkeypatch.setattr(sys, "stdin", Terminal(reply))
    ran = harbour("remove", "harbour-1")
    assert ran.code == code
    assert ran.out.strip() == ""
    assert "The Gazette, Harbour taken, 2019-11-25" in ran.err
    assert len(harbour("list", "--json").records) == left


def test_remove_with_yes_does_not_ask(harbour, monkeypatch):
    """`--yes` is an answer."""
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert harbour("remove", "harbour-1", "--yes").code == 0


def test_an_export_gives_the_same_archive(harbour, tmp_path):
    """What `export` writes, `add` takes: the same ids, metadata, and answers."""
    exported = harbour("export")
    assert exported.code == 0
    records = exported.records
    assert [one["text"] for one in records] == [one["text"] for one in ARTICLES]
    assert all(set(one) >= {"path", "sha256", "authors"} for one in records)
    (tmp_path / "export.jsonl").write_text(exported.out)
    other = ("--archive", tmp_path / "other")
    assert harbour("add", tmp_path / "export.jsonl", *other, "--json").record["documents"] == 4
    assert harbour("export", *other).out == exported.out
    for question in ("Who seized the harbour of Zuwara on Monday?", "Who won?", '"12 lives"'):
        first = harbour("ask", question, "--json").record
        second = harbour("ask", question, "--json", *other).record
        assert first | {"elapsed_ms": 0} == second | {"elapsed_ms": 0}


def test_an_export_of_the_seeds_keeps_their_id(seeded, tmp_path):
    """An id that was made from a path is kept as it is."""
    (tmp_path / "export.jsonl").write_text(seeded("export").out)
    other = ("--archive", tmp_path / "other")
    seeded("add", tmp_path / "export.jsonl", *other)
    assert seeded("list", "--json", *other).out == seeded("list", "--json").out


def test_export_to_a_file(harbour, tmp_path):
    """The same lines, to a new file; one that is there is not overwritten."""
    file = tmp_path / "out.jsonl"
    ran = harbour("export", "--output", file)
    assert (ran.code, ran.out) == (0, "")
    assert file.read_text(encoding="utf-8") == harbour("export").out
    again = harbour("export", "--output", file)
    assert again.code == 2
    assert "is there already" in again.err
    assert harbour("export", "--output", tmp_path / "no" / "out.jsonl").code == 2


def test_export_to_a_full_disk_is_an_error(harbour, monkeypatch, tmp_path):
    """It says so in one line, wherever the disk turns out to be full."""
    real = Path.open

    class Full(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", **how: Full() if mode == "x" else real(self, mode, **how),
    )
    ran = harbour("export", "--output", tmp_path / "out.jsonl")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "out.jsonl cannot be written: No space left" in ran.err


def test_another_encoder_is_refused_until_reencoded(harbour, monkeypatch, tmp_path):
    """Another encoder is refused with the command that re-encodes; after it, the first one is."""
    folder = tmp_path / "other-model"
    folder.mkdir()
    monkeypatch.setenv("ONRECORD_ENCODER", str(folder))
    question = "Who seized the harbour of Zuwara on Monday?"
    refused = harbour("ask", question, "--json")
    assert (refused.code, refused.out) == (1, "")
    assert "onrecord reencode" in refused.err
    ran = harbour("reencode")
    assert ran.code == 0
    assert "Encoded 4 texts." in ran.err
    assert f"ONRECORD_ENCODER={folder}" in ran.err
    monkeypatch.delenv("ONRECORD_ENCODER")
    assert harbour("ask", question, "--json").code == 1
    assert harbour("reencode").code == 0
    assert harbour("ask", question, "--json").code == 0
    assert harbour("reencode", "--encoder", folder).code == 0
    monkeypatch.setenv("ONRECORD_ENCODER", str(folder))
    assert harbour("status", "--json").record["encoder"] == "other-model"
    answer = harbour("ask", question, "--json").record["answer"]
    assert answer["sentence"] == "The rebels seized the harbour of Zuwara on Monday."


def test_eval_of_lines(seeded, jsonl, tmp_path):
    """Judged questions are asked of the archive; each metric has its interval and count."""
    judged = [
        {"question": "Which city did ISIS lose in 2016?", "answer": "Sirte"},
        {"question": "Who won the 2018 World Cup?"},
    ]
    file = jsonl(tmp_path / "judged.jsonl", judged)
    ran = seeded("eval", file, "--json")
    assert ran.code == 0
    metrics = {one["name"]: one for one in ran.record["metrics"]}
    assert metrics["sentence accuracy at 1"]["value"] == 1
    assert metrics["refused, of unanswerable"]["value"] == 1
    assert all(set(one) == METRIC_KEYS for one in metrics.values())
    assert metrics.pop("AUROC, answerable against unanswerable")["count"] == 2
    assert {one["count"] for one in metrics.values()} == {1}
    assert ran.record["citations"] == ran.record["verbatim"] > 0
    limited = seeded("eval", file, "--json", "--limit", 1).record
    assert "refused, of unanswerable" not in {one["name"] for one in limited["metrics"]}
    assert "sentence accuracy at 1" in seeded("eval", file).out


def test_eval_of_squad_has_an_archive_of_its_own(onrecord, tmp_path):
    """SQuAD's paragraphs are asked by themselves; the user's archive is neither needed nor made."""
    context = "The rebels seized the harbour of Zuwara. It rained."
    answer = {"text": "The rebels", "answer_start": 0}
    question = {"id": "1", "question": "Who seized the harbour of Zuwara?", "answers": [answer]}
    squad = {"data": [{"paragraphs": [{"context": context, "qas": [question]}]}]}
    (tmp_path / "squad.json").write_text(json.dumps(squad))
    ran = onrecord("eval", tmp_path / "squad.json", "--json")
    assert ran.code == 0
    values = {one["name"]: one["value"] for one in ran.record["metrics"]}
    assert values["sentence accuracy at 1"] == values["passage recall at 10"] == 1
    assert not (tmp_path / "archive").exists()


CONTEXTS = {
    "The rebels seized the harbour of Zuwara. It rained.": (
        "Who seized the harbour?",
        "The rebels",
    ),
    "The police closed the bridge of Sirte.": ("Who closed the bridge of Sirte?", "The police"),
}


@pytest.fixture(name="squad")
def _squad(tmp_path):
    """A file in SQuAD's form: two articles of a paragraph, an answerable question and another."""
    data = [
        {
            "paragraphs": [
                {
                    "context": context,
                    "qas": [
                        {
                            "id": question,
                            "question": question,
                            "answers": [{"text": answer, "answer_start": 0}],
                        },
                        {"id": "none", "question": "Who bought Zeiss?", "is_impossible": True},
                    ],
                }
            ]
        }
        for context, (question, answer) in CONTEXTS.items()
    ]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": data}))
    return path


POINT_KEYS = {"coverage", "confidence", "risk"}
BIN_KEYS = {"low", "high", "count", "confidence", "right", "right_low", "right_high"}
METRIC_KEYS = {"name", "value", "low", "high", "count"}


def test_eval_tells_what_the_confidence_is_worth(onrecord, squad, tmp_path):
    """`--json` has the curve, the operating point and the bins; `--plot` draws them."""
    ran = onrecord("eval", squad, "--json", "--plot", tmp_path / "drawn.png")
    assert (ran.code, ran.err) == (0, "")
    assert any(one["name"].startswith("AUROC") for one in ran.record["metrics"])
    kinds = [(one["questions"], one["count"]) for one in ran.record["confidence"]]
    assert kinds == [("all questions", 4), ("answerable questions", 2)]
    for report in ran.record["confidence"]:
        assert set(report["aurc"]) == METRIC_KEYS
        assert [set(point) for point in report["curve"]] == [POINT_KEYS] * 100
        assert set(report["answered"]) == POINT_KEYS
        for calibration in (report["given"], report["forced"]):
            assert set(calibration["ece"]) == METRIC_KEYS
            assert [set(one) for one in calibration["bins"]] == [BIN_KEYS] * 10
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert len((tmp_path / "drawn.png").read_bytes()) > 20_000


def test_eval_prints_the_curve_and_the_bins(onrecord, squad):
    """Without --json: the figures, a dozen coverages with the default one, the bins."""
    out = onrecord("eval", squad).out
    for said in ("AUROC, answerable against unanswerable", "AURC, all questions", "ECE of answers"):
        assert said in out
    for share in (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100):
        assert f"\n{share} % " in out
    assert "\ndefault: " in out
    assert "Confidence of the answers, answerable questions" in out


def test_eval_of_one_part(onrecord, squad):
    """The second of two articles: its questions, asked of both."""
    record = onrecord("eval", squad, "--json", "--part", "2/2").record
    assert [one["count"] for one in record["confidence"]] == [2, 1]


def test_eval_of_reading_alone(onrecord, squad, tmp_path):
    """The paragraph given: no archive is made, and the figures are of the words."""
    ran = onrecord("eval", squad, "--reading", "--json")
    assert set(ran.record) == {"metrics"}
    metrics = {one["name"]: one for one in ran.record["metrics"]}
    assert metrics["words F1"]["value"] >= metrics["exact match"]["value"] >= 0.5
    assert {name: one["count"] for name, one in metrics.items()} == {
        "exact match": 2,
        "words F1": 2,
        "words F1, refusals counting 0": 2,
        "refused, of answerable": 2,
        "refused, of unanswerable": 2,
        "words F1, all questions, refusals counting": 4,
        "AUROC, answerable against unanswerable": 4,
    }
    assert not (tmp_path / "archive").exists()


def test_eval_with_the_article_taken_out(onrecord, squad):
    """What the other article does not say is refused."""
    metrics = onrecord("eval", squad, "--without-article", "--json").record["metrics"]
    values = {one["name"]: (one["value"], one["count"]) for one in metrics}
    assert values["refused, article there"] == (0, 2)
    assert values["refused, article taken out"] == (1, 2)
    assert values["AUROC, article there against taken out"] == (1, 4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reading", "--without-article"], "give one of --plot, --reading"),
        (["--reading", "--plot", "a.png"], "give one of --plot, --reading"),
        (["--plot", "a.pdf"], "name it like confidence.png, not 'a.pdf'"),
        (["--plot", "no/folder/a.png"], "cannot be written"),
        (["--plot", "there.png"], "is there already"),
        (["--part", "3/2"], "a part is like 1/2"),
        (["--part", ""], "a part is like 1/2"),
    ],
)
def test_eval_refuses_before_it_asks(onrecord, squad, monkeypatch, options, said):
    """What cannot be done is said at once; a picture that is there stays as it is."""
    monkeypatch.chdir(squad.parent)
    monkeypatch.delattr(cli.evaluating, "_judged_assistant")
    there = squad.parent / "there.png"
    there.write_text("mine")
    ran = onrecord("eval", squad, *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert there.read_text() == "mine"
    assert list(squad.parent.glob("*.p*")) == [there]


@pytest.mark.parametrize("option", ["--reading", "--without-article"])
def test_eval_of_lines_has_no_articles(onrecord, jsonl, tmp_path, option):
    """JSONL has no paragraphs and no articles: exit 2, before an archive is looked for."""
    ran = onrecord("eval", jsonl(tmp_path / "judged.jsonl", [{"question": "a?"}]), option)
    assert ran.code == 2
    assert "this needs SQuAD's form" in ran.err


def test_ctrl_c_leaves_nothing_of_an_evaluation(onrecord, squad, monkeypatch, tmp_path):
    """Stopped while it asks: exit 130, no archive of its own and no picture left, no traceback."""
    made = []

    def stop(assistant, questions):
        made.append(assistant.archive.folder)
        assert made[0].is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "evaluate", stop)
    ran = onrecord("eval", squad, "--plot", tmp_path / "drawn.png")
    assert (ran.code, ran.out) == (130, "")
    assert "Traceback" not in ran.err
    assert not made[0].exists()
    assert not (tmp_path / "drawn.png").exists()


def test_eval_of_no_questions(onrecord, tmp_path):
    """A file of neither form: exit 2."""
    (tmp_path / "judged.jsonl").write_text("[1, 2]\n")
    ran = onrecord("eval", tmp_path / "judged.jsonl")
    assert ran.code == 2
    assert "neither SQuAD nor JSONL" in ran.err


# Serve, demo


@pytest.fixture(name="served")
def _served(monkeypatch):
    """What would have been served."""
    served = []
    monkeypatch.setattr(web, "serve", lambda site, **options: served.append((site, options)))
    return served


def test_demo_is_ready_to_be_asked(onrecord, served, tmp_path):
    """The demo's archive is its own, and has the article; a second run changes nothing."""
    assert onrecord("demo", "--port", 7999).code == 0
    site, options = served[0]
    assert site.is_demo
    assert (options["host"], options["port"]) == ("127.0.0.1", 7999)
    folder = site.first.archive.folder
    assert folder.is_relative_to(tmp_path)
    assert onrecord("status", "--json", "--archive", folder).record["sentences"] == 11
    assert "1 unchanged" in onrecord("demo").err
    assert not (tmp_path / "archive").exists()


def test_serve_makes_the_archive(onrecord, served, tmp_path):
    """The page can be opened before anything has been added."""
    assert onrecord("serve", "--allowed-host", "news.example").code == 0
    site, options = served[0]
    assert site.allowed_hosts == ("news.example",)
    assert [site.is_demo, site.is_read_only, site.has_mcp, site.users] == [*[False] * 3, None]
    assert (options["host"], options["port"]) == ("127.0.0.1", 7860)
    assert onrecord("status", "--json").record["exists"] is True


def test_serve_offers_several_archives_by_their_names(onrecord, served, seeds_archive, tmp_path):
    """Each folder's name is what a visitor chooses it by; two of one name are refused."""
    for name in ("libya", "chad"):
        shutil.copytree(seeds_archive, tmp_path / name)
    named = ["--archive", tmp_path / "libya", "--archive", tmp_path / "chad"]
    assert onrecord("serve", *named).code == 0
    assert list(served[0][0].assistants) == ["libya", "chad"]
    again = onrecord("serve", *named, "--archive", tmp_path / "x" / "chad")
    assert again.code == 2
    assert "two archives are called chad" in again.err


def test_serve_reads_only_when_it_is_told_to(onrecord, served, tmp_path):
    """Then it makes no archive either."""
    ran = onrecord("serve", "--read-only", "--archive", tmp_path / "none")
    assert ran.code != 0
    assert "no archive in" in ran.err
    assert not (tmp_path / "none").exists()
    assert onrecord("add", tmp_path, "--archive", tmp_path / "empty").code == 0
    assert onrecord("serve", "--read-only", "--archive", tmp_path / "empty").code == 0
    assert served[0][0].is_read_only


def test_serving_others_without_users_is_warned_of(onrecord, served):
    """Whoever opens the door is told that it is open, and how to close it."""
    assert "--auth FILE" in onrecord("serve", "--host", "0.0.0.0").err
    assert "--auth" not in onrecord("serve").err


def test_users_are_kept_in_a_file(onrecord, served, monkeypatch, tmp_path):
    """Added by a pipe, listed, taken out; a server with no users does not start."""
    users = tmp_path / "users.txt"
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert onrecord("user", "add", "ann", "--auth", users).code == 0
    assert onrecord("user", "list", "--auth", users).out == "ann\n"
    assert "correct horse" not in users.read_text(encoding="utf-8")
    assert onrecord("serve", "--auth", users).code == 0
    assert served[0][0].users.check("ann", "correct horse")
    assert onrecord("user", "remove", "ann", "--auth", users).code == 0
    ran = onrecord("serve", "--auth", users)
    assert ran.code == 2
    assert "has no users" in ran.err


def test_a_folder_to_add_from_must_be_one(onrecord, served, tmp_path):
    """A wrong path is told before anything is served."""
    ran = onrecord("serve", "--add-from", tmp_path / "nowhere")
    assert ran.code == 2
    assert "is not a folder" in ran.err
    assert served == []


# Where the archive is


def test_the_option_goes_before_the_environment(seeded, jsonl, tmp_path):
    """`--archive` names another archive than ONRECORD_ARCHIVE does."""
    file = jsonl(tmp_path / "a.jsonl", ARTICLES)
    seeded("add", file, "--archive", tmp_path / "other")
    assert seeded("status", "--json").record["documents"] == 1
    other = seeded("status", "--json", "--archive", tmp_path / "other").record
    assert (other["documents"], other["path"]) == (4, str(tmp_path / "other"))


def test_without_either_it_is_in_the_data_folder(onrecord, monkeypatch, tmp_path):
    """The platform's folder for a user's data."""
    monkeypatch.delenv("ONRECORD_ARCHIVE")
    path = Path(onrecord("status", "--json").record["path"])
    assert path.is_relative_to(tmp_path)
    assert path.parts[-2:] == ("onrecord", "archive")


# Errors and usage


@pytest.mark.parametrize(
    "command",
    [
        ["ask", WHO],
        ["search", "x"],
        ["verify"],
        ["list"],
        ["export"],
        ["reencode"],
        ["remove", "x"],
    ],
)
def test_no_archive_is_an_error_with_the_next_step(onrecord, command, tmp_path):
    """Exit 1, one line on standard error, which says how to make one; none is made."""
    ran = onrecord(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("onrecord: no archive in ")
    assert ran.err.endswith("make one with: onrecord add PATH\n")
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["ask"], "give one question, or --batch FILE"),
        (["ask", "a?", "--batch", "questions.txt"], "give one question, or --batch FILE"),
        (["ask", "  "], "the question is empty"),
        (["ask", "x" * 10_001], "at most 10000"),
        (["ask", "a?", "--top-k", "0"], "at least 1, got 0"),
        (["search", "a", "--top-k", "-1"], "at least 1, got -1"),
        (["ask", "a?", "--after", "25.11.2018"], "--after takes a date like 2019-11-27, got"),
        (["ask", "a?", "--before", "2018-02-30"], "--before takes a date like 2019-11-27"),
        (["ask", "a?", "--after", "2019-02-02", "--before", "2019-02-01"], "no date is on or"),
        (["eval", "missing.json"], "missing.json cannot be read: No such file"),
    ],
)
def test_what_cannot_be_asked_is_wrong_usage(onrecord, command, said):
    """Exit 2, one line on standard error, nothing on standard output."""
    ran = onrecord(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("onrecord: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        ["invent"],
        ["ask", "a?", "--invented"],
        ["add"],
        ["remove"],
        ["serve", "--port", "70000"],
        ["ask", "a?", "--top-k", "many"],
        ["add", "x", "--progress", "loud"],
    ],
)
def test_unknown_usage_names_the_help(onrecord, command):
    """What the command line does not know: exit 2, and which help to ask for."""
    ran = onrecord(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "--help" in ran.err


def test_unreadable_settings_are_one_line(onrecord, monkeypatch, tmp_path):
    """A settings file that cannot be used is an error like any other."""
    (tmp_path / "s.toml").write_text("colour = 'red'\n")
    monkeypatch.setenv("ONRECORD_SETTINGS", str(tmp_path / "s.toml"))
    ran = onrecord("status")
    assert (ran.code, ran.out) == (1, "")
    assert "unknown setting 'colour'" in ran.err


@pytest.mark.parametrize("place", [0, 1, 2])
def test_debug_shows_the_traceback(onrecord, place):
    """With --debug anywhere on the line, the error itself comes through."""
    line = ["ask", WHO]
    line.insert(place, "--debug")
    with pytest.raises(NoArchive):
        cli.main(line)
    with pytest.raises(InvalidInput):
        cli.main(["--debug", "ask", ""])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(onrecord, command):
    """`--help` says what it does, which options it has, and shows an example."""
    ran = onrecord(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Example: onrecord {command}" in ran.out
    if command != "eval":
        assert "--archive DIR" in ran.out


def test_the_commands_are_those_of_the_public_face():
    """None is missing."""
    assert set(COMMANDS) >= {
        *("add", "ask", "search", "serve", "demo", "status", "verify", "list", "remove"),
        *("export", "eval"),
    }


def test_the_help_lists_every_command(onrecord):
    """`onrecord --help` names each command with a line of its own."""
    out = onrecord("--help").out
    assert all(re.search(rf"^ +{command} +\w", out, re.MULTILINE) for command in COMMANDS)


def test_the_console_script_is_this_one():
    """The distribution's command `onrecord` is `main`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["scripts"]["onrecord"].partition(":")
    assert getattr(importlib.import_module(module), name) is cli.main


# Terminals and hostile names


HOSTILE = "\x1b[31mred\x1b[0m\x07\x9b2J\u202eevil"


@pytest.mark.parametrize(
    "command",
    [
        ["ask", WHO],
        ["ask", "Who won the 2018 World Cup?"],
        ["search", "x"],
        ["status"],
        ["list"],
        ["verify"],
        ["ask"],
        ["add", "missing.txt"],
        ["add", "--help"],
    ],
)
def test_nothing_is_coloured_without_a_terminal(seeded, command):
    """Whatever is piped or redirected has no control codes."""
    ran = seeded(*command)
    assert ran.out + ran.err
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize("name", ["ask", "search"])
def test_hostile_questions_do_not_reach_the_terminal(seeded, tmp_path, name):
    """A batch's questions are shown without their control characters; JSON keeps them."""
    (tmp_path / "q.txt").write_text(f"who {HOSTILE} claimed it?\n", encoding="utf-8")
    ran = seeded(name, "--batch", tmp_path / "q.txt")
    assert not set("\x1b\x07\x9b\u202e") & set(ran.out + ran.err)
    record = seeded(name, "--batch", tmp_path / "q.txt", "--json").record
    assert HOSTILE in record["question" if name == "ask" else "query"]


def test_hostile_file_names_do_not_reach_the_terminal(onrecord, tmp_path):
    """A file's name that could command a terminal is shown with signs in its place."""
    (tmp_path / f"{HOSTILE}.txt").write_text("")
    ran = onrecord("add", tmp_path / f"{HOSTILE}.txt")
    assert ran.code == 1
    assert "red" in ran.err
    assert not set("\x1b\x07\x9b\u202e") & set(ran.err)


def test_hostile_arguments_do_not_reach_the_terminal(onrecord):
    """An error shows what was given, without its control characters, on one line."""
    ran = onrecord("ask", "a?", "--archive", f"/{HOSTILE}\nonrecord: fine")
    assert ran.code == 1
    assert not set("\x1b\x07\x9b\u202e") & set(ran.err)
    assert ran.err.count("\n") == 1


# Real processes


def test_help_loads_no_engine():
    """What takes long to import is not imported to say what there is."""
    heavy = "numpy faiss torch transformers sentence_transformers gradio matplotlib apsw scipy"
    program = (
        "import sys\nfrom qa.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n"
        f"    sys.exit(' '.join(set('{heavy}'.split()) & set(sys.modules)) or 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


RUN = """
import os, sys, time
sys.path.insert(0, sys.argv.pop(1))
from conftest import WordEncoder
from index import SentenceTransformerEncoder

class Slow(WordEncoder):
    has_encoded = False

    def encode_passages(self, passages):
        while self.has_encoded and os.path.exists(os.environ.get("WAIT_WHILE_THERE", "")):
            time.sleep(0.01)
        self.has_encoded = True
        return super().encode_passages(passages)

SentenceTransformerEncoder.load = lambda folder=None: Slow()
from qa.cli import main
main()
"""


@pytest.fixture(name="command")
def _command(tmp_path):
    """A function that gives a command line for a process of its own, with a quick encoder."""
    (tmp_path / "run.py").write_text(RUN)

    def command(*args):
        tests = str(Path(__file__).parent)
        return [sys.executable, str(tmp_path / "run.py"), tests, *map(str, args)]

    return command


@pytest.fixture(name="environment")
def _environment(home):
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def test_ctrl_c_stops_between_documents(command, environment, jsonl, tmp_path):
    """Ctrl-C during `add`: exit 130, what was told of is safe, the next run goes on from there."""
    records = [{"id": f"d{number}", "text": f"Word{number} came."} for number in range(1500)]
    add = command("add", jsonl(tmp_path / "many.jsonl", records), "--json", "--progress", "jsonl")
    told_to, wait = tmp_path / "stderr", tmp_path / "wait"
    wait.touch()
    waiting = environment | {"WAIT_WHILE_THERE": str(wait)}
    with (
        told_to.open("wb") as stderr,
        subprocess.Popen(add, env=waiting, stdout=subprocess.PIPE, stderr=stderr) as process,
    ):
        deadline = time.monotonic() + 120
        while not told_to.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        wait.unlink()
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    err = told_to.read_text()
    assert "Stopping after this document" in err
    assert "run the same command to go on" in err
    assert "Traceback" not in err
    told = [json.loads(line)["committed"] for line in err.splitlines() if line.startswith("{")]
    assert 0 < len(told) < 1500
    report = json.loads(out)
    assert report["added"] == report["documents"] == len(told)
    with Archive.open(tmp_path / "archive", create=False) as archive:
        assert [one.id for one in archive.documents()] == told
        assert archive.verify().is_clean
    again = subprocess.run(add, env=environment, capture_output=True, text=True, check=True)
    report = json.loads(again.stdout)
    assert (report["unchanged"], report["documents"]) == (len(told), 1500)
    assert report["added"] == 1500 - len(told)


def watching(args, environment):
    """A process of `onrecord watch`, whose lines can be read as they come."""
    return subprocess.Popen(
        args,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_watch_takes_in_what_comes(command, environment, tmp_path):
    """A file put into the folder is added, one deleted is pruned, and Ctrl-C ends it."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_text("The harbour reopened on Friday.")
    with watching(command("watch", folder, "--prune"), environment) as process:
        assert "1 added" in process.stdout.readline()
        (folder / "b.txt").write_text("The mayor resigned on Monday.")
        assert "1 added" in process.stdout.readline()
        (folder / "a.txt").unlink()
        assert "the archive has 1 article," in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_watch_tells_what_vanished_and_waits_for_another_writer(command, environment, tmp_path):
    """A file that is gone is told once; while another process writes, what came waits."""
    folder = tmp_path / "news"
    folder.mkdir()
    for name, says in (("a", "The harbour reopened."), ("b", "The mayor resigned.")):
        (folder / f"{name}.txt").write_text(says)
    with watching(command("watch", folder), environment) as process:
        assert "2 added" in process.stdout.readline()
        (folder / "a.txt").unlink()
        assert "2 articles" in process.stdout.readline()
        assert process.stdout.readline() == f"vanished: {folder / 'a.txt'}\n"
        assert "--prune" in process.stdout.readline()
        with writer_lock(tmp_path / "archive"):
            (folder / "c.txt").write_text("The bakers went on strike.")
            assert f"is locked by process {os.getpid()}" in process.stdout.readline()
        assert "1 added" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "vanished" not in rest


@pytest.fixture(name="large")
def _large(make_encoder, tmp_path):
    """An archive whose export is larger than any pipe's buffer."""
    with Archive.open(tmp_path / "archive", encoder=make_encoder()) as archive:
        archive.add_documents(
            Document(id=str(number), text=f"Rain fell {number * 'x'}{'y' * 90_000}.", path="x")
            for number in range(5)
        )


def test_a_closed_pipe_is_no_traceback(large, command, environment):
    """`onrecord export | head -1` ends quietly."""
    with subprocess.Popen(
        command("export"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        process.stdout = None
        err = process.stderr.read()
        assert process.wait(timeout=120) != 0
    assert err == b""


def test_stdout_is_only_json(command, environment, jsonl, tmp_path):
    """In a process of its own: one line of JSON on standard output, exit codes to the shell."""
    file = jsonl(tmp_path / "harbour.jsonl", ARTICLES)
    for args, code in (
        (["add", file, tmp_path / "missing", "--json"], 1),
        (["ask", "Who seized the harbour of Zuwara on Monday?", "--json"], 0),
    ):
        ran = subprocess.run(command(*args), env=environment, capture_output=True, check=False)
        assert ran.returncode == code
        assert json.loads(ran.stdout)
        assert ran.stdout.count(b"\n") == 1
    ran = subprocess.run(
        command("ask", "--debug", ""), env=environment, capture_output=True, check=False
    )
    assert b"Traceback" in ran.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_json_is_utf8_whatever_the_console(large, command, environment, encoding):
    """JSON is UTF-8 where it is piped, whatever the encoding of the system."""
    environment["PYTHONIOENCODING"] = encoding
    question = "Who is الاثنين 😀?"
    ran = subprocess.run(
        command("ask", question, "--json"), env=environment, capture_output=True, check=True
    )
    assert json.loads(ran.stdout.decode("utf-8"))["question"] == question
    ran = subprocess.run(
        command("ask", "who?", "--archive", "/الاثنين"),
        env=environment,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 1
    assert b"Traceback" not in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_gets_colours(command, environment):
    """On a terminal there are colours."""
    import pty

    ours, theirs = pty.openpty()
    environment |= {"TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.run(command("status"), env=environment, stdout=theirs, check=True)
    os.close(theirs)
    printed = os.read(ours, 10_000)
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[" in printed
