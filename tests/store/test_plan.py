"""800,000 records: planned in numbers, and there in shape."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from scar_core.errors import DatasetError
from scar_core.store import PackSettings, Row, Store, pack, plan
from scar_core.store.layout import SIGNAL
from scar_core.store.plan import StorePlan, write_hollow
from tests.made import made_record
from tests.store.made import rows

MIMIC = 800_000


def test_the_plan_is_arithmetic() -> None:
    made = StorePlan(MIMIC, 10, 500, packed_per_s=250, read_per_s=5000, workers=4)
    assert made.signal_bytes == 800_000 * 12 * 5000 * 2
    assert made.shards == 196
    said = made.lines()
    assert said["packing"] == "13 min by 4 processes"
    assert said["one pass at random"].startswith("0.7 min by 4 processes from memory, 1.6 min from")


def test_the_plan_knows_what_a_record_takes(tmp_path: Path) -> None:
    """Signals and index to the byte; words are within what is planned for them."""
    record = made_record(0, seconds=10, rate_hz=500)
    given = [Row(row.name, lambda: record, report=row.report) for row in rows(range(64))]
    store = pack(given, tmp_path, settings=PackSettings(shard_records=32))
    made = StorePlan(64, 10, 500, packed_per_s=1, read_per_s=1, workers=1)
    sizes = {
        name: sum(path.stat().st_size for path in tmp_path.rglob(name))
        for name in (SIGNAL, "*.i16", "index.npy")
    }
    assert sizes[SIGNAL] == made.signal_bytes
    packed = sum(shard["bytes"] for shard in store.manifest["shards"])
    assert packed <= made.total_bytes <= packed * 1.01


@pytest.fixture(scope="module")
def hollow(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("hollow")
    probe = folder / "probe"
    with probe.open("wb") as stream:
        stream.truncate(10**9)
    if not hasattr(os.stat_result, "st_blocks") or probe.stat().st_blocks > 100:
        pytest.skip("this file system has no sparse files")
    return write_hollow(folder / "store", MIMIC)


def test_800000_records_are_opened_and_read_at_random(hollow: Store) -> None:
    began = time.process_time()
    store = Store.open(hollow.folder)
    opened = time.process_time() - began
    assert len(store) == MIMIC
    assert len(store.manifest["shards"]) == 196
    assert opened < 0.5
    signal, present = store.batch(np.random.default_rng(0).integers(0, MIMIC, 64).tolist())
    assert signal.shape == (64, 12, 5000)
    assert present.all()
    assert store.read(MIMIC - 1).name == f"r{(MIMIC - 1) % 4096:06d}"
    assert store.table(["patient"]).num_rows == MIMIC


def test_memory_stays_flat(hollow: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading 300 MB leaves a small part of it in memory."""
    monkeypatch.setattr("scar_core.store.reader.RESIDENT_BYTES", 6_000_000)
    resident = Path("/proc/self/statm")
    if not resident.is_file():
        pytest.skip("this system does not tell how much memory a process has")

    def megabytes() -> float:
        return int(resident.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    store = Store.open(hollow.folder)
    for number in range(100):
        store.read(number)
    before = megabytes()
    highest = before
    for number in range(100, 2600):
        store.read(number)
        if number % 50 == 0:
            highest = max(highest, megabytes())
    assert highest - before < 60


def test_a_hollow_store_is_no_data(hollow: Store, tmp_path: Path) -> None:
    few = write_hollow(tmp_path / "few", 70)
    assert len(few.manifest["shards"]) == 2
    assert any(SIGNAL in problem for problem in few.verify())
    with pytest.raises(DatasetError, match="holds a store"):
        write_hollow(tmp_path / "few", 70)
    with pytest.raises(DatasetError, match="nothing to read"):
        plan._nothing()
