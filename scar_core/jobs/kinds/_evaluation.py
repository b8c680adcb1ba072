"""What all evaluations as jobs have in common: parameters, the request, results in the store.

Answers of models are kept part by part, see ``_parts``: a step that is run again finds them, on
another machine too.

On 16 to 60 records they took 390 to 460 MB; all records stay in memory, about 0.2 MB each for each
method, so what they declare is enough for 5,000 records and two methods.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scar_core.datasets import dataset
from scar_core.errors import ConfigError
from scar_core.evaluation.tasks import FINDINGS_TASK
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checkpoints import bring, folder_of
from scar_core.jobs.kinds._checks import (
    ALL_VIEWS,
    RANDOM,
    between,
    check_checkpoint,
    check_checkpoints,
    check_dataset,
    check_views,
    datasets,
    known,
    listed,
    shipped,
)
from scar_core.jobs.kinds._records import SPLITS
from scar_core.results import own_results_dir, write_result
from scar_core.settings import to_mapping

if TYPE_CHECKING:
    from scar_core.evaluation.run import Request

REFERENCES = ("xresnet", "ecgfm", "ecgfm-seed1")
"""As ``evaluation.run`` has them."""
VARIANTS = ("skill", "js", "rank")
CLASSIFIERS = ("ecgfm", "xresnet")
RESULT = "result.json"
MEMORY_MB = 2500

T = TypeVar("T")


@dataclass(frozen=True)
class Evaluation:
    """Parameters.

    Attributes:
        dataset: Dataset, or ``folder@DIRECTORY`` with an INDEX.csv.
        tasks: Its tasks, each of which becomes a result; empty: its first one.
        split: Split of the records.
        methods: Checkpoints, as NAME, NAME=FOLDER or NAME=job:ID; random weights are added.
        views: What is hidden; empty: the usual views of this evaluation.
        references: Reference models; the first is F, the others test its choice.
        seed: Of masks and bootstrap.
        masks: Masks of a record in a view that draws them.
        candidates: Candidates of a hard mask.
        min_positives: Labels with fewer positives do not count.
        resamples: Bootstrap samples.
        variant: Agreement of CMRS.
        limit: At most so many records, evenly spread; 0: all.
    """

    dataset: str = "ptbxl"
    tasks: tuple[str, ...] = ()
    split: str = "test"
    methods: tuple[str, ...] = ("scar",)
    views: tuple[str, ...] = ()
    references: tuple[str, ...] = REFERENCES
    seed: int = 0
    masks: int = 4
    candidates: int = 16
    min_positives: int = 5
    resamples: int = 1000
    variant: str = "skill"
    limit: int = 0

    def __post_init__(self) -> None:
        listed("tasks", self.tasks)
        known("split", self.split, SPLITS)
        check_dataset(self.dataset, self.split, self.tasks)
        check_checkpoints("methods", self.methods)
        check_views(self.views)
        listed("references", self.references)
        if self.references != REFERENCES:  # of the usual ones, those that are shipped are taken
            for text in self.references:
                check_checkpoint(text, random=False)
        known("variant", self.variant, VARIANTS)
        for name, least, most in (
            ("seed", 0, 2**31), ("masks", 1, 64), ("candidates", 2, 256),
            ("min_positives", 1, 10**6), ("resamples", 20, 10_000), ("limit", 0, 10**7),
        ):  # fmt: skip
            between(name, getattr(self, name), least, most)

    def request(self, what: str, work: Work) -> "Request":
        """The same as ``evaluation.run`` takes it, with all tasks."""
        from scar_core.evaluation.run import Request
        from scar_core.evaluation.study import Options
        from scar_core.jobs.kinds._parts import parts_of

        names = ("seed", "masks", "candidates", "min_positives", "resamples", "variant")
        references = self.references
        if references != REFERENCES:
            references = tuple(folder_of(text, work) for text in references)
        return Request(
            what=what,
            dataset=self.dataset,
            tasks=tuple(self.all_tasks()),
            split=self.split,
            methods=tuple(folder_of(text, work) for text in self.methods),
            references=references,
            views=self.views or None,
            options=Options(**{name: getattr(self, name) for name in names}),
            limit=self.limit or None,
            results=work.folder / "results",
            parts=parts_of(work),
            device=work.device,
        )

    def all_tasks(self) -> list[str]:
        """The tasks that are evaluated."""
        return list(self.tasks or (*dataset(self.dataset).tasks, FINDINGS_TASK)[:1])


def with_words_of(base: type[Any]) -> Callable[[type[T]], type[T]]:
    """Let a class's docstring tell the attributes that it has from ``base``, after its own."""

    def worded(cls: type[T]) -> type[T]:
        told = inspect.cleandoc(base.__doc__ or "").partition("Attributes:\n")[2]
        cls.__doc__ = f"{inspect.cleandoc(cls.__doc__ or '')}\n{told}\n"
        return cls

    return worded


class Told:
    """Progress of an evaluation as a job tells it: each kind of work once in the log."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._said = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell that ``done`` of ``total`` are done."""
        if what != self._said:
            self.work.log(f"{what}: {total:,}")
            self._said = what
        self.work.progress(done, max(total, done), "steps" if "training" in what else "records")


def keep_results(results: list[dict[str, Any]], work: Work) -> Json:
    """Write results into the store, publish them, and return their headlines."""
    headlines = []
    for result in results:
        write_result(result, own_results_dir())
        name = f"results/{result['name']}.json"
        path = write_result(result, work.folder / "results")
        work.publish(name, path)
        headlines.append({"name": result["name"], "file": name, **headline(result)})
    return headlines


def headline(result: Mapping[str, Any]) -> dict[str, Any]:
    """A few figures of a result, for lists."""
    rows = []
    for row in result["rows"]:
        short = {key: row[key] for key in ("method", "view", "task", "macro_auroc") if key in row}
        if row.get("cmrs"):
            short["cmrs"] = row["cmrs"]["score"]
        rows.append(short)
    about = {key: result.get(key) for key in ("what", "dataset", "task", "split", "records")}
    return about | {"rows": rows}


def open_tasks(asked: Evaluation, work: Work) -> Json:
    """Say which tasks are evaluated, and that their data can be used."""
    from scar_core.evaluation.tasks import labelled_set

    tasks = asked.all_tasks()
    for task in tasks:
        found = labelled_set(asked.dataset, task, asked.split, limit=asked.limit or None)
        work.log(f"{found.title}, {task}: {len(found.labels)} labels")
    return tasks


def join(asked: Evaluation, work: Work, files: list[list[str]]) -> Json:
    """Publish all results as one file, those of parts of the job too.

    Args:
        asked: Parameters.
        work: Of the step.
        files: Job and name of each result.
    """
    del asked
    results = []
    for job, name in files:
        path = work.load(name) if job == work.job else _part(work, job, name)
        if path is None:
            raise ConfigError(f"the result {name} is not there any more; retry the job")
        results.append(json.loads(path.read_text(encoding="utf-8")))
    path = work.folder / RESULT
    path.write_text(json.dumps({"results": results}, ensure_ascii=False), encoding="utf-8")
    work.publish(RESULT, path)
    return {"results": len(results)}


def _part(work: Work, job: str, name: str) -> Path:
    bring(job, {name: True}, work.folder / "parts")
    work.publish(name, work.folder / "parts" / name)
    return work.folder / "parts" / name


def plan_tasks(kind: str, asked: Evaluation, run: Plan) -> Json:
    """Evaluate one task here, or several each as a part of the job that any machine may take.

    Args:
        kind: Name of the kind.
        asked: Parameters.
        run: The job.
    """
    tasks = run.step("open")
    if len(tasks) == 1:
        made = [{**one, "job": run.job} for one in run.step("evaluate", task=tasks[0])]
    else:
        each = [to_mapping(replace(asked, tasks=(task,))) for task in tasks]
        made = [one for part in run.children(kind, each) for one in part["results"]]
    run.step("join", files=[[one["job"], one["file"]] for one in made])
    return {"results": made}


def views_kind(kind: str, title: str) -> JobKind:
    """The kind of job that evaluates methods under views.

    Args:
        kind: Name of the kind; ``evaluation.run`` names it with a hyphen.
        title: For people.
    """

    def evaluate(asked: Evaluation, work: Work, task: str) -> Json:
        from scar_core.evaluation.run import evaluate_views
        from scar_core.training.run import commit

        request = replace(asked.request(kind.replace("_", "-"), work), tasks=(task,))
        return keep_results(evaluate_views(request, commit(), Told(work)), work)

    def plan(asked: Evaluation, run: Plan) -> Json:
        return plan_tasks(kind, asked, run)

    return JobKind(
        title=title,
        parameters=Evaluation,
        plan=plan,
        steps={"open": open_tasks, "evaluate": evaluate, "join": join},
        lane="long",
        device="any",
        memory_mb=MEMORY_MB,
        names=names(),
    )


def names(**more: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
    """Choices of the parameters, and of ``more``, for forms; numbers are choices too."""
    return {
        **more,
        "dataset": datasets(),
        "split": SPLITS,
        "methods": (*shipped(), RANDOM),
        "views": ALL_VIEWS,
        "references": tuple(one for one in shipped() if one.partition("-")[0] in CLASSIFIERS),
        "variant": VARIANTS,
    }
