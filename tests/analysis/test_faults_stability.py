"""Electrode faults and resampled masks say what the public predictor says."""

import numpy as np
import pytest

from scar_core.analysis.faults import electrode_faults
from scar_core.analysis.stability import stability
from scar_core.evaluation.zero_shot import Predictor
from scar_core.leads import ELECTRODES
from scar_core.missing import Scenario
from scar_core.record import ECGRecord
from tests.analysis.conftest import PROMPTS


def test_every_electrode_and_limb_lead_is_answered(predictor: Predictor, record: ECGRecord) -> None:
    found = electrode_faults(predictor, record, PROMPTS)
    electrodes = [fault for fault in found.faults if fault.kind == "electrode"]
    assert [fault.name for fault in electrodes] == list(ELECTRODES)
    assert len(found.faults) == len(ELECTRODES) + 6
    for fault in electrodes:
        answer = predictor.predict([(record, Scenario(electrodes=(fault.name,)))], PROMPTS)[0]
        assert fault.without is not None
        expected = [score.probability for score in answer.classes]
        assert fault.without.probability == pytest.approx(expected, abs=1e-6)
        assert fault.recovered is None  # one limb lead, or none lost
    lead = next(fault for fault in found.faults if fault.name == "aVR")
    assert lead.recoverable == lead.lost == ("aVR",)
    assert lead.recovered is not None
    assert lead.without is not None
    # aVR follows from the others, so computing it brings the full answer back.
    assert lead.recovered.change < 1e-5 < lead.without.change


def test_what_is_not_in_millivolt_is_not_recovered(predictor: Predictor, record: ECGRecord) -> None:
    scored = ECGRecord(
        record.signal, record.lead_names, record.sampling_rate_hz, record.present, unit="sd"
    )
    found = electrode_faults(predictor, scored, PROMPTS)
    assert all(fault.recovered is None for fault in found.faults)
    assert "not in millivolt" in found.notes[-1]


def test_a_lost_only_lead_leaves_nothing(predictor: Predictor, record: ECGRecord) -> None:
    alone = record.in_order(("V2",))
    fault = next(f for f in electrode_faults(predictor, alone, PROMPTS).faults if f.name == "V2")
    assert fault.without is None


def test_stability_is_the_spread_of_answers(predictor: Predictor) -> None:
    from tests.made import made_record

    long = made_record(5, seconds=10.0)
    found = stability(predictor, long, 0.3, PROMPTS, n=8, seed=4)
    assert found.patches == 180
    assert found.masks == 8
    assert 0 <= found.agreeing <= 1
    for spread in found.findings:
        assert spread.least <= spread.mean <= spread.most
        assert spread.deviation > 0
    assert found == stability(predictor, long, 0.3, PROMPTS, n=8, seed=4)
    assert found != stability(predictor, long, 0.3, PROMPTS, n=8, seed=5)
    best = max(found.findings, key=lambda one: one.full)
    assert found.top_finding == best.name
    assert np.isfinite(best.mean)
