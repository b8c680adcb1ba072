"""One long step that saves how far it is, as a training does."""

import json
import time
from dataclasses import dataclass

from scar_core.jobs.base import JobKind, Json, Plan, Work
from tests.jobs.made.count import trace


@dataclass(frozen=True)
class Keeper:
    """How far to go.

    Attributes:
        epochs: How many.
        pause_s: Seconds that each takes.
        trace: File to which every epoch adds a line.
        name: Tells jobs apart.
    """

    epochs: int = 5
    pause_s: float = 0.1
    trace: str = ""
    name: str = "k"


def _plan(parameters: Keeper, plan: Plan) -> Json:
    return plan.step("train")


def _train(parameters: Keeper, work: Work) -> Json:
    there = work.load("state.json")
    done = [] if there is None else json.loads(there.read_text())
    for epoch in range(len(done), parameters.epochs):
        time.sleep(parameters.pause_s)
        done.append(epoch)
        path = work.folder / "state.json"
        path.write_text(json.dumps(done))
        work.save("state.json", path)
        trace(parameters.trace, f"{parameters.name} {epoch}")
        work.progress(epoch + 1, parameters.epochs, "epochs")
    path = work.folder / "weights.json"
    path.write_text(json.dumps(done))
    work.publish("weights.json", path)
    return done


KIND = JobKind("Keeper", Keeper, _plan, {"train": _train}, lane="long")
