"""The records that ``quality`` is fitted and scored on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import DatasetError, ScarError
from scar_core.leads import LEADS
from scar_core.quality.beats import Trace, trace_of
from scar_core.quality.electrodes import INDEPENDENT, LEAST_BEATS, fit, save_model
from scar_core.record import ECGRecord

FIT_SEED, FIT_HEARTS = 2001, 300
"""The simulated part of the electrode model; scores are taken from other hearts."""
FIT_SHARE = 0.3
"""Weight of the simulated hearts in the model; the rest is LUDB and Georgia."""
FOLDS = 5


def simulated_records(n: int, seed: int, noise: float | None = None) -> list[ECGRecord]:
    """Draw a mixed population at 500 Hz in steps of 1 µV, without leads that are flat by nature."""
    import torch

    from scar_core.simulate import simulate

    generator = torch.Generator().manual_seed(seed)
    drawn = simulate(n, generator=generator, noise=noise, with_evidence=False).signal.numpy()
    return [
        ECGRecord(np.round(s * 1000) / 1000, LEADS, 500.0, np.ones(s.shape, np.bool_), f"sim{i}")
        for i, s in enumerate(drawn)
        if (s.std(axis=-1) > 0).all()
    ]


def real_records(root: Path | None) -> dict[str, list[ECGRecord]]:
    """Read the millivolt records at hand, by source; a source that is not there is empty."""
    from scar_core.datasets.base import data_root
    from scar_core.formats import open_record

    base = root or data_root()
    patterns = {
        "LUDB": ("ludb/data/*.hea",),
        "Georgia": ("georgia_filtered/E*.hea",),
        "PTB-XL": ("ptbxl/records500/**/*.hea", "ptbxl_native_more/**/*_hr.hea"),
        "Challenge": ("cinc2021/**/*.hea",),
    }
    found: dict[str, list[ECGRecord]] = {}
    for name, globs in patterns.items():
        found[name] = []
        for path in sorted(path for pattern in globs for path in base.glob(pattern)):
            try:
                found[name].append(open_record(path))
            except ScarError:
                continue  # a file that cannot be read is no matter of signal quality
    return found


def traces(records: Sequence[ECGRecord]) -> list[Trace]:
    """Traces of the independent leads of records that have all of them and enough beats."""
    found = []
    for record in records:
        eight = record.in_order(INDEPENDENT)
        if eight.unit == "mV" and (eight.present.mean(axis=1) > 0.5).all():
            trace = trace_of(eight, eight.present)
            if trace.beats.shape[1] >= LEAST_BEATS:
                found.append(trace)
    return found


def model_of(real: Sequence[Trace], simulated: Sequence[Trace]) -> NDArray[np.float64]:
    """Fit the electrode model on median beats of both."""
    parts = [(1 - FIT_SHARE, real), (FIT_SHARE, simulated)]
    return fit([(w, [np.median(trace.beats, axis=1) for trace in part]) for w, part in parts])


def fit_model(root: Path | None) -> str:
    """Fit the electrode model and store it; returns a sentence.

    Raises:
        DatasetError: LUDB or Georgia is not there.
    """
    found = real_records(root)
    if not found["LUDB"] or not found["Georgia"]:
        raise DatasetError(
            "the electrode model is fitted on LUDB and the filtered Georgia records, which are "
            "not there; set SCAR_DATA or --root to the folder that holds the datasets"
        )
    real = traces(found["LUDB"] + found["Georgia"])
    hearts = traces(simulated_records(FIT_HEARTS, FIT_SEED))
    made_from = (
        f"{len(real)} records of LUDB and Georgia ({1 - FIT_SHARE:.0%}), {len(hearts)} simulated "
        f"hearts of seed {FIT_SEED} ({FIT_SHARE:.0%})"
    )
    save_model(model_of(real, hearts), made_from)
    return f"the electrode model was fitted on {made_from}"


def cross_judged(real: Sequence[Trace]) -> list[NDArray[np.float64]]:
    """A model for each record that was fitted without that record's fold."""
    hearts = traces(simulated_records(FIT_HEARTS, FIT_SEED))
    models = [
        model_of([trace for i, trace in enumerate(real) if i % FOLDS != fold], hearts)
        for fold in range(FOLDS)
    ]
    return [models[i % FOLDS] for i in range(len(real))]
