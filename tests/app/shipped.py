"""What the shipped results say, read here as plainly as can be, for pages to be compared with."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from safetensors import safe_open

RESULTS = Path(__file__).resolve().parents[2] / "assets" / "results"


@cache
def shipped_file(what: str, dataset: str = "ptbxl", task: str = "super") -> str:
    """Name of the only shipped result of this kind."""
    (found,) = RESULTS.glob(f"{what}_{dataset}_{task}_test_*.json")
    return found.name


@cache
def shipped(what: str, task: str = "super") -> dict[str, Any]:
    """Content of the only shipped result of this kind on PTB-XL."""
    found: dict[str, Any] = json.loads((RESULTS / shipped_file(what, task=task)).read_text())
    return found


def row_of(result: dict[str, Any], view: str, method: str = "scar") -> dict[str, Any]:
    """The row of a method under a view."""
    (found,) = [r for r in result["rows"] if r["method"] == method and r["view"] == view]
    row: dict[str, Any] = found
    return row


def score_said(view: str) -> str:
    """SCAR's CMRS on superclasses as the CMRS page writes it, such as ``64.9``."""
    return f"{row_of(shipped('cmrs'), view)['cmrs']['score']:.1f}"


def learned(method: str = "scar") -> int:
    """Numbers that training sets in the shipped weights; the running means are not among them."""
    path = RESULTS.parent / "checkpoints" / method / "model.safetensors"
    with safe_open(path, "pt") as file:
        return sum(
            math.prod(file.get_slice(name).get_shape())
            for name in file.keys()  # noqa: SIM118 - not a dictionary
            if "running_" not in name and "num_batches" not in name
        )
