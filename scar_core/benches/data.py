"""Records a second from files and from a packed store, and what packing 800,000 of them takes.

Rates are by processor time of this process, from files in the system's cache, in rounds that take
turns: other work on the machine counts little, and ratios are of the same minutes.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scar_core.benches import Bench, Figures

if TYPE_CHECKING:
    from scar_core.store import Store

PUBLISHED_RECORDS = 800_035
"""MIMIC-IV-ECG, all of 10 s at 500 Hz."""
DISTINCT, COPIES, BATCH, ROUNDS = 64, 32, 32, 5
_INT16, _FLOAT32 = "numpy.memmap copy of int16", "numpy.memmap copy of float32"
FIRST_BATCH = """
import os, time
began = time.perf_counter()
from scar_core.store import Store
loaded = time.perf_counter()
store = Store.open(os.environ["SCAR_BENCH_STORE"])
store.batch(range(0, len(store), len(store) // 32))
print(1e3 * (time.perf_counter() - loaded), 1e3 * (loaded - began))
"""


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    del checkpoint
    with TemporaryDirectory(prefix="scar-bench-") as scratch:
        here = Path(scratch)
        files, what = _files(root, here)
        return {"records": what, **_measure(files, here), **_hollow(here)}


def _measure(files: Sequence[Path], here: Path) -> Figures:
    from scar_core.formats import open_record
    from scar_core.store import Row, pack

    records = [open_record(path).window(10) for path in files]
    began = time.process_time()
    many = [
        Row(f"{copy}/{at}", partial(replace, record))
        for copy in range(COPIES)
        for at, record in enumerate(records)
    ]
    store = pack(many, here / "store")
    alone = len(many) / (time.process_time() - began)
    began = time.process_time()
    rows = [Row(path.stem, partial(open_record, path)) for path in files]
    pack(rows, here / "once")
    packed = len(rows) / (time.process_time() - began)
    rates = _rates(files, store, here)
    return {
        "records a second": {name: round(rate) for name, rate in rates.items()},
        "times wfdb": {
            "packed, random": _ratio(rates, "packed, random", "wfdb.rdrecord"),
            "packed batches, random": _ratio(rates, "packed batches, random", "wfdb.rdrecord"),
        },
        "share of a plain copy": {
            "int16 batches of int16": _ratio(rates, "packed int16 batches, random", _INT16),
            "float32 batches of float32": _ratio(rates, "packed batches, random", _FLOAT32),
            "float32 batches of int16": _ratio(rates, "packed batches, random", _INT16),
        },
        "packed a second and core": {"from WFDB files": round(packed), "alone": round(alone)},
        **_waiting(files, store),
        "memory": _memory(store),
        f"plan of {PUBLISHED_RECORDS:,}": _plan(packed, rates["packed batches, random"]),
    }


def _files(root: Path | None, here: Path) -> tuple[list[Path], str]:
    """Real 12-lead records of 10 s at 500 Hz where there are some, else simulated ones."""
    from scar_core.datasets.base import data_root

    found = sorted(((root or data_root()) / "ludb" / "data").glob("*.hea"))[:DISTINCT]
    if len(found) == DISTINCT:
        return found, f"{DISTINCT} of LUDB, each {COPIES} times in the store"
    from scar_core.simulate.write import write_records

    what = f"{DISTINCT} simulated ones, each {COPIES} times in the store"
    return write_records(here / "simulated", DISTINCT, seed=0), what


def _rates(files: Sequence[Path], store: "Store", here: Path) -> Mapping[str, float]:
    import wfdb

    from scar_core.formats import open_record

    n = len(store)
    order = np.random.default_rng(0).permutation(n).tolist()
    groups = [order[at : at + BATCH] for at in range(0, n - BATCH + 1, BATCH)]
    batch, stored = store.batch(groups[0]), store.stored(groups[0])[0]
    int16 = [
        np.memmap(path, "<i2", "r").reshape(-1, 12, 5000).view(np.ndarray)
        for path in sorted(store.folder.rglob("signal.i16"))
    ]
    float32 = [part.astype("<f4") for part in int16]
    for at, part in enumerate(float32):
        part.tofile(here / f"{at}.f32")
        float32[at] = np.memmap(here / f"{at}.f32", "<f4", "r").reshape(part.shape)
    in_16, in_32 = (
        [(part.view(np.ndarray), row) for part in parts for row in range(len(part))]
        for parts in (int16, float32)
    )

    def copy(held: Sequence[tuple[NDArray[np.generic], int]], out: NDArray[np.generic]) -> None:
        for group in groups:
            for at, number in enumerate(group):
                part, row = held[number]
                out[at] = part[row]

    whole = len(groups) * BATCH
    return _turns(
        {
            "wfdb.rdrecord": (
                len(files),
                lambda: [wfdb.rdrecord(str(path.with_suffix(""))) for path in files],
            ),
            "our WFDB reader": (len(files), lambda: [open_record(path) for path in files]),
            "packed, in order": (n, lambda: _each(store.read, range(n))),
            "packed, random": (n, lambda: _each(store.read, order)),
            "packed batches, random": (
                whole, lambda: _each(partial(store.batch, out=batch), groups)
            ),
            "packed int16 batches, random": (
                whole, lambda: _each(partial(store.stored, out=stored), groups)
            ),
            _INT16: (whole, lambda: copy(in_16, stored)),
            _FLOAT32: (whole, lambda: copy(in_32, batch[0])),
        }
    )  # fmt: skip


def _each(act: Callable[..., object], items: Sequence[object]) -> None:
    for item in items:
        act(item)


def _turns(works: Mapping[str, tuple[int, Callable[[], object]]]) -> dict[str, float]:
    """Records a second of processor time by name: the median of rounds that take turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for name, (_, act) in works.items():
            began = time.process_time()
            act()
            if turn:  # the first fills caches
                times[name].append(time.process_time() - began)
    return {name: works[name][0] / median(taken) for name, taken in times.items()}


def _ratio(rates: Mapping[str, float], one: str, other: str) -> float:
    return round(rates[one] / rates[other], 2)


def _waiting(files: Sequence[Path], store: "Store") -> Figures:
    """What somebody waits for: a first batch, and one record of a page; by the clock."""
    from scar_core.formats import open_record

    first = []
    checkout = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": checkout, "SCAR_BENCH_STORE": str(store.folder)}
    for _ in range(3):
        done = subprocess.run(  # noqa: S603 - this interpreter and the text above
            [sys.executable, "-c", FIRST_BATCH],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
        first.append([float(word) for word in done.stdout.split()])
    return {
        "first batch of 32 in a new process, ms": round(median(ms for ms, _ in first), 1),
        "before that, importing, ms": round(median(ms for _, ms in first), 1),
        "one record for the page, ms": {
            "WFDB": round(_clock_ms([partial(open_record, path) for path in files]), 2),
            "packed": round(_clock_ms([partial(store.read, at) for at in range(64)]), 2),
        },
    }


def _clock_ms(acts: Sequence[Callable[[], object]]) -> float:
    times = []
    for act in acts:
        began = time.perf_counter()
        act()
        times.append(1e3 * (time.perf_counter() - began))
    return median(times)


def _memory(store: "Store", reads: int = 20_000) -> Figures:
    """Megabytes while reading on and on: the process's own, and the store's pages it has mapped."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return {"memory": "not told by this system"}
    seen: dict[str, list[int]] = {"RssAnon": [], "RssFile": []}
    rng = np.random.default_rng(0)
    for at in range(reads + 1):
        if at % (reads // 4) == 0:
            told = dict(line.split(":", 1) for line in status.read_text().splitlines())
            for name, values in seen.items():
                values.append(round(int(told[name].split()[0]) / 1e3))
        store.read(int(rng.integers(len(store))))
    return {
        f"own MB at each quarter of {reads:,} reads": seen["RssAnon"],
        "mapped MB of files": seen["RssFile"],
    }


def _plan(packed: float, read: float) -> dict[str, str]:
    from scar_core.store.plan import StorePlan

    workers = os.cpu_count() or 1
    return StorePlan(PUBLISHED_RECORDS, 10, 500, packed, read, workers).lines()


def _hollow(here: Path) -> Figures:
    """A store of that size in shape: its signals are holes, everything else is there."""
    from scar_core.store import Store
    from scar_core.store.plan import write_hollow

    folder = write_hollow(here / "hollow", PUBLISHED_RECORDS).folder
    began = time.perf_counter()
    store = Store.open(folder)
    opened = time.perf_counter() - began
    order = np.random.default_rng(0).permutation(len(store))[:2000].tolist()
    return {
        f"a store of {PUBLISHED_RECORDS:,} in shape": {
            "open, ms": round(1e3 * opened, 1),
            "first batch of 32 of 32 shards, ms": round(
                _clock_ms([lambda: store.batch(range(0, 800_000, 25_000))]), 1
            ),
            "one record at random, ms": round(
                _clock_ms([partial(store.read, at) for at in order]), 2
            ),
            **_memory(store, 8000),
        }
    }


BENCH = Bench("Records a second from files and from a packed store.", _run)
