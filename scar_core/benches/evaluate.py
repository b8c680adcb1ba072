"""The scientific core: CMRS of a whole test split against the clock, counterfactuals, the tables.

Times are measured anew; the tables are those of the results store, each with the command that
computes it again, since some of them train models first.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.benches import Bench, Figures

if TYPE_CHECKING:
    from scar_core.evaluation.study import Study
    from scar_core.evaluation.subjects import Subject

Section = Callable[[Path | None, Path | None], Figures]

_MASKS = 16
_METHODS = ("scar", "merl", "melp", "random")


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    figures: Figures = {}
    for name, section in SECTIONS.items():
        figures |= {f"{name}: {key}": value for key, value in section(root, checkpoint).items()}
    return figures


def _cmrs(root: Path | None, checkpoint: Path | None) -> Figures:
    """183 records, 16 masks, three methods: from files to scores with intervals."""
    from scar_core.config import checkpoint_dir
    from scar_core.evaluation.run import REFERENCES, Request, load_subjects, open_studies
    from scar_core.evaluation.study import Options

    if not (checkpoint_dir() / REFERENCES[0]).is_dir():
        return {"not measured": f"no reference model is shipped: {REFERENCES[0]}"}
    shipped = [name for name in _METHODS[1:3] if (checkpoint_dir() / name).is_dir()]
    own = "scar" if checkpoint is None else f"scar={checkpoint}"
    with tempfile.TemporaryDirectory() as folder:
        request = Request(
            what="cmrs", dataset="ptbxl", tasks=("super",), root=root,
            methods=(own, *shipped), references=REFERENCES[:1], views=("random",),
            options=Options(masks=_MASKS), parts=Path(folder),
        )  # fmt: skip
        subjects, references = load_subjects(request)
        subjects = subjects[:3]
        began = time.perf_counter()
        study = open_studies(request, subjects, references)[0]
        read = time.perf_counter() - began
        scores = _scores(study, subjects, references)
        seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 1),
        "of that reading": round(read, 1),
        "records × masks × methods": f"{len(study.test.names)} × {_MASKS} × {len(subjects)}",
        "scores": scores,
        "peak memory MiB": _peak_mib(),
    }


def _scores(
    study: "Study", subjects: "Sequence[Subject]", references: "Sequence[Subject]"
) -> dict[str, str]:
    from scar_core.evaluation.rows import cmrs_of

    found = {}
    for subject in subjects:
        content, _ = cmrs_of(study, subject, ("random",), references, by_record=True)
        low, high = content["interval"] or (float("nan"),) * 2
        found[subject.name] = f"{content['score']:.1f} ({low:.1f}–{high:.1f})"
    return found


def _peak_mib() -> float:
    """Peak memory of this process so far."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 0)


def _counterfactuals(root: Path | None, checkpoint: Path | None) -> Figures:
    from scar_core.analysis.bench import bench_analysis

    return bench_analysis(root, checkpoint)


def _tables(root: Path | None, checkpoint: Path | None) -> Figures:
    """Headline figures of every stored result."""
    from scar_core.results import read_results

    del root, checkpoint
    return {one["name"]: _headlines(one) for one in read_results()} or {
        "none": "python -m scar_core evaluate --help lists the commands that write them"
    }


def _headlines(result: Mapping[str, Any]) -> dict[str, str]:
    lines = {}
    for row in result["rows"]:
        parts = [row["method"], row.get("view"), row.get("task")]
        name = " ".join(str(part) for part in dict.fromkeys(parts) if part)
        lines[name] = _headline(row)
    return lines


def _headline(row: Mapping[str, Any]) -> str:
    said = []
    if "macro_auroc" in row:
        said.append("AUROC " + _with_interval(row["macro_auroc"], row.get("interval"), 100))
    if row.get("cmrs", {}).get("score") is not None:
        said.append("CMRS " + _with_interval(row["cmrs"]["score"], row["cmrs"]["interval"], 1))
    if "gflop" in row:
        times = ", ".join(f"{ms:.1f} ms at batch {n}" for n, ms in row["ms_per_record"].items())
        said.append(f"{row['parameters'] / 1e6:.2f} M, {row['gflop']:.2f} GFLOP, {times}")
    return ", ".join([*said, str(row["source"]), str(row["checkpoint"])])


def _with_interval(value: float, interval: list[float] | None, scale: float) -> str:
    text = f"{scale * value:.1f}"
    return text + (f" ({scale * interval[0]:.1f}–{scale * interval[1]:.1f})" if interval else "")


SECTIONS: dict[str, Section] = {
    "CMRS": _cmrs,
    "counterfactuals": _counterfactuals,
    "tables": _tables,
}
BENCH = Bench("CMRS and counterfactuals against the clock, and the tables of the results", _run)
