"""The names that the index gives to the outside, its tree of errors, and errors from SQLite."""

import ast
import inspect
import re
from pathlib import Path

import apsw
import pytest

import index
from index import errors
from index.storage.database import translated


def test_all_is_the_namespace():
    """The list in the stub names everything that it imports, once, and nothing else."""
    tree = ast.parse(Path(index.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imported = [
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    (listed,) = (node.value for node in tree.body if isinstance(node, ast.Assign))
    assert sorted(ast.literal_eval(listed)) == sorted(imported)


@pytest.mark.parametrize("name", index.__all__)
def test_public_things_say_what_they_are(name):
    """Every public name is there, and every class and function has a docstring of its own."""
    thing = getattr(index, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert thing.__doc__
        assert not thing.__doc__.startswith(f"{name}(")  # which a dataclass makes by itself


def _drawn() -> list[tuple[int, str]]:
    """Depth and name of each error in the docstring's tree."""
    pattern = re.compile(r"^ {4}((?:[│ ] {3})*)(?:[├└]── )?([A-Z]\w+)(?: {2,}.*)?$", re.MULTILINE)
    drawn = []
    for found in pattern.finditer(errors.__doc__):
        is_root = not re.match(r" {4}[│├└ ]", found.group())
        drawn.append((0 if is_root else 1 + len(found.group(1)) // 4, found.group(2)))
    return drawn


def _real(base: type, depth: int = 0) -> list[tuple[int, str]]:
    children = [
        one for one in vars(errors).values() if inspect.isclass(one) and one.__bases__[0] is base
    ]
    return [(depth, base.__name__), *(row for one in children for row in _real(one, depth + 1))]


def test_error_tree_is_the_one_that_is_drawn():
    """The tree in the docstring of `index.errors` has every class, in order, in its place."""
    assert _drawn() == _real(errors.OnRecordError)


def test_every_error_is_in_the_tree():
    """Each exception class in `index.errors` descends from the one base."""
    classes = {name for name, one in vars(errors).items() if inspect.isclass(one)}
    assert classes == {name for _, name in _drawn()}


# What each of SQLite's errors becomes. A new class in apsw is a failure here, not a surprise.
_BECOMES = {
    apsw.FullError: errors.ArchiveFull,
    apsw.ReadOnlyError: errors.ArchiveReadOnly,
    apsw.PermissionsError: errors.ArchiveReadOnly,
    apsw.CantOpenError: errors.ArchiveReadOnly,
    apsw.AuthError: errors.ArchiveReadOnly,
    apsw.BusyError: errors.ArchiveBusy,
    apsw.LockedError: errors.ArchiveBusy,
    apsw.NotADBError: errors.UnsupportedArchive,
    apsw.CorruptError: errors.ArchiveDamaged,
}
_PLAIN = """
    AbortError BindingsError ConnectionClosedError ConnectionNotClosedError ConstraintError
    CursorClosedError EmptyError Error ExecTraceAbort ExecutionCompleteError ExtensionLoadingError
    ForkingViolationError FormatError IOError IncompleteExecutionError InternalError
    InterruptError InvalidContextError MismatchError MisuseError NoFTS5Error NoLFSError
    NoMemError NotFoundError ProtocolError RangeError SQLError SchemaChangeError
    ThreadingViolationError TooBigError VFSFileClosedError VFSNotImplementedError
""".split()

_APSW_ERRORS = sorted(
    {one for one in vars(apsw).values() if inspect.isclass(one) and issubclass(one, apsw.Error)},
    key=lambda one: one.__name__,
)


def test_every_apsw_error_is_known():
    """There is no exception class of apsw whose translation nobody has thought about."""
    known = {*(one.__name__ for one in _BECOMES), *_PLAIN}
    assert {one.__name__ for one in _APSW_ERRORS} == known


@pytest.mark.parametrize("error", _APSW_ERRORS, ids=lambda one: one.__name__)
def test_apsw_errors_are_translated(error):
    """Each of apsw's exceptions becomes exactly one of ours, with the path in its one line."""
    expected = _BECOMES.get(error, errors.ArchiveError)
    with pytest.raises(errors.ArchiveError) as raised, translated(Path("/some/archive.sqlite")):
        raise error("what SQLite said")
    assert type(raised.value) is expected
    assert "/some/archive.sqlite" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert isinstance(raised.value.__cause__, error)


def test_foreign_errors_pass():
    """What is none of SQLite's errors is left as it is."""
    with pytest.raises(KeyError), translated(Path("archive.sqlite")):
        raise KeyError
