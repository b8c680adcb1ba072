"""One look at a record: what is absent, how good the rest is, and what seems to be exchanged."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LIMB
from scar_core.quality.absent import Stretch, silent, stretches, stuck
from scar_core.quality.beats import Trace, trace_of
from scar_core.quality.electrodes import judge
from scar_core.quality.figure import quality_figure
from scar_core.record import ECGRecord, limb_problem

JUDGED_S = 60.0
"""Electrodes and lead order are judged from the first minute at most."""
_Z_SCORED = (
    "The record is z-scored, so amplitudes between leads are lost: limb-lead identities, lead "
    "order, exchanged electrodes and disconnected leads cannot be checked; flat, saturated and "
    "missing stretches and the quality figure can."
)


@dataclass(frozen=True)
class Quality:
    """What ``assess`` says of a record.

    Attributes:
        absent: bool (lead, sample), True = not measured: a proposal for ``present = False``.
        stretches: The same lead by lead, with a reason each.
        sqi: float (lead, second) in 0..1, the figure of ``quality.figure``; 0 where nothing was
            measured, the last second may be begun only.
        suspicions: Sentences on leads in wrong order and exchanged electrodes.
        electrodes: Short names of the suspected wirings (``quality.electrodes.WIRINGS``).
        unchecked: Sentences on what could not be checked, and why.
    """

    absent: NDArray[np.bool_]
    stretches: tuple[Stretch, ...]
    sqi: NDArray[np.float64]
    suspicions: tuple[str, ...] = ()
    electrodes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    def per_lead(self) -> NDArray[np.float64]:
        """Mean figure of each lead over the seconds of which something was measured, else 0."""
        seen = self.sqi > 0
        return np.asarray((self.sqi * seen).sum(axis=1) / np.maximum(seen.sum(axis=1), 1))


def assess(record: ECGRecord) -> Quality:
    """Find what is absent, how good the rest is, and what seems to be exchanged.

    Args:
        record: Of any leads, rate and length.
    """
    first = stuck(record)
    trace = trace_of(record, first == 0)
    code = silent(record, first, trace)
    absent = code > 0
    suspicions, electrodes, unchecked = _suspicions(record, absent, trace)
    return Quality(
        absent=absent,
        stretches=stretches(record, code),
        sqi=quality_figure(trace, ~absent, record.sampling_rate_hz),
        suspicions=suspicions,
        electrodes=electrodes,
        unchecked=unchecked,
    )


def _suspicions(
    record: ECGRecord, absent: NDArray[np.bool_], trace: Trace
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Judge lead order first: where the identities fail, electrodes cannot be told from leads."""
    if record.unit != "mV":
        return (), (), (_Z_SCORED,)
    known = replace(record, present=~absent)
    if record.duration_s > JUDGED_S:
        known = known.window(JUDGED_S)
        trace = trace_of(known, known.present)
    unchecked = []
    problem = limb_problem(known)
    if problem:
        why = "Electrodes were not checked: the limb leads disobey the identities."
        return (problem,), (), (why,)
    rows = [known.lead_names.index(lead) for lead in LIMB if lead in known.lead_names]
    if len(rows) < len(LIMB) or not known.present[rows].all(axis=0).any():
        unchecked.append("Limb-lead identities were not checked: not all six leads are there.")
    verdict = judge(trace, known.lead_names, known.present.mean(1) > 0.5)
    if verdict.unchecked:
        unchecked.append(f"Electrode places were not checked: {verdict.unchecked}.")
    return verdict.sentences, verdict.names, tuple(unchecked)
