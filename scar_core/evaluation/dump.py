"""The answers themselves, as Parquet: enough to compute AUROC and CMRS again with pandas.

``answers.parquet``: method, view, record, patient, mask, label, truth, score (what records are
ranked by) and probability (q). ``reference.parquet``: view, record, mask, label, p0, pm and prior,
for the labels that the reference knows. ``terms.parquet``: method, view, record, patient, mask, S,
I, R and floored. ``masks.parquet``: view, record, mask, lead, and ``hidden`` and ``present`` as 50
digits, one for each patch of 0.2 s, 1 = hidden and 1 = measured.

``CMRS = 100 · Σ S·I·R / Σ S·I``; a macro AUROC is the mean over labels of the mean over masks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.evaluation.study import Study
from scar_core.evaluation.subjects import Subject
from scar_core.leads import LEADS

Columns = dict[str, Any]


def dump_study(
    study: Study, subjects: Sequence[Subject], views: Sequence[str], folder: Path
) -> None:
    """Write a study's answers.

    Args:
        study: The task.
        subjects: The methods.
        views: The views.
        folder: Where to; made if missing.

    Raises:
        ConfigError: The folder cannot be written.
    """
    write_parquet(folder / "masks.parquet", [_masks(study, view) for view in views])
    write_parquet(
        folder / "answers.parquet",
        [_answers(study, subject, view) for subject in subjects for view in views],
    )
    if study.reference is None:
        return
    write_parquet(folder / "reference.parquet", [_reference(study, view) for view in views])
    write_parquet(
        folder / "terms.parquet",
        [_terms(study, subject, view) for subject in subjects for view in views],
    )


def write_parquet(path: Path, tables: Sequence[Columns]) -> None:
    """Write columns as one Parquet file, whole or not at all.

    Args:
        path: The file.
        tables: Columns by name, one table after the other.

    Raises:
        ConfigError: The folder cannot be written.
    """
    import pandas as pd

    beside = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.concat([pd.DataFrame(table) for table in tables], ignore_index=True).to_parquet(
            beside, engine="pyarrow", index=False
        )
        beside.replace(path)
    except OSError as error:
        raise ConfigError(
            f"the answers cannot be written to {path.parent} ({error.strerror}); give another "
            "folder with --dump"
        ) from error


def _items(study: Study, view: str, inner: int = 1) -> Columns:
    """View, record and mask of every row, each repeated for an inner axis."""
    masks = study.masks(view).shape[1]
    names = np.asarray(study.test.names)
    return {
        "view": view,
        "record": np.repeat(names, masks * inner),
        "mask": np.tile(np.repeat(np.arange(masks), inner), len(names)),
    }


def _patients(study: Study, view: str, inner: int = 1) -> NDArray[np.str_]:
    return np.repeat(np.asarray(study.test.patients), study.masks(view).shape[1] * inner)


def _answers(study: Study, subject: Subject, view: str) -> Columns:
    answered = study.answered(subject, view)
    labels = study.test.labels
    count = answered.scores.shape[0] * answered.scores.shape[1]
    truth = np.broadcast_to(study.truth[:, None], answered.scores.shape)
    return {
        "method": subject.name,
        **_items(study, view, len(labels)),
        "patient": _patients(study, view, len(labels)),
        "label": np.tile(np.asarray(labels), count),
        "truth": truth.ravel(),
        "score": answered.scores.ravel(),
        "probability": answered.probability.ravel(),
    }


def _reference(study: Study, view: str) -> Columns:
    said = study.oracle(view)
    labels = [study.test.labels[k] for k in study.known_labels()]
    count = said.masked.shape[0] * said.masked.shape[1]
    return {
        **_items(study, view, len(labels)),
        "label": np.tile(np.asarray(labels), count),
        "p0": np.broadcast_to(said.full[:, None], said.masked.shape).ravel(),
        "pm": said.masked.ravel(),
        "prior": np.tile(said.prior, count),
    }


def _terms(study: Study, subject: Subject, view: str) -> Columns:
    found = study.terms(subject, view)
    return {
        "method": subject.name,
        **_items(study, view),
        "patient": _patients(study, view),
        "S": found.severity,
        "I": found.impact,
        "R": found.agreement,
        "floored": found.floored,
    }


def _masks(study: Study, view: str) -> Columns:
    masks = study.masks(view)
    present = np.broadcast_to(study.records.present[:, None], masks.shape)
    return {
        **_items(study, view, len(LEADS)),
        "lead": np.tile(np.asarray(LEADS), masks.shape[0] * masks.shape[1]),
        "hidden": _digits(masks),
        "present": _digits(present),
    }


def _digits(patches: NDArray[np.bool_]) -> list[str]:
    rows = patches.reshape(-1, patches.shape[-1]).astype(np.uint8) + ord("0")
    return [row.tobytes().decode() for row in rows]
