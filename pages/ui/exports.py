"""What a reader takes home: scenario and answers as JSON, findings as CSV."""

import csv
import io
import json

from pages.ui.words import changes, what_happened
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord


def answers_json(
    record: ECGRecord, scenario: Scenario, before: Prediction, after: Prediction
) -> str:
    """Return record, scenario and both answers as JSON text."""
    return json.dumps(
        {
            "record": {
                "name": record.name,
                "fingerprint": record.fingerprint(),
                "leads": list(record.lead_names),
                "sampling_rate_hz": record.sampling_rate_hz,
                "duration_s": record.duration_s,
                "unit": record.unit,
                "notes": list(record.notes),
            },
            "scenario": scenario.to_json(),
            "sentence": what_happened(before, after, scenario),
            "before": before.to_json(),
            "after": after.to_json(),
        },
        ensure_ascii=False,
        indent=1,
    )


def answers_csv(before: Prediction, after: Prediction) -> str:
    """Return every finding as a row: probability and similarity, before and after."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "finding",
            "prompt",
            "probability_before",
            "probability_after",
            "similarity_before",
            "similarity_after",
            "calibrated",
        ]
    )
    for old, new in changes(before, after):
        writer.writerow(
            [
                new.name,
                new.prompt,
                f"{old.probability:.6f}",
                f"{new.probability:.6f}",
                f"{old.similarity:.6f}",
                f"{new.similarity:.6f}",
                new.calibrated,
            ]
        )
    return out.getvalue()
