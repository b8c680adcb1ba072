"""Simulated records in a folder, as ``python -m scar_core simulate`` writes them from a seed."""

import json
from pathlib import Path

from scar_core.datasets._splits import hashed_split
from scar_core.datasets.base import DatasetSpec, Example, truth_of
from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS


def _example(annotation: Path) -> Example:
    try:
        told = json.loads(annotation.read_text(encoding="utf-8"))
        positive, negative = truth_of(told["findings"], FINDINGS)
        report = str(told["report"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(
            f"{annotation} tells no simulated record ({error}); write the folder again"
        ) from error
    name = annotation.stem
    return Example(
        name=name,
        path=annotation.with_suffix(".hea"),
        patient=name,
        split=hashed_split("simulated", name),
        positive=positive,
        negative=negative,
        report=report,
    )


def _list(folder: Path) -> list[Example]:
    return [_example(path) for path in sorted(folder.glob("sim*.json"))]


DATASET = DatasetSpec(
    name="simulated",
    title="Simulated records",
    licence="none needed: no recordings of patients",
    citation="SCAR Explorer, scar_core.simulate",
    folder="simulated",
    splits=("train", "val", "test"),
    tasks={},
    list_examples=_list,
    size="as many as are asked for",
    get="python -m scar_core simulate --n 2000 --seed 0 --out data/simulated",
    url="",
    how_split="80/10/10 % of the records by SHA-256 of 'simulated/NAME'",
    index=("sim*.json",),
)
