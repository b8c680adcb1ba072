"""The shipped checkpoints and a gallery record, for inquiries held against the analyses."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from scar_core.evaluation.zero_shot import Predictor
from scar_core.formats import open_record
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import inquiry
from scar_core.settings import from_mapping

ASSETS = Path(__file__).resolve().parents[3] / "assets"
CASE = "right-bundle-branch-block"
RBBB = "Right bundle branch block"


@cache
def predictor(method: str) -> Predictor:
    return Predictor.load(ASSETS / "checkpoints" / method)


@cache
def gallery_record(name: str = CASE) -> ECGRecord:
    return open_record(ASSETS / "gallery" / f"{name}.hea")


@cache
def evidence(name: str = CASE) -> dict[str, list[list[Any]]]:
    rows = json.loads((ASSETS / "gallery" / "index.json").read_text(encoding="utf-8"))
    told = next(row["evidence"] for row in rows if row["name"] == name)
    return {c: [[s["lead"], s["start_s"], s["stop_s"]] for s in spans] for c, spans in told.items()}


def ask(
    name: str,
    scenario: Scenario | None = None,
    *,
    record: ECGRecord | None = None,
    method: str = "scar",
    **options: Any,
) -> dict[str, Any]:
    """Ask as the door does: options from JSON, the answer through JSON without NaN."""
    what = inquiry(name)
    chosen = from_mapping(what.options, json.loads(json.dumps(options)))
    seen = gallery_record() if record is None else record
    answered = what.answer(predictor(method), seen, scenario or Scenario(), chosen)
    told: dict[str, Any] = json.loads(json.dumps(answered, allow_nan=False))
    return told
