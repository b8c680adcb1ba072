"""Leads: their names and aliases, the electrodes behind them, and the limb-lead identities.

A lead keeps its name until it leaves this module: nothing elsewhere may map leads by position.
Einthoven and Goldberger give, for ideal millivolt leads,
``III = II − I``, ``aVR = −(I + II)/2``, ``aVL = I − II/2`` and ``aVF = II − I/2``.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

LIMB = ("I", "II", "III", "aVR", "aVL", "aVF")
PRECORDIAL = ("V1", "V2", "V3", "V4", "V5", "V6")
LEADS = LIMB + PRECORDIAL
LIMB_ELECTRODES = ("RA", "LA", "LL")
ELECTRODES = LIMB_ELECTRODES + PRECORDIAL

RESIDUAL_LIMIT = 0.15
"""Relative residual above which limb leads are called wrong. On 466 real millivolt records it was
at most 0.024; exchanging aVL and aVF in them gave at least 0.34, and any two limb leads were
named rightly 6,963 times of 6,990 (else the two were nearly equal)."""

BLOCK = 1 << 18
"""Samples that are worked through at once."""

_MODIFIED = {
    "MLI": "I", "MLII": "II", "MLIII": "III", "ML1": "I", "ML2": "II", "ML3": "III",
    **{f"{kind}{at}": f"V{at}" for kind in ("MV", "CM", "MODV") for at in range(1, 7)},
}  # fmt: skip
_BY_UPPER = {name.upper(): name for name in LEADS} | _MODIFIED | {
    "D1": "I", "D2": "II", "D3": "III", "DI": "I", "DII": "II", "DIII": "III",
    "L1": "I", "L2": "II", "L3": "III", "LI": "I", "LII": "II", "LIII": "III",
    **{f"C{at}": f"V{at}" for at in range(1, 7)},
}  # fmt: skip
# The same leads as the last number of a code: ISO 11073-10101 ("2:62") and SCP-ECG ("5.6.3-9-62").
_BY_CODE = {1: "I", 2: "II", 61: "III", 62: "aVR", 63: "aVL", 64: "aVF"}
_BY_CODE |= {at: f"V{at - 2}" for at in range(3, 9)}

_CODE = re.compile(r"^(?:2:|5\.6\.3-9-)(\d{1,2})$")
_PREFIX = re.compile(
    # A sign before the lead's name stays: "ECG-I" is lead I, "ECG -I" is not.
    r"^(?:MDC_ECG_(?:LEAD|ELEC_POTL)_"
    r"|(?:ECG|EKG)(?:-(?=\w)|[\s_:]+)|(?:LEAD|ABLEITUNG|ABL\.)(?:-(?=\w)|[\s_:]+)?)",
    re.IGNORECASE,
)

# Each limb lead as (a, b) of a·I + b·II; the rows are pairwise independent, which is why any two
# limb leads determine the other four.
_PLANE = np.array([(1, 0), (0, 1), (-1, 1), (-0.5, -0.5), (1, -0.5), (-0.5, 1)], dtype=np.float64)
# The four identities as rows over LIMB: what a lead is minus what I and II say it should be.
_IDENTITIES = np.hstack([-_PLANE[2:], np.eye(4)])


def canonical_lead(name: str) -> str | None:
    """Return the lead that a name stands for, spelled as in ``LEADS``; None if it is no lead.

    Case, blanks and prefixes such as ``Lead``, ``ECG`` or ``MDC_ECG_LEAD_`` are ignored, and Roman
    numerals that are one character are read. The modified leads of ambulatory monitors are taken
    for the lead that they approximate (``MLII`` → ``II``, ``CM5`` → ``V5``): a convention, and
    readers say in their notes when they used it. ``-aVR`` is None: it is another signal.
    """
    if code := _CODE.match(name.strip()):
        return _BY_CODE.get(int(code[1]))
    return _BY_UPPER.get(_bare(name))


def is_modified_lead(name: str) -> bool:
    """Say whether a name is that of a monitor's lead, which only approximates a standard one."""
    return _bare(name) in _MODIFIED


def _bare(name: str) -> str:
    """Return a name without prefixes, blanks and separators, in capitals."""
    bare = unicodedata.normalize("NFKC", name).strip()
    while (rest := _PREFIX.sub("", bare, count=1)) != bare:
        bare = rest
    return bare.upper() if bare.startswith("-") else re.sub(r"[\s_\-.]", "", bare).upper()


def leads_of_electrode(electrode: str) -> tuple[str, ...]:
    """Return the leads that are lost when an electrode falls off.

    RA, LA and LL each take every limb lead that uses them, and V1–V6 too, because Wilson's
    central terminal is the mean of the three. A chest electrode takes its own lead.

    Raises:
        KeyError: The electrode is not one of ``ELECTRODES`` (spelled exactly so).
    """
    if electrode in PRECORDIAL:
        return (electrode,)
    spared = {"RA": "III", "LA": "II", "LL": "I"}[electrode]
    return tuple(lead for lead in LEADS if lead != spared)


def recoverable_limb_leads(visible: Collection[str]) -> tuple[str, ...]:
    """Return the limb leads that are not visible but follow from those that are.

    Any two limb leads determine the other four; with fewer than two the answer is empty.
    """
    seen = [lead for lead in LIMB if lead in visible]
    return tuple(lead for lead in LIMB if lead not in seen) if len(seen) >= 2 else ()


def derive_limb_leads(
    known: Mapping[str, NDArray[np.floating]], wanted: Collection[str] = LIMB
) -> dict[str, NDArray[np.float64]]:
    """Compute limb leads from two or more others.

    Args:
        known: At least two limb leads by name, each (sample,) in millivolt. With more than two,
            the least-squares fit to all of them is used.
        wanted: Names of the limb leads to compute.

    Returns:
        Each wanted lead by name, (sample,) in millivolt.

    Raises:
        ValueError: Fewer than two known leads, or a name that is no limb lead.
    """
    unknown = [name for name in (*known, *wanted) if name not in LIMB]
    if unknown or len(known) < 2:
        msg = f"two limb leads are needed to derive others; got {list(known)} for {list(wanted)}"
        raise ValueError(msg)
    to_plane = np.linalg.pinv(_PLANE[[LIMB.index(name) for name in known]])
    plane = to_plane @ np.stack([np.asarray(lead, np.float64) for lead in known.values()])
    return {name: _PLANE[LIMB.index(name)] @ plane for name in wanted}


def exchanged_limb_leads(one: str, other: str) -> dict[str, tuple[str, int]]:
    """Say what the limb leads show when two limb electrodes have changed places.

    The chest leads stay as they are: Wilson's terminal is the mean of the three electrodes.

    Args:
        one: One of ``LIMB_ELECTRODES``.
        other: Another.

    Returns:
        For each limb lead the lead that it really is, and the sign with which it shows it.

    Raises:
        ValueError: They are no two limb electrodes.
    """
    if one == other or not {one, other} <= set(LIMB_ELECTRODES):
        raise ValueError(f"RA, LA and LL can be exchanged with each other, not {one} and {other}")
    potentials = _PLANE @ np.array([(-1, 1, 0), (-1, 0, 1)])  # each lead as a sum over RA, LA, LL
    cables = {name: name for name in LIMB_ELECTRODES} | {one: other, other: one}
    order = [LIMB_ELECTRODES.index(cables[name]) for name in LIMB_ELECTRODES]
    return {
        name: (source, sign)
        for name, row in zip(LIMB, potentials[:, order], strict=True)
        for source, true in zip(LIMB, potentials, strict=True)
        for sign in (1, -1)
        if np.array_equal(row, sign * true)
    }


def recovered_limb_leads(
    names: Sequence[str],
    signal: NDArray[np.float32],
    visible: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Compute limb leads, moment by moment, from those that can be seen at that moment.

    Args:
        names: Limb leads of the rows.
        signal: (lead, sample), millivolt.
        visible: bool (lead, sample), True = may be read.
        wanted: bool (lead, sample), True = to be computed; nowhere visible.

    Returns:
        A copy of ``signal`` with the computed samples in it, and bool (lead, sample), True =
        computed: wanted, and at least two leads visible.
    """
    signal = signal.copy()
    # One small least-squares map serves all moments at which the same leads are visible.
    bits = 1 << np.arange(len(names))
    patterns, which = np.unique(bits @ visible, return_inverse=True)
    found = wanted & (visible.sum(axis=0) >= 2)
    for number, pattern in enumerate(patterns):
        seen = [row for row in range(len(names)) if pattern & bits[row]]
        at = np.flatnonzero(which == number)
        if len(seen) < 2 or not wanted[:, at].any():
            continue
        derived = derive_limb_leads({names[row]: signal[row, at] for row in seen}, names)
        values = np.stack([derived[name] for name in names])
        signal[:, at] = np.where(wanted[:, at], values, signal[:, at])
    return signal, found


def lead_ranges(leads: Collection[str]) -> str:
    """Write leads for people, runs of three or more chest leads as ``V1–V4``."""
    said = [lead for lead in LIMB if lead in leads]
    run: list[str] = []
    for lead in (*PRECORDIAL, ""):
        if lead in leads:
            run.append(lead)
        elif run:
            said += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else run
            run = []
    return ", ".join(said)


def limb_residual(limb: NDArray[np.floating]) -> float:
    """Say how far six leads are from obeying the limb-lead identities.

    Args:
        limb: (6, sample) in the order of ``LIMB``, millivolt. Offsets are removed per lead.

    Returns:
        RMS of the four identities' errors over the RMS of III, aVR, aVL and aVF: 0 if they hold
        exactly; NaN if those leads are all constant.
    """
    return float(_residuals(_covariance(limb), np.arange(6)[None], np.ones((1, 6)))[0, 0])


def wrong_limb_order(limb: NDArray[np.floating]) -> str | None:
    """Say in a sentence that limb leads disobey the identities, and how if it can be told.

    Only meaningful for millivolts: leads that were scaled one by one never obey. Exchanged
    *electrodes* cannot be seen here, because the identities still hold then.

    Args:
        limb: (6, sample) in the order of ``LIMB``, samples where all six are present, millivolt.

    Returns:
        None if the relative residual is at most ``RESIDUAL_LIMIT`` or if a lead is constant.
    """
    covariance = _covariance(limb)
    if limb.shape[1] < 2 or not np.all(np.diag(covariance) > 0):
        return None
    residual = float(_residuals(covariance, np.arange(6)[None], np.ones((1, 6)))[0, 0])
    if residual <= RESIDUAL_LIMIT:
        return None
    return (
        f"The limb leads do not obey Einthoven's identities (relative residual {residual:.2f}, "
        f"expected at most {RESIDUAL_LIMIT}): {_explanation(covariance)}."
    )


def _covariance(limb: NDArray[np.floating]) -> NDArray[np.float64]:
    if limb.ndim != 2 or limb.shape[0] != 6:
        msg = f"limb leads have shape (6, sample), not {limb.shape}"
        raise ValueError(msg)
    mean = limb.mean(axis=1, keepdims=True, dtype=np.float64)
    covariance = np.zeros((6, 6))
    # In pieces, because hours of ECG in double precision would take gigabytes.
    for at in range(0, limb.shape[1], BLOCK):
        centred = limb[:, at : at + BLOCK] - mean
        covariance += centred @ centred.T
    return np.asarray(covariance / limb.shape[1])


def _residuals(
    covariance: NDArray[np.float64], orders: NDArray[np.int_], signs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Relative residual (order, sign) after re-ordering and re-signing the leads.

    The residual is quadratic in the leads, so their 6 × 6 covariance says it all and each of the
    46,080 candidates costs 36 products instead of a pass over the samples.
    """
    moved = covariance[orders[:, :, None], orders[:, None, :]]  # (order, 6, 6)
    weighted = (moved * (_IDENTITIES.T @ _IDENTITIES)).reshape(len(orders), 36)
    error = weighted @ (signs[:, :, None] * signs[:, None, :]).reshape(len(signs), 36).T
    scale = np.diagonal(moved, axis1=1, axis2=2)[:, 2:].sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(np.clip(error, 0, None) / scale))


def _explanation(covariance: NDArray[np.float64]) -> str:
    """Name the smallest re-ordering or sign change that makes the identities hold."""
    orders = np.array(list(permutations(range(6))))
    signs = np.array(list(product((1.0, -1.0), repeat=6)))
    residual = _residuals(covariance, orders, signs)
    changes = (orders != np.arange(6)).sum(axis=1)[:, None] + (signs < 0).sum(axis=1)
    # More than six changes could "explain" a record by chance, and nobody could check them.
    possible = (residual <= RESIDUAL_LIMIT) & (changes <= 6)
    if not possible.any():
        return "no exchange or sign change explains it, so check lead names and scaling"
    cost = np.where(possible, changes + np.minimum(residual, 1.0) / 2, np.inf)
    best_order, best_sign = np.unravel_index(int(np.argmin(cost)), cost.shape)
    order, sign = orders[best_order], signs[best_sign]
    moved = [i for i in range(6) if order[i] != i]
    said = []
    if len(moved) == 2:
        said.append(f"{LIMB[moved[0]]} and {LIMB[moved[1]]} seem to be swapped")
    elif moved:
        named = ", ".join(LIMB[order[i]] for i in moved)
        really = ", ".join(LIMB[i] for i in moved)
        said.append(f"the leads named {named} seem to be {really}")
    flipped = [LIMB[order[i]] for i in range(6) if sign[i] < 0]
    if flipped:
        verb = "seems" if len(flipped) == 1 else "seem"
        said.append(f"{', '.join(flipped)} {verb} to have the wrong sign")
    return " and ".join(said)
