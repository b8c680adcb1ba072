"""How a training gets on: AUROC and CMRS of a run on validation records, while it goes on."""

from pathlib import Path
from typing import Any

from scar_core.evaluation.rows import view_row, with_cmrs
from scar_core.evaluation.run import REFERENCES, Request, open_studies
from scar_core.evaluation.study import Options
from scar_core.evaluation.subjects import load_subject

DATASET, TASK, SPLIT = "ptbxl", "super", "val"
"""What every run is validated on; test records play no part."""


def validate(
    run: Path, root: Path | None = None, *, masks: int = 1, seed: int = 0, device: str = "cpu"
) -> dict[str, Any]:
    """Figures of a run as it stands, on PTB-XL's validation fold and its five superclasses.

    The same records calibrate the probabilities, so CMRS is a little flattered; it is there to see
    a training get on, not to compare with a test.

    Args:
        run: Folder of the run, or another checkpoint.
        root: Folder of the datasets.
        masks: Random masks of each record.
        seed: Of the masks.
        device: Torch device.

    Returns:
        ``auroc`` on the full view, ``auroc_random`` and ``cmrs`` under random masks, each with an
        ``…_interval`` (95 %, by patient); ``step`` of the run, ``records``, ``checkpoint``.

    Raises:
        DatasetError: The validation records are not there.
        CheckpointError: The run, or the reference model, holds no checkpoint.
    """
    subject = load_subject(f"run={run}", device)
    reference = load_subject(REFERENCES[0], device)
    request = Request(
        what="cmrs", dataset=DATASET, tasks=(TASK,), split=SPLIT, root=root, device=device,
        options=Options(masks=masks, seed=seed, resamples=200),
    )  # fmt: skip
    study = open_studies(request, [subject], [reference])[0]
    full = view_row(study, subject, "full").content
    random = with_cmrs(
        view_row(study, subject, "random"), study, subject, [reference], by_record=False
    ).content
    return {
        "step": subject.checkpoint.origin.get("steps"),
        "checkpoint": subject.checkpoint.digest,
        "records": len(study.test.examples),
        "auroc": full["macro_auroc"],
        "auroc_interval": full["interval"],
        "auroc_random": random["macro_auroc"],
        "auroc_random_interval": random["interval"],
        "cmrs": random["cmrs"]["score"],
        "cmrs_interval": random["cmrs"]["interval"],
    }
