"""The verdicts as a page that stands beside the results."""

from collections.abc import Iterable, Mapping
from typing import Any

from scar_core.verdict.own import OWN, markdown, own_table
from scar_core.verdict.paper import compare_with_paper

Json = Mapping[str, Any]

TABLES = {
    1: "linear probes on frozen embeddings",
    2: "random and hard missingness, zero-shot",
    3: "the method without its parts",
    4: "by type of missingness",
    5: "weights of the losses",
    6: "cost",
}
_WHATS = {
    1: ("linear-probe",),
    2: ("cmrs",),
    3: ("ablation",),
    4: ("missingness",),
    5: ("lambda",),
    6: ("efficiency",),
}


def page(results: Iterable[Json], published: Json) -> str:
    """Say in Markdown what agrees and disagrees with the paper, table by table.

    Args:
        results: As ``results.read_results`` gives them.
        published: As ``results.read_published`` gives it.
    """
    known = list(results)
    verdicts = compare_with_paper(known, published)
    lines = [
        "# Measured here, and what the paper says",
        "",
        "Each file in this folder is one evaluation: its configuration, the hashes of the weights, "
        "figures with 95 % intervals by patient, and comparisons corrected for their number (Holm, "
        "within a file). `published.json` holds what others printed. The sentences below are "
        "decided by the intervals of our differences alone and are not corrected for their number; "
        "`python -m scar_core evaluate paper` writes them again. Our models have about 1 M "
        "parameters and saw 1,541 real records and simulated ones; the paper's have some 200 M and "
        "saw 800,000. CMRS is defined by this project where the paper leaves it open, so its sizes "
        "cannot be compared, only its order.",
    ]
    for number, title in TABLES.items():
        said = [one.sentence for one in verdicts if one.table == number]
        files = [
            f"`{one['name']}.json`"
            for one in known
            if one.get("what") in _WHATS[number] and one.get("name")
        ]
        lines += ["", f"## Table {number}: {title}", ""]
        lines += [f"- {sentence}" for sentence in said] or ["Not measured yet."]
        if number in (3, 5):
            lines += _everywhere(known, _WHATS[number][0])
        if files:
            lines += ["", f"Files: {', '.join(files)}."]
    for what, varied in OWN.items():
        lines += _own(known, what, varied)
    return "\n".join(lines) + "\n"


def _everywhere(results: list[Json], what: str) -> list[str]:
    """Trainings of Table 3 or 5 on all records they were evaluated on, in both figures."""
    lines = []
    for figure, named in (("macro_auroc", "AUROC in per cent"), ("cmrs", "CMRS")):
        table = own_table(results, what, figure)
        if table is not None:
            lines += [
                "",
                f"{named} (95 % interval by patient), mean of "
                f"{max(line.runs for line in table.lines)} training(s) of {table.steps} steps:",
                "",
                *markdown(table, with_cost=False),
            ]
    return lines


def _own(results: list[Json], what: str, varied: str) -> list[str]:
    """The section of a grid that the paper has not; empty if it was not measured."""
    table = own_table(results, what)
    if table is None:
        return []
    return [
        "",
        f"## Not in the paper: SCAR's {varied}, varied",
        "",
        f"AUROC in per cent (95 % interval by patient) after {table.steps} steps, mean of "
        f"{max(line.runs for line in table.lines)} training(s) each, on records that no variant "
        "was trained on: compare rows with each other, not with the shipped checkpoint.",
        "",
        *markdown(table),
        "",
        f"Files: {', '.join(f'`{name}.json`' for name in table.files)}.",
    ]
