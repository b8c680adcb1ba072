"""Importance against simulated truth: does it point at the evidence, and where does it go then?

Simulated records know where each finding shows. The first half of a finding's leads, in the order
in which the simulator names them, carry its primary evidence; the other leads carry the secondary.
The choice is the same for every method. Findings that show everywhere say nothing about pointing
and are left out.

Accounts are selector weights, where a method has them, and the positive part of gradient × input of
the finding's similarity, normalised to sum to 1 over what is visible. Selector weights belong to
an answer as a whole and not to one finding, so methods are compared by the second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.analysis.attribution import selector_importance
from scar_core.analysis.importance import How, from_gradient, shown
from scar_core.analysis.masks import Grid, Mask
from scar_core.errors import ConfigError
from scar_core.evaluation.views import GRID_S, PATCHES
from scar_core.evaluation.zero_shot import Predictor
from scar_core.findings import FINDINGS
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from scar_core.simulate import Stretch, simulate

Floats = NDArray[np.float64]

WIDEST = 0.5
"""Findings whose evidence covers more of the record are left out."""
TOUCHED = 0.25
"""Share of a patch that evidence has to cover for the patch to carry it."""
FIRST = 20
"""k of precision at k."""
MOVED = ("moved_to_secondary", "moved_if_scaled", "moved_beyond_scaling", "moved_by_chance")
FIGURES = ("pointing", "pointing_by_chance", "precision", "precision_by_chance", *MOVED)


@dataclass(frozen=True, eq=False)
class Evidence:
    """A simulated record and where one of its findings shows.

    Attributes:
        record: The record.
        code: The finding.
        primary: Bool (12, 50), patches of its primary evidence.
        secondary: Bool (12, 50), patches of its other evidence.
    """

    record: ECGRecord
    code: str
    primary: Mask
    secondary: Mask


@dataclass(frozen=True)
class Score:
    """One record, one finding, one method.

    Attributes:
        record: Name of the record.
        code: The finding.
        pointing: 1.0 if the weightiest patch carries evidence.
        pointing_by_chance: Share of the patches that carry evidence.
        precision: Share of the weightiest ``FIRST`` patches that carry evidence.
        precision_by_chance: The same of patches at random.
        moved_to_secondary: Share of the primary evidence's importance that is on the secondary
            evidence, beyond what was there before, once the primary evidence is hidden.
        moved_if_scaled: The same if the remaining weights had been scaled up to 1.
        moved_by_chance: Share of the visible patches that carry secondary evidence.
        gone: Importance that lay on the primary evidence, which is what could move.
    """

    record: str
    code: str
    pointing: float
    pointing_by_chance: float
    precision: float
    precision_by_chance: float
    moved_to_secondary: float
    moved_if_scaled: float
    moved_by_chance: float
    gone: float

    @property
    def moved_beyond_scaling(self) -> float:
        """What moved more than scaling up would have moved."""
        return self.moved_to_secondary - self.moved_if_scaled


def patches_of(stretches: Sequence[Stretch], leads: Sequence[str]) -> Mask:
    """Patches, bool (12, 50), that evidence on some leads covers by ``TOUCHED`` or more."""
    fine = 40
    covered = np.zeros((len(LEADS), PATCHES * fine), dtype=np.bool_)
    at = (np.arange(PATCHES * fine) + 0.5) * GRID_S / fine
    for lead, start, stop in stretches:
        if lead in leads:
            covered[LEADS.index(lead)] |= (at >= start) & (at < stop)
    return np.asarray(covered.reshape(len(LEADS), PATCHES, fine).mean(axis=2) >= TOUCHED)


def split_evidence(stretches: Sequence[Stretch]) -> tuple[Mask, Mask]:
    """Primary and secondary evidence of one finding, bool (12, 50) each."""
    leads = list(dict.fromkeys(lead for lead, _, _ in stretches))
    half = (len(leads) + 1) // 2
    return patches_of(stretches, leads[:half]), patches_of(stretches, leads[half:])


def draw_evidence(records: int, seed: int) -> list[Evidence]:
    """Simulate records and list the findings that show in some places only.

    Args:
        records: How many to draw from a mixed population.
        seed: Of the draw.

    Raises:
        ConfigError: None of them has such a finding.
    """
    made = simulate(records, generator=torch.Generator().manual_seed(seed), rate_hz=250.0)
    found = []
    for number, evidence in enumerate(made.evidence):
        signal = made.signal[number].numpy()
        record = ECGRecord(
            signal, LEADS, made.rate_hz, np.ones(signal.shape, np.bool_), name=f"simulated {number}"
        )
        for code, stretches in evidence.items():
            primary, secondary = split_evidence(stretches)
            share = (primary | secondary).mean()
            if primary.any() and secondary.any() and share <= WIDEST:
                found.append(Evidence(record, code, primary, secondary))
    if not found:
        raise ConfigError(f"none of {records} records has local evidence; ask for more records")
    return found


def importance(predictor: Predictor, case: Evidence, scenario: Scenario, how: How) -> Floats:
    """Importance of each patch for a finding, (12, 50), summing to 1 over what is visible."""
    if how == "selector":
        return selector_importance(predictor, case.record, scenario)
    text = FINDINGS[case.code].phrases[0]
    seen = shown(case.record, scenario)
    return from_gradient(predictor, seen, text, {text: text}).on_grid()[0]


def pointing(weights: Floats, visible: Mask, evidence: Mask) -> dict[str, float]:
    """Score whether importance points at evidence.

    Args:
        weights: (12, 50), 0 where not visible.
        visible: Bool (12, 50).
        evidence: Bool (12, 50), patches in which the finding shows.

    Returns:
        ``pointing``, ``precision`` and what patches at random would score, as in ``Score``.
    """
    order = np.argsort(-np.where(visible, weights, -1.0), axis=None, kind="stable")
    first = order[: min(FIRST, max(1, int(visible.sum())))]
    chance = float(evidence[visible].mean()) if visible.any() else 0.0
    return {
        "pointing": float(evidence.flat[order[0]] and visible.flat[order[0]]),
        "pointing_by_chance": chance,
        "precision": float((evidence & visible).ravel()[first].mean()),
        "precision_by_chance": chance,
    }


def score_one(before: Floats, after: Floats, primary: Mask, secondary: Mask) -> dict[str, float]:
    """Score importance (12, 50) before and after the primary evidence was hidden."""
    evidence = primary | secondary
    gone = float(before[primary].sum())
    there = float(before[secondary].sum())
    scaled = there / max(1 - gone, 1e-12)
    moved = (float(after[secondary].sum()) - there) / max(gone, 1e-12)
    return {
        **pointing(before, np.ones_like(evidence), evidence),
        "moved_to_secondary": moved,
        "moved_if_scaled": (scaled - there) / max(gone, 1e-12),
        "moved_by_chance": float(secondary.sum() / (~primary).sum()),
        "gone": gone,
    }


def accounts(predictor: Predictor, record: ECGRecord) -> tuple[How, ...]:
    """Accounts that a method can give of a record."""
    probe = predictor.predict([(record, Scenario())])[0]
    return ("gradient-input",) if probe.importance is None else ("selector", "gradient-input")


def score_method(predictor: Predictor, cases: Sequence[Evidence], how: How) -> list[Score]:
    """Score one account of one method on all cases."""
    scores, known = [], dict[int, Floats]()
    for case in cases:
        # Selector weights are not about a finding: one answer serves all findings of a record.
        key = id(case.record)
        if how == "gradient-input" or key not in known:
            known = {key: importance(predictor, case, Scenario(), how)}
        hidden = Grid().scenario(case.primary, np.ones_like(case.primary))
        after = importance(predictor, case, hidden, how)
        scores.append(
            Score(
                case.record.name,
                case.code,
                **score_one(known[key], after, case.primary, case.secondary),
            )
        )
    return scores


def summary(scores: Sequence[Score], seed: int, resamples: int = 1000) -> dict[str, Any]:
    """Means with 95 % intervals by bootstrap over records, and means by finding.

    What moved is averaged by how much there was to move: where next to nothing lay on the primary
    evidence, the share of it that went elsewhere says nothing.
    """
    values = np.array([[getattr(score, name) for name in FIGURES] for score in scores])
    gone = np.array([score.gone for score in scores])
    counts = np.where(np.isin(FIGURES, MOVED), np.maximum(gone, 1e-12)[:, None], 1.0)
    names, record = np.unique([score.record for score in scores], return_inverse=True)
    # The findings of one record come and go together.
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    weight = times[:, record].astype(np.float64)  # (resample, case)
    weight = weight[weight.sum(axis=1) > 0]
    drawn = weight @ (values * counts) / (weight @ counts)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    codes = np.array([score.code for score in scores])

    def means(chosen: Mask) -> list[float]:
        found = (values * counts)[chosen].sum(axis=0) / counts[chosen].sum(axis=0)
        return [float(one) for one in found]

    return {
        "cases": len(scores),
        "figures": {
            name: {"mean": m, "interval": [float(a), float(b)]}
            for name, m, a, b in zip(FIGURES, means(gone >= 0), low, high, strict=True)
        },
        "per_finding": {
            FINDINGS[code].name: {
                "cases": int((codes == code).sum()),
                **dict(zip(FIGURES, means(codes == code), strict=True)),
            }
            for code in FINDINGS
            if (codes == code).any()
        },
    }


def compensation_table(
    predictors: Mapping[str, Predictor], records: int, seed: int
) -> dict[str, Any]:
    """Score methods on the same simulated records.

    Args:
        predictors: Methods by name.
        records: Records to simulate.
        seed: Of the records and the bootstrap.

    Returns:
        JSON types: what was done, and for each account of each method checkpoint and figures.
    """
    cases = draw_evidence(records, seed)
    rows = [
        {
            "method": name,
            "account": how,
            "checkpoint": predictor.checkpoint.digest,
            **summary(score_method(predictor, cases, how), seed),
        }
        for name, predictor in predictors.items()
        for how in accounts(predictor, cases[0].record)
    ]
    return {
        "title": "Importance against known evidence, simulated records",
        "records": records,
        "seed": seed,
        "k": FIRST,
        "primary": "first half of a finding's leads as the simulator names them",
        "rows": rows,
    }
