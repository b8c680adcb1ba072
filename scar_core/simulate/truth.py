"""Which findings are true of each drawn record: from its traits and from measuring its beats."""

from dataclasses import dataclass

import torch
from torch import Tensor

from scar_core.findings import FINDINGS
from scar_core.simulate.conditions import TERRITORIES
from scar_core.simulate.measure import Beat, Measured, measure
from scar_core.simulate.render import Heart
from scar_core.simulate.rhythm import PREMATURE, VENTRICULAR

_NORMAL = frozenset({"SR", "SARRH"})


@dataclass(frozen=True)
class Truth:
    """What is true of a batch.

    Attributes:
        findings: Codes per record, in the order of ``FINDINGS``; not closed under implication.
        rate_bpm: Mean ventricular rate of the record ``(n,)``.
        measured: Measurements of the conducted beats.
    """

    findings: list[tuple[str, ...]]
    rate_bpm: Tensor
    measured: Measured


def _rate(heart: Heart, seconds: float) -> Tensor:
    """Count beats: mean ventricular rate between the first and last beat inside the record."""
    rhythm = heart.rhythm
    inside = rhythm.qrs_used & (rhythm.qrs_s >= 0) & (rhythm.qrs_s < seconds - 0.1)
    far = torch.full_like(rhythm.qrs_s, 1e9)
    first = torch.where(inside, rhythm.qrs_s, far).amin(dim=1)
    last = torch.where(inside, rhythm.qrs_s, -far).amax(dim=1)
    count = inside.sum(dim=1)
    return torch.where(
        (count > 1) & (last > first), 60.0 * (count - 1) / (last - first).clamp(min=0.2), 30.0
    )


def _rhythm_masks(heart: Heart, rate: Tensor, seconds: float) -> dict[str, Tensor]:
    traits, rhythm = heart.traits, heart.rhythm
    inside = rhythm.qrs_used & (rhythm.qrs_s > 0.1) & (rhythm.qrs_s < seconds - 0.25)
    pvc = (inside & (rhythm.kind == VENTRICULAR)).any(dim=1)
    pac = (inside & (rhythm.kind == PREMATURE)).any(dim=1)
    own = traits.any("AVB3", "VVI", "DDD")
    sinus = traits.any("SINUS") & ~traits.any("VVI", "DDD")
    slow = sinus & (rhythm.sinus_bpm < 60) & ~own
    fast = sinus & (rhythm.sinus_bpm > 100) & ~own
    steady = rhythm.qrs_used & inside & (rhythm.kind == 0)
    beside = torch.zeros_like(steady)
    beside[:, 1:] = steady[:, :-1]
    steady = steady & beside
    rr = rhythm.rr_s
    spread = torch.where(steady, rr, torch.zeros_like(rr)).amax(dim=1) - torch.where(
        steady, rr, torch.full_like(rr, 9.0)
    ).amin(dim=1)
    sarrh = traits.any("SARRH") & sinus & ~traits.any("AVB3", "WENCKEBACH", "MOBITZ2")
    sarrh = sarrh & (spread > 0.12)
    svt = traits.any("SVT")
    return {
        "SR": sinus & ~slow & ~fast & ~sarrh,
        "SBRAD": slow,
        "STACH": fast,
        "SARRH": sarrh,
        "AFIB": traits.any("AFIB"),
        "AFLT": traits.any("AFLT"),
        "SVT": svt,
        "PACE": traits.any("VVI", "DDD"),
        "BIGU": traits.any("BIGU") & (pvc | pac),
        "BRADY": (rate < 60) & ~slow,
        "TACHY": (rate > 100) & ~fast & ~svt,
        "PAC": pac,
        "PVC": pvc,
        "AVB1": traits.any("AVB1"),
        "AVB2": traits.any("WENCKEBACH", "MOBITZ2"),
        "AVB3": traits.any("AVB3"),
    }


def _beat_masks(heart: Heart, found: Measured) -> dict[str, Tensor]:
    traits = heart.traits
    conducted = ~traits.any("VVI", "DDD") & ~heart.rhythm.wide_escape
    masks = {
        name: traits.any(name) & conducted
        for name in ("CLBBB", "CRBBB", "IRBBB", "ILBBB", "LAFB", "LPFB", "IVCD", "WPW", "RVH",
                     "LAE", "RAE", "NST", "ABQRS")
    }  # fmt: skip
    for where in TERRITORIES:
        masks[where] = traits.any(f"{where}_ACUTE", f"{where}_OLD") & conducted
    acute = traits.any(*(f"{where}_ACUTE" for where in TERRITORIES)) & conducted
    old = traits.any(*(f"{where}_OLD" for where in TERRITORIES)) & conducted
    st_moved = found.st_down >= 1.2
    turned = traits.any("TINV", "ISC", "STRAIN") | old
    masks |= {
        "ACUTEMI": acute,
        "OLDMI": old,
        "QWAVE": (traits.any("QWAVE") | old) & conducted,
        "LVH": traits.any("LVH") & conducted & (found.sokolow_mv >= 3.5),
        "STE": (traits.any("STE") | acute) & (found.st_up >= 1.0) & conducted,
        "STD": (traits.any("STD", "ISC", "STRAIN") | acute) & st_moved & conducted,
        "TINV": turned & (found.t_down >= 1.0) & conducted,
        "ISC": traits.any("ISC") & conducted,
        "LQT": traits.any("LQT") & conducted,
        "LVOLT": (found.limb_mv < 0.5) & conducted,
        "LAD": (found.axis_deg < -30) & (found.axis_deg > -90) & conducted,
        "RAD": ((found.axis_deg > 95) | (found.axis_deg < -150)) & conducted,
    }
    # T waves that disease has flattened are abnormal whatever flattened them; after a block or
    # preexcitation they are part of it and not named.
    follows = traits.any("CLBBB", "CRBBB", "ILBBB", "IVCD", "WPW", "NST", "PLAIN")
    flat = (found.t_flat < 0.07) & ~follows
    masks["TAB"] = (traits.any("TAB") | flat) & ~masks["TINV"] & conducted
    return masks


def find_truth(heart: Heart, seconds: float) -> Truth:
    """Decide what is true of each record of a batch.

    Args:
        heart: The drawn hearts.
        seconds: Length of the records.
    """
    found = measure(Beat.of(heart.qrs, heart.repolarisation, heart.qrs_mv, heart.stt_mv))
    rate = _rate(heart, seconds)
    masks = _rhythm_masks(heart, rate, seconds) | _beat_masks(heart, found)
    codes = [code for code in FINDINGS if code in masks]
    table = torch.stack([masks[code] for code in codes], dim=1).tolist()
    findings = []
    for row in table:
        true = tuple(code for code, is_true in zip(codes, row, strict=True) if is_true)
        normal = set(true) <= _NORMAL and true
        findings.append(("NORM", *true) if normal else true)
    return Truth(findings, rate, found)
