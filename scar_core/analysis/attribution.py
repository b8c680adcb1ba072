"""What an answer about one finding rests on, by several accounts that can be compared.

* ``shap-permutation``: Shapley values of cells (one lead for one second) by sampled orders, in
  calibrated probability (SHAP's PermutationExplainer; a hidden cell is not read);
* ``shap-gradient``: expected gradients of the similarity, against a flat line (SHAP's
  GradientExplainer), added up over each cell;
* ``gradient-input``: gradient of the similarity times the input, added up over each cell;
* ``selector``: selector weights. They are not about one finding;
* ``shapley-leads``: exact Shapley values of leads, in calibrated probability.

Accounts of cells work for any method that has what they need.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scar_core.analysis.leadwise import LeadwiseRecord, Question, why_not_leadwise
from scar_core.analysis.masks import Grid, Mask, answers_under
from scar_core.analysis.shapley import lead_shapley
from scar_core.analysis.subsets import from_encoding
from scar_core.errors import ConfigError
from scar_core.evaluation.views import GRID_S, PATCHES
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import LEADS
from scar_core.methods.contract import prepare
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

Floats = NDArray[np.float64]
Account = Literal[
    "shap-permutation", "shap-gradient", "gradient-input", "selector", "shapley-leads"
]
ACCOUNTS: tuple[Account, ...] = (
    "shap-permutation",
    "shap-gradient",
    "gradient-input",
    "selector",
    "shapley-leads",
)

CELL_PATCHES = 5
CELLS = PATCHES // CELL_PATCHES
"""Cells of a lead: seconds."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """One account of one finding.

    Attributes:
        account: One of ``ACCOUNTS``.
        finding: Its name.
        cells: (12, 10), leads in the order of ``LEADS`` by seconds; None for an account of leads.
        leads: (12,), the same added up over time.
        seconds: Time that it took.
    """

    account: str
    finding: str
    cells: Floats | None
    leads: Floats
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "account": self.account,
            "finding": self.finding,
            "leads": dict(zip(LEADS, self.leads.tolist(), strict=True)),
            "cells": None if self.cells is None else self.cells.tolist(),
            "seconds": self.seconds,
        }


class Case:
    """One record, one finding and one method, asked again and again.

    Args:
        predictor: Who answers.
        record: Any record.
        finding: Name of a class.
        prompts: Name to text of the classes; None: the default findings.

    Raises:
        ConfigError: The finding is not asked about.
    """

    def __init__(
        self,
        predictor: Predictor,
        record: ECGRecord,
        finding: str,
        prompts: Mapping[str, str] | None = None,
    ) -> None:
        question = Question.of(predictor, prompts)
        column = question.index(finding)
        self.predictor, self.record = predictor, record
        self.finding, self.text = question.names[column], question.texts[column]
        self.question = Question.of(predictor, {self.finding: self.text})
        self.neutral = float(self.question.probability(np.zeros(1))[0])
        self.leadwise: LeadwiseRecord | None = None
        if not why_not_leadwise(predictor):
            self.leadwise = LeadwiseRecord(predictor, record, {self.finding: self.text})

    def probability(self, masks: Mask) -> Floats:
        """Probability of the finding under masks, bool (K, 12, 50); neutral if all is hidden."""
        if self.leadwise is not None and self.leadwise.grid == Grid():
            return self.leadwise.answers(masks)[:, 0]
        prompts = {self.finding: self.text}
        answered = answers_under(self.predictor, self.record, masks, prompts)[:, 0]
        return np.where(masks.all(axis=(1, 2)), self.neutral, answered)

    def similarity(self) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """The model's input, float (L, T), and its similarity to the finding as a function of it.

        The function takes float (B, L, T), gives (B, 1), and can be differentiated.
        """
        checkpoint = self.predictor.checkpoint
        signal, visible, amplitude = prepare(
            self.record.window(checkpoint.contract.seconds), self._present(), checkpoint.contract
        )
        text = self.predictor.embed_texts([self.text]).float().clone()
        model, device = checkpoint.model, self.predictor.device

        def similar(batch: Tensor) -> Tensor:
            seen = visible.to(device).expand(batch.shape)
            told = None if amplitude is None else amplitude.to(device).expand(batch.shape[:2])
            return model.encode(batch.to(device), seen, told).embedding.float() @ text.to(device).T

        return signal.to(device), similar

    def _present(self) -> Mask:
        return self.record.window(self.predictor.checkpoint.contract.seconds).present


def to_patches(values: Floats, leads: tuple[str, ...], patch_s: float) -> Floats:
    """Add values of a contract's samples or patches up on the grid of evaluation.

    Args:
        values: (L, K), each for an equal share of the time from 0.
        leads: Leads of the rows.
        patch_s: Seconds of one value.

    Returns:
        (12, 50), rows in the order of ``LEADS``.
    """
    at = np.floor((np.arange(values.shape[1]) + 0.5) * patch_s / GRID_S).astype(int)
    grid = np.zeros((len(LEADS), PATCHES))
    inside = at < PATCHES
    for row, lead in zip(values, leads, strict=True):
        np.add.at(grid[LEADS.index(lead)], at[inside], row[inside])
    return grid


def to_cells(patches: Floats) -> Floats:
    """Add (12, 50) patches up to (12, 10) cells."""
    return np.asarray(patches.reshape(len(LEADS), CELLS, CELL_PATCHES).sum(axis=2))


def cell_masks(hidden: NDArray[np.bool_]) -> Mask:
    """Hide whole cells: bool (K, 12, 10) to (K, 12, 50)."""
    return np.repeat(hidden, CELL_PATCHES, axis=2)


def gradient_input(case: Case) -> Floats:
    """Gradient of the finding's similarity times the input, (12, 50) patches."""
    signal, similar = case.similarity()
    leaf = signal.unsqueeze(0).requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(similar(leaf).sum(), leaf)
    product = (gradient * leaf).detach()[0].double().cpu().numpy()
    contract = case.predictor.checkpoint.contract
    return to_patches(product, contract.leads, 1 / contract.rate_hz)


def selector_importance(predictor: Predictor, record: ECGRecord, scenario: Scenario) -> Floats:
    """Selector weights under a scenario, (12, 50) patches summing to 1.

    Raises:
        ConfigError: The method has no selector.
    """
    found = predictor.predict([(record, scenario)])[0].importance
    if found is None:
        raise ConfigError(
            f"method {predictor.checkpoint.method} has no selector; choose another account"
        )
    weights = np.asarray(found.patches, dtype=np.float64)
    return to_patches(weights, found.lead_names, found.patch_s)


class _Similarity(nn.Module):
    """The similarity as a module, which is what SHAP asks for."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, batch: Tensor) -> Tensor:
        """Float (B, L, T) to (B, 1)."""
        return self.function(batch)


def shap_gradient(case: Case, *, samples: int = 64, seed: int = 0) -> Floats:
    """Expected gradients against a flat line, (12, 50) patches."""
    import shap

    signal, similar = case.similarity()
    flat = torch.zeros_like(signal).unsqueeze(0)
    with torch.enable_grad():
        explainer = shap.GradientExplainer(_Similarity(similar), flat, batch_size=8)
        values = explainer.shap_values(signal.unsqueeze(0), nsamples=samples, rseed=seed)
    contract = case.predictor.checkpoint.contract
    array = np.asarray(values, dtype=np.float64).reshape(signal.shape)
    return to_patches(array, contract.leads, 1 / contract.rate_hz)


def shap_permutation(case: Case, *, orders: int = 1, seed: int = 0) -> Floats:
    """Shapley values of cells from sampled orders, each walked forwards and backwards; (12, 10).

    They add up exactly to the full record's probability minus the neutral one.
    """
    import shap

    shape = len(LEADS), CELLS
    players = len(LEADS) * CELLS

    def worth(shown: Floats) -> Floats:
        return case.probability(cell_masks(shown.reshape(-1, *shape) < 0.5))

    # SHAP seeds numpy's global generator; whoever else uses that must not notice.
    state = np.random.get_state()
    try:
        explainer = shap.PermutationExplainer(
            worth, shap.maskers.Independent(np.zeros((1, players))), seed=seed
        )
        found = explainer(
            np.ones((1, players)), max_evals=(2 * players + 1) * orders, silent=True
        )  # fmt: skip
    finally:
        np.random.set_state(state)
    return np.asarray(found.values, dtype=np.float64).reshape(shape)


def attribute(case: Case, account: Account, *, seed: int = 0, orders: int = 1) -> Attribution:
    """Give one account of a case.

    Args:
        case: Record, finding and method.
        account: Which one.
        seed: Of the sampled ones.
        orders: Orders of ``shap-permutation``.

    Raises:
        ConfigError: The method lacks what the account needs.
    """
    began = time.perf_counter()
    cells: Floats | None = None
    if account == "shap-permutation":
        cells = shap_permutation(case, orders=orders, seed=seed)
    elif account == "shap-gradient":
        cells = to_cells(shap_gradient(case, seed=seed))
    elif account == "gradient-input":
        cells = to_cells(gradient_input(case))
    elif account == "selector":
        cells = to_cells(selector_importance(case.predictor, case.record, Scenario()))
    if cells is not None:
        leads = cells.sum(axis=1)
    elif case.leadwise is None:
        raise ConfigError(
            f"{why_not_leadwise(case.predictor)}, so exact Shapley values of its leads take 4,095 "
            "forward passes; choose shap-permutation instead"
        )
    else:
        shares = lead_shapley(from_encoding(case.leadwise)).of(case.finding)
        leads = np.array([shares.get(lead, 0.0) for lead in LEADS])
    return Attribution(account, case.finding, cells, leads, time.perf_counter() - began)


def possible(case: Case) -> tuple[Account, ...]:
    """Accounts that a method allows."""
    has_selector = case.predictor.predict([(case.record, Scenario())])[0].importance is not None
    return tuple(
        account
        for account in ACCOUNTS
        if (account != "selector" or has_selector)
        and (account != "shapley-leads" or case.leadwise is not None)
    )
