"""The methods: one file each, ``METHOD = MethodSpec(...)``; the folder is the catalogue."""

from importlib import import_module

from scar_core.catalog import names_in
from scar_core.errors import ConfigError
from scar_core.methods.base import MethodSpec

_NOT_METHODS = {"base", "checkpoint", "contract"}


def method_names() -> tuple[str, ...]:
    """Names of all methods, sorted."""
    return tuple(name for name in names_in(__name__) if name not in _NOT_METHODS)


def method(name: str) -> MethodSpec:
    """Return a method by name.

    Raises:
        ConfigError: There is no such method.
    """
    if name not in method_names():
        raise ConfigError(
            f"there is no method {name!r}; choose one of: {', '.join(method_names())}"
        )
    spec: MethodSpec = import_module(f"{__name__}.{name}").METHOD
    return spec
