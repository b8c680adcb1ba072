"""Views: named missingness for evaluation, drawn on one grid that fits every method.

A mask is bool (12, 50), True = hidden: rows are ``LEADS``, columns are patches of 0.2 s over the
first 10 s. A mask follows from seed, record name, view and number alone, so every method that is
compared sees the same ones.

* ``full`` hides nothing;
* ``lead`` hides each lead with probability 0.1;
* ``time`` hides on each lead one span of 5 to 20 % of the duration;
* ``random`` does both (the paper's Rand.);
* ``hard`` is the worst of several candidates with the budget of ``random`` (``hard_candidates``);
* ``limb``, ``precordial``, ``lead-II`` and ``electrode-RA`` … ``electrode-V6`` hide what they name;
* ``ratio-5`` … ``ratio-80`` hide that many percent of the present patches, by leads and spans.

At least one lead stays visible, if only in part.
"""

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.leads import ELECTRODES, LEADS, LIMB, PRECORDIAL, leads_of_electrode
from scar_core.record import ECGRecord

if TYPE_CHECKING:  # views can be named without torch
    from scar_core.methods.contract import InputContract

Bools = NDArray[np.bool_]
Generator = np.random.Generator

GRID_S = 0.2
PATCHES = 50
GRID = (len(LEADS), PATCHES)
CANDIDATES = 16
"""Candidates of a hard mask."""
LEAD_PROBABILITY = 0.1
SPAN_SHARE = (0.05, 0.20)
RATIOS = (5, 10, 20, 30, 40, 50, 60, 70, 80)

_FIXED: dict[str, tuple[str, ...]] = {
    "full": (),
    "limb": LIMB,
    "precordial": PRECORDIAL,
    "lead-II": ("II",),
    **{f"electrode-{name}": leads_of_electrode(name) for name in ELECTRODES},
}
VIEWS = ("full", "lead", "time", "random", "hard", *list(_FIXED)[1:])
RATIO_VIEWS = tuple(f"ratio-{percent}" for percent in RATIOS)


def check_view(view: str) -> str:
    """Return the view's name.

    Raises:
        ConfigError: There is no such view.
    """
    if view not in VIEWS + RATIO_VIEWS:
        raise ConfigError(
            f"there is no view {view!r}; choose from: {', '.join(VIEWS)}, {RATIO_VIEWS[0]} to "
            f"{RATIO_VIEWS[-1]}"
        )
    return view


def is_fixed(view: str) -> bool:
    """True if the view has one mask only: nothing in it is drawn."""
    return view in _FIXED


def present_patches(record: ECGRecord) -> Bools:
    """Say which patches of the grid were measured: at least half of their samples are present.

    Args:
        record: Any leads, rate and length; what lies beyond 10 s does not count.

    Returns:
        Bool (12, 50).
    """
    ordered = record.in_order(LEADS)
    at = np.arange(ordered.n_samples) / record.sampling_rate_hz
    patch = np.floor(at / GRID_S + 1e-6).astype(int)
    inside = patch < PATCHES
    samples = np.bincount(patch[inside], minlength=PATCHES)
    counts = [np.bincount(patch[inside], row[inside], PATCHES) for row in ordered.present]
    # A patch that a short record never reaches has no samples and is not present.
    needed = np.maximum(0.5 * max(1.0, GRID_S * record.sampling_rate_hz), 0.5 * samples)
    return np.asarray(np.stack(counts) >= needed - 1e-9)


def to_samples(masks: Bools, contract: "InputContract") -> Bools:
    """Spread masks over the samples of a contract, leads by name.

    Args:
        masks: Bool (..., 12, 50), True = hidden.
        contract: Its leads, rate and seconds decide the result's shape.

    Returns:
        Bool (..., L, T), True = hidden.
    """
    rows = [LEADS.index(lead) for lead in contract.leads]
    at = np.arange(contract.n_samples) / contract.rate_hz
    patch = np.minimum(np.floor(at / GRID_S + 1e-6).astype(int), PATCHES - 1)
    return np.asarray(masks[..., rows, :][..., patch])


def severity(masks: Bools, present: Bools) -> NDArray[np.float64]:
    """Share of the present patches that is hidden, S of CMRS; (...,) for masks (..., 12, 50)."""
    return np.asarray(severity_by_lead(masks, present).sum(-1))


def severity_by_lead(masks: Bools, present: Bools) -> NDArray[np.float64]:
    """The same, taken apart by lead: (..., 12), which sum to ``severity``."""
    hidden = (masks & present).sum(-1, dtype=np.float64)
    return np.asarray(hidden / np.maximum(1, present.sum((-2, -1)))[..., None])


def _generator(seed: int, name: str, view: str, number: int) -> Generator:
    digest = hashlib.sha256(f"{seed}|{name}|{view}|{number}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def draw_masks(view: str, present: Bools, n: int, *, seed: int, name: str) -> Bools:
    """Draw a record's masks for one view.

    Args:
        view: Any view but ``hard``.
        present: Bool (12, 50), what was measured.
        n: Number of masks; mask k is the same for every n.
        seed: Of the evaluation.
        name: Name of the record.

    Returns:
        Bool (n, 12, 50), True = hidden; (1, 12, 50) where the view has one mask only.

    Raises:
        ConfigError: Unknown view, or ``hard``, which needs a reference model.
    """
    check_view(view)
    if view == "hard":
        raise ConfigError("hard masks need a reference model; draw hard_candidates and choose")
    if is_fixed(view):
        mask = np.zeros(GRID, np.bool_)
        mask[[LEADS.index(lead) for lead in _FIXED[view]]] = True
        return _one_visible(mask, present, _generator(seed, name, view, 0))[None]
    return np.stack([_drawn(view, present, _generator(seed, name, view, k)) for k in range(n)])


def _drawn(view: str, present: Bools, rng: Generator) -> Bools:
    if view.startswith("ratio-"):
        return _of_ratio(present, int(view.removeprefix("ratio-")) / 100, rng)
    leads = _draw_leads(rng) if view != "time" else np.zeros(len(LEADS), np.bool_)
    lengths = _draw_lengths(rng) if view != "lead" else np.zeros(len(LEADS), int)
    return _one_visible(_assemble(leads, lengths, rng), present, rng)


def _draw_leads(rng: Generator) -> Bools:
    return np.asarray(rng.random(len(LEADS)) < LEAD_PROBABILITY)


def _draw_lengths(rng: Generator) -> NDArray[np.int_]:
    """Patches of one span on each lead."""
    return np.round(rng.uniform(*SPAN_SHARE, len(LEADS)) * PATCHES).astype(int)


def _assemble(leads: Bools, lengths: NDArray[np.int_], rng: Generator) -> Bools:
    starts = rng.integers(0, PATCHES - lengths + 1)[:, None]
    patch = np.arange(PATCHES)
    return np.asarray(leads[:, None] | ((patch >= starts) & (patch < starts + lengths[:, None])))


def _one_visible(mask: Bools, present: Bools, rng: Generator) -> Bools:
    """Show one present lead again if nothing present is visible."""
    if not (present & ~mask).any() and present.any():
        mask = mask.copy()
        mask[rng.choice(np.flatnonzero(present.any(-1)))] = False
    return mask


def _of_ratio(present: Bools, ratio: float, rng: Generator) -> Bools:
    """Hide leads and spans, the last one cut, until exactly that share of patches is hidden."""
    total = int(present.sum())
    wanted = min(round(ratio * total), total - 1)
    mask = np.zeros(GRID, np.bool_)
    while (missing := wanted - int((mask & present).sum())) > 0:
        piece = np.zeros(GRID, np.bool_)
        lead = rng.integers(len(LEADS))
        length = PATCHES if rng.random() < 0.5 else int(_draw_lengths(rng)[0])
        start = rng.integers(0, PATCHES - length + 1)
        piece[lead, start : start + length] = True
        new = np.flatnonzero(piece & present & ~mask)
        mask.flat[new[:missing]] = True
    return mask


def hard_candidates(
    present: Bools, n: int, *, seed: int, name: str, candidates: int = CANDIDATES
) -> Bools:
    """Candidates for n hard masks: each group hides as many present patches as its random mask.

    The first of a group is mask k of the view ``random``; the others hide as many leads and spans
    of the same lengths, at other places. Where parts of a record are absent, single patches are
    hidden or shown until the number is the same.

    Args:
        present: Bool (12, 50), what was measured.
        n: Number of hard masks.
        seed: Of the evaluation.
        name: Name of the record.
        candidates: How many for each (K).

    Returns:
        Bool (n, candidates, 12, 50), True = hidden.
    """
    return np.stack([_group(present, seed, name, k, candidates) for k in range(n)])


def _group(present: Bools, seed: int, name: str, number: int, candidates: int) -> Bools:
    first = _drawn("random", present, _generator(seed, name, "random", number))
    again = _generator(seed, name, "random", number)  # the leads and spans that it began with
    leads, lengths = _draw_leads(again), _draw_lengths(again)
    rng = _generator(seed, name, "hard", number)
    budget = int((first & present).sum())
    masks = [first]
    while len(masks) < candidates:
        order = rng.permutation(len(LEADS))
        mask = _assemble(leads[order], lengths[order], rng)
        masks.append(_with_budget(mask, present, budget, rng))
    return np.stack(masks)


def _with_budget(mask: Bools, present: Bools, budget: int, rng: Generator) -> Bools:
    excess = int((mask & present).sum()) - budget
    if excess:
        pool = np.flatnonzero(present & (mask if excess > 0 else ~mask))
        mask = mask.copy()
        mask.flat[rng.choice(pool, abs(excess), replace=False)] = excess < 0
    return mask
