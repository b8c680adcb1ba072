"""Make a finished training a checkpoint that goes by a name: calibrated, evaluated, with a card.

It lies in the user's state, where jobs find it by its name; publishes the folder ``checkpoint``
with its card, ``README.md``.
"""

import os
import re
import shutil
from dataclasses import dataclass

from scar_core.config import checkpoint_dir, promoted_dir
from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checkpoints import FILES, FOLDER, bring
from scar_core.jobs.kinds._checks import NAME, RANDOM, check_dataset
from scar_core.jobs.names import checked_job

CARD = "README.md"
_NEEDS = ("ptbxl", "challenge")
"""Whose records calibrate and evaluate every checkpoint."""


@dataclass(frozen=True)
class Promote:
    """Parameters.

    Attributes:
        run: Identity of the training's job.
        name: What the checkpoint is to be called; one of that name is replaced.
    """

    run: str
    name: str

    def __post_init__(self) -> None:
        checked_job(self.run)
        if not re.fullmatch(NAME, self.name) or self.name == RANDOM:
            raise ConfigError(
                f"a checkpoint cannot be called {self.name[:60]!r}; use letters, digits, - and _"
            )
        if (checkpoint_dir() / self.name).is_dir():
            raise ConfigError(
                f"a checkpoint named {self.name} is shipped with the program; choose another name"
            )
        for name in _NEEDS:
            check_dataset(name)


def _promote(asked: Promote, work: Work) -> Json:
    """Calibrate and evaluate beside its place, then move it there."""
    from scar_core.evaluation.card import promote
    from scar_core.methods.checkpoint import load_checkpoint

    home = work.folder / "run"
    bring(asked.run, {f"{FOLDER}/{n}": n in (FILES[0], FILES[-1]) for n in FILES}, home)
    made = work.folder / "promoted"
    work.log("calibrating and evaluating; this takes minutes")
    text = promote(home / FOLDER, made)
    place = promoted_dir() / asked.name
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{asked.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(made, beside)
    replaced = place.with_name(f".{asked.name}.replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if place.exists():
        place.rename(replaced)  # removing it here would leave nobody of that name for a while
    beside.rename(place)
    shutil.rmtree(replaced, ignore_errors=True)
    os.utime(place)  # jobs that name it are older than what it stands for now
    for name in (*FILES, CARD):
        if (made / name).is_file():
            work.publish(f"{FOLDER}/{name}", made / name)
    checkpoint = load_checkpoint(made)
    return {
        "name": asked.name,
        "method": checkpoint.method,
        "checkpoint": checkpoint.digest,
        "card": text.partition("\n")[0].lstrip("# "),
    }


def _plan(asked: Promote, run: Plan) -> Json:
    del asked  # the step has it
    return run.step("promote")


KIND = JobKind(
    title="Promote a training to a checkpoint",
    parameters=Promote,
    plan=_plan,
    steps={"promote": _promote},
    lane="short",
    device="any",
    memory_mb=2000,
)
