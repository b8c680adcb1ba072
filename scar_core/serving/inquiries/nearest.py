"""The records of a map that lie nearest to a sentence, to one of its records, or to an ECG."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

MOST = 200
LETTERS = 2000


@dataclass(frozen=True)
class Options:
    """What is asked; an ECG that is sent along counts first, then the text, then the row.

    Attributes:
        map: Name of the map.
        view: View of its embeddings.
        text: A sentence, as a report would have it.
        row: A record of the map; −1 for none.
        k: How many are wanted.
    """

    map: str = "simulated"
    view: str = "full"
    text: str = ""
    row: int = -1
    k: int = 10


def _answer(
    model: Predictor, record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Find the nearest records by cosine of embeddings.

    Returns:
        ``method``, ``rows``, nearest first, and their ``cosine``; ``usual``, the mean and standard
        deviation of the cosine over the whole map; for an ECG also its place ``xy`` and whether it
        is ``strange`` to the map.
    """
    from scar_core.analysis.neighbours import nearest_rows, place
    from scar_core.serving.inquiries._maps import checked_rows, open_panel

    _, panel, values, limit = open_panel(model, options.map, options.view)
    whole = len(values)
    if not 1 <= options.k <= min(MOST, whole - 1):
        raise ConfigError(
            f"{options.k} records were asked for; ask for 1 to {min(MOST, whole - 1)}"
        )
    text, without, more = options.text.strip(), None, {}
    if record is not None:
        query = model.encode([(record, scenario)])[0].embedding.float().cpu().numpy()
        placed = place(query, values, panel.xy, limit=limit)
        more = {"xy": placed.xy[0].round(5).tolist(), "strange": bool(placed.strange[0])}
    elif text:
        if len(text) > LETTERS:
            raise ConfigError(f"the sentence has {len(text)} letters; write at most {LETTERS}")
        query = model.embed_texts([text]).float().cpu().numpy()
    elif options.row >= 0:
        from scar_core.serving.inquiries._maps import open_map

        without = checked_rows([options.row], open_map(options.map), 1)
        query = values[without]
    else:
        raise ConfigError("nothing to search by was given; give a sentence, a record or an ECG")
    rows, cosine = nearest_rows(query, values, options.k, without)
    every = values @ query[0]
    return {
        "method": panel.method,
        "rows": rows[0].tolist(),
        "cosine": np.round(cosine[0], 5).tolist(),
        "usual": [round(float(every.mean()), 5), round(float(every.std()), 5)],
        **more,
    }


INQUIRY = Inquiry("Search a map", Options, _answer, needs_record=False)
