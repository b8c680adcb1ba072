"""Files that hold simulated records."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from scar_core.findings import FINDINGS
from scar_core.leads import LEADS
from scar_core.simulate import simulate
from scar_core.simulate.write import GALLERY, write_gallery, write_records

wfdb = pytest.importorskip("wfdb")


def test_records_come_back_as_they_were_drawn(tmp_path: Path) -> None:
    headers = write_records(tmp_path / "new", 3, seed=4, rate_hz=250)
    batch = simulate(3, generator=torch.Generator().manual_seed(4), rate_hz=250)
    assert len(headers) == 3
    for row, header in enumerate(headers):
        record = wfdb.rdrecord(str(header.with_suffix("")))
        assert tuple(record.sig_name) == LEADS
        assert record.fs == 250
        assert np.abs(record.p_signal.T - batch.signal[row].numpy()).max() < 6e-4
        text = header.with_suffix(".txt").read_text(encoding="utf-8").strip()
        assert text == batch.reports[row]
        facts = json.loads(header.with_suffix(".json").read_text(encoding="utf-8"))
        assert facts["findings"] == list(batch.findings[row])
        assert set(facts["evidence"]) == set(facts["findings"])


def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    one, two = (write_records(tmp_path / name, 2, seed=9, rate_hz=100) for name in "ab")
    for a, b in zip(one, two, strict=True):
        for kind in (".hea", ".dat", ".txt", ".json"):
            assert a.with_suffix(kind).read_bytes() == b.with_suffix(kind).read_bytes()


def test_the_gallery_lists_named_cases_with_their_findings(tmp_path: Path) -> None:
    index = json.loads(write_gallery(tmp_path, seed=0).read_text(encoding="utf-8"))
    assert [case["name"] for case in index] == [name for name, _, _ in GALLERY]
    for case, (_, _, codes) in zip(index, GALLERY, strict=True):
        assert (tmp_path / case["file"]).is_file()
        assert set(codes) <= set(case["findings"]) <= set(FINDINGS)
        assert case["report"]
        assert case["evidence"]
