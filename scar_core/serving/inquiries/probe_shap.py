"""What a linear probe of one finding rests on, for the whole map and for one of its records."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

MOST = 20
LISTED = 6
"""Records named at each end of the scores."""


@dataclass(frozen=True)
class Options:
    """What is asked.

    Attributes:
        map: Name of the map.
        view: View of its embeddings.
        finding: Code of the finding.
        row: Record to be explained; −1 for none.
        top: How many directions are told one by one.
    """

    map: str = "simulated"
    view: str = "full"
    finding: str = "CRBBB"
    row: int = -1
    top: int = 8


def _answer(
    model: Predictor, record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Fit the probe and explain it.

    Returns:
        ``method``, ``finding``, ``records``, ``positives``, ``auroc`` of left-out records, ``base``
        (mean score, in logits); ``directions``: those that matter most over the map, each with
        ``importance`` (mean |SHAP|); ``most`` and ``least``: rows with the highest and lowest
        scores; ``record``: None, or ``row``, ``score``, ``truth``, ``top`` (its directions with
        their SHAP ``value``) and ``rest``, which add up: base + Σ value + rest = score.
    """
    del record, scenario
    from scar_core.analysis.probe_shap import directions, fit_shap, name_directions
    from scar_core.serving.inquiries._maps import checked_rows, open_panel

    whole, panel, values, _ = open_panel(model, options.map, options.view)
    if options.finding not in whole.codes:
        raise ConfigError(
            f"the map knows nothing of the finding {options.finding[:40]!r}; choose one of "
            f"{', '.join(whole.codes)}"
        )
    if not 1 <= options.top <= MOST:
        raise ConfigError(f"{options.top} directions were asked for; ask for 1 to {MOST}")
    turned, variance = directions(values)
    truth = whole.truth[:, whole.codes.index(options.finding)]
    probe = fit_shap(turned, variance, truth, whole.seed)

    def named(chosen: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
        told = name_directions(turned, variance, whole.truth, whole.codes, chosen.tolist())
        return [one.to_json() for one in told]

    importance = np.abs(probe.values).mean(0)
    first = np.argsort(-importance, kind="stable")[: options.top]
    order = np.argsort(-probe.scores, kind="stable")
    one = None
    if options.row >= 0:
        row = checked_rows([options.row], whole, 1)[0]
        mine = probe.values[row]
        top = np.argsort(-np.abs(mine), kind="stable")[: options.top]
        one = {
            "row": row,
            "score": float(probe.scores[row]),
            "truth": int(truth[row]),
            "top": [
                {**direction, "value": float(mine[k])}
                for direction, k in zip(named(top), top, strict=True)
            ],
            "rest": float(mine.sum() - mine[top].sum()),
        }
    return {
        "method": panel.method,
        "finding": options.finding,
        "records": probe.records,
        "positives": probe.positives,
        "auroc": probe.auroc,
        "base": probe.base,
        "directions": [
            {**direction, "importance": float(importance[k])}
            for direction, k in zip(named(first), first, strict=True)
        ],
        "most": order[:LISTED].tolist(),
        "least": order[::-1][:LISTED].tolist(),
        "record": one,
    }


INQUIRY = Inquiry("Explain a probe on embeddings", Options, _answer, needs_record=False)
