"""The README says what happens: its sessions are run, and its Python too."""

import doctest
import re
import shlex
import shutil
from pathlib import Path

import pytest

from qa.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
LOOSELY = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def test_the_session_prints_what_the_readme_shows(folder, capsys):
    """Each command of the README's session prints the lines below it."""
    assert SESSIONS
    for command, expected in re.findall(
        r"^\$ onrecord (.*)\n((?:(?!\$ ).*\n)*)", "".join(SESSIONS), re.MULTILINE
    ):
        main_quietly(shlex.split(command))
        printed = capsys.readouterr().out
        assert doctest.OutputChecker().check_output(expected, printed, LOOSELY), printed


def test_the_python_gives_what_the_readme_shows(folder):
    """The README's Python examples run, and give what stands below them."""
    test = doctest.DocTestParser().get_doctest(README, {}, "README.md", "README.md", 0)
    assert len(test.examples) > 5
    runner = doctest.DocTestRunner(optionflags=LOOSELY)
    runner.run(test)
    assert runner.failures == 0


def test_every_command_is_in_the_readme():
    """No command of the command line is left out of the README."""
    from qa.cli import app

    there = {one.name or one.callback.__name__ for one in app.registered_commands}
    there |= {one.typer_instance.info.name for one in app.registered_groups}
    assert len(there) > 8
    left_out = {
        name for name in there if f"onrecord {name}" not in README and f"`{name}`" not in README
    }
    assert left_out == set()


def test_every_command_that_is_named_is_there():
    """Whatever a message or a page of the documentation says to type can be typed."""
    from qa.cli import app

    there = {one.name or one.callback.__name__ for one in app.registered_commands}
    there |= {one.typer_instance.info.name for one in app.registered_groups}
    files = [
        *(file for name in ("index", "qa", "docs") for file in (ROOT / name).rglob("*")),
        *(ROOT / "README.md", ROOT / "CHANGELOG.md"),
    ]
    named = {
        (command, file.name)
        for file in files
        if file.suffix in {".py", ".md", ".html", ".js"}
        for command in re.findall(r"\bonrecord ([a-z]+)", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert [one for one in sorted(named) if one[0] not in there] == []


def main_quietly(args):
    """Run the command line, whose success is an exit too."""
    with pytest.raises(SystemExit) as left:
        main(args)
    assert left.value.code == 0
