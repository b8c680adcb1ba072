"""Curves of a training from the figures that it writes as JSON lines. Pure functions."""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

MAX_POINTS = 200


def read_figures(data: bytes) -> list[dict[str, Any]]:
    """Read figures, one object a line with its ``step``; a last line that is cut is passed over."""
    found = []
    for line in data.decode(errors="replace").splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict) and _number(one.get("step")) is not None:
            found.append(one)
    return found


def curve(
    figures: Sequence[Mapping[str, Any]], name: str, most: int = MAX_POINTS
) -> tuple[list[float], list[float]]:
    """Steps and values of a figure; neighbouring steps are averaged to at most ``most`` points.

    Args:
        figures: As ``read_figures`` returns them, by step.
        name: The figure; steps that do not have it are left out.
        most: Largest number of points.
    """
    pairs = [
        (float(one["step"]), value)
        for one in figures
        if (value := _number(one.get(name))) is not None
    ]
    together = -(-len(pairs) // most) if pairs else 1
    groups = [pairs[k : k + together] for k in range(0, len(pairs), together)]
    return (
        [sum(step for step, _ in group) / len(group) for group in groups],
        [sum(value for _, value in group) / len(group) for group in groups],
    )


def total_loss(figures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add ``loss``: the sum of what the model, not its masker, minimises."""
    found = []
    for one in figures:
        parts = [
            value
            for key, value in one.items()
            if key.endswith("_loss")
            and not key.startswith("masker_")
            and _number(value) is not None
        ]
        found.append(dict(one) | ({"loss": sum(parts)} if parts else {}))
    return found


def _number(value: object) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if good else None  # type: ignore[arg-type]
