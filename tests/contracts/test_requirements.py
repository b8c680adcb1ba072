"""The requirements are what the product imports: nothing missing, nothing unused, all pinned."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.contracts.source import ROOT, imports_of, modules, top

OPTIONAL = {"transformers"}  # other people's text encoders, by path; said where they are asked for
# Where the package is named otherwise than its import.
PACKAGE = {
    "sklearn": "scikit_learn", "umap": "umap_learn", "yaml": "pyyaml", "xdist": "pytest_xdist",
}  # fmt: skip
BEHIND = {"plotly"}  # Streamlit imports it where a page draws a chart
OWN = {"scar_core", "pages", "tests", "app"}


def third_party(files: Mapping[str, Path]) -> set[str]:
    """Packages that files import and neither Python nor the project has."""
    names = {top(name) for file in files.values() for name in imports_of(file)}
    imported = {PACKAGE.get(name, name) for name in names}
    return imported - sys.stdlib_module_names - OWN - OPTIONAL


def pinned(name: str) -> set[str]:
    """Packages of a requirements file; fails on a line that does not pin exactly."""
    found = set()
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith(("#", "-r ")):
            continue
        match = re.fullmatch(r"([a-z][a-z0-9-]*)(\[[a-z]+\])?==\d+(\.\d+)*", line)
        assert match, f"{name}: {line!r} does not pin one version"
        found.add(match[1].replace("-", "_"))
    return found


def test_runtime_requirements_are_what_is_imported() -> None:
    imported = third_party(modules("scar_core", "pages", "app.py"))
    assert pinned("requirements.txt") == imported | BEHIND


def test_tests_need_nothing_more_than_both_files() -> None:
    tools = {"ruff", "mypy"}
    wanted = third_party(modules("tests")) - pinned("requirements.txt")
    assert pinned("requirements-dev.txt") == wanted | tools
