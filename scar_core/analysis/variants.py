"""Ways to train SCAR that tables compare: its parts, weights, shape and data, one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Variant:
    """A way to train SCAR.

    Attributes:
        name: Short, for folders.
        title: As in the paper's table.
        settings: What differs from the full method.
    """

    name: str
    title: str
    settings: Mapping[str, Any]


def _variant(name: str, title: str, masker: str, pool: str, lambda_cons: float) -> Variant:
    model = {"masker": masker, "pool": pool, "lambda_cons": lambda_cons}
    return Variant(name, title, {"model": model})


ABLATION = (
    _variant("random-mean", "random mask + mean pool", "random", "mean", 0.0),
    _variant("random-mean-cons", "random mask + mean pool + consistency", "random", "mean", 1.0),
    _variant("adversary-mean", "adversarial mask + mean pool", "adversary", "mean", 0.0),
    _variant("adversary-selector", "adversarial mask + selector", "adversary", "selector", 0.0),
    _variant("full", "full model", "adversary", "selector", 1.0),
)
LAMBDA = tuple(
    Variant(
        f"cons{cons:g}-mask{mask:g}",
        f"λ_cons {cons:g}, λ_mask {mask:g}",
        {"model": {"lambda_cons": cons, "lambda_mask": mask}},
    )
    for cons in (0.5, 1.0)
    for mask in (0.5, 1.0)
)


def _shape(name: str, title: str, patch_samples: int = 20, **model: Any) -> Variant:  # noqa: ANN401
    settings: dict[str, Any] = {"model": model}
    if patch_samples != 20:
        encoder = {"patch_samples": patch_samples, **model.get("encoder", {})}
        settings = {
            "contract": {"patch_samples": patch_samples},
            "model": model | {"encoder": encoder},
        }
    return Variant(name, title, settings)


ARCHITECTURE = (
    _shape("full", "as shipped: mixer lead, patches of 0.2 s, 8 heads, a map for each lead"),
    _shape("mixer-none", "mixer none: a token sees its patch alone", encoder={"mixer": "none"}),
    _shape("mixer-full", "mixer full: tokens see all leads", encoder={"mixer": "full"}),
    _shape("patch-0.1", "patches of 0.1 s", 10),
    _shape("patch-0.4", "patches of 0.4 s", 40),
    _shape("heads-1", "1 selector head", heads=1),
    _shape("heads-4", "4 selector heads", heads=4),
    _shape("one-map", "one map for all leads, as in the paper", lead_values=False),
    _shape(
        "one-map-context",
        "one map for all leads, which look at each other before they are weighed",
        lead_values=False,
        context=2,
    ),
    _shape("mean", "leads and patches weigh the same", pool="mean"),
    Variant(
        "no-amplitude",
        "not told how large each lead is, where there are millivolts",
        {"contract": {"amplitude": False}},
    ),
    _shape("logistic", "logistic instead of Gumbel noise", gate_noise="logistic"),
    _shape("zeroed", "what is hidden reads as a flat line", hidden="zeroed"),
)


def _source(name: str, title: str, data: str) -> Variant:
    return Variant(name, title, {"data": data})


SOURCES = (
    _source("full", "simulated, grafted and real records (PTB-XL, Georgia)",
            "simulated:2,grafted:2,ptbxl:5,georgia:0.5"),
    _source("no-grafted", "without grafted records", "simulated:2,ptbxl:5,georgia:0.5"),
    _source("no-simulated", "without simulated records", "grafted:2,ptbxl:5,georgia:0.5"),
    _source("no-georgia", "without Georgia", "simulated:2,grafted:2,ptbxl:5"),
    _source("real", "real records alone", "ptbxl:5,georgia:0.5"),
    _source("simulated", "simulated records alone", "simulated"),
)  # fmt: skip
"""What each source contributes. LUDB is in none of them: it is another source to judge them by."""

GRIDS = {"ablation": ABLATION, "lambda": LAMBDA, "architecture": ARCHITECTURE, "sources": SOURCES}
