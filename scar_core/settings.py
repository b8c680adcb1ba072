"""Settings: frozen dataclasses to and from JSON, with overrides such as ``encoder.width=96``."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar, get_origin, get_type_hints

from scar_core.errors import ConfigError

T = TypeVar("T")


def to_mapping(settings: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """Return a dataclass as nested dicts of JSON types."""
    mapping: dict[str, Any] = json.loads(json.dumps(asdict(settings)))
    return mapping


def from_mapping(kind: type[T], mapping: Mapping[str, Any], where: str = "") -> T:
    """Build a frozen dataclass from nested dicts; what is not given keeps its default.

    Args:
        kind: The dataclass.
        mapping: Values by field name; nested dataclasses as nested dicts.
        where: Dotted path so far, for messages.

    Raises:
        ConfigError: An unknown field, a value of the wrong type, or one that the class refuses.
    """
    if not isinstance(mapping, Mapping):
        raise ConfigError(f"{where or kind.__name__} is {mapping!r}; expected settings by name")
    hints = get_type_hints(kind)
    names = [item.name for item in fields(kind)]  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in mapping.items():
        path = f"{where}{key}"
        if key not in names:
            raise ConfigError(
                f"there is no setting {path!r}; {where or 'the settings are '}"
                f"{', '.join(names)}: check the spelling"
            )
        values[key] = _convert(hints[key], value, path)
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{error}; correct the setting {where.rstrip('.') or kind.__name__}"
        ) from error


def _convert(hint: Any, value: Any, path: str) -> Any:  # noqa: ANN401 - types are values here
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ConfigError(
                f"{path} is {value!r}; expected its own settings, as {path}.name=value"
            )
        return from_mapping(hint, value, f"{path}.")  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{path} is {value!r}; expected a list")
        return tuple(value)
    if get_origin(hint) is dict and not isinstance(value, Mapping):
        raise ConfigError(f"{path} is {value!r}; expected its own settings, as {path}.name=value")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and (
        not isinstance(value, hint) or (hint is int and isinstance(value, bool))
    ):
        raise ConfigError(f"{path} is {value!r}; expected a value of type {hint.__name__}")
    return value


def with_overrides(mapping: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Lay ``a.b=value`` texts over nested dicts.

    Args:
        mapping: Nested settings; not changed.
        overrides: Texts ``name=value`` or ``group.name=value``; a value is JSON, or plain text.

    Raises:
        ConfigError: A text without ``=``.
    """
    result: dict[str, Any] = json.loads(json.dumps(dict(mapping)))
    for text in overrides:
        path, equals, raw = text.partition("=")
        if not equals:
            raise ConfigError(f"{text!r} is no setting; write it as name=value")
        try:
            value = json.loads(raw)
        except json.JSONDecodeError:
            value = raw
        *groups, name = path.strip().split(".")
        target = result
        for group in groups:
            target = target.setdefault(group, {})
            if not isinstance(target, dict):
                raise ConfigError(f"{path} goes into {group}, which is a single value")
        target[name] = value
    return result
