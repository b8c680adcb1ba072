"""What goes in comes out: one by one, as a batch, as a table, from any process."""

import multiprocessing
import pickle
import threading
from dataclasses import replace
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scar_core.errors import DatasetError
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from scar_core.store import PackSettings, Row, Store, pack, shard_indices
from scar_core.store.layout import ABSENT
from tests.made import made_record
from tests.store.made import content, noted, rows, same

SMALL = PackSettings(shard_records=4)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Ten rows, of which the third and the last cannot be read."""
    folder = tmp_path_factory.mktemp("store")
    return pack(rows(range(10), bad=(2, 9)), folder, settings=SMALL)


def held(records: list[ECGRecord], folder: Path, settings: PackSettings | None = None) -> Store:
    """Pack records as they are."""
    made = [Row(f"n{at}", partial(replace, record)) for at, record in enumerate(records)]
    return pack(made, folder, settings=settings)


def test_records_come_back_with_what_they_say(store: Store) -> None:
    assert len(store) == 8
    for number, source in enumerate((0, 1, 3, 4, 5, 6, 7, 8)):
        found = store.read(number)
        same(found, noted(source))
        assert found.metadata == noted(source).metadata
        assert found.notes == noted(source).notes


def test_the_table_goes_with_the_records(store: Store) -> None:
    table = store.table().to_pylist()
    assert [line["name"] for line in table] == [f"row{n:04d}" for n in (0, 1, 3, 4, 5, 6, 7, 8)]
    line = table[1]
    assert (line["patient"], line["split"], line["origin"]) == ("p0", "val", "set/1")
    assert line["report"] == "Bericht 1: Vorhofflimmern, ä"
    assert line["positive"] == ["AFIB", "STACH"]
    assert line["negative"] == ["NORM"]
    assert dict(line["labels"]) == {"super": ["MI", "CD"], "rhythm": []}
    assert (line["leads"], line["rate_hz"], line["samples"]) == (list(LEADS), 100.0, 200)
    assert store.table(["split"]).column_names == ["split"]


def test_what_cannot_be_read_is_listed_with_its_reason(store: Store) -> None:
    said = {failure.name: failure.reason for failure in store.failures()}
    assert said.keys() == {"row0002", "row0009"}
    assert said["row0002"] == "The file is damaged; get the complete file."
    assert store.manifest["failed"] == 2


def test_a_readers_defect_costs_one_record(tmp_path: Path) -> None:
    def defect() -> ECGRecord:
        raise ZeroDivisionError("by zero")

    store = pack([*rows(range(2)), Row("bad", defect)], tmp_path)
    assert len(store) == 2
    assert store.failures()[0].reason == "unexpected ZeroDivisionError: by zero"


def test_nothing_readable_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not one of the records could be read; the first said"):
        pack(rows(range(3), bad=range(3)), tmp_path)
    assert len(pack(rows(range(3)), tmp_path)) == 3


@pytest.mark.parametrize("number", [-1, 8, 10**9])
def test_numbers_outside_are_refused(store: Store, number: int) -> None:
    with pytest.raises(DatasetError, match="holds 0 to 7"):
        store.read(number)
    with pytest.raises(DatasetError, match="holds 0 to 7"):
        store.batch([0, number])


def test_a_batch_is_what_reading_gives(store: Store) -> None:
    wanted = [7, 0, 3, 3]
    signal, present = store.batch(wanted)
    values, steps = store.stored(wanted)
    for at, number in enumerate(wanted):
        record = store.read(number)
        assert (signal[at] == record.signal).all()
        assert (present[at] == record.present).all()
    assert ((values != ABSENT) == present).all()
    assert (np.where(present, values * steps, 0) == signal).all()
    again = store.batch(wanted[::-1], out=(signal, present))
    assert again[0] is signal
    assert (signal[0] == store.read(3).signal).all()
    with pytest.raises(DatasetError, match="shape"):
        store.batch([1], out=(signal, present))


def test_records_of_any_leads_and_length_keep_them(tmp_path: Path) -> None:
    two = replace(made_record(1, seconds=5, leads=("V1", "II")), name="two")
    wide = replace(made_record(3, seconds=4), name="wide", unit="sd")
    wide = replace(wide, signal=wide.signal * np.float32(400))
    records = [two, noted(2, seconds=3, gaps=True), wide]
    store = held(records, tmp_path)
    for number, record in enumerate(records):
        same(store.read(number), record)
    assert store.read(0).lead_names == ("II", "V1")
    assert "wider steps" in store.read(2).notes[-1]
    assert store.manifest["samples"] == [300, 500]
    assert store.manifest["units"] == ["mV", "sd"]
    with pytest.raises(DatasetError, match="say how many seconds"):
        store.batch([0, 1])
    signal, present = store.batch([0, 1, 2], seconds=3.5)
    assert signal.shape == (3, 12, 350)
    values, steps = store.stored([0, 1, 2], seconds=3.5)
    for number in range(3):
        record = store.read(number).in_order(LEADS).window(3.5)
        assert (present[number] == record.present).all()
        assert signal[number] == pytest.approx(record.signal, abs=1e-6)
    assert np.where(values != ABSENT, values * steps, 0) == pytest.approx(signal, abs=1e-6)


def test_a_packing_can_make_records_alike(tmp_path: Path) -> None:
    records = [noted(0, seconds=3), noted(1, seconds=2, rate_hz=200)]
    with pytest.raises(DatasetError, match="pack it with --rate"):
        held(records, tmp_path / "as they are").batch([0, 1])
    store = held(records, tmp_path / "alike", PackSettings(seconds=2.5, rate_hz=100))
    signal, present = store.batch([0, 1])
    assert signal.shape == (2, 12, 250)
    assert present[0].all()
    assert not present[1, :, 200:].any()
    expected = records[1].resampled(100).window(2.5)
    assert np.abs(signal[1] - expected.signal).max() <= 0.5e-3 * 1.001
    assert any("Resampled from 200" in note for note in store.read(1).notes)


def test_a_shard_is_one_plain_array(store: Store) -> None:
    plain = np.memmap(store.folder / "shards/00000/signal.i16", "<i2", "r").reshape(-1, 12, 200)
    assert plain[1] * np.float32(1e-3) == pytest.approx(store.read(1).signal)


@given(
    lengths=st.lists(st.integers(100, 260), min_size=1, max_size=6),
    gaps=st.booleans(),
    each=st.integers(1, 4),
)
@settings(max_examples=15, deadline=None)
def test_any_records_make_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    gaps: bool,
    each: int,
) -> None:
    records = [noted(at, seconds=n / 100, gaps=gaps) for at, n in enumerate(lengths)]
    store = held(records, tmp_path_factory.mktemp("any"), PackSettings(shard_records=each))
    assert len(store) == len(records)
    assert store.verify() == ()
    for number in reversed(range(len(records))):
        same(store.read(number), records[number])


def test_workers_do_not_change_the_bytes(tmp_path: Path) -> None:
    given_rows = rows(range(13), bad=(4,))
    told: list[tuple[int, int, int]] = []
    pack(given_rows, tmp_path / "one", settings=SMALL)
    pack(
        given_rows,
        tmp_path / "two",
        settings=SMALL,
        workers=2,
        progress=lambda *said: told.append(said),
    )
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert told[0] == (0, 13, 0)
    assert told[-1] == (13, 13, 1)


def test_a_store_grows(tmp_path: Path) -> None:
    pack(rows(range(6), bad=(1,)), tmp_path, settings=SMALL, about={"title": "ours"})
    before = content(tmp_path)
    with pytest.raises(DatasetError, match="other records or settings"):
        pack(rows(range(9)), tmp_path, settings=SMALL)
    grown = pack(rows(range(9)), tmp_path, settings=SMALL, append=True, workers=2)
    names = grown.table(["name"])["name"].to_pylist()
    assert names == [f"row{n:04d}" for n in (0, 2, 3, 4, 5, 1, 6, 7, 8)]  # 1 was mended
    assert grown.manifest["about"] == {"title": "ours"}
    assert grown.verify() == ()
    same(grown.read(5), noted(1))
    after = content(tmp_path)
    shards = [path for path in before if path.startswith("shards")]
    assert all(after[path] == before[path] for path in shards)
    assert content(pack(rows(range(9)), tmp_path, append=True).folder) == after


def test_packing_again_changes_nothing(tmp_path: Path) -> None:
    pack(rows(range(6)), tmp_path, settings=SMALL)
    before = content(tmp_path)
    pack(rows(range(6)), tmp_path, settings=SMALL)
    assert content(tmp_path) == before
    with pytest.raises(DatasetError, match="other records or settings"):
        pack(rows(range(6)), tmp_path, settings=replace(SMALL, seconds=1))


@pytest.mark.parametrize(
    ("given_rows", "workers", "sentence"),
    [([], 1, "no record to pack"), (rows([1, 1]), 1, "named 'row0001'"), (rows([1]), 0, "give 1")],
)
def test_nonsense_is_refused(
    tmp_path: Path, given_rows: list[Row], workers: int, sentence: str
) -> None:
    with pytest.raises(DatasetError, match=sentence):
        pack(given_rows, tmp_path, workers=workers)


def test_no_store_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no packed store: MANIFEST\.json is missing"):
        Store.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="cannot be written"):
        pack(rows(range(2)), tmp_path / "file" / "below")


def _sums(store: Store, seed: int) -> float:
    order = np.random.default_rng(seed).permutation(len(store))
    return float(sum(np.abs(store.read(int(number)).signal).sum() for number in order))


def _send(store: Store, seed: int, to: "multiprocessing.SimpleQueue[float]") -> None:
    to.put(_sums(store, seed))


@pytest.mark.parametrize(("method", "readers"), [("fork", 6), ("spawn", 2)])
def test_many_processes_read_at_once(store: Store, method: str, readers: int) -> None:
    """Also after this process has mapped the shards itself."""
    expected = _sums(store, 0)
    context = multiprocessing.get_context(method)
    results = context.SimpleQueue()
    process: type[BaseProcess] = context.Process  # type: ignore[attr-defined]
    crew = [process(target=_send, args=(store, n, results)) for n in range(readers)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(120)
    assert [one.exitcode for one in crew] == [0] * readers
    found = [results.get() for _ in crew]
    assert found == pytest.approx([expected] * readers, rel=1e-6)


def test_threads_share_a_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer shards open than there are, and pages given back all the time."""
    monkeypatch.setattr("scar_core.store.reader.OPEN_SHARDS", 1)
    monkeypatch.setattr("scar_core.store.reader.RESIDENT_BYTES", 1)
    expected, found = _sums(store, 0), list[float]()
    crew = [
        threading.Thread(target=lambda seed=seed: found.append(_sums(store, seed)))
        for seed in range(4)
    ]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert found == pytest.approx([expected] * 4, rel=1e-6)


def test_a_store_travels_as_the_name_of_its_folder(store: Store) -> None:
    sent = pickle.dumps(store)
    assert len(sent) < 500
    assert pickle.loads(sent).read(0).fingerprint() == store.read(0).fingerprint()  # noqa: S301


@given(
    n=st.integers(1, 200),
    world=st.integers(1, 9),
    seed=st.integers(0, 2**32),
    epoch=st.integers(0, 50),
)
def test_ranks_share_all_records(n: int, world: int, seed: int, epoch: int) -> None:
    parts = [shard_indices(n, rank, world, seed, epoch=epoch) for rank in range(world)]
    assert len({len(part) for part in parts}) == 1
    together = np.concatenate(parts)
    assert set(together.tolist()) == set(range(n))
    assert len(together) - n < world
    assert (shard_indices(n, 0, world, seed, epoch=epoch) == parts[0]).all()


def test_epochs_and_seeds_shuffle() -> None:
    order = shard_indices(100, 0, 1, 0)
    assert (order != np.arange(100)).any()
    assert (order != shard_indices(100, 0, 1, 1)).any()
    assert (order != shard_indices(100, 0, 1, 0, epoch=1)).any()
    with pytest.raises(ValueError, match="rank 2 of 2"):
        shard_indices(5, 2, 2, 0)
