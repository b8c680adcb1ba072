"""How the Attribution page comes by its accounts: quick ones at once, slow ones when asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.redistribution_ask import asked, known
from pages.ui.session import Session
from pages.ui.text import attribution as text
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

Answer = Mapping[str, Any]
QUICK = ("selector", "gradient-input")
SLOW = ("shap-gradient", "shap-permutation")
ORDERS = (1, 5, 10, 20)
BRUTE_DEADLINE_S = 180.0


@dataclass(frozen=True)
class Ask:
    """One record, finding and method, asked several things.

    Attributes:
        s: The session.
        record: As shown.
        scenario: What is hidden of it.
        method: Who answers.
        finding: Name and text, as inquiries take them.
    """

    s: Session
    record: ECGRecord
    scenario: Scenario
    method: str
    finding: Mapping[str, Any]

    def attribution(self, account: str = "", seed: int = 0) -> dict[str, Any]:
        """Ask for one account, or for the answer alone; raises ScarError."""
        options: dict[str, Any] = {"account": account, "seed": seed, **self.finding}
        return asked(
            self.s, "attribution", self.record, self.scenario, method=self.method, **options
        )

    def held(self, account: str, seed: int = 0) -> dict[str, Any] | None:
        """Return an account that has been asked for already."""
        options: dict[str, Any] = {"account": account, "seed": seed, **self.finding}
        return known("attribution", self.record, self.scenario, method=self.method, **options)

    def orders_held(self) -> list[dict[str, Any]]:
        """Return the sampled orders that are there, by seed from 0 on."""
        found = []
        for seed in range(max(ORDERS)):
            one = self.held("shap-permutation", seed)
            if one is None:
                break
            found.append(one["attribution"])
        return found

    def slow(self) -> list[dict[str, Any]]:
        """Return the slow accounts that are there."""
        gradient, orders = self.held("shap-gradient"), self.orders_held()
        found = [] if gradient is None else [dict(gradient["attribution"])]
        return found + ([mean_of(orders)] if orders else [])

    def compute(self, orders: int) -> None:
        """Compute the slow accounts, showing how far they are; raises ScarError."""
        bar = st.progress(0.0, text.COMPUTING_GRADIENT)
        self.attribution("shap-gradient")
        for seed in range(orders):
            bar.progress((seed + 1) / (orders + 1), text.walking(seed, orders))
            self.attribution("shap-permutation", seed)
        bar.empty()

    def exact(self, brute_force: bool = False) -> dict[str, Any]:
        """Ask for exact values of leads; raises ScarError."""
        return asked(
            self.s, "shapley", self.record, self.scenario, method=self.method,
            deadline_s=BRUTE_DEADLINE_S if brute_force else 30.0,
            brute_force=brute_force, **self.finding,
        )  # fmt: skip

    def exact_held(self) -> dict[str, Any] | None:
        """Return exact values read anew, if they are there."""
        options: dict[str, Any] = {"brute_force": True, **self.finding}
        return known("shapley", self.record, self.scenario, method=self.method, **options)

    def agreement(self, accounts: Sequence[Answer]) -> dict[str, Any]:
        """Ask how accounts compare; raises ScarError."""
        told = [{key: one[key] for key in ("account", "leads", "cells")} for one in accounts]
        return asked(
            self.s, "agreement", self.record, self.scenario, method=self.method,
            accounts=told, **self.finding,
        )  # fmt: skip


def mean_of(orders: Sequence[Answer]) -> dict[str, Any]:
    """Average sampled orders of one account.

    Args:
        orders: At least one, each with ``cells`` (12 × 10) and ``seconds``.

    Returns:
        An account, with the number of ``orders`` and the ``seconds`` of all.
    """
    cells = np.mean([one["cells"] for one in orders], axis=0)
    return {
        **orders[0],
        "cells": cells.tolist(),
        "leads": dict(zip(LEADS, cells.sum(axis=1).tolist(), strict=True)),
        "seconds": float(sum(one["seconds"] for one in orders)),
        "orders": len(orders),
    }


def as_account(found: Answer) -> dict[str, Any]:
    """Write exact values of leads as an account."""
    leads = {lead: float(found["leads"].get(lead, 0.0)) for lead in LEADS}
    return {
        "account": "shapley-leads",
        "leads": leads,
        "cells": None,
        "seconds": found["seconds"],
    }
