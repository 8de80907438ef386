"""`onrecord add`: what it takes in, what it says, and what it could not read."""

import io
import json
import re
import sys
import zipfile
from pathlib import Path

import apsw

from index.models import use_device
from qa.output import progress
from tests.cli.articles import ARTICLES

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


def test_add_says_what_is_kept_under_another_id(onrecord, jsonl, tmp_path):
    """Where an id is another article's, the line counts it, and the errors name it."""
    onrecord("add", jsonl(tmp_path / "a.jsonl", [{"id": 1, "text": "It rained all night."}]))
    other = jsonl(tmp_path / "b.jsonl", [{"id": 1, "text": "The rebels left."}])
    ran = onrecord("add", other)
    assert ran.code == 0
    assert ran.out.startswith("1 added, 1 under another id in ")
    assert ran.err == f"kept as 1~b.jsonl: {other}:1 (another article has the id 1)\n"
    listed = [one["id"] for one in onrecord("list", "--json").records]
    assert listed == ["1", "1~b.jsonl"]


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
