"""SCAR trained without its parts, with other loss weights, shapes or data (Tables 3 and 5).

Every training is a step of its own, which goes on from its last saved state. Publishes
``result.json`` and ``results/NAME.json`` as ``zero_shot`` does: one result for all tasks together.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scar_core.analysis.variants import GRIDS
from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checks import between, check_settings, known, listed
from scar_core.jobs.kinds._evaluation import (
    Evaluation,
    Told,
    join,
    keep_results,
    names,
    open_tasks,
    with_words_of,
)

if TYPE_CHECKING:
    from scar_core.analysis import ablation as tables
    from scar_core.jobs.kinds._running import Keeper

_OURS = ("method", "steps", "seed", "device", "init", "save_every")


@with_words_of(Evaluation)
@dataclass(frozen=True)
class Ablation(Evaluation):
    """Parameters.

    Attributes:
        grid: Parts taken away, loss weights, shapes, or training data.
        seeds: Every variant is trained with each of them.
        steps: Of each training.
        settings: Other training settings as NAME=VALUE, such as data=simulated.
    """

    grid: str = "ablation"
    seeds: tuple[int, ...] = (0, 1, 2)
    steps: int = 800
    settings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        known("grid", self.grid, tuple(GRIDS))
        listed("seeds", self.seeds, int, least=1)
        if min(self.seeds) < 0:
            raise ConfigError(f"seeds are {list(self.seeds)}; expected at least 0")
        between("steps", self.steps, 1, 10**6)
        check_settings(self.settings, _OURS)


def _tables(asked: Ablation, work: Work) -> "tables.Plan":
    from scar_core.analysis.ablation import Plan

    runs = work.folder / "runs"
    return Plan(GRIDS[asked.grid], asked.seeds, asked.steps, asked.settings, runs)


def _keeper(asked: Ablation, work: Work, name: str, seed: int) -> "Keeper":
    from scar_core.jobs.kinds._running import Keeper

    found = _tables(asked, work)
    variant = next(one for one in found.variants if one.name == name)
    folder = found.folder(variant, seed)
    keeper = Keeper(
        work, folder, found.config(variant, seed, work.device), name=f"runs/{folder.name}"
    )
    keeper.bring()
    return keeper


def _open(asked: Ablation, work: Work) -> Json:
    """Look at the data and at the settings of every variant, before anything is trained."""
    from scar_core.training.trainer import settings_of

    found = _tables(asked, work)
    for variant in found.variants:
        settings_of(found.config(variant, asked.seeds[0], work.device))
    return {
        "tasks": open_tasks(asked, work),
        "variants": [variant.name for variant in found.variants],
    }


def _train(asked: Ablation, work: Work, variant: str, seed: int) -> Json:
    """Train one variant with one seed."""
    from scar_core.jobs.kinds._running import run_here
    from scar_core.methods.checkpoint import load_checkpoint

    keeper = _keeper(asked, work, variant, seed)
    work.log(f"training {variant}, seed {seed}")
    keeper.only_progress = True
    run_here(keeper)
    return {"checkpoint": load_checkpoint(keeper.folder).digest}


def _evaluate(asked: Ablation, work: Work) -> Json:
    """Evaluate all runs."""
    from scar_core.analysis.ablation import evaluate_plan
    from scar_core.training.run import commit

    found = _tables(asked, work)
    for variant in found.variants:
        for seed in asked.seeds:
            _keeper(asked, work, variant.name, seed)  # which brings its files
    request = asked.request(asked.grid, work)
    return keep_results(evaluate_plan(request, found, commit(), Told(work)), work)


def _plan(asked: Ablation, run: Plan) -> Json:
    opened = run.step("open")
    trained = {
        f"{variant}-s{seed}": run.step("train", variant=variant, seed=seed)["checkpoint"]
        for variant in opened["variants"]
        for seed in asked.seeds
    }
    made = [{**one, "job": run.job} for one in run.step("evaluate")]
    run.step("join", files=[[run.job, one["file"]] for one in made])
    return {"results": made, "checkpoints": trained}


KIND = JobKind(
    title="Ablation",
    parameters=Ablation,
    plan=_plan,
    steps={"open": _open, "train": _train, "evaluate": _evaluate, "join": join},
    lane="long",
    device="any",
    memory_mb=2500,
    names=names(grid=tuple(GRIDS), seeds=tuple(range(10))),
)
