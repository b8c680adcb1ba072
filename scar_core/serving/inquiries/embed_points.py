"""Where records of a map move when something of them is hidden."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scar_core.errors import ScarError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

MOST = 64
"""Records in one question, so that other questions get their turn."""
_BATCH = 8


@dataclass(frozen=True)
class Options:
    """What is asked.

    Attributes:
        map: Name of the map.
        view: View of the panel that the records move on.
        rows: Records, as rows of the map.
    """

    map: str = "simulated"
    view: str = "full"
    rows: tuple[int, ...] = (0,)


def _answer(
    model: Predictor, record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Embed records under the scenario and place them on the map.

    Returns:
        ``method``; ``rows`` that could be read; ``xy``, the place of each; ``distance``, the chord
        to the nearest record of the map; ``strange``, true where the place should not be believed;
        ``cosine`` to the record's own point; ``nearest``, the row of the nearest other record;
        ``left_out``: sentences by row; ``placing``, the median error of places on this map, as a
        share of the picture's diagonal.
    """
    del record
    from scar_core.analysis.neighbours import place
    from scar_core.serving.inquiries._maps import (
        checked_rows,
        find_record,
        open_panel,
        placing_error,
    )

    whole, panel, values, limit = open_panel(model, options.map, options.view)
    rows, items, left_out = [], [], {}
    for row in checked_rows(options.rows, whole, MOST):
        try:
            items.append((find_record(whole, row).record, scenario))
            rows.append(row)
        except ScarError as error:
            left_out[str(row)] = str(error)
    parts = [
        model.encode(items[start : start + _BATCH])[0].embedding.float().cpu().numpy()
        for start in range(0, len(items), _BATCH)
    ]
    found = np.concatenate(parts) if parts else np.zeros((0, values.shape[1]), np.float32)
    placed = place(found, values, panel.xy, limit=limit)
    return {
        "method": panel.method,
        "rows": rows,
        "xy": np.round(placed.xy, 5).tolist(),
        "distance": np.round(placed.distance, 5).tolist(),
        "strange": placed.strange.tolist(),
        "cosine": np.round((found * values[rows]).sum(1), 5).tolist(),
        "nearest": [
            next(int(other) for other in near if other != row)
            for row, near in zip(rows, placed.nearest, strict=True)
        ],
        "left_out": left_out,
        "placing": round(placing_error(options.map, panel), 5),
    }


INQUIRY = Inquiry("Move records of a map", Options, _answer, needs_record=False)
