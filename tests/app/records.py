"""Small synthetic ECGs for page tests, and a gallery folder made of them."""

import json
from pathlib import Path

import numpy as np

from scar_core.leads import LEADS
from scar_core.record import ECGRecord

DIPOLES = {  # lead: heights of P, Q, R, S, T in mV
    "I": (0.08, -0.04, 0.6, -0.1, 0.2),
    "II": (0.13, -0.08, 1.0, -0.2, 0.32),
    "V1": (0.06, 0.0, 0.25, -1.0, -0.1),
    "V2": (0.08, 0.0, 0.45, -1.5, 0.5),
    "V3": (0.09, -0.02, 0.8, -0.9, 0.5),
    "V4": (0.1, -0.06, 1.5, -0.5, 0.45),
    "V5": (0.1, -0.1, 1.4, -0.2, 0.4),
    "V6": (0.1, -0.1, 1.0, -0.1, 0.3),
}


def beat_signal(rate_hz: float = 500.0, seconds: float = 10.0, rr_s: float = 0.82) -> np.ndarray:
    """Return (12, sample) in mV; limb leads obey the identities exactly."""
    t = np.arange(round(rate_hz * seconds)) / rate_hz
    phase = t % rr_s
    centres = ((0.16, 0.025), (0.28, 0.01), (0.305, 0.012), (0.335, 0.012), (0.56, 0.05))
    waves = np.stack([np.exp(-0.5 * ((phase - mu) / width) ** 2) for mu, width in centres])
    rows = {lead: np.array(heights) @ waves for lead, heights in DIPOLES.items()}
    rng = np.random.default_rng(7)
    rows = {lead: row + rng.normal(0, 0.01, t.size) for lead, row in rows.items()}
    one, two = rows["I"], rows["II"]
    rows |= {
        "III": two - one,
        "aVR": -(one + two) / 2,
        "aVL": one - two / 2,
        "aVF": two - one / 2,
    }
    return np.stack([rows[lead] for lead in LEADS]).astype(np.float32)


def make_record(name: str = "normal", **kw: float) -> ECGRecord:
    signal = beat_signal(**kw)
    return ECGRecord(
        signal, LEADS, kw.get("rate_hz", 500.0), np.ones(signal.shape, np.bool_), name=name
    )


def write_wfdb(folder: Path, name: str, record: ECGRecord) -> None:
    """Write format 16, 1000 counts per mV; not present becomes the format's invalid value."""
    counts = np.round(record.signal * 1000).astype("<i2")
    counts[~record.present] = -32768
    (folder / f"{name}.dat").write_bytes(counts.T.tobytes())
    lines = [f"{name} {record.n_leads} {record.sampling_rate_hz:g} {record.n_samples}"]
    for lead, row in zip(record.lead_names, counts, strict=True):
        check = int(np.sum(row.astype(np.int64)) & 0xFFFF)
        check -= 0x10000 if check >= 0x8000 else 0
        lines.append(f"{name}.dat 16 1000/mV 16 0 {row[0]} {check} 0 {lead}")
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")


def make_gallery(folder: Path) -> None:
    """Write two cases and their index."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, title, rr_s in (("normal", "Normal ECG", 0.82), ("fast", "Sinus tachycardia", 0.5)):
        write_wfdb(folder, name, make_record(name, rr_s=rr_s))
        rows.append(
            {
                "name": name,
                "title": title,
                "file": f"{name}.hea",
                "findings": ["SR"] if name == "normal" else ["STACH"],
                "report": f"{title}.",
                "evidence": {},
            }
        )
    (folder / "index.json").write_text(json.dumps(rows))
