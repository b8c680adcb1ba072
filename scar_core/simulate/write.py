"""Writes simulated records as files: WFDB signals, report texts and evidence as JSON."""

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS
from scar_core.leads import LEADS
from scar_core.simulate import SimulatedBatch, simulate

_GAIN = 1000.0  # steps per mV: 1 µV, finer than any electrode's noise
_TRIES = 100
_CHUNK = 128  # records drawn at once, so that memory does not grow with their number

GALLERY: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("normal", "Normal ECG", ("NORM",)),
    ("atrial-fibrillation", "Atrial fibrillation", ("AFIB",)),
    ("left-bundle-branch-block", "Left bundle branch block", ("CLBBB",)),
    ("right-bundle-branch-block", "Right bundle branch block", ("CRBBB",)),
    ("inferior-infarction-acute", "Acute inferior infarction", ("IMI", "ACUTEMI")),
    ("anterior-infarction-old", "Old anterior infarction", ("AMI", "OLDMI")),
    ("hypertrophy-strain", "Left ventricular hypertrophy, ST depression", ("LVH", "STD", "TINV")),
    ("complete-heart-block", "Complete heart block", ("AVB3",)),
    ("ventricular-ectopy", "Premature ventricular complexes", ("PVC",)),
    ("paced", "Paced rhythm", ("PACE",)),
    ("atrial-flutter", "Atrial flutter", ("AFLT",)),
    ("long-qt", "Long QT interval", ("LQT",)),
)
"""Name, title and findings of each gallery case, in the order in which pages list them."""


def _write_wfdb(folder: Path, name: str, signal_mv: NDArray[np.float32], rate_hz: float) -> Path:
    import wfdb

    steps = np.clip(np.round(signal_mv.T * _GAIN), -32767, 32767).astype(np.int64)
    wfdb.wrsamp(
        name,
        fs=rate_hz,
        units=["mV"] * len(LEADS),
        sig_name=list(LEADS),
        d_signal=steps,
        fmt=["16"] * len(LEADS),
        adc_gain=[_GAIN] * len(LEADS),
        baseline=[0] * len(LEADS),
        comments=["simulated by SCAR Explorer, not a recording of a patient"],
        write_dir=str(folder),
    )
    return folder / f"{name}.hea"


def _annotation(batch: SimulatedBatch, row: int) -> dict[str, object]:
    codes = batch.findings[row]
    return {
        "findings": list(codes),
        "names": {code: FINDINGS[code].name for code in codes},
        "report": batch.reports[row],
        "evidence": {
            code: [{"lead": lead, "start_s": start, "stop_s": stop} for lead, start, stop in where]
            for code, where in batch.evidence[row].items()
        },
    }


def _dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_records(out: Path, n: int, seed: int, rate_hz: float = 500) -> list[Path]:
    """Write ``n`` records of a mixed population.

    Each record is a ``.hea`` and ``.dat`` (WFDB format 16, 1 µV steps), its report as ``.txt``
    and its findings and evidence as ``.json``.

    Args:
        out: Folder, made where it is not there.
        n: Number of records.
        seed: The same seed writes the same records.
        rate_hz: Samples per second.

    Returns:
        The header files, in order.

    Raises:
        ConfigError: ``n`` or the rate cannot be simulated.
    """
    generator = torch.Generator().manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    headers = []
    for first in range(0, max(n, 1), _CHUNK):
        batch = simulate(min(_CHUNK, n - first), generator=generator, rate_hz=rate_hz)
        for row, signal in enumerate(batch.signal):
            name = f"sim{seed:04d}_{first + row:05d}"
            headers.append(_write_wfdb(out, name, signal.numpy(), rate_hz))
            (out / f"{name}.txt").write_text(batch.reports[row] + "\n", encoding="utf-8")
            _dump(out / f"{name}.json", _annotation(batch, row))
    return headers


def write_gallery(out: Path, seed: int = 0) -> Path:
    """Write the named cases that pages offer, and their index.

    Args:
        out: Folder, made where it is not there.
        seed: The same seed writes the same cases.

    Returns:
        ``index.json``: a list of name, title, file, findings, report and evidence.
    """
    out.mkdir(parents=True, exist_ok=True)
    index = []
    for number, (name, title, codes) in enumerate(GALLERY):
        generator = torch.Generator().manual_seed(1000 * seed + number)
        batch = _clear_case(generator, codes)
        _write_wfdb(out, name, batch.signal[0].numpy(), 500)
        case = {"name": name, "title": title, "file": f"{name}.hea", **_annotation(batch, 0)}
        index.append(case)
    _dump(out / "index.json", index)
    return out / "index.json"


def _plain_to_see(batch: SimulatedBatch, codes: tuple[str, ...]) -> bool:
    """Keep to cases that are seen at a glance: high ST segments, tall pacing spikes."""
    if "ACUTEMI" in codes and float(batch.truth.measured.st_up[0]) < 2.2:  # times the limit
        return False
    return "PACE" not in codes or float(batch.heart.atrial.spike_mv[0].abs().max()) > 1.5


def _clear_case(generator: torch.Generator, codes: tuple[str, ...]) -> SimulatedBatch:
    """Draw until every asked-for finding is true and every lead is connected."""
    for _ in range(_TRIES):
        batch = simulate(1, generator=generator, findings=codes, noise=0.6)
        connected = bool((batch.signal.std(dim=-1) > 0).all())
        true = set(codes) <= set(batch.findings[0])
        if connected and true and _plain_to_see(batch, codes):
            return batch
    raise ConfigError(
        f"the gallery asks for {', '.join(codes)}, which {_TRIES} drawn records never showed"
        " together: name findings that occur together"
    )
