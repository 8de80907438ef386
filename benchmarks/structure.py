"""The structure of the packages: rooms, arrows between them, names that each gives to the outside.

    python benchmarks/structure.py [--root FOLDER] [--json FILE]

A room is a module or sub-package directly within `index` or `qa`; an arrow is drawn where a module
of one room imports from another, tests and programs left out. Both are read from the imports as
they are written, those within functions included. `--root` names another checkout, to compare.
"""

import argparse
import ast
import json
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("index", "qa")
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    found = {package: counts(given.root, package) for package in PACKAGES}
    print(f"{'package':10}{'modules':>9}{'rooms':>7}{'arrows':>8}{'names':>7}{'lines':>8}")
    for package, row in found.items():
        print(
            f"{package:10}{row['modules']:9}{row['rooms']:7}{row['arrows']:8}{row['names']:7}"
            f"{row['lines']:8,}"
        )
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def counts(root: Path, package: str) -> dict[str, int]:
    """Of one package: modules, rooms, arrows between rooms, names in `__all__`, lines of code."""
    files = sorted((root / package).rglob("*.py"))
    arrows = {
        (room, other)
        for file in files
        if (room := room_of(root, file)) is not None
        for other in imported_rooms(root, package, file)
        if other != room
    }
    stub = root / package / "__init__.pyi"
    return {
        "modules": len(files),
        "rooms": len({room for file in files if (room := room_of(root, file))}),
        "arrows": len(arrows),
        "names": len(exported(stub)),
        "lines": sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files),
    }


def room_of(root: Path, file: Path) -> str | None:
    """The room that a file is in; None for the package's own `__init__`."""
    parts = file.relative_to(root).with_suffix("").parts
    return None if parts[1] == "__init__" else parts[1]


def imported_rooms(root: Path, package: str, file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from qa import batch` is of a module where there is one of that name.
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            parts = module.split(".")
            if parts[0] == package and len(parts) > 1 and is_room(root, package, parts[1]):
                yield parts[1]


def is_room(root: Path, package: str, name: str) -> bool:
    return (root / package / name).is_dir() or (root / package / f"{name}.py").is_file()


def exported(stub: Path) -> list[str]:
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            return [one.value for one in node.value.elts if isinstance(one, ast.Constant)]
    return []


if __name__ == "__main__":
    main()
