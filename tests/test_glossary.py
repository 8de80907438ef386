"""The names in the code are the glossary's."""

import ast
import re
from pathlib import Path

import pytest

import qa

ROOT = Path(qa.__file__).parent.parent
FILES = sorted(file for package in ("index", "qa") for file in (ROOT / package).rglob("*.py"))


def barred() -> list[str]:
    """The names in the last column of the glossary's table."""
    rows = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    last = [row.strip().strip("|").split("|")[-1] for row in rows if row.startswith("|")]
    return [name for cell in last for name in re.findall(r"`(\w+)`", cell)]


def given_names(tree: ast.AST) -> set[str]:
    """What a module names itself: functions, classes, parameters, variables, attributes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name.lower())
            case ast.arg():
                names.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                names.add(node.id.lower())
            case ast.Attribute(ctx=ast.Store()):
                names.add(node.attr)
    return names


def test_there_is_something_to_look_for():
    """The glossary bars names, and there is code to look at."""
    assert {"story", "over_none", "remedies"} <= set(barred())
    assert len(FILES) > 150


@pytest.mark.parametrize("name", barred())
def test_no_barred_name_is_given(name):
    """Nothing in `index` and `qa` is called so, whether alone or as a part of a name."""
    part = re.compile(rf"(?:^|_){name}(?:_|$)")
    found = [
        f"{file.relative_to(ROOT)}: {given}"
        for file in FILES
        for given in given_names(ast.parse(file.read_text(encoding="utf-8")))
        if part.search(given)
    ]
    assert found == []
