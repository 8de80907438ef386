"""What keeps an archive: status, verify, list, remove, export, reencode."""

import errno
import io
import sys
import zipfile
from pathlib import Path

import apsw
import pytest

from tests.cli.articles import ARTICLES, DOCUMENT_KEYS


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
    assert lines[1] == "harbour-2  Morning Star, “The police won the harbour of…”, 2019-11-26"
    assert lines[2] == "harbour-3  “The harbour of Zuwara was seized…”, undated"


def test_copies_are_listed_with_each_other(harbour):
    """Each document names its near-copies, and none looks like a source of its own."""
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
