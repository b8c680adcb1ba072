"""Tables 3 and 5, and our own: variants of SCAR are trained, found again and compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scar_core.analysis.variants import LAMBDA, Variant
from scar_core.config import state_dir
from scar_core.evaluation.answers import Progress
from scar_core.evaluation.efficiency import cost
from scar_core.evaluation.rows import Row, compare, identity, view_row, with_cmrs
from scar_core.evaluation.run import Request, envelope, load_subjects, open_studies
from scar_core.evaluation.statistics import interval
from scar_core.evaluation.study import Study
from scar_core.evaluation.subjects import RANDOM, Subject
from scar_core.results import result_name, write_result
from scar_core.settings import with_overrides

if TYPE_CHECKING:
    from scar_core.training.config import TrainConfig


@dataclass(frozen=True)
class Plan:
    """What is trained.

    Attributes:
        variants: The ways to train.
        seeds: Each of them with every seed.
        steps: Of each training.
        settings: Other training settings, as ``NAME=VALUE``.
        runs: Folder of the runs; None: in the user's state folder. Runs that are there go on.
    """

    variants: tuple[Variant, ...]
    seeds: tuple[int, ...]
    steps: int
    settings: tuple[str, ...] = ()
    runs: Path | None = None

    def folder(self, variant: Variant, seed: int) -> Path:
        """Where a run is."""
        return (self.runs or state_dir() / "ablation") / f"{variant.name}-s{seed}"

    def config(self, variant: Variant, seed: int, device: str = "cpu") -> "TrainConfig":
        """Settings of a run.

        Raises:
            ConfigError: One of the plan's own settings is wrong.
        """
        from scar_core.training.config import config_from, laid_over

        named = {"method": "scar", "steps": self.steps, "seed": seed, "device": device}
        return config_from(laid_over(with_overrides(named, self.settings), variant.settings))


def train_all(plan: Plan, root: Path | None, progress: Progress) -> None:
    """Train what is not trained yet; an interrupted training goes on where it stopped.

    Raises:
        ScarError: A setting is wrong, or a folder holds a run with other settings.
    """
    from scar_core.training.data import Reopened
    from scar_core.training.run import is_finished, train

    records = Reopened()  # reading them takes as long as fifty steps
    for seed in plan.seeds:
        for variant in plan.variants:
            config, folder = plan.config(variant, seed), plan.folder(variant, seed)
            if is_finished(config, folder):
                continue
            steps = train(config, folder, root, opened=records.open)
            try:
                for step in steps:
                    progress(f"training {variant.name}, seed {seed}", step, plan.steps)
            finally:
                steps.close()


def evaluate_plan(
    request: Request, plan: Plan, commit: str, progress: Progress
) -> list[dict[str, Any]]:
    """Evaluate the runs under random missingness; one result for all tasks together.

    Args:
        request: Tasks, records, references and options; its methods do not count.
        plan: What was trained.
        commit: Of the program.
        progress: Told how far it is.

    Returns:
        One result: for each variant a row for each task, and for more than one task their average.
    """
    runs = [
        f"{v.name}-s{seed}={plan.folder(v, seed)}" for v in plan.variants for seed in plan.seeds
    ]
    request = replace(request, methods=tuple(runs))
    subjects, references = load_subjects(request)
    by_name = {subject.name: subject for subject in subjects}
    groups = [(v, [by_name[f"{v.name}-s{seed}"] for seed in plan.seeds]) for v in plan.variants]
    groups.append((Variant(RANDOM, "random weights", {}), [by_name[RANDOM]]))
    rows: list[Row] = []
    studies = open_studies(request, subjects, references, progress)
    for study in studies:
        rows += [
            _row(study, variant, members, references, view)
            for view in request.all_views
            for variant, members in groups
        ]
    if len(studies) > 1:
        rows += [
            _average(
                [r for r in rows if (r.content["method"], r.content["view"]) == (v.name, view)]
            )
            for view in request.all_views
            for v, _ in groups
        ]
    for variant, members in groups:
        found = cost(members[0])
        for row in rows:
            if row.content["method"] == variant.name:
                row.content.update(found)
    made = [
        one
        for task in dict.fromkeys(row.content["task"] for row in rows)
        for one in _comparisons([row for row in rows if row.content["task"] == task], task)
    ]
    result = envelope(request, studies[0], commit)
    result["configuration"] |= {
        "task": list(request.tasks),
        "methods": [variant.name for variant in plan.variants],
        "seeds": list(plan.seeds),
        "steps": plan.steps,
        "settings": list(plan.settings),
    }
    about = (request.dataset, request.split)
    result |= {
        "name": result_name(request.what, result["configuration"], *about),
        "task": "+".join(request.tasks),
        "rows": [row.content for row in rows],
        "comparisons": made,
        "comparisons_made": len(made),
        "notes": [
            f"Each variant was trained {len(plan.seeds)} times for {plan.steps} steps; figures are "
            "means over the runs, seed_aurocs and seed_cmrs the single ones. Intervals resample "
            "patients and not trainings.",
            "The average is over tasks. p_holm corrects within each task.",
            "These runs are shorter than the shipped checkpoint's: compare them with each other.",
        ],
    }
    write_result(result, request.results)
    return [result]


def _comparisons(rows: Sequence[Row], task: str) -> list[dict[str, Any]]:
    """The full method against every other variant."""
    full = [row for row in rows if row.content["method"] in ("full", LAMBDA[-1].name)]
    others = [row for row in rows if row not in full]
    return [one | {"task": task} for one in compare([*full, *others])]


def _row(
    study: Study,
    variant: Variant,
    members: Sequence[Subject],
    references: Sequence[Subject],
    view: str,
) -> Row:
    each = [
        with_cmrs(view_row(study, one, view), study, one, references[:1], by_record=False)
        for one in members
    ]
    aurocs = [row.content["macro_auroc"] for row in each]
    samples = {
        figure: np.mean([row.samples[figure] for row in each], axis=0)
        for figure in ("macro_auroc", "cmrs")
        if all(figure in row.samples for row in each)
    }
    scores = [row.content["cmrs"]["score"] for row in each] if "cmrs" in samples else []
    content = identity(members[0], study.test.dataset) | {
        "method": variant.name,
        "variant": variant.title,
        "checkpoints": [one.checkpoint.digest for one in members],
        "task": study.test.task,
        "view": view,
        "macro_auroc": float(np.mean(aurocs)),
        "interval": interval(samples["macro_auroc"]),
        "seed_aurocs": aurocs,
        "cmrs": {
            "score": float(np.mean(scores)),
            "interval": interval(samples["cmrs"]),
            "reference": references[0].name,
        }
        if scores
        else each[0].content["cmrs"],
        "seed_cmrs": scores,
        "left_out": each[0].content["left_out"],
    }
    return Row(content, samples)


def _average(rows: Sequence[Row]) -> Row:
    """Mean over tasks, on the same resamples of patients where tasks share their records."""
    same = len({len(row.samples["macro_auroc"]) for row in rows}) == 1
    samples = (
        {f: np.mean([row.samples[f] for row in rows], axis=0) for f in rows[0].samples}
        if same
        else {}
    )
    content = rows[0].content | {
        "task": "average",
        "macro_auroc": float(np.mean([row.content["macro_auroc"] for row in rows])),
        "interval": interval(samples["macro_auroc"]) if same else None,
        "seed_aurocs": np.mean([row.content["seed_aurocs"] for row in rows], axis=0).tolist(),
        "seed_cmrs": np.mean([row.content["seed_cmrs"] for row in rows], axis=0).tolist(),
        "left_out": [],
    }
    if content["seed_cmrs"]:
        content["cmrs"] = rows[0].content["cmrs"] | {
            "score": float(np.mean(content["seed_cmrs"])),
            "interval": interval(samples["cmrs"]) if same else None,
        }
    return Row(content, samples)
