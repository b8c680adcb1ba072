"""Which data a training draws from, as text; nothing here loads torch."""

from scar_core.errors import ConfigError

SIMULATED, GRAFTED = "simulated", "grafted"
"""Sources that are made rather than read; the others are datasets."""


def parse_mixture(text: str) -> dict[str, float]:
    """Read ``name[:weight],...``; a source without weight counts 1.

    Raises:
        ConfigError: A weight that is no positive number, or a source named twice.
    """
    weights: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, raw = part.partition(":")
        try:
            weight = float(raw) if raw else 1.0
        except ValueError:
            weight = -1.0
        if not 0 < weight < float("inf") or name in weights:
            raise ConfigError(
                f"{part!r} is no part of a mixture; write name:weight with a positive weight, "
                "each name once, such as simulated:2,ptbxl:1"
            )
        weights[name] = weight
    if not weights:
        raise ConfigError("no training data was named; write --data simulated,ptbxl or the like")
    return weights
