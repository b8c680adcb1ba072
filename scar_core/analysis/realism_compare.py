"""Simulated records against real ones: how far apart the distributions of each quantity are."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.analysis.realism import QUANTITIES, RATE_HZ, measure
from scar_core.errors import DatasetError, ScarError
from scar_core.leads import LEADS
from scar_core.record import ECGRecord

Floats = NDArray[np.float64]
Table = dict[str, Floats]
"""Quantity to (record, 12) or (record, 1)."""

POPULATIONS = ("all", "normal")
SIMULATED = "simulated"
FAR = 0.3
"""A Kolmogorov–Smirnov distance above which distributions are called different."""
RECORDS = 400
RESAMPLES = 300

_NORMAL_RHYTHMS = frozenset({"NORM", "SR", "SARRH"})


def simulated_records(n: int, seed: int) -> list[tuple[ECGRecord, bool]]:
    """Draw the mixed population with its noise; with each record, whether it is normal."""
    import torch

    from scar_core.simulate import simulate

    generator = torch.Generator().manual_seed(seed)
    drawn = simulate(n, generator=generator, rate_hz=RATE_HZ, with_evidence=False)
    there = np.ones(drawn.signal.shape[1:], np.bool_)
    return [
        (ECGRecord(signal.numpy(), LEADS, RATE_HZ, there, f"simulated {i}"), "NORM" in findings)
        for i, (signal, findings) in enumerate(zip(drawn.signal, drawn.findings, strict=True))
    ]


def ludb_records(root: Path | None) -> list[tuple[ECGRecord, bool]]:
    """Read LUDB; normal is a sinus rhythm of ordinary rate about which nothing else is stated.

    Raises:
        DatasetError: It is not there.
    """
    from scar_core.datasets import dataset

    return [
        (e.read(), "SR" in e.positive and e.positive <= _NORMAL_RHYTHMS)
        for e in dataset("ludb").examples(root, "train")
    ]


def ptbxl_records(root: Path | None, most: int) -> list[tuple[ECGRecord, bool]]:
    """Read PTB-XL at 500 Hz: the published training folds, else single native files.

    Args:
        root: Folder that holds ``ptbxl`` or ``ptbxl_native_more``.
        most: Where there are more records, so many evenly spread ones are read.

    Raises:
        DatasetError: There are none.
    """
    from scar_core.datasets import dataset
    from scar_core.datasets.base import data_root
    from scar_core.formats import open_record

    base = root or data_root()
    if (base / "ptbxl" / "ptbxl_database.csv").is_file():
        chosen = dataset("ptbxl").examples(base / "ptbxl", "train")
        chosen = chosen[:: max(1, -(-len(chosen) // most))]
        return [(e.read(), "NORM" in e.positive and e.positive <= _NORMAL_RHYTHMS) for e in chosen]
    patterns = ("ptbxl/records500/**/*_hr.hea", "ptbxl_native_more/**/*_hr.hea")
    paths = {path.name: path for pattern in patterns for path in sorted(base.glob(pattern))}
    if not paths:
        raise DatasetError(
            f"PTB-XL at 500 Hz is not in {base} (looked for {' and '.join(patterns)}); to get it: "
            f"{dataset('ptbxl').get}; or name the folder that holds it with --root"
        )
    records = [open_record(path) for path in paths.values()]
    return [(record, record.metadata.get("labels") == ("NORM",)) for record in records]


def tabulate(records: Sequence[ECGRecord]) -> Table:
    """Measure records; rows are in their order."""
    rows = [measure(record) for record in records]
    return {one.name: np.array([row[one.name] for row in rows]) for one in QUANTITIES}


def ks_distance(one: Floats, other: Floats) -> float:
    """Return the largest difference of the distribution functions of two samples."""
    pooled = np.concatenate([one, other])
    shares = [
        np.searchsorted(np.sort(values), pooled, side="right") / len(values)
        for values in (one, other)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


def ks_interval(
    one: Floats, other: Floats, rng: np.random.Generator, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95 % interval of ``ks_distance``, from drawing the records of both again.

    The drawn distances are moved by their mean excess over the measured one: drawing again adds
    distance of its own. The measured one still holds what chance adds to it.
    """
    pooled = np.sort(np.concatenate([one, other]))
    drawn = []
    for values in (one, other):
        n = len(values)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
        below = np.concatenate([np.zeros((resamples, 1)), weights.cumsum(axis=1) / n], axis=1)
        drawn.append(below[:, np.searchsorted(np.sort(values), pooled, side="right")])
    distances = np.abs(drawn[0] - drawn[1]).max(axis=1)
    moved = distances - (distances.mean() - ks_distance(one, other))
    low, high = np.quantile(moved, (0.025, 0.975)).clip(0, 1)
    return float(low), float(high)


def chance_limit(n: int, m: int) -> float:
    """Distance that two samples of one population keep within in 95 % of cases (asymptotic)."""
    return min(1.0, 1.358 * float(np.sqrt((n + m) / (n * m)))) if n and m else 1.0


def _summary(values: Floats) -> dict[str, float | int]:
    if not len(values):
        return {"n": 0}
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
    return {
        "n": len(values),
        "median": round(float(median), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def compare_tables(tables: Mapping[str, Table], seed: int) -> list[dict[str, Any]]:
    """Compare every quantity of every two sources.

    Args:
        tables: By source, the simulated one first.
        seed: Of the intervals.

    Returns:
        A row for each quantity and lead: its name, lead (empty: of the record), unit, a summary by
        source, and by ``"A – B"`` the distance with interval where both have 5 records at least.
    """
    rng = np.random.default_rng(seed)
    names = list(tables)
    rows = []
    for quantity in QUANTITIES:
        for column, lead in enumerate(LEADS if quantity.by_lead else ("",)):
            found = {name: tables[name][quantity.name][:, column] for name in names}
            found = {name: values[np.isfinite(values)] for name, values in found.items()}
            distances = {}
            for first, one in enumerate(names):
                for other in names[first + 1 :]:
                    if min(len(found[one]), len(found[other])) >= 5:
                        low, high = ks_interval(found[one], found[other], rng)
                        distances[f"{one} – {other}"] = {
                            "value": round(ks_distance(found[one], found[other]), 4),
                            "low": round(low, 4),
                            "high": round(high, 4),
                        }
            rows.append(
                {
                    "quantity": quantity.name,
                    "lead": lead,
                    "unit": quantity.unit,
                    "sources": {name: _summary(values) for name, values in found.items()},
                    "distances": distances,
                }
            )
    return rows


def compare(root: Path | None, records: int = RECORDS, seed: int = 0) -> dict[str, Any]:
    """Compare the simulator with the real records at hand.

    Args:
        root: Folder of the datasets; a real source that is not there is left out and named.
        records: Simulated records.
        seed: Of the simulated records and of the intervals.

    Returns:
        ``seed``, ``records`` (number by population and source), ``missing`` (why sources are left
        out) and ``rows`` by population, as of ``compare_tables``.

    Raises:
        DatasetError: There is no real source.
    """
    readers: dict[str, Callable[[], list[tuple[ECGRecord, bool]]]] = {
        "LUDB": lambda: ludb_records(root),
        "PTB-XL": lambda: ptbxl_records(root, records),
    }
    found = {SIMULATED: simulated_records(records, seed)}
    missing = {}
    for name, read in readers.items():
        try:
            found[name] = read()
        except ScarError as error:
            missing[name] = str(error)
    if len(found) == 1:
        raise DatasetError(next(iter(missing.values())))
    normal = {name: np.array([is_normal for _, is_normal in some]) for name, some in found.items()}
    tables = {name: tabulate([record for record, _ in some]) for name, some in found.items()}
    chosen = {
        "all": tables,
        "normal": {
            name: {key: values[normal[name]] for key, values in table.items()}
            for name, table in tables.items()
        },
    }
    return {
        "seed": seed,
        "records": {
            "all": {name: len(some) for name, some in found.items()},
            "normal": {name: int(flags.sum()) for name, flags in normal.items()},
        },
        "missing": missing,
        "rows": {name: compare_tables(some, seed) for name, some in chosen.items()},
    }
