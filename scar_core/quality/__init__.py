"""What of a record was measured, how well, and whether electrodes or leads changed places."""

from scar_core.quality.absent import (
    FLAT_SECONDS,
    FLAT_STEP,
    NOT_STORED,
    REASONS,
    Stretch,
    find_absent,
    stretches,
    stuck,
)
from scar_core.quality.assess import Quality, assess

__all__ = [
    "FLAT_SECONDS",
    "FLAT_STEP",
    "NOT_STORED",
    "REASONS",
    "Quality",
    "Stretch",
    "assess",
    "find_absent",
    "stretches",
    "stuck",
]
