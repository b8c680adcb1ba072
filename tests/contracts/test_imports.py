"""Imports go one way only, and light doors stay light.

The one-way rule holds for imports inside functions too: postponing an import is for speed and
for optional packages, not a way round the layout.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.source import ROOT, imports_in, imports_of, modules, top

FOUNDATION = {"errors", "catalog", "config", "settings", "locks", "stopping"}
FOUNDATION |= {
    "embedding_map",
    "findings",
    "leads",
    "record",
    "missing",
    "prediction",
    "quality",
    "reports",
    "results",
    "verdict",
}
LEVELS = (
    FOUNDATION,
    {"formats", "store", "simulate", "nn", "inspect"},
    {"datasets", "methods"},
    {"training", "evaluation"},
    {"analysis"},
    {"jobs"},
    {"serving"},
    {"predict", "benches"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
"""Rooms of scar_core; each may import itself and every room of an earlier level."""

CLIENTS = ("scar_core.serving.client", "scar_core.jobs.client")
PAGES_MAY = {f"scar_core.{room}" for room in FOUNDATION} | {
    "scar_core",
    "scar_core.formats",  # an upload is read where it arrives
    "scar_core.datasets",
    *CLIENTS,
}
HEAVY = {"torch", "umap", "shap", "transformers", "tokenizers", "safetensors"}

LIBRARY = modules("scar_core")
PAGES = modules("pages", "app.py")


def level(room: str) -> int:
    """Where a room stands; fails if it has no place yet."""
    for number, rooms in enumerate(LEVELS):
        if room in rooms:
            return number
    pytest.fail(f"scar_core/{room} has no place in the table LEVELS of this test: give it one")


def room_of(module: str) -> str:
    """Room of a module: the part after ``scar_core``; empty for the package itself."""
    return module.split(".")[1] if "." in module else ""


def run(code: str) -> str:
    """Run Python in a process of its own at the root; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_imports_inside_functions_are_seen() -> None:
    text = "import a.b\nif a:\n    from c import d\ndef f():\n    def g():\n        import e\n"
    assert set(imports_in(text)) == {("a.b", ""), ("c", "d"), ("e", "")}


def test_scar_core_and_pages_are_found() -> None:
    assert "scar_core.serving.client" in LIBRARY
    assert {"app", "pages.1_Masking", "pages.ui.frame"} <= PAGES.keys()


@pytest.mark.parametrize("module", LIBRARY)
def test_library_imports_one_way(module: str) -> None:
    room = room_of(module)
    for imported in imports_of(LIBRARY[module]):
        assert not imported.startswith("."), f"{module}: name modules in full, not {imported}"
        assert top(imported) not in ("streamlit", "pages", "app", "tests"), (
            f"{module} imports {imported}: the library knows no page"
        )
        target = room_of(imported)
        if top(imported) != "scar_core" or target in ("", room):
            continue
        allowed = level(target) < level(room) or {room, target} <= FOUNDATION
        assert allowed, f"{module} imports {imported}: imports go the other way"


@pytest.mark.parametrize("client", [name for name in CLIENTS if name in LIBRARY])
def test_clients_need_the_foundation_only(client: str) -> None:
    seen, queue = set(), [client]
    while queue:
        module = queue.pop()
        if module in seen or module not in LIBRARY:
            continue
        seen.add(module)
        queue.extend(imports_of(LIBRARY[module]))
    outside = {
        module
        for module in seen
        if room_of(module) not in FOUNDATION | {"", room_of(client)} or not imports_only(module)
    }
    assert not outside, f"{client} reaches {sorted(outside)}"


def imports_only(module: str) -> bool:
    """Whether a client's module imports nothing but the library, numpy and what Python has.

    The foundation may import more inside its functions; it is let through.
    """
    if room_of(module) in FOUNDATION:
        return True
    known = sys.stdlib_module_names | {"scar_core", "numpy"}
    return all(top(imported) in known for imported in imports_of(LIBRARY[module]))


@pytest.mark.parametrize("module", PAGES)
def test_pages_import_light_rooms(module: str) -> None:
    for imported in imports_of(PAGES[module]):
        assert top(imported) not in HEAVY, f"{module} imports {imported}: that is the worker's"
        assert top(imported) != "scar_core" or imported in PAGES_MAY, (
            f"{module} imports {imported}: pages may import {sorted(PAGES_MAY)}"
        )


def test_loading_the_pages_loads_nothing_heavy() -> None:
    """What all pages import is really loaded, and everything which that loads is looked at."""
    own = [name for name in PAGES if name.startswith("pages.ui")]
    named = sorted(set(own).union(*(imports_of(file) for file in PAGES.values())))
    code = (
        "import sys\nfrom importlib import import_module\n"
        f"for name in {named!r}: import_module(name)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = set(run(code).split())
    assert {"streamlit", "scar_core", "pages"} <= loaded
    assert not loaded & HEAVY


BARE = """
import importlib.util, pkgutil, re, sys
from importlib import import_module, metadata
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder

allowed, queue = set(), ["torch", "numpy"]
while queue:
    name = re.sub("[-_.]+", "-", queue.pop()).lower()
    if name in allowed:
        continue
    allowed.add(name)
    try:
        requires = metadata.requires(name) or ()
    except metadata.PackageNotFoundError:
        continue
    queue += [re.match("[\\\\w.-]+", r)[0] for r in requires if "extra ==" not in r]
owners = metadata.packages_distributions()
blocked = {
    package for package, names in owners.items()
    if not allowed & {re.sub("[-_.]+", "-", name).lower() for name in names}
}
assert "wfdb" in blocked and "torch" not in blocked

class Bare:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in blocked:
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Bare]
assert importlib.util.find_spec("wfdb") is None
for room in ("simulate", "nn", "methods", "training"):
    package = import_module("scar_core." + room)
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        import_module(info.name)
        print(info.name)
"""
"""Imports the rooms as on a machine where nothing but torch, numpy and their needs is installed."""


def test_a_machine_with_torch_and_numpy_can_simulate_and_train() -> None:
    imported = set(run(BARE).split())
    assert {"scar_core.methods.scar", "scar_core.training.run"} <= imported


def test_every_room_is_on_one_level() -> None:
    rooms = [room for level_rooms in LEVELS for room in level_rooms]
    assert len(rooms) == len(set(rooms))
    there = {Path(file).relative_to(ROOT / "scar_core").parts[0] for file in LIBRARY.values()}
    for name in there - {"__init__.py"}:
        level(name.removesuffix(".py"))
