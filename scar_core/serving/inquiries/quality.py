"""What of a record is absent or noisy, as stretches that a reader may want to hide."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.serving.inquiries import Inquiry

if TYPE_CHECKING:
    from scar_core.evaluation.zero_shot import Predictor


@dataclass(frozen=True)
class Options:
    """What may be chosen.

    Attributes:
        below: Seconds of a lead with a quality figure under this are proposed. Of LUDB's and
            Georgia's lead-seconds one in twenty-five is.
    """

    below: float = 0.3

    def __post_init__(self) -> None:
        if not 0 < self.below <= 1:
            raise ConfigError(f"below is {self.below:g}; give a figure above 0, up to 1")


def answer(
    _predictor: "Predictor", record: ECGRecord | None, _scenario: Scenario, options: Options
) -> dict[str, Any]:
    """Look at a record as it was stored; no model takes part.

    Returns:
        ``noisy`` stretches ``{lead, start_s, stop_s, figure}`` (the mean), the worst first;
        ``absent`` stretches ``{lead, start_s, stop_s, reason}``; ``leads`` with each lead's mean
        figure; ``suspicions``, ``electrodes`` and ``unchecked`` as in ``quality.Quality``.

    Raises:
        ConfigError: No record was sent.
    """
    from scar_core.quality import assess

    if record is None:
        raise ConfigError("quality is one of a record, and none was sent; send one")
    found = assess(record)
    noisy: list[dict[str, Any]] = []
    for lead, row in zip(record.lead_names, found.sqi, strict=True):
        start = None
        for second, figure in enumerate([*row.tolist(), 1.0]):
            low = 0 < figure < options.below
            if low and start is None:
                start = second
            elif not low and start is not None:
                noisy.append(
                    {
                        "lead": lead,
                        "start_s": float(start),
                        "stop_s": min(float(second), record.duration_s),
                        "figure": float(row[start:second].mean()),
                    }
                )
                start = None
    noisy.sort(key=lambda one: one["figure"])
    return {
        "noisy": noisy,
        "absent": [stretch._asdict() for stretch in found.stretches],
        "leads": dict(zip(record.lead_names, found.per_lead().tolist(), strict=True)),
        "suspicions": list(found.suspicions),
        "electrodes": list(found.electrodes),
        "unchecked": list(found.unchecked),
    }


INQUIRY = Inquiry("Absent and noisy stretches", Options, answer)
