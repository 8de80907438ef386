"""What the code imports is what pyproject.toml asks for: by default, or as the extra of a part."""

import ast
import re
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = DECLARED["project"]
EXTRAS = {
    "index/cluster": ("cluster", "ray"),
    "qa/adapters": ("haystack", "langchain", "llamaindex"),
    "qa/training": ("training",),
    "qa/web/tools.py": ("mcp",),
}
"""The parts that need more than the default, and the extras that bring it."""

COMES_WITH = {
    "fastapi": "gradio",
    "pydantic": "gradio",
    "starlette": "gradio",
    "uvicorn": "gradio",
    "transformers": "sentence-transformers",
}
"""What is used together with a package that could not be without it."""

ELSEWHERE = {"grpc": "grpcio", "haystack": "haystack-ai", "llama_index": "llama-index-core"}
"""What is imported under another name than its package's, and is not installed for the tests."""


def packages(requirements):
    """The names in requirements, spelt as the registry spells them."""
    return {_spelt(re.match(r"[\w.-]+", one)[0]) for one in requirements}


def _spelt(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_by(path):
    """The names of the packages that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.fixture(name="provides", scope="module")
def _provides():
    """The packages that provide what is imported under each name."""
    provides = {name: packages(found) for name, found in packages_distributions().items()}
    return provides | {name: {package} for name, package in ELSEWHERE.items()}


@pytest.mark.parametrize("folder", ["index", "qa"])
def test_what_is_imported_is_declared(provides, folder):
    """No module counts on a package that only happens to be there."""
    ours = {*sys.stdlib_module_names, "index", "qa"}
    missing = set()
    for path in sorted((ROOT / folder).rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        asked = packages(PROJECT["dependencies"])
        for part, extras in EXTRAS.items():
            if place.startswith(part):
                asked |= packages(
                    one for name in extras for one in PROJECT["optional-dependencies"][name]
                )
        for name in set(imported_by(path)) - ours:
            found = provides.get(name, {_spelt(name)})
            if not found & asked and COMES_WITH.get(name) not in asked:
                missing.add((place, name))
    assert missing == set()


def test_what_trains_is_installed_for_development_alone():
    """Whoever only asks does not need it."""
    training = packages(PROJECT["optional-dependencies"]["training"])
    assert training <= packages(PROJECT["optional-dependencies"]["dev"])
    assert not training & packages(PROJECT["dependencies"])


def test_what_is_trained_on_is_not_installed():
    """The questions over news and their articles are no part of the wheel."""
    excluded = DECLARED["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"]
    data = [path for path in (ROOT / "qa" / "training").rglob("*") if path.suffix == ".jsonl"]
    assert data
    for path in data:
        place = path.relative_to(ROOT).as_posix()
        assert any(fnmatch(place, pattern) for pattern in excluded), place
