"""Zero-shot macro AUROC on validation records, by which checkpoints are chosen."""

from pathlib import Path

from scar_core.benches import Bench, Figures
from scar_core.benches.zero_shot import rankings


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    from scar_core.evaluation.card import VALIDATION_SETS

    return rankings(VALIDATION_SETS, root, checkpoint)


BENCH = Bench("Zero-shot macro AUROC on validation records, by which checkpoints are chosen", _run)
