"""Which statements of the paper hold here: decided by intervals, told in sentences."""

from scar_core.verdict.base import Check, Outcome, Verdict
from scar_core.verdict.own import OWN, Line, OwnTable, own_table
from scar_core.verdict.page import page
from scar_core.verdict.paper import (
    METHODS,
    NAMES,
    TASKS,
    compare_with_paper,
    measured_cost,
    place_name,
    under,
    variant_key,
)

__all__ = [
    "METHODS",
    "NAMES",
    "OWN",
    "TASKS",
    "Check",
    "Line",
    "Outcome",
    "OwnTable",
    "Verdict",
    "compare_with_paper",
    "measured_cost",
    "own_table",
    "page",
    "place_name",
    "under",
    "variant_key",
]
