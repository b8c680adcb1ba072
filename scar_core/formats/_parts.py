"""A record that a file stores in parts: each has some of the leads, and a time of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import check_rate, check_size

MAX_PARTS = 10_000
FREE_GAP_S = 3600.0
MOST_GAPS = 20
"""Parts may spread over ``FREE_GAP_S``, or over ``MOST_GAPS`` times what was measured."""


@dataclass(frozen=True)
class Part:
    """Leads that were measured together.

    Attributes:
        start_s: When its first sample was taken, in seconds from a zero that all parts share.
        rate_hz: Samples per second.
        leads: Leads of the rows.
        values: float32 (lead, sample) in millivolt, NaN where a sample is missing.
    """

    start_s: float
    rate_hz: float
    leads: tuple[str, ...]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Joined:
    """Parts on one time axis; see ``Part`` for the attributes, and ``notes`` on what was done."""

    leads: tuple[str, ...]
    rate_hz: float
    values: NDArray[np.float32]
    notes: tuple[str, ...]


def joined(parts: Sequence[Part], name: str) -> Joined:
    """Put parts on one time axis; NaN is where nothing was measured.

    Only parts at the rate of most samples are used. Where two of them tell the same sample of the
    same lead, the first one counts.

    Args:
        parts: At least one.
        name: What the file is called, for the messages.

    Raises:
        RecordError: The parts lie too far apart, or together are too large.
    """
    if len(parts) > MAX_PARTS:
        msg = f"{name} has {len(parts)} parts, more than {MAX_PARTS}; export them one by one."
        raise RecordError(msg)
    amount: dict[float, int] = {}
    for part in parts:
        amount[part.rate_hz] = amount.get(part.rate_hz, 0) + part.values.size
    rate_hz = max(amount, key=lambda rate: amount[rate])
    check_rate(rate_hz, name)
    used = [part for part in parts if part.rate_hz == rate_hz]
    leads = tuple(dict.fromkeys(lead for part in used for lead in part.leads))
    notes = []
    if other := dict.fromkeys(lead for part in parts for lead in part.leads if lead not in leads):
        notes.append(f"Left out, because stored at another rate: {', '.join(other)}.")
    if len(used) == 1:
        return Joined(leads, rate_hz, used[0].values, tuple(notes))
    starts, n_samples = _places(used, rate_hz, name)
    check_size(len(leads), n_samples, name)
    values = np.full((len(leads), n_samples), np.nan, np.float32)
    for part, start in zip(used, starts, strict=True):
        for lead, row in zip(part.leads, part.values, strict=True):
            place = values[leads.index(lead), start : start + len(row)]
            free = np.isnan(place)
            place[free] = row[free]
    notes.append(f"Put together from {len(used)} parts, each at its own time.")
    return Joined(leads, rate_hz, values, tuple(notes))


def _places(used: Sequence[Part], rate_hz: float, name: str) -> tuple[list[int], int]:
    """Return the first sample of each part, and the samples from first to last."""
    first = min(part.start_s for part in used)
    measured_s = sum(part.values.shape[1] for part in used) / rate_hz
    span_s = max(part.start_s - first + part.values.shape[1] / rate_hz for part in used)
    if not (isfinite(first) and span_s <= max(FREE_GAP_S, MOST_GAPS * measured_s)):
        msg = (
            f"The parts of {name} lie too far apart for one record ({measured_s:.0f} s measured "
            f"within {span_s:.3g} s); export them one by one."
        )
        raise RecordError(msg)
    starts = [round((part.start_s - first) * rate_hz) for part in used]
    ends = (start + part.values.shape[1] for start, part in zip(starts, used, strict=True))
    return starts, max(ends)
