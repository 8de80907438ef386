"""What a run tells at its end of what it left out."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.skips import NO_DATA, lines

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("workers", [[], ["--numprocesses", "2"]], ids=["one", "two"])
def test_a_run_closes_with_what_it_left_out(tmp_path, workers):
    """Tests and whole files are counted once, whether one process runs them or two."""
    folder = tmp_path / "nowhere"
    some = tmp_path / "test_some.py"
    some.write_text(
        "import pytest\n\n"
        "@pytest.mark.parametrize('number', range(3))\n"
        "def test_of_data(number, test_data): pass\n\n"
        "@pytest.mark.skip(reason='of no use here')\n"
        "def test_of_no_use(): pass\n\n"
        "def test_of_nothing(): pass\n"
    )
    (tmp_path / "wanted.py").write_text("import pytest\n\npytest.importorskip('no_such_thing')\n")
    (tmp_path / "test_one.py").write_text("import wanted\n")
    (tmp_path / "test_other.py").write_text("import wanted\n")
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import _test_data\nfrom tests.skips import Skips\n\n"
        "def pytest_configure(config): config.pluginmanager.register(Skips(config))\n"
    )
    paths = os.pathsep.join([str(ROOT), str(tmp_path)])
    environment = {**os.environ, "ONRECORD_TEST_DATA": str(folder), "PYTHONPATH": paths}
    environment.pop("PYTEST_ADDOPTS", None)
    for name in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        del environment[name]
    command = [sys.executable, "-m", "pytest", "--import-mode=importlib", "-q", str(tmp_path)]
    told = subprocess.run(
        [*command, *workers], env=environment, cwd=tmp_path, check=True, capture_output=True
    ).stdout.decode()
    *_, data, use, module, total, _ = told.splitlines()
    assert data == f"     3 tests: no test data in {folder}; name its folder in ONRECORD_TEST_DATA"
    assert use == "     1 test: of no use here"
    assert module.startswith("     2 files: could not import 'no_such_thing'")
    assert total == "Skipped: 4 tests, 3 of them for want of data, and 2 whole files"


def test_the_most_frequent_reason_comes_first():
    """Tests before files, and numbers that can be read."""
    tests = Counter({"no Chromium": 2, f"{NO_DATA} there": 1_200, f"{NO_DATA} here": 1})
    assert lines(tests, Counter()) == [
        " 1,200 tests: no test data there",
        "     2 tests: no Chromium",
        "     1 test: no test data here",
        "Skipped: 1,203 tests, 1,201 of them for want of data, and 0 whole files",
    ]


def test_a_run_that_leaves_out_nothing_says_so():
    """One line is there in any case."""
    assert lines(Counter(), Counter()) == ["Skipped: nothing"]
