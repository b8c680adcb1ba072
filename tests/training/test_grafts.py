"""Grafted records: beats of training records, rhythms that were drawn, and a truth of both."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from scar_core.datasets import Example, dataset
from scar_core.errors import DatasetError
from scar_core.findings import FINDINGS, findings_of
from scar_core.leads import LEADS
from scar_core.quality.delineate import delineate
from scar_core.record import ECGRecord
from scar_core.simulate import simulate
from scar_core.training.beats import donor_of
from scar_core.training.config import config_from
from scar_core.training.data import open_mixture
from scar_core.training.grafts import Grafts, truth_of_graft


def opened(code: str, seed: int) -> ECGRecord:
    made = simulate(
        1, generator=torch.Generator().manual_seed(seed), rate_hz=250, findings=[code], noise=0.3
    )
    signal = made.signal[0].numpy()
    return ECGRecord(signal, LEADS, 250.0, np.ones(signal.shape, np.bool_))


def donor(code: str, number: int = 0, split: str = "train") -> Example:
    positive = findings_of([code, *(["SR"] if code != "AFIB" else [])])
    return Example(
        name=f"{code}{number}", path=Path("made"), patient=f"p{number}", split=split,
        positive=positive, negative=frozenset(FINDINGS) - positive,
        opener=partial(opened, code, number),
    )  # fmt: skip


@pytest.fixture(scope="module")
def grafts() -> Grafts:
    codes = ("NORM", "CRBBB", "LVH", "AFIB", "IMI")
    return Grafts([donor(code, k) for k, code in enumerate(codes * 2)], 128, 3)


def test_beats_begin_and_end_at_zero_and_keep_their_shape() -> None:
    found = donor_of(donor("CRBBB", 1))
    assert found is not None and found.has_p and found.unit == "mV"
    record = opened("CRBBB", 1)
    for beat in found.beats:
        for piece in (beat.qrst, beat.p):
            if piece.shape[1]:
                assert np.abs(piece[:, [0, -1]]).max() < 0.1
        assert beat.qrst.max() == pytest.approx(record.signal.max(), rel=0.35)


def test_records_follow_from_seed_and_number(grafts: Grafts) -> None:
    again = Grafts([one.example for one in grafts.donors], 128, 3)
    for number in (0, 17, 127):
        assert np.array_equal(grafts.record(number).signal, again.record(number).signal)
    assert not np.array_equal(grafts.record(0).signal, grafts.record(1).signal)
    assert [e.positive for e in grafts.examples] == [e.positive for e in again.examples]


def test_the_rhythm_is_the_drawn_one(grafts: Grafts) -> None:
    """Rates measured on the grafted signal are what its findings say."""
    right = []
    for example in grafts.examples:
        if not example.positive & {"SBRAD", "STACH", "SR"} or example.positive & {"AVB", "PAC"}:
            continue
        record = example.read()
        assert record.present.all() and np.isfinite(record.signal).all()
        onsets = [wave.start_s for wave in delineate(record) if wave.kind == "QRS"]
        rate = 60 / float(np.median(np.diff(onsets)))
        said = "SBRAD" if rate < 60 else "STACH" if rate > 100 else "SR"
        right.append(said in example.positive)
    assert len(right) > 20 and np.mean(right) > 0.85


def test_truth_is_of_beats_and_rhythm() -> None:
    said, denied = truth_of_graft(donor("CRBBB"), findings_of(["AFIB"]))
    assert {"CRBBB", "CD", "AFIB", "SVARR"} <= said and {"SR", "NORM", "LVH"} <= denied
    said, denied = truth_of_graft(donor("NORM"), frozenset({"SR"}))
    assert "NORM" in said and {"CD", "HYP"} <= denied
    said, denied = truth_of_graft(donor("NORM"), findings_of(["AVB1"]))
    assert {"AVB1", "CD"} <= said and "NORM" in denied
    said, denied = truth_of_graft(donor("LAE"), findings_of(["AFIB"]))
    assert "LAE" not in said | denied, "without P waves nobody can say"
    for rhythm in (frozenset({"SR"}), findings_of(["AFIB"])):
        said, denied = truth_of_graft(donor("LQT"), rhythm)
        assert not said & denied and "LQT" not in said | denied


def test_only_training_records_of_the_usual_path_give_beats() -> None:
    with pytest.raises(DatasetError, match="test split"):
        donor_of(donor("NORM", split="test"))
    assert donor_of(donor("PACE")) is None
    with pytest.raises(DatasetError, match="whole beats"):
        Grafts([donor("PACE")], 4, 0)


def test_no_test_patient_gives_beats(real_ecg: Path) -> None:
    config = config_from({"data": "grafted:1,georgia:1", "grafted_records": 8, "batch": 4})
    mixture = open_mixture(config, real_ecg)
    used = {e.patient for e in mixture.sources["grafted"].examples}  # type: ignore[attr-defined]
    assert used <= {e.patient for e in dataset("georgia").examples(real_ecg, "train")}
    batch = mixture.batch(4, torch.Generator().manual_seed(0))
    assert torch.isfinite(batch.signal).all() and batch.signal.std() > 0.3
