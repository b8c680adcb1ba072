"""The records behind points: drawn anew they are the same, as written, as in their files."""

from pathlib import Path

import numpy as np
import pytest

from scar_core.analysis import map_records as module
from scar_core.analysis.map_records import Records, draw_records, population, record_name
from scar_core.datasets.simulated import DATASET
from scar_core.errors import DatasetError
from scar_core.simulate.write import write_records


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 3)


def test_a_record_is_drawn_anew_from_its_seed() -> None:
    drawn = draw_records(5, 1)
    records = Records()
    found = records.find(population(5), record_name(4))
    assert np.array_equal(found.record.signal, drawn[1].record.signal)
    assert (found.report, found.positive, found.evidence) == (
        drawn[1].report,
        drawn[1].positive,
        drawn[1].evidence,
    )
    assert found.positive
    assert not found.positive & found.negative
    assert records.find(population(5), record_name(4)) is found
    other = Records().find(population(6), record_name(4))
    assert not np.array_equal(other.record.signal, found.record.signal)


def test_records_as_written_are_those_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD", 4)
    monkeypatch.setattr("scar_core.simulate.write._CHUNK", 4)
    write_records(tmp_path / "simulated", 10, 3)
    assert DATASET.name == "simulated"
    records = Records(tmp_path)
    for number in (9, 2, 6):
        name = f"sim0003_{number:05d}"
        drawn = records.find("simulated:3", name, 10)
        stored = records.find("simulated", name)
        assert np.abs(drawn.record.signal - stored.record.signal).max() < 6e-4
        assert drawn.positive == stored.positive
        assert drawn.report == stored.report


def test_a_bare_folder_gives_nothing_from_outside(tmp_path: Path) -> None:
    write_records(tmp_path / "inner", 1, 0)
    found = Records().find(f"folder@{tmp_path / 'inner'}", "sim0000_00000.hea")
    assert found.record.n_leads == 12
    for name in ("../inner/sim0000_00000.hea", "none.hea"):
        folder = tmp_path / "inner" if name == "none.hea" else tmp_path / "other"
        folder.mkdir(exist_ok=True)
        with pytest.raises(DatasetError, match="has no record"):
            Records().find(f"folder@{folder}", name)


def test_a_record_that_is_gone_is_said(tmp_path: Path) -> None:
    write_records(tmp_path / "simulated", 1, 0)
    with pytest.raises(DatasetError, match="no record 'x'"):
        Records(tmp_path).find("simulated", "x")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 4)
    records = Records()
    for number in range(9):
        records.find(population(1), record_name(number))
    assert len(records._kept) <= 4
