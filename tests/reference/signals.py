"""Filtering and scaling of one lead, by sums that are written out."""

import cmath
import math
from collections.abc import Sequence


def extend(lead: Sequence[float], pad: int) -> list[float]:
    """Continue both ends by point reflection."""
    head = [2 * lead[0] - lead[i] for i in range(pad, 0, -1)]
    tail = [2 * lead[-1] - lead[-1 - i] for i in range(1, pad + 1)]
    return [*head, *lead, *tail]


def bandpass(lead: Sequence[float], rate_hz: float, low_hz: float, high_hz: float) -> list[float]:
    """Two squared second-order Butterworth responses, applied to a Fourier sum."""
    pad = min(round(2 * rate_hz), len(lead) - 1)
    x = extend(lead, pad)
    n = len(x)
    spectrum = [
        sum(x[t] * cmath.exp(-2j * math.pi * k * t / n) for t in range(n)) for k in range(n)
    ]
    for k in range(n):
        f = min(k, n - k) * rate_hz / n
        gain = 0.0 if f == 0 else 1 / (1 + (low_hz / f) ** 4) / (1 + (f / high_hz) ** 4)
        spectrum[k] *= gain
    y = [
        (sum(spectrum[k] * cmath.exp(2j * math.pi * k * t / n) for k in range(n)) / n).real
        for t in range(n)
    ]
    return y[pad : pad + len(lead)]


def z_score(lead: Sequence[float], visible: Sequence[bool], fill: float) -> list[float]:
    """Mean 0 and deviation 1 over what is visible, ``fill`` elsewhere; flat leads become 0."""
    seen = [x for x, v in zip(lead, visible, strict=True) if v]
    if not seen:
        return [fill] * len(lead)
    mean = sum(seen) / len(seen)
    deviation = math.sqrt(sum((x - mean) ** 2 for x in seen) / len(seen))
    return [
        (x - mean) / max(deviation, 1e-4) if v else fill for x, v in zip(lead, visible, strict=True)
    ]
