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
        usual = [(t, q, qt) for t, kind, q, qt in self.beats if kind != VENTRICULAR]
        bounds = {
            "pr": lambda t, q, qt: (t - self.pr_s, t),
            "qrs": lambda t, q, qt: (t, t + q),
            "late": lambda t, q, qt: (t + 0.5 * q, t + q),
            "early": lambda t, q, qt: (t, t + 0.5 * q),
            "delta": lambda t, q, qt: (t - 0.04, t + 0.06),
            "qt": lambda t, q, qt: (t, t + qt),
            "st": lambda t, q, qt: (t + q, t + q + 0.4 * (qt - q)),
            "t": lambda t, q, qt: (t + q + 0.3 * (qt - q), t + qt),
            "stt": lambda t, q, qt: (t + q, t + qt),
            "q_stt": lambda t, q, qt: (t, t + qt),
            "pace": lambda t, q, qt: (t - 0.03, t + q),
        }[part]
        return [bounds(t, q, qt) for t, q, qt in usual]


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
    wanted = {
        "STE": lambda v: v >= 0.1, "STD": lambda v: v <= -0.05, "TINV": lambda v: v <= -0.1,
        "TAB": lambda v: v < 0.1, "NST": lambda v: v < -0.02, "ISC": lambda v: v <= -0.03,
    }[code]  # fmt: skip
    usual_negative = {"aVR"} if code in ("STD", "TINV", "TAB", "NST", "ISC") else set()
    leads = [n for n, v in zip(LEADS, values, strict=True) if wanted(v) and n not in usual_negative]
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
        part = "stt" if "ACUTEMI" in true else "q_stt"
        places.append((_TERRITORY[code], clock.parts(part)))
    elif code in ("ACUTEMI", "OLDMI", "QWAVE"):
        part = {"ACUTEMI": "stt", "OLDMI": "q_stt", "QWAVE": "early"}[code]
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
