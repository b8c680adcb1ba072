"""Importance of each patch for any method: selector weights, or gradient × input of a finding.

Both are brought to one form, non-negative and summing to 1 over what is visible, so that what is
said of one can be said of the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scar_core.analysis.attribution import Case, gradient_input, to_patches
from scar_core.errors import ConfigError
from scar_core.evaluation.views import GRID_S
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from scar_core.methods.contract import fit
from scar_core.missing import Scenario, apply
from scar_core.prediction import Importance, Prediction
from scar_core.record import ECGRecord

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
How = Literal["selector", "gradient-input"]
HOWS: tuple[How, ...] = ("selector", "gradient-input")


@dataclass(frozen=True, eq=False)
class Weights:
    """Importance of one record under one scenario.

    Attributes:
        values: (L, N), not negative, summing to 1; 0 where not visible.
        visible: Bool (L, N), True where the patch was read.
        leads: Leads of the rows.
        patch_s: Seconds of a patch.
    """

    values: Floats
    visible: Mask
    leads: tuple[str, ...]
    patch_s: float

    def on_grid(self) -> tuple[Floats, Mask]:
        """The same as (12, 50), rows in the order of ``LEADS``, patches of evaluation."""
        seen = to_patches(self.visible.astype(np.float64), self.leads, self.patch_s)
        there = to_patches(np.ones_like(self.values), self.leads, self.patch_s)
        return to_patches(self.values, self.leads, self.patch_s), seen >= np.maximum(there / 2, 0.5)


def shown(record: ECGRecord, scenario: Scenario) -> ECGRecord:
    """Return the record as if what the scenario hides had never been measured."""
    signal, visible = apply(record, scenario)
    return replace(signal, present=visible)


def from_selector(importance: Importance | None, method: str) -> Weights:
    """Take selector weights of an answer.

    Raises:
        ConfigError: The method has no selector, or nothing is visible.
    """
    if importance is None:
        raise ConfigError(
            f"method {method} has no selector, so it has no importance to redistribute; "
            "use scar, or look at its attribution"
        )
    return _summing_to_one(
        np.asarray(importance.patches, dtype=np.float64),
        np.asarray(importance.visible, dtype=np.bool_),
        importance.lead_names,
        importance.patch_s,
    )


def from_gradient(
    predictor: Predictor, record: ECGRecord, finding: str, prompts: Mapping[str, str] | None
) -> Weights:
    """Take the positive part of gradient × input of a finding's similarity, on a 0.2 s grid.

    Args:
        predictor: Any method's.
        record: Only what is present of it is read.
        finding: Name of a class.
        prompts: Name to text of the classes; None: the default findings.

    Raises:
        ConfigError: The finding is not asked about, or nothing is visible.
    """
    contract = predictor.checkpoint.contract
    fitted = fit(record, contract)
    share = [
        to_patches(values, contract.leads, 1 / contract.rate_hz)
        for values in (fitted.present.astype(np.float64), np.ones(fitted.present.shape))
    ]
    visible = (share[0] > 0) & (share[0] >= share[1] / 2)
    if not visible.any():
        raise ConfigError("nothing is visible, so there is no importance to speak of; hide less")
    product = gradient_input(Case(predictor, record, finding, prompts)).clip(min=0)
    return _summing_to_one(product, visible, LEADS, GRID_S)


def _summing_to_one(
    values: Floats, visible: Mask, leads: tuple[str, ...], patch_s: float
) -> Weights:
    weights = np.where(visible, values, 0.0)
    total = weights.sum()
    if not total > 0:
        raise ConfigError("nothing is visible, so there is no importance to speak of; hide less")
    return Weights(weights / total, visible, leads, patch_s)


def chosen_how(answer: Prediction, how: str) -> How:
    """Return which kind of importance to use: as asked, or the selector's where there is one.

    Raises:
        ConfigError: There is no such kind.
    """
    if not how:
        return "gradient-input" if answer.importance is None else "selector"
    for known in HOWS:
        if how == known:
            return known
    raise ConfigError(f"there is no importance {how!r}; choose one of {', '.join(HOWS)}")


def importances(
    predictor: Predictor,
    record: ECGRecord,
    scenarios: Sequence[Scenario],
    how: How,
    finding: str,
    prompts: Mapping[str, str] | None = None,
) -> tuple[list[Weights], list[Prediction]]:
    """Importance, and the answer, under each scenario.

    Args:
        predictor: Who answers.
        record: Any record.
        scenarios: What is hidden each time; they are read in one batch.
        how: Kind of importance.
        finding: Of ``gradient-input``.
        prompts: Name to text of the classes; None: the default findings.

    Raises:
        ConfigError: The method has no selector, the finding is not asked about, or nothing is
            visible.
    """
    answers = predictor.predict([(record, scenario) for scenario in scenarios], prompts)
    return weighed(predictor, record, scenarios, answers, how, finding, prompts), answers


def weighed(
    predictor: Predictor,
    record: ECGRecord,
    scenarios: Sequence[Scenario],
    answers: Sequence[Prediction],
    how: How,
    finding: str,
    prompts: Mapping[str, str] | None = None,
) -> list[Weights]:
    """Importance under each scenario, of answers that are there; see ``importances``."""
    if how == "selector":
        return [from_selector(one.importance, one.method) for one in answers]
    whole = record.window(predictor.checkpoint.contract.seconds)
    return [
        from_gradient(predictor, shown(whole, scenario), finding, prompts) for scenario in scenarios
    ]
