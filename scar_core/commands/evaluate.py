"""Evaluate methods: one subcommand for each of the paper's tables, results into the store.

Finished parts are kept in the user's state folder: the same command goes on after Ctrl-C.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.commands import Command

if TYPE_CHECKING:
    from scar_core.evaluation.answers import Progress
    from scar_core.evaluation.run import Request

_WHAT = {
    "zero-shot": "AUROC, AUPRC and F1 by text prompts, under any views (Table 2)",
    "cmrs": "CMRS and AUROC under random and hard missingness, taken apart (Table 2)",
    "missingness": "by type of missingness, and by hidden share from 5 to 80 %% (Table 4)",
    "linear-probe": "logistic regression on frozen embeddings, 1/10/100 %% of labels (Table 1)",
    "ablation": "train SCAR without its parts, or with other loss weights (Tables 3 and 5)",
    "efficiency": "parameters, operations, speed of training and answering (Table 6)",
}


def _add(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(title="tables", required=True, metavar="TABLE", dest="what")
    paper = kinds.add_parser("paper", help="say what agrees with the paper, beside the results")
    paper.add_argument("--results", type=Path, help="folder of the results (default: the store)")
    for what, text in _WHAT.items():
        kind = kinds.add_parser(what, help=text)
        if what != "efficiency":
            _add_records(kind)
        if what != "ablation":
            kind.add_argument(
                "--method", nargs="+", action="extend", default=[], metavar="NAME[=FOLDER]",
                help="shipped checkpoints by name, or any by NAME=FOLDER (default scar); a row "
                "with random weights is always added",
            )  # fmt: skip
        kind.add_argument("--results", type=Path, help="folder of the results (default: the store)")
        kind.add_argument("--json", action="store_true", help="print one JSON object")
    _add_training(kinds.choices["ablation"])
    probe = kinds.choices["linear-probe"]
    probe.add_argument("--share", nargs="+", type=float, help="percent of labels (1 10 100)")
    probe.add_argument("--draws", type=int, default=3, help="draws of a share below 100 %%")
    probe.add_argument("--legacy", action="store_true", help="the paper's SGD probe instead")
    cost = kinds.choices["efficiency"]
    cost.add_argument("--train-steps", type=int, default=3, help="steps timed; 0: none")


def _add_records(kind: argparse.ArgumentParser) -> None:
    kind.add_argument("--dataset", default="ptbxl", help="dataset (default ptbxl)")
    kind.add_argument("--root", type=Path, help="folder of the datasets (default: SCAR_DATA)")
    kind.add_argument("--task", nargs="+", help="tasks, or all (default: the dataset's first)")
    kind.add_argument("--split", default="test", help="split (default test)")
    kind.add_argument("--view", nargs="+", action="extend", help="views, such as random hard")
    kind.add_argument(
        "--reference", nargs="+", metavar="NAME[=FOLDER]",
        help="reference models; the first is F, the others test its choice",
    )  # fmt: skip
    kind.add_argument("--seed", type=int, default=0, help="of masks and bootstrap (default 0)")
    kind.add_argument("--masks", type=int, help="masks of a record in a drawn view (default 4)")
    kind.add_argument("--candidates", type=int, help="candidates of a hard mask (default 16)")
    kind.add_argument("--min-positives", type=int, help="labels with fewer do not count (5)")
    kind.add_argument("--resamples", type=int, help="bootstrap samples (default 1000)")
    kind.add_argument("--variant", choices=("skill", "js", "rank"), help="agreement of CMRS")
    kind.add_argument("--limit", type=int, help="at most so many records, evenly spread")
    kind.add_argument("--prompts", type=Path, help="JSON {label: text} instead of built-in ones")
    kind.add_argument("--device", default="cpu", help="torch device (default cpu)")
    kind.add_argument("--dump", type=Path, help="folder for all answers, as Parquet")


def _add_training(kind: argparse.ArgumentParser) -> None:
    from scar_core.analysis.variants import GRIDS

    kind.add_argument(
        "--grid", choices=tuple(GRIDS), default="ablation", help="what of SCAR is varied: "
        "its parts, the weights of its losses, its shape (architecture) or its data (sources)",
    )  # fmt: skip
    kind.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="of the trainings")
    kind.add_argument("--steps", type=int, default=800, help="of each training (default 800)")
    kind.add_argument("--runs", type=Path, help="folder of the runs; those that are there go on")
    kind.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="any other training setting",
    )  # fmt: skip


def _request(arguments: argparse.Namespace) -> "Request":
    from scar_core.datasets import dataset
    from scar_core.evaluation.prompts import read_prompts
    from scar_core.evaluation.run import REFERENCES, Request
    from scar_core.evaluation.study import Options
    from scar_core.evaluation.tasks import FINDINGS_TASK

    own = tuple(dataset(arguments.dataset).tasks) or (FINDINGS_TASK,)
    tasks = tuple(arguments.task or own[:1])
    named = ("seed", "masks", "candidates", "min_positives", "resamples", "variant")
    asked = {n: getattr(arguments, n) for n in named if getattr(arguments, n) is not None}
    what = getattr(arguments, "grid", None) or arguments.what
    return Request(
        what=what,
        dataset=arguments.dataset,
        tasks=own if tasks == ("all",) else tasks,
        split=arguments.split,
        root=arguments.root,
        methods=tuple(getattr(arguments, "method", None) or ("scar",)),
        references=tuple(arguments.reference) if arguments.reference else REFERENCES,
        views=tuple(arguments.view) if arguments.view else None,
        options=Options(**asked),
        prompts=read_prompts(arguments.prompts) if arguments.prompts else None,
        limit=arguments.limit,
        results=arguments.results,
        dump=arguments.dump,
        device=arguments.device,
    )


def _write_page(folder: Path) -> int:
    """Write the verdicts beside the results."""
    from scar_core.results import read_published, read_results
    from scar_core.verdict import page

    text = page(read_results(folder), read_published(folder) or read_published())
    beside = folder / ".README.md"
    beside.write_text(text, encoding="utf-8")
    beside.replace(folder / "README.md")
    print(text, end="")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.commands._evaluate import Bar, as_json, as_table
    from scar_core.results import results_dir
    from scar_core.training.run import commit

    if arguments.what == "paper":
        return _write_page(arguments.results or results_dir())
    bar = Bar()
    try:
        results = _evaluated(arguments, commit(), bar)
    finally:
        bar.close()
    if arguments.json:
        print(as_json(results))
        return 0
    for result in results:
        print(as_table(result))
        print(f"written to {(arguments.results or results_dir()) / result['name']}.json\n")
    return 0


def _evaluated(
    arguments: argparse.Namespace, commit: str, progress: "Progress"
) -> list[dict[str, Any]]:
    if arguments.what == "efficiency":
        from scar_core.analysis.efficiency import evaluate_cost

        methods = tuple(arguments.method or ("scar",))
        return evaluate_cost(methods, arguments.train_steps, arguments.results, commit, progress)
    request = _request(arguments)
    if arguments.what == "ablation":
        from scar_core.analysis.ablation import Plan, evaluate_plan, train_all
        from scar_core.analysis.variants import GRIDS

        seeds, settings = tuple(arguments.seeds), tuple(arguments.settings)
        plan = Plan(GRIDS[arguments.grid], seeds, arguments.steps, settings, arguments.runs)
        train_all(plan, arguments.root, progress)
        return evaluate_plan(request, plan, commit, progress)
    if arguments.what == "linear-probe":
        from scar_core.evaluation.probe import SHARES
        from scar_core.evaluation.probe_table import evaluate_probes

        return evaluate_probes(
            request, shares=tuple(arguments.share or SHARES), draws=arguments.draws,
            legacy=arguments.legacy, commit=commit, progress=progress,
        )  # fmt: skip
    from scar_core.evaluation.run import evaluate_views

    return evaluate_views(request, commit, progress)


COMMAND = Command("compute the paper's tables in our own numbers, with intervals", _add, _run)
