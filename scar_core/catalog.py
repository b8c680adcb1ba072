"""A folder is a catalogue: ``methods/scar.py`` exists, so the method "scar" exists."""

import pkgutil
from importlib import import_module


def names_in(package: str) -> tuple[str, ...]:
    """Names of the modules in a package's folder, sorted; nothing but the package is imported.

    Args:
        package: Dotted name, e.g. ``"scar_core.methods"``.

    Returns:
        Module names without the package, those that start with ``_`` left out.
    """
    folder = import_module(package).__path__
    return tuple(
        sorted(info.name for info in pkgutil.iter_modules(folder) if not info.name.startswith("_"))
    )
