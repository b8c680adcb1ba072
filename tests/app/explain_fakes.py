"""Made-up answers of the inquiries behind Redistribution and Attribution; their sums are right."""

from collections.abc import Callable
from typing import Any

import numpy as np

from scar_core.errors import ConfigError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.record import ECGRecord

PATCHES, PATCH_S = 50, 0.2
WAVES = ("P", "QRS", "T", "other")
NAMES = ["Sinus rhythm", "Right bundle branch block"]


def weights(hidden: Any = None, seed: int = 0) -> Any:
    """Importance (12, 50) summing to 1 over what is not hidden."""
    raw = np.random.default_rng(seed).dirichlet(np.full(12 * PATCHES, 0.4)).reshape(12, PATCHES)
    raw = raw if hidden is None else np.where(hidden, 0.0, raw)
    return raw / raw.sum() if raw.sum() > 0 else raw


def hidden_by(scenario: Scenario) -> Any:
    return scenario.hidden(LEADS, PATCHES, 1 / PATCH_S)


def books(before: Any, after: Any, hidden: Any, names: Any, rows: Any) -> tuple[Any, Any]:
    """Parts and flow of groups of whole rows or columns."""
    change = np.where(hidden, 0.0, after - before)
    scaled = np.where(hidden, 0.0, before) / before[~hidden].sum()
    parts = {}
    for name, take in zip(names, rows, strict=True):
        parts[name] = {
            "before": float(before[take].sum()),
            "removed": float(np.where(hidden, before, 0.0)[take].sum()),
            "gained": float(change[take].clip(min=0).sum()),
            "lost": float((-change[take]).clip(min=0).sum()),
            "after": float(after[take].sum()),
            "scaled": float(scaled[take].sum()),
        }
    given = np.array([part["removed"] + part["lost"] for part in parts.values()])
    gained = np.array([part["gained"] for part in parts.values()])
    table = np.outer(given, gained / max(gained.sum(), 1e-12))
    flow = {
        a: dict(zip(names, row, strict=True)) for a, row in zip(names, table.tolist(), strict=True)
    }
    return parts, flow


def redistribution(
    record: ECGRecord, scenario: Scenario, *, method: str, how: str, finding: str, **more: Any
) -> dict[str, Any]:
    hidden = hidden_by(scenario)
    if hidden.all():
        raise ConfigError("nothing is visible, so there is no importance to speak of; hide less")
    before = weights()
    after = weights(hidden, 0 if scenario.is_empty else 1)
    parts, flow = books(before, after, hidden, LEADS, [np.s_[k] for k in range(12)])
    waves, wave_flow = books(
        before, after, hidden, WAVES, [np.s_[:, k::4] for k in range(4)]
    )  # fmt: skip
    removed = sum(part["removed"] for part in parts.values())
    return {
        "scenario": scenario.to_json(), "removed": removed, "compensated": 0.12,
        "moved": removed + sum(part["lost"] for part in parts.values()),
        "leads": parts, "waves": waves, "flow": flow, "wave_flow": wave_flow, "cells": {},
        "before": dict(zip(LEADS, before.tolist(), strict=True)),
        "after": dict(zip(LEADS, after.tolist(), strict=True)),
        "visible": dict(zip(LEADS, (~hidden).tolist(), strict=True)),
        "patch_s": PATCH_S, "finding": finding or NAMES[0], "findings": NAMES,
        "how": how or ("selector" if method == "scar" else "gradient-input"),
        "changed": [{"finding": NAMES[1], "before": 0.9, "after": 0.4}],
        "waves_found": [], "method": method, "checkpoint": "fake0000",
        "notes": ["A note about the input."],
        "pointing": [
            {"code": code, "patches": {"V1": [3, 4, 9]}, "covers": 0.1,
             "scores": {when: {"pointing": float(when == "before"), "pointing_by_chance": 0.1,
                               "precision": 0.4, "precision_by_chance": 0.1, "share": 0.3}
                        for when in ("before", "after")}}
            for code in more.get("evidence", {})
        ],
    }  # fmt: skip


def growth(
    record: ECGRecord, scenario: Scenario, *, method: str, order: str, finding: str, **more: Any
) -> dict[str, Any]:
    places = np.random.default_rng(len(order)).permutation(12 * PATCHES)
    frames = []
    for k in range(5):
        gone = np.zeros(12 * PATCHES, bool)
        gone[places[: 120 * k]] = True
        now = weights(gone.reshape(12, PATCHES))
        frames.append(
            {"count": 120 * k, "share": 0.2 * k, "removed": 0.2 * k, "compensated": 0.1 * k,
             "probability": 0.9 - 0.2 * k, "top": [NAMES[k // 3], 0.5], "weights": now.tolist()}
        )  # fmt: skip
    return {
        "leads": list(LEADS), "patch_s": PATCH_S, "how": "selector", "frames": frames,
        "finding": finding or NAMES[0], "read": np.ones((12, PATCHES), bool).tolist(),
        "order": [[int(k) // PATCHES, int(k) % PATCHES] for k in places], "method": method,
        "checkpoint": "fake0000",
    }  # fmt: skip


def attribution(
    record: ECGRecord, scenario: Scenario, *, method: str, account: str, finding: str, **more: Any
) -> dict[str, Any]:
    if finding == "gout":
        raise ConfigError("gout cannot be explained")
    cells = np.random.default_rng([len(account), more.get("seed", 0)]).normal(size=(12, 10))
    cells = abs(cells) / abs(cells).sum() if account == "selector" else cells / 100
    told = {
        "account": account, "finding": finding or NAMES[0], "cells": cells.tolist(),
        "leads": dict(zip(LEADS, cells.sum(axis=1).tolist(), strict=True)), "seconds": 0.5,
    }  # fmt: skip
    own = ["selector", "shapley-leads"] if method == "scar" else []
    return {
        "finding": finding or NAMES[0], "probability": 0.6, "neutral": 0.1,
        "possible": ["shap-permutation", "shap-gradient", "gradient-input", *own],
        "attribution": told if account else None, "method": method, "checkpoint": "fake0000",
    }  # fmt: skip


def shapley(
    record: ECGRecord, scenario: Scenario, *, method: str, finding: str, brute_force: bool,
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    if method != "scar" and not brute_force:
        raise ConfigError("ask for brute force")
    values = {lead: 0.5 / 12 + (0.1 if lead == "V1" else -0.1 / 11) for lead in LEADS}
    return {
        "finding": finding, "scale": "probability", "neutral": 0.1, "full": 0.6, "leads": values,
        "pairs": [["V1", "V2", -0.05], ["I", "II", 0.02]], "subsets": 4095,
        "brute_force": brute_force, "seconds": 0.2,
    }  # fmt: skip


def agreement(
    record: ECGRecord, scenario: Scenario, *, accounts: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    names = [one["account"] for one in accounts]
    whole = [one["account"] for one in accounts if one["cells"] is not None]
    shares = [k / 10 for k in range(11)]
    curves = {
        name: {"shares": shares, "probability": [0.6 - 0.05 * k for k in range(11)], "area": 0.35}
        for name in ["random", *whole]
    }
    return {
        "leads": {f"{a} / {b}": 0.5 for i, a in enumerate(names) for b in names[i + 1 :]},
        "cells": {f"{a} / {b}": -0.2 for i, a in enumerate(whole) for b in whole[i + 1 :]},
        "deletion": curves,
        "insertion": {name: one | {"area": 0.5} for name, one in curves.items()},
        "finding": NAMES[0], "seconds": 0.1,
    }  # fmt: skip


def fake_asks() -> dict[str, Callable[..., dict[str, Any]]]:
    """Answers by inquiry, for ``FakeClient.asks``."""
    worst = {"scenario": Scenario(leads=("V1",)).to_json()}
    return {
        "redistribution": redistribution,
        "redistribution_growth": growth,
        "attribution": attribution,
        "shapley": shapley,
        "agreement": agreement,
        "worst": lambda record, scenario, **options: worst,
    }
