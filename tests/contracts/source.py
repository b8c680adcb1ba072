"""What the project's files import, read from their text: nothing is imported to find out."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(*places: str) -> dict[str, Path]:
    """Files below folders (or files) of the repository, by dotted module name."""
    found = {}
    for place in places:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            parts = file.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports_in(text: str) -> Iterator[tuple[str, str]]:
    """Every import of a file, also those inside functions, as (module, name or "")."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (("." * node.level + (node.module or ""), a.name) for a in node.names)


@cache
def imports_of(file: Path) -> frozenset[str]:
    """Dotted names that a file imports; ``from a import b`` is ``a.b`` where that is a module."""
    own = modules("scar_core", "pages", "tests")
    return frozenset(
        f"{module}.{name}" if f"{module}.{name}" in own else module
        for module, name in imports_in(file.read_text(encoding="utf-8"))
    )


def top(module: str) -> str:
    """First part of a dotted name."""
    return module.split(".")[0]
