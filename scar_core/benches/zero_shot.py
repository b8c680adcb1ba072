"""Zero-shot macro AUROC on the real test sets: one prompt per label, full view."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scar_core.benches import Bench, Figures

if TYPE_CHECKING:
    from scar_core.evaluation.card import EvaluationSet


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    from scar_core.evaluation.card import TEST_SETS

    return rankings(TEST_SETS, root, checkpoint)


def rankings(
    sets: "Sequence[EvaluationSet]", root: Path | None, checkpoint: Path | None
) -> Figures:
    """Macro AUROC of a checkpoint on several evaluation sets, with what it is made of."""
    from scar_core.evaluation.card import evaluate_sets
    from scar_core.evaluation.zero_shot import Predictor

    predictor = Predictor.load(checkpoint)
    figures: Figures = {"checkpoint": predictor.checkpoint.digest}
    for one, found in evaluate_sets(predictor, sets, root):
        figures[one.title] = {
            "macro_auroc": round(found.macro_auroc, 4),
            "interval": [round(value, 4) for value in found.interval],
            "records": found.records,
            "source": one.source,
            "per_label": {
                label: f"{value:.3f} ({found.positives[label]})"
                for label, value in found.per_label.items()
            },
            "left_out": list(found.left_out),
        }
    return figures


BENCH = Bench("Zero-shot macro AUROC on the real test sets: one prompt per label, full view", _run)
