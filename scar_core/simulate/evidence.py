"""Where each finding shows: which leads, and which stretches of time."""

from scar_core.leads import LEADS
from scar_core.simulate.measure import Measured
from scar_core.simulate.render import Heart, beat_qt
from scar_core.simulate.rhythm import PREMATURE, VENTRICULAR

Stretch = tuple[str, float, float]
"""A lead, and from when to when in seconds."""

INFERIOR = ("II", "III", "aVF")
RIGHT = ("V1", "V2")
LEFT = ("I", "aVL", "V5", "V6")
FRONTAL = ("I", "aVF", "II")
_TERRITORY = {"IMI": INFERIOR, "AMI": ("V1", "V2", "V3", "V4"), "LMI": LEFT}

# Leads and the part of each conducted beat that carry a finding.
_PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "AVB1": (("II", "V1"), "pr"), "AVB2": (("II", "V1"), "strip"), "AVB3": (("II", "V1"), "strip"),
    "CLBBB": (("V1", "V2", "I", "aVL", "V5", "V6"), "qrs"),
    "ILBBB": (("V1", "V2", "I", "aVL", "V5", "V6"), "qrs"),
    "CRBBB": (("V1", "V2", "I", "V6"), "late"), "IRBBB": (RIGHT, "late"),
    "IVCD": (LEADS, "qrs"), "ABQRS": (LEADS, "qrs"),
    "LAFB": (("I", "aVL", *INFERIOR), "qrs"), "LPFB": (("I", "aVL", *INFERIOR), "qrs"),
    "WPW": (LEADS, "delta"), "LAD": (FRONTAL, "qrs"), "RAD": (FRONTAL, "qrs"),
    "LVH": (("V1", "V2", "V5", "V6", "I", "aVL"), "qrs"), "RVH": (("V1", "V2", "I", "V6"), "qrs"),
    "LAE": (("II", "V1"), "p"), "RAE": (("II", "III", "aVF", "V1"), "p"),
    "LQT": (("II", "V2", "V3", "V5"), "qt"), "LVOLT": (LEADS[:6], "qrs"), "NORM": (LEADS, "strip"),
    "PACE": (LEADS, "pace"),
    **{code: (("II", "V1"), "strip") for code in ("SR", "SBRAD", "STACH", "SARRH")},
    **{code: (LEADS, "strip") for code in ("BRADY", "TACHY", "SVT")},
    "AFIB": (LEADS, "strip"), "AFLT": (("II", "III", "aVF", "V1"), "strip"),
}  # fmt: skip


# Parts of a beat: seconds before QRS onset at which it starts, then where it starts and stops in
# shares of QRS and of what follows until the end of T, and seconds added to the stop.
_PARTS: dict[str, tuple[float, tuple[float, float], tuple[float, float, float]]] = {
    "pr": (0.0, (0, 0), (0, 0, 0)),
    "qrs": (0.0, (0, 0), (1, 0, 0)),
    "late": (0.0, (0.5, 0), (1, 0, 0)),
    "early": (0.0, (0, 0), (0.5, 0, 0)),
    "delta": (0.02, (0, 0), (0, 0, 0.06)),
    "qt": (0.0, (0, 0), (1, 1, 0)),
    "st": (0.0, (1, 0), (1, 0.4, 0)),
    "t": (0.0, (1, 0.3), (1, 1, 0)),
    "stt": (0.0, (1, 0), (1, 1, 0)),
    "pace": (0.03, (0, 0), (1, 0, 0)),
}

# ST level or T amplitude, which way, and beyond how many mV a lead shows the finding.
_DEVIATES: dict[str, tuple[float, float]] = {
    "STE": (1, 0.1), "STD": (-1, 0.05), "TINV": (-1, 0.1), "TAB": (-1, -0.1), "NST": (-1, 0.02),
    "ISC": (-1, 0.03),
}  # fmt: skip


class _Clock:
    """Times of one record's beats and P waves as plain numbers."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.beats: list[tuple[float, int, float, float]] = []  # onset, kind, QRS, QT
        self.p_waves: list[float] = []
        self.p_s = 0.1
        self.pr_s = 0.16

    def parts(self, part: str) -> list[tuple[float, float]]:
        """Return the stretches of time of one part of each conducted beat."""
        if part == "strip":
            return [(0.0, self.seconds)]
        if part == "p":
            return [(p, p + self.p_s) for p in self.p_waves]
        before, start, stop = _PARTS[part]
        return [
            (
                t - (self.pr_s if part == "pr" else before) + start[0] * q + start[1] * (qt - q),
                t + stop[0] * q + stop[1] * (qt - q) + stop[2],
            )
            for t, kind, q, qt in self.beats
            if kind != VENTRICULAR
        ]


def _clocks(heart: Heart, seconds: float) -> list[_Clock]:
    rhythm = heart.rhythm
    clocks = [_Clock(seconds) for _ in range(heart.traits.n)]
    record, slot = rhythm.qrs_used.nonzero(as_tuple=True)
    kind = rhythm.kind[record, slot]
    columns = (record, rhythm.qrs_s[record, slot], kind, heart.qrs.duration_s[record, kind],
               beat_qt(heart, record, slot))  # fmt: skip
    for r, t, k, q, qt in zip(*(c.tolist() for c in columns), strict=True):
        clocks[r].beats.append((t, k, q, qt))
    record, slot = rhythm.p_used.nonzero(as_tuple=True)
    for r, t in zip(record.tolist(), rhythm.p_s[record, slot].tolist(), strict=True):
        clocks[r].p_waves.append(t)
    widths = heart.atrial.p_duration_s.tolist()
    for clock, p_s, pr_s in zip(clocks, widths, rhythm.pr_s.tolist(), strict=True):
        clock.p_s, clock.pr_s = p_s, pr_s
    return clocks


def _deviating(code: str, st_mv: list[float], t_mv: list[float]) -> tuple[tuple[str, ...], str]:
    """Leads in which the ST level or T wave itself shows the finding."""
    values, part = (t_mv, "t") if code in ("TINV", "TAB") else (st_mv, "st")
    sign, limit = _DEVIATES[code]
    usual = () if code == "STE" else ("aVR",)  # where downward is the ordinary direction
    leads = [
        name
        for name, value in zip(LEADS, values, strict=True)
        if sign * value >= limit and name not in usual
    ]
    if not leads:
        leads = ["I", "II", "V5", "V6"]
    return tuple(leads), "stt" if code in ("NST", "ISC") else part


def _stretches(
    code: str, clock: _Clock, st_mv: list[float], t_mv: list[float], true: tuple[str, ...]
) -> list[Stretch]:
    places: list[tuple[tuple[str, ...], list[tuple[float, float]]]] = []
    if code in ("PVC", "PAC", "BIGU"):
        kinds = {"PVC": (VENTRICULAR,), "PAC": (PREMATURE,)}.get(code, (VENTRICULAR, PREMATURE))
        ahead = 0.18 if code == "PAC" else 0.0
        times = [(t - ahead, t + qt) for t, kind, _, qt in clock.beats if kind in kinds]
        places.append((LEADS, times))
    elif code in ("IMI", "AMI", "LMI"):
        part = "stt" if "ACUTEMI" in true else "qt"
        places.append((_TERRITORY[code], clock.parts(part)))
    elif code in ("ACUTEMI", "OLDMI", "QWAVE"):
        part = {"ACUTEMI": "stt", "OLDMI": "qt", "QWAVE": "early"}[code]
        walls = [_TERRITORY[wall] for wall in _TERRITORY if wall in true]
        leads = tuple(dict.fromkeys(lead for wall in walls for lead in wall))
        places.append((leads or (*INFERIOR, "V1", "V2", "V3"), clock.parts(part)))
    elif code in _PLACES:
        leads, part = _PLACES[code]
        places.append((leads, clock.parts(part)))
    else:
        leads, part = _deviating(code, st_mv, t_mv)
        places.append((leads, clock.parts(part)))
    return [
        (lead, round(max(start, 0.0), 3), round(min(stop, clock.seconds), 3))
        for leads, times in places
        for lead in leads
        for start, stop in times
        if stop > 0.005 and start < clock.seconds - 0.005
    ]


def find_evidence(
    heart: Heart, measured: Measured, findings: list[tuple[str, ...]], seconds: float
) -> list[dict[str, list[Stretch]]]:
    """Say where each finding of each record shows.

    Args:
        heart: The drawn hearts.
        measured: Measurements of their conducted beats.
        findings: Codes per record.
        seconds: Length of the records.

    Returns:
        Per record: code -> stretches ``(lead, start_s, stop_s)``, all inside the record.
    """
    levels = zip(measured.twelve_st_mv.tolist(), measured.twelve_t_mv.tolist(), strict=True)
    return [
        {code: _stretches(code, clock, st_mv, t_mv, true) for code in true}
        for true, clock, (st_mv, t_mv) in zip(
            findings, _clocks(heart, seconds), levels, strict=True
        )
    ]
