"""Needs a machine that few have."""

from dataclasses import dataclass

from scar_core.jobs.base import JobKind, Json, Plan


@dataclass(frozen=True)
class Demanding:
    """Nothing to set.

    Attributes:
        name: Tells jobs apart.
    """

    name: str = "d"


def _plan(parameters: Demanding, plan: Plan) -> Json:
    return parameters.name


KIND = JobKind("Demand", Demanding, _plan, {}, device="gpu", memory_mb=40_000)
