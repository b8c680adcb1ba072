"""Rate, PR, QRS, QT and QTc before and under a scenario, each with its spread."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.missing import Scenario, apply
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

if TYPE_CHECKING:
    from scar_core.evaluation.zero_shot import Predictor


@dataclass(frozen=True)
class Options:
    """There is nothing to choose."""


def answer(
    _predictor: "Predictor", record: ECGRecord | None, scenario: Scenario, _options: Options
) -> dict[str, Any]:
    """Measure what can be seen; no model takes part.

    Returns:
        ``before`` and ``now`` (lists of ``measure.Measured.to_json``), ``leads`` that are visible
        at all, ``error_leads`` and ``errors``: mean and standard deviation of the difference to
        cardiologists, by name, for so many leads or fewer.

    Raises:
        ConfigError: No record was sent.
    """
    from scar_core.analysis.measure import as_seen, error_of, measure

    if record is None:
        raise ConfigError("intervals are measured in a record, and none was sent; send one")
    now, visible = apply(record, scenario)
    leads = [
        name for name, row in zip(record.lead_names, visible, strict=True) if row.any()
    ]  # fmt: skip
    before = measure(record)
    after = before if scenario.is_empty else measure(as_seen(now, visible))
    compared, errors = error_of(len(leads))
    return {
        "before": [one.to_json() for one in before],
        "now": [one.to_json() for one in after],
        "leads": leads,
        "error_leads": compared,
        "errors": {name: list(pair) for name, pair in errors.items()},
    }


INQUIRY = Inquiry("Rate and intervals", Options, answer)
