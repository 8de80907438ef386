"""Where the archive is, wrong usage, errors in one line, and hostile names in a terminal."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from index import InvalidInput
from index.errors import NoArchive
from qa import cli
from tests.cli.articles import ARTICLES, WHO

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = [one.name or one.callback.__name__ for one in cli.app.registered_commands]


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
