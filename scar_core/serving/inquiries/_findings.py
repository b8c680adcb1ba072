"""Findings that a reader typed, beside the usual ones."""

from collections.abc import Mapping, Sequence

from scar_core.errors import ConfigError

MOST = 12
LONGEST = 120


def with_typed(usual: Mapping[str, str], typed: Sequence[str]) -> dict[str, str] | None:
    """Return name to text of all findings asked about; None: the usual ones.

    Args:
        usual: Name to text.
        typed: In the reader's words, each its own name; one that is a usual name adds nothing.

    Raises:
        ConfigError: More than ``MOST`` are given, or one is longer than ``LONGEST``.
    """
    if len(typed) > MOST or any(not 0 < len(one.strip()) <= LONGEST for one in typed):
        raise ConfigError(
            f"{len(typed)} typed findings are given; give at most {MOST}, each of 1 to {LONGEST} "
            "characters"
        )
    names = {name.lower() for name in usual}
    new = {one.strip(): one.strip() for one in typed if one.strip().lower() not in names}
    return {**usual, **new} if new else None
