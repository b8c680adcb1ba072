"""Which conditions a simulated record has: drawn in combinations that occur, or asked for by code.

A *trait* is a cause that the simulator can draw (``"CLBBB"``, ``"IMI_ACUTE"``, ``"SLOW"``); a
finding is what is true of the record in the end, and follows from the traits and from measuring
the drawn beats.
"""

import random
from collections.abc import Sequence

from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS

ATRIAL = ("SINUS", "AFIB", "AFLT", "SVT")
"""What the atria do: exactly one of these is a trait of each record."""

DRIVERS = ("AVB3", "WENCKEBACH", "MOBITZ2", "VVI", "DDD")
"""What keeps the ventricles from simply following the atria: at most one of these."""

TERRITORIES = ("IMI", "AMI", "LMI")

TRAITS = (
    *ATRIAL, *DRIVERS, "SLOW", "FAST", "SARRH", "AVB1", "PAC", "PVC", "BIGU",
    "CLBBB", "CRBBB", "IRBBB", "ILBBB", "IVCD", "WPW", "LAFB", "LPFB",
    "LVH", "STRAIN", "RVH", "LAE", "RAE",
    *(f"{where}_{stage}" for where in TERRITORIES for stage in ("ACUTE", "OLD")),
    "QWAVE", "STD", "STE", "TINV", "TAB", "NST", "ISC", "LQT", "LVOLT", "LAD", "RAD",
    "JUVENILE", "PLAIN", "ABQRS",
)  # fmt: skip
"""Every trait; ``PLAIN`` keeps everything that nobody asked for within normal limits."""

EXCLUSIVE: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        " ".join(ATRIAL), " ".join(DRIVERS), "SLOW FAST", "LAD RAD", "LAFB LPFB", "LVH LVOLT",
        "CLBBB CRBBB IRBBB ILBBB IVCD WPW VVI DDD", "LAFB RAD", "LPFB LAD", "LAFB CLBBB",
        "AFIB WENCKEBACH", "AFIB MOBITZ2", "AFIB DDD", "AFIB AVB1", "AFIB SARRH", "AFIB PAC",
        "AFIB LAE", "AFIB RAE", "AFIB WPW", "SVT SLOW", "SVT AVB1", "SVT LAE", "SVT RAE",
        "AVB1 WPW", "AVB3 AVB1", "AVB3 PAC", "AVB3 WPW", "AVB3 FAST", "VVI AVB1", "VVI PAC",
        *(f"{a} {b}" for a in ("AFLT", "SVT") for b in (*DRIVERS, "PAC", "SARRH", "AVB1", "WPW")),
        *(f"AFLT {b}" for b in ("LAE", "RAE")), *(f"SVT {b}" for b in ("PVC", "BIGU")),
        *(f"{a} {b}" for a in ("WENCKEBACH", "MOBITZ2") for b in ("AVB1", "PAC", "PVC", "FAST")),
    )
)  # fmt: skip
"""Traits that the simulator does not draw together."""

_ASKED: dict[str, tuple[tuple[str, ...], ...]] = {
    "NORM": (("SINUS",),), "SR": (("SINUS",),), "SBRAD": (("SINUS", "SLOW"),),
    "STACH": (("SINUS", "FAST"),), "SARRH": (("SINUS", "SARRH"),),
    "AVB2": (("WENCKEBACH",), ("MOBITZ2",)), "PACE": (("VVI",), ("DDD",)),
    "SVARR": (("AFIB",), ("AFLT",), ("SVT",)), "BIGU": (("BIGU", "PVC"), ("BIGU", "PAC")),
    "BRADY": (("SLOW",),), "TACHY": (("FAST",),), "AVB": (("AVB1",), ("WENCKEBACH",), ("AVB3",)),
    "CD": (("CLBBB",), ("CRBBB",), ("IRBBB",), ("LAFB",), ("IVCD",), ("AVB1",)),
    "HYP": (("LVH",), ("RVH",), ("LAE",), ("RAE",)),
    "MI": tuple((f"{where}_OLD",) for where in TERRITORIES),
    "ACUTEMI": tuple((f"{where}_ACUTE",) for where in TERRITORIES),
    "OLDMI": tuple((f"{where}_OLD",) for where in TERRITORIES),
    "STTC": (("NST",), ("TINV",), ("STD",), ("TAB",)), "ABQRS": (("IVCD", "ABQRS"),),
}  # fmt: skip


def traits_for(codes: Sequence[str], rng: random.Random) -> frozenset[str]:
    """Choose traits that make findings true, and nothing else abnormal.

    Args:
        codes: Finding codes, e.g. ``("AFIB", "CLBBB")``.
        rng: Source of the choice where several traits would do.

    Returns:
        Traits, with exactly one rhythm.

    Raises:
        ConfigError: A code is unknown.
    """
    unknown = [code for code in codes if code not in FINDINGS]
    if unknown:
        raise ConfigError(
            f"the simulator was asked for {', '.join(unknown)}, which are no finding codes:"
            f" choose among {', '.join(FINDINGS)}"
        )
    traits = {"PLAIN"}
    staged = [code for code in codes if code in TERRITORIES]
    stages = [s for s, code in (("ACUTE", "ACUTEMI"), ("OLD", "OLDMI")) if code in codes]
    for code in codes:
        if code in TERRITORIES:
            traits.add(f"{code}_{rng.choice(stages or ['ACUTE', 'OLD'])}")
        elif code in ("ACUTEMI", "OLDMI", "MI") and staged:
            continue
        elif code == "PACE" and {"AFIB", "SVARR"} & set(codes):
            traits.add("VVI")  # there is no atrium to track
        elif code == "BIGU" and {"PVC", "PAC"} & set(codes):
            traits.add("BIGU")
        else:
            traits.update(rng.choice(_ASKED.get(code, ((code,),))))
    if not traits & set(ATRIAL):
        traits.add("SINUS")
    for group in EXCLUSIVE:
        if len(group & traits) > 1:
            raise ConfigError(
                f"the simulator was asked for {', '.join(codes)}, of which"
                f" {' and '.join(sorted(group & traits))} cannot be drawn in one record:"
                " ask for them in separate records"
            )
    return frozenset(traits)


def _some(rng: random.Random, **chances: float) -> set[str]:
    """Choose each name independently with its chance."""
    return {name for name, chance in chances.items() if rng.random() < chance}


def _draw_rhythm(rng: random.Random) -> set[str]:
    atrial = rng.choices(ATRIAL, (0.83, 0.095, 0.04, 0.035))[0]
    traits = {atrial}
    if atrial == "SINUS":
        driver = rng.choices(("", *DRIVERS), (0.905, 0.02, 0.014, 0.014, 0.022, 0.025))[0]
        if driver:
            traits.add(driver)
            return traits | _some(rng, PVC=0.05 if driver in ("VVI", "DDD") else 0.0)
        traits |= {rng.choices(("", "SLOW", "FAST"), (0.74, 0.14, 0.12))[0]} - {""}
        traits |= _some(rng, AVB1=0.08, PAC=0.07, PVC=0.07)
        if "FAST" not in traits:
            traits |= _some(rng, SARRH=0.09)
    elif atrial == "AFIB":
        traits |= {rng.choices(("", "SLOW", "FAST"), (0.55, 0.12, 0.33))[0]} - {""}
        traits |= _some(rng, PVC=0.07, VVI=0.05, AVB3=0.02)
        if {"VVI", "AVB3"} & traits:
            traits -= {"SLOW", "FAST", "VVI" if "AVB3" in traits else ""}
    if {"PAC", "PVC"} & traits:
        traits |= _some(rng, BIGU=0.17)
    return traits


def _draw_conduction(rng: random.Random) -> set[str]:
    name = rng.choices(
        ("", "CLBBB", "CRBBB", "IRBBB", "ILBBB", "IVCD", "WPW"),
        (0.62, 0.08, 0.09, 0.08, 0.02, 0.05, 0.02),
    )[0]
    traits = {name} - {""}
    fascicle = rng.random()
    if name in ("", "CRBBB", "IRBBB"):
        if fascicle < (0.2 if name == "CRBBB" else 0.06):
            traits.add("LAFB")
        elif fascicle > 0.975:
            traits.add("LPFB")
    return traits


def _draw_muscle(rng: random.Random, conduction: set[str]) -> set[str]:
    """Hypertrophy and infarction, less often where conduction hides them."""
    traits: set[str] = set()
    wide = bool(conduction & {"CLBBB", "WPW", "IVCD", "ILBBB"})
    if rng.random() < (0.04 if wide else 0.12):
        traits.add("LVH")
        if rng.random() < 0.55:
            traits.add("STRAIN")
    elif not wide and "LAFB" not in conduction and rng.random() < 0.035:
        traits.add("RVH")
    if rng.random() < (0.25 if traits else 0.05):
        traits.add("LAE")
    if rng.random() < (0.3 if "RVH" in traits else 0.025):
        traits.add("RAE")
    if rng.random() < (0.05 if wide else 0.22):
        stage = rng.choices(("ACUTE", "OLD"), (0.35, 0.65))[0]
        for where in rng.choices(
            (("IMI",), ("AMI",), ("LMI",), ("IMI", "LMI"), ("AMI", "LMI"), ("IMI", "AMI")),
            (0.4, 0.38, 0.07, 0.06, 0.05, 0.04),
        )[0]:
            traits.add(f"{where}_{stage}")
    return traits


def _draw_repolarisation(rng: random.Random, traits: set[str]) -> set[str]:
    """Repolarisation of its own, where nothing else already changes it, and the QT interval."""
    infarct = any(trait.endswith(("_ACUTE", "_OLD")) for trait in traits)
    changed = infarct or traits & {"CLBBB", "WPW", "VVI", "DDD", "STRAIN"}
    own: set[str] = _some(rng, LQT=0.05)
    if not changed and rng.random() < 0.36:
        kinds = (("STD",), ("STE",), ("TINV",), ("TAB",), ("NST",), ("ISC",), ("STD", "TINV"))
        own |= set(rng.choices(kinds, (0.14, 0.07, 0.2, 0.2, 0.2, 0.14, 0.05))[0])
    return own


def _draw_axis(rng: random.Random, traits: set[str]) -> set[str]:
    if traits & {"LAFB", "LPFB", "RVH", "VVI", "DDD"}:
        return set()
    side = rng.random()
    if side < 0.07:
        return {"LAD"}
    return {"RAD"} if side > 0.95 and not traits & {"CLBBB", "IMI_OLD", "LVH"} else set()


def draw_traits(rng: random.Random) -> frozenset[str]:
    """Draw the traits of one record of a mixed population of patients.

    About a quarter are normal; the rest combine a rhythm, a conduction pattern, muscle disease,
    repolarisation and axis with the dependencies that clinics see (infarction rarely read under
    left bundle branch block, left anterior block often beside right bundle branch block).
    """
    if rng.random() < 0.2:
        normal = {"SINUS", "PLAIN"}
        if rng.random() < 0.1:
            normal.add("JUVENILE")
        return frozenset(normal)
    traits = _draw_rhythm(rng)
    paced = bool(traits & {"VVI", "DDD"})
    if rng.random() < 0.6 and not paced:
        conduction = _draw_conduction(rng)
        if "WPW" in conduction and (traits & {"AVB1", "AVB3"} or "SINUS" not in traits):
            conduction = set()
        traits |= conduction
    if rng.random() < 0.65 and not paced:
        traits |= _draw_muscle(rng, traits)
    traits |= _draw_repolarisation(rng, traits)
    if "LVH" not in traits:
        traits |= _some(rng, LVOLT=0.045)
    traits |= _draw_axis(rng, traits)
    for group in EXCLUSIVE:
        if len(group & traits) > 1:  # the later kind gives way, so that rhythms keep their share
            traits -= set(sorted(group & traits, key=TRAITS.index)[1:])
    return frozenset(traits)
