"""The names that `qa` gives to the outside, and which way imports go."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import qa

FACES = ("index", "index.errors", "index.folders", "index.models", "index.read", "index.text")
ROOT = Path(qa.__file__).parent.parent
QA_FILES = sorted((ROOT / "qa").rglob("*.py"))
INDEX_FILES = sorted((ROOT / "index").rglob("*.py"))


def imports(path):
    """Each module that a file imports, with the names it takes from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield node.module, tuple(alias.name for alias in node.names)


def test_all_is_the_namespace():
    """The list in the stub names, sorted, everything that it imports, and nothing else."""
    tree = ast.parse(Path(qa.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imported = [
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    (listed,) = (node.value for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(listed) == sorted(imported)


@pytest.mark.parametrize("name", qa.__all__)
def test_public_things_say_what_they_are(name):
    """Every public class has a docstring of its own, and so has each of its public methods."""
    thing = getattr(qa, name)
    assert not thing.__doc__.startswith(f"{name}(")  # which a dataclass makes by itself
    assert thing.__module__.startswith("qa.")
    for method, one in vars(thing).items():
        if inspect.isfunction(inspect.unwrap(one)) and not method.startswith("_"):
            assert one.__doc__, method


def test_what_the_design_promises_is_there():
    """The names and the arguments that programs outside call."""
    assert {"Assistant", "Reader", "PassageReader", "Answer", "NoAnswer"} <= set(qa.__all__)
    ask = inspect.signature(qa.Assistant.ask).parameters
    assert list(ask)[:2] == ["self", "question"]
    assert ask["history"].default == ()
    assert list(inspect.signature(qa.Reader.read).parameters) == ["self", "question", "text"]
    assert inspect.signature(qa.Reader.load).parameters["folder"].default is None
    assert next(iter(inspect.signature(qa.Assistant.open).parameters)) == "path"


def test_there_are_files_to_look_at():
    """The two tests below look at something."""
    assert len(QA_FILES) > 15
    assert len(INDEX_FILES) > 15


@pytest.mark.parametrize("path", QA_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_qa_imports_only_what_index_exports(path):
    """`qa` uses the names that `index` and its rooms give to the outside, and nothing behind."""
    for module, names in imports(path):
        if module.split(".")[0] != "index":
            continue
        assert module in FACES
        assert names, f"import {module} as a whole hides what is used"
        face = importlib.import_module(module)
        public = getattr(face, "__all__", [name for name in vars(face) if name[0] != "_"])
        assert set(names) <= set(public)


@pytest.mark.parametrize("path", INDEX_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_index_knows_nothing_of_qa(path):
    """No module of `index` imports `qa`."""
    assert not [module for module, _ in imports(path) if module.split(".")[0] == "qa"]
