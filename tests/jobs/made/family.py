"""Has parts, and they may have parts."""

from dataclasses import dataclass

from scar_core.jobs.base import JobKind, Json, Plan, Work


@dataclass(frozen=True)
class Family:
    """Who belongs to it.

    Attributes:
        parts: How many parts.
        depth: Levels below.
        pause_s: Seconds that each part takes.
        trace: File to which every step adds a line.
        bad: A part that fails, the number counted from 0; -1 for none.
        how: In which way it fails.
        name: Tells jobs apart.
    """

    parts: int = 3
    depth: int = 1
    pause_s: float = 0.0
    trace: str = ""
    bad: int = -1
    how: str = "refuse"
    name: str = "f"


def _plan(parameters: Family, plan: Plan) -> Json:
    below = {"pause_s": parameters.pause_s, "trace": parameters.trace}
    if parameters.depth > 1:
        names = [
            {**below, "depth": parameters.depth - 1, "name": f"{parameters.name}{n}"}
            for n in range(parameters.parts)
        ]
        return {"below": plan.children("family", names)}
    if parameters.bad >= 0:
        plan.children("mishap", [{"how": parameters.how, "trace": parameters.trace}])
    names = [
        {**below, "steps": 2, "name": f"{parameters.name}{n}"} for n in range(parameters.parts)
    ]
    told = plan.children("count", names)
    return {"names": [one["name"] for one in told], "sum": plan.step("add", numbers=[2, 3])}


def _add(parameters: Family, work: Work, *, numbers: list[int]) -> Json:
    return sum(numbers)


KIND = JobKind("Family", Family, _plan, {"add": _add}, lane="long")
