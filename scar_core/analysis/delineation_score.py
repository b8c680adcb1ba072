"""The delineation against cardiologists' marks in LUDB, lead by lead.

A mark is found if the delineation has one of its kind within the tolerance; each pairs with one
other at most. Only the stretch between the first and the last annotated wave of a lead counts,
because the marks leave out incomplete beats at the ends. The delineation is one for all leads, so
a P that a cardiologist did not see in one lead counts as wrong there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scar_core.errors import DatasetError
from scar_core.quality.delineate import WAVES, Wave, delineate

TOLERANCE_S = 0.15
"""Usual tolerance for wave borders (ANSI/AAMI EC57)."""
LOOKED_AT = 20
"""The delineation's constants were set on the first so many records; the others score it."""

_KINDS = {"p": "P", "N": "QRS", "t": "T"}
_LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")


@dataclass(frozen=True)
class Found:
    """How marks of one kind were found.

    Attributes:
        sensitivity: Share of the cardiologists' marks that were found.
        predictive: Share of our marks that are theirs (positive predictive value).
        bias_ms: Mean of ours minus theirs, over the pairs.
        spread_ms: Standard deviation of the same.
        marks: Number of their marks.
    """

    sensitivity: float
    predictive: float
    bias_ms: float
    spread_ms: float
    marks: int


def annotated(header: Path, lead: str) -> list[Wave]:
    """Read the waves that a cardiologist marked completely in one lead.

    Raises:
        DatasetError: The marks cannot be read.
    """
    import wfdb

    try:
        marks = wfdb.rdann(str(header.with_suffix("")), lead)
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"the marks {header.with_suffix('.' + lead)} cannot be read ({error}); copy LUDB again"
        ) from error
    waves, start, peak, kind = [], None, None, ""
    for sample, symbol in zip(marks.sample, marks.symbol, strict=True):
        at = float(sample) / float(marks.fs)
        if symbol == "(":
            start, kind = at, ""
        elif symbol in _KINDS:
            peak, kind = at, _KINDS[symbol]
        elif symbol == ")" and start is not None and peak is not None and kind:
            waves.append(Wave(kind, start, peak, at))
            start = None
    return waves


def pairs(theirs: list[float], ours: list[float], tolerance_s: float) -> list[float]:
    """Differences, ours minus theirs, of marks that pair: nearest first, each once."""
    if not theirs or not ours:
        return []
    distance = np.asarray(ours)[None, :] - np.asarray(theirs)[:, None]
    found = []
    for flat in np.argsort(np.abs(distance), axis=None):
        row, column = np.unravel_index(flat, distance.shape)
        if not abs(distance[row, column]) <= tolerance_s:
            break  # NaN, which marks what was paired already, sorts last
        found.append(float(distance[row, column]))
        distance[row, :] = distance[:, column] = np.nan
    return found


def score_delineation(headers: Iterable[Path], tolerance_s: float = TOLERANCE_S) -> dict[str, Any]:
    """Score the delineation of LUDB records.

    Args:
        headers: Their ``.hea`` files, with the marks beside them.
        tolerance_s: How near a mark has to be.

    Returns:
        ``Found`` by ``"P onset"``, ``"P end"``, ``"QRS onset"`` and so on.
    """
    from scar_core.formats import open_record

    keys = [f"{kind} {border}" for kind in WAVES for border in ("onset", "end")]
    differences: dict[str, list[float]] = {key: [] for key in keys}
    theirs_n, ours_n = dict.fromkeys(keys, 0), dict.fromkeys(keys, 0)
    for header in headers:
        own = delineate(open_record(header))
        for lead in _LEADS:
            marked = annotated(header, lead)
            if not marked:
                continue
            first, last = marked[0].start_s, marked[-1].stop_s
            inside = [wave for wave in own if first <= wave.peak_s <= last]
            for key in keys:
                kind, border = key.split()
                theirs = [_border(wave, border) for wave in marked if wave.kind == kind]
                ours = [_border(wave, border) for wave in inside if wave.kind == kind]
                differences[key] += pairs(theirs, ours, tolerance_s)
                theirs_n[key] += len(theirs)
                ours_n[key] += len(ours)
    return {
        key: Found(
            len(found) / max(1, theirs_n[key]),
            len(found) / max(1, ours_n[key]),
            1e3 * float(np.mean(found)) if found else 0.0,
            1e3 * float(np.std(found)) if found else 0.0,
            theirs_n[key],
        )
        for key, found in differences.items()
    }


def _border(wave: Wave, border: str) -> float:
    return wave.start_s if border == "onset" else wave.stop_s
