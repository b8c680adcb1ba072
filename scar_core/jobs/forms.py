"""What forms show of the kinds of jobs, out of their parameters' dataclasses."""

import dataclasses
import inspect
import re
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from scar_core.jobs.base import JobKind, Json, kind, kind_names
from scar_core.jobs.names import plain_json

_NAMES = {bool: "bool", int: "int", float: "float", str: "str"}
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*)$")


def kinds_as_json() -> dict[str, Json]:
    """Return every kind by name: title, lane, device, forms and parameters."""
    return {name: described(kind(name)) for name in kind_names()}


def described(one: JobKind) -> dict[str, Json]:
    """Return what forms need to know of a kind.

    Returns:
        ``title``, ``lane``, ``device``, ``forms``, and ``parameters``: a list of ``name``, ``type``
        (int, float, str, bool or list), ``default`` (None where there is none), ``required``,
        ``help`` and ``choices`` (None for free ones).
    """
    sentences = attributes_of(one.parameters)
    hints = get_type_hints(one.parameters)
    rows = []
    for item in dataclasses.fields(one.parameters):
        default, required = _default(item)
        type_name, choices = _type(hints[item.name])
        rows.append(
            {
                "name": item.name,
                "type": type_name,
                "default": plain_json(default),
                "required": required,
                "help": sentences.get(item.name, ""),
                "choices": plain_json(one.names.get(item.name, choices)),
            }
        )
    return {
        "title": one.title,
        "lane": one.lane,
        "device": one.device,
        "forms": one.forms,
        "parameters": rows,
    }


def attributes_of(cls: type[Any]) -> dict[str, str]:
    """Return the sentences of a class's docstring about its attributes, by name."""
    found: dict[str, str] = {}
    name, inside = "", False
    for line in (inspect.getdoc(cls) or "").splitlines():
        if line.strip() == "Attributes:":
            inside = True
        elif line and not line.startswith(" "):
            inside = False
        elif inside and (match := _ATTRIBUTE.match(line)):
            name = match[1]
            found[name] = match[2].strip()
        elif inside and name and line.strip():
            found[name] += f" {line.strip()}"
    return found


def _default(item: "dataclasses.Field[Any]") -> tuple[Any, bool]:
    if item.default is not dataclasses.MISSING:
        return item.default, False
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory(), False
    return None, True


def _type(hint: Any) -> tuple[str, list[Json] | None]:  # noqa: ANN401 - types are values here
    """Return a form's word for a type, and its choices if it has some."""
    if get_origin(hint) in (Union, UnionType):
        rest = [one for one in get_args(hint) if one is not type(None)]
        return _type(rest[0])
    if get_origin(hint) is Literal:
        choices = list(get_args(hint))
        return _NAMES.get(type(choices[0]), "str"), choices
    if get_origin(hint) in (tuple, list, frozenset, set):
        return "list", None
    return _NAMES.get(hint, "str"), None
