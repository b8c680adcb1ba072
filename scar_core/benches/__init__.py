"""The project's figures: ``benches/model.py`` exists, so ``bench model`` prints them again.

Times depend on the machine and its other work; compare ratios within one run.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from scar_core.catalog import names_in
from scar_core.errors import ConfigError

Figures = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """One group of figures.

    Attributes:
        title: What is measured, in a line.
        run: Folder of the datasets and checkpoint folder (None: the usual ones) to figures by
            name: numbers, texts, lists, and one level of dicts of them.
    """

    title: str
    run: Callable[[Path | None, Path | None], Figures]


def bench_names() -> tuple[str, ...]:
    """Names of all benchmarks, as the command takes them."""
    return tuple(name.replace("_", "-") for name in names_in(__name__))


def bench(name: str) -> Bench:
    """Load one benchmark.

    Raises:
        ConfigError: There is none of that name.
    """
    if name not in bench_names():
        raise ConfigError(f"there is no benchmark {name}; choose from: {', '.join(bench_names())}")
    found: Bench = import_module(f"{__name__}.{name.replace('-', '_')}").BENCH
    return found


def run_benches(
    names: Sequence[str], root: Path | None, checkpoint: Path | None, *, as_json: bool
) -> int:
    """Run benchmarks and print their figures.

    Args:
        names: Benchmarks; none: all of them.
        root: Folder of the datasets.
        checkpoint: Checkpoint folder; None: the shipped one.
        as_json: Print one JSON object instead of lines.

    Returns:
        0.

    Raises:
        ConfigError: A name that is none of them, or a figure that cannot be measured here.
    """
    chosen = {name: bench(name) for name in names or bench_names()}
    results = {}
    for name, one in chosen.items():
        results[name] = one.run(root, checkpoint)
        if not as_json:
            sys.stdout.write(_lines(f"{name}: {one.title}", results[name]))
            sys.stdout.flush()
    if as_json:
        sys.stdout.write(json.dumps(results) + "\n")
    return 0


def _lines(title: str, figures: Figures) -> str:
    lines = [title]
    for key, value in figures.items():
        if isinstance(value, dict):
            lines.append(f"  {key}")
            lines += [f"    {inner}: {_words(content)}" for inner, content in value.items()]
        else:
            lines.append(f"  {key}: {_words(value)}")
    return "\n".join(lines) + "\n\n"


def _words(content: object) -> str:
    if isinstance(content, dict):
        return ", ".join(f"{key} {value}" for key, value in content.items())
    if isinstance(content, list):
        return ", ".join(map(str, content))
    return str(content)
