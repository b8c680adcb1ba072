"""The ECG behind a point of a map, or of a dataset, by name."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

LONGEST_S = 60.0
_STEPS = 1000  # per unit: microvolts


@dataclass(frozen=True)
class Options:
    """What is asked; without a map, a record of a dataset.

    Attributes:
        map: Name of a map; empty: none.
        row: Row of the map.
        dataset: Dataset, or ``simulated:SEED``.
        record_name: The record's name there.
    """

    map: str = ""
    row: int = 0
    dataset: str = ""
    record_name: str = ""


def _answer(
    model: Predictor, record: ECGRecord | None, scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Return a record.

    Returns:
        ``name``, ``dataset``, ``leads``, ``rate_hz``, ``unit``, ``shape``; ``signal``: base64 of
        little-endian int16 (lead, sample), thousandths of the unit, clipped; ``present``: base64
        of packed bits; ``positive``: codes of the findings that are true; ``report``;
        ``evidence``: code to ``[lead, start_s, stop_s]``; ``notes``.
    """
    del model, record, scenario
    from scar_core.serving.inquiries._maps import (
        checked_rows,
        find_known,
        find_record,
        open_map,
    )

    if options.map:
        whole = open_map(options.map)
        row = checked_rows([options.row], whole, 1)[0]
        dataset, name, known = whole.datasets[row], whole.names[row], find_record(whole, row)
    elif options.dataset and options.record_name:
        dataset, name = options.dataset, options.record_name
        known = find_known(dataset, name)
    else:
        raise ConfigError("no record was named; give a map and a row, or a dataset and a name")
    found = known.record.in_order()
    if found.duration_s > LONGEST_S:
        found = found.window(LONGEST_S)
    steps = np.clip(np.round(found.signal.astype(np.float64) * _STEPS), -32767, 32767)
    return {
        "name": name,
        "dataset": dataset,
        "title": known.record.name or name,
        "leads": list(found.lead_names),
        "rate_hz": found.sampling_rate_hz,
        "unit": found.unit,
        "shape": list(found.signal.shape),
        "signal": base64.b64encode(steps.astype("<i2").tobytes()).decode(),
        "present": base64.b64encode(np.packbits(found.present).tobytes()).decode(),
        "positive": sorted(known.positive),
        "report": known.report,
        "evidence": {code: [list(one) for one in where] for code, where in known.evidence.items()},
        "notes": list(found.notes),
    }


INQUIRY = Inquiry("Show a record", Options, _answer, needs_record=False)
