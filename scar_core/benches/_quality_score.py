"""How well ``quality`` finds faults whose truth is known: faults put into hearts and recordings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import process_time

import numpy as np
from numpy.typing import NDArray

from scar_core.leads import LEADS
from scar_core.quality import assess
from scar_core.quality.beats import Trace
from scar_core.quality.electrodes import INDEPENDENT, WIRINGS, judge
from scar_core.quality.faults import ABSENT_FAULTS, LEG_FAULTS, reordered, rewired
from scar_core.record import ECGRecord

DISTURBANCES = ("muscle", "mains", "wander")
LEVELS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval.

    Attributes:
        value: The share; NaN if there was nothing to count.
        low: Lower end.
        high: Upper end.
        n: What was counted: records.
    """

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"


def wilson(hits: int, n: int) -> Share:
    """Wilson's interval of a share of independent records."""
    if not n:
        return Share(float("nan"), float("nan"), float("nan"), 0)
    z, share = 1.96, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * ((share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5)
    return Share(share, max(0.0, middle - half), min(1.0, middle + half), n)


def pooled(counts: NDArray[np.float64], rng: np.random.Generator, draws: int = 1000) -> Share:
    """Share of pooled samples, its interval by drawing records again.

    Args:
        counts: (record, 2): samples that count, and samples in all.
        rng: Draws the records.
        draws: How often.
    """
    counts = counts[counts[:, 1] > 0]
    if not len(counts):
        return wilson(0, 0)
    again = counts[rng.integers(0, len(counts), (draws, len(counts)))].sum(axis=1)
    low, high = np.quantile(again[:, 0] / again[:, 1], [0.025, 0.975])
    return Share(
        float(counts[:, 0].sum() / counts[:, 1].sum()), float(low), float(high), len(counts)
    )


def score_absent(records: Sequence[ECGRecord], seed: int) -> dict[str, dict[str, Share]]:
    """Score each fault of ``ABSENT_FAULTS``, one in each record."""
    table = {}
    for number, (name, fault) in enumerate(ABSENT_FAULTS.items()):
        rng = np.random.default_rng([seed, number])
        hits, clear, found, told = [], [], 0, 0
        for record in records:
            broken = fault(record, rng)
            quality = assess(broken.record)
            marked, lost = quality.absent, broken.absent
            hits.append((float((marked & lost).sum()), float(lost.sum())))
            clear.append((float((~marked & ~lost).sum()), float((~lost).sum())))
            found += bool((marked & lost).sum() >= 0.5 * lost.sum())
            told += any(item.reason == broken.reason for item in quality.stretches)
        table[name] = {
            "sensitivity": pooled(np.array(hits), rng),
            "specificity": pooled(np.array(clear), rng),
            "found": wilson(found, len(records)),
            "reason": wilson(told, len(records)),
        }
    return table


def clean_rates(records: Sequence[ECGRecord]) -> dict[str, Share]:
    """How many unaltered records, and samples of them, nothing is said against.

    What was found absent on reading already counts too.
    """
    rng = np.random.default_rng(0)
    quiet = calm = 0
    counts = []
    for record in records:
        quality = assess(record)
        counts.append((float((~quality.absent).sum()), float(quality.absent.size)))
        quiet += not quality.absent.any()
        calm += not quality.suspicions
    return {
        "samples": pooled(np.array(counts), rng) if counts else wilson(0, 0),
        "records": wilson(quiet, len(records)),
        "unsuspected": wilson(calm, len(records)),
    }


def score_wirings(
    found: Sequence[Trace], models: Sequence[NDArray[np.float64]] | None = None
) -> dict[str, dict[str, Share]]:
    """Score every wiring of ``WIRINGS`` on every record: noticed at all, and named rightly.

    A wiring is an exact linear map, so it is put into the beats.

    Args:
        found: Traces of the independent leads.
        models: The electrode model to use for each; None: the stored one.
    """
    there = np.ones(len(INDEPENDENT), np.bool_)
    table = {}
    for wiring in WIRINGS:
        noticed = named = 0
        for i, trace in enumerate(found):
            moved = replace(trace, beats=np.einsum("ij,jbt->ibt", wiring.matrix, trace.beats))
            verdict = judge(moved, INDEPENDENT, there, None if models is None else models[i])
            noticed += bool(verdict.names)
            named += wiring.name in verdict.names
        table[wiring.name] = {
            "noticed": wilson(noticed, len(found)),
            "named": wilson(named, len(found)),
        }
    return table


def score_legs(records: Sequence[ECGRecord], seed: int) -> dict[str, dict[str, Share]]:
    """Score exchanges with the right leg, and limb leads in wrong order."""
    table = {}
    for number, name in enumerate(LEG_FAULTS):
        rng = np.random.default_rng([seed, 100, number])
        seen = [assess(rewired(record, name, rng)).electrodes for record in records]
        table[name] = {
            "noticed": wilson(sum(map(bool, seen)), len(records)),
            "named": wilson(sum(name in names for names in seen), len(records)),
        }
    rng = np.random.default_rng([seed, 200])
    noticed = named = 0
    for record in records:
        wrong, done = reordered(record, rng)
        said = " ".join(assess(wrong).suspicions)
        noticed += bool(said)
        leads, what = done.split(" ")
        exchanged = " and ".join(sorted(leads.split("/"), key=LEADS.index)) + " seem"
        named += (exchanged in said) if what == "exchanged" else (f"{leads} seems" in said)
    table["limb leads in wrong order"] = {
        "noticed": wilson(noticed, len(records)),
        "named": wilson(named, len(records)),
    }
    return table


def score_figure(records: Sequence[ECGRecord], seed: int) -> dict[str, dict[str, float]]:
    """Mean quality figure of seconds 3–7 of all leads, by disturbance and its size.

    The size is the disturbance's rms over that of the record's leads (0.5–40 Hz).
    """
    table = {}
    for number, name in enumerate(DISTURBANCES):
        row = {}
        for level in LEVELS:
            rng = np.random.default_rng([seed, 300, number])
            means = [
                assess(_disturbed(record, _DISTURB[name], level, rng)).sqi[:, 3:7].mean()
                for record in records
            ]
            row[f"{level:g}"] = float(np.mean(means))
        table[name] = row
    return table


def _disturbed(
    record: ECGRecord,
    shape: Callable[[ECGRecord, np.random.Generator], NDArray[np.float64]],
    level: float,
    rng: np.random.Generator,
) -> ECGRecord:
    noise = shape(record, rng)
    size = record.signal.std(axis=1, keepdims=True) / noise.std(axis=1, keepdims=True)
    rate = int(record.sampling_rate_hz)
    part = np.zeros(record.n_samples)
    part[3 * rate : 7 * rate] = 1
    return replace(record, signal=(record.signal + level * size * noise * part).astype(np.float32))


def _muscle(record: ECGRecord, rng: np.random.Generator) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(rng.normal(size=record.signal.shape))
    hz = np.fft.rfftfreq(record.n_samples, 1 / record.sampling_rate_hz)
    return np.fft.irfft(spectrum * ((hz > 15) & (hz < 150)), n=record.n_samples)


def _wave(lowest: float, highest: float) -> Callable[..., NDArray[np.float64]]:
    def draw(record: ECGRecord, rng: np.random.Generator) -> NDArray[np.float64]:
        time = np.arange(record.n_samples) / record.sampling_rate_hz
        hz = rng.uniform(lowest, highest, (record.n_leads, 1))
        return np.asarray(np.sin(2 * np.pi * (hz * time + rng.random((record.n_leads, 1)))))

    return draw


_DISTURB = {"muscle": _muscle, "mains": _wave(50, 50), "wander": _wave(0.15, 0.4)}


def speed_ms(record: ECGRecord, times: int = 30) -> tuple[float, float]:
    """Median and 90th percentile of one ``assess`` of a record, in ms of processor time."""
    took = []
    for _ in range(times):
        start = process_time()
        assess(record)
        took.append(1e3 * (process_time() - start))
    return float(np.median(took)), float(np.quantile(took, 0.9))
