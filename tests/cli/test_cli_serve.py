"""`onrecord serve`, `demo` and `user`: what is served, and to whom."""

import io
import shutil

import pytest

from qa import web


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
