"""Evidence lies on leads that exist, inside the record, where the finding shows."""

import torch

from scar_core.leads import LEADS
from scar_core.simulate import SimulatedBatch, Stretch, simulate


def draw(n: int, findings: list[str] | None = None) -> SimulatedBatch:
    generator = torch.Generator().manual_seed(1)
    return simulate(n, generator=generator, rate_hz=100, findings=findings)


def leads(stretches: list[Stretch]) -> set[str]:
    return {lead for lead, _, _ in stretches}


def test_every_finding_has_evidence_inside_the_record() -> None:
    batch = draw(300)
    for codes, evidence in zip(batch.findings, batch.evidence, strict=True):
        assert set(evidence) == set(codes)
        for code, stretches in evidence.items():
            assert stretches, code
            for lead, start, stop in stretches:
                assert lead in LEADS
                assert 0 <= start < stop <= 10


def test_leads_and_times_are_those_of_the_books() -> None:
    right = draw(3, ["CRBBB"])
    for evidence in right.evidence:
        assert leads(evidence["CRBBB"]) == {"V1", "V2", "I", "V6"}
        assert all(stop - start < 0.12 for _, start, stop in evidence["CRBBB"])
    inferior = draw(3, ["IMI", "OLDMI"])
    assert leads(inferior.evidence[0]["IMI"]) == {"II", "III", "aVF"}
    assert leads(inferior.evidence[0]["OLDMI"]) == {"II", "III", "aVF"}
    fibrillation = draw(3, ["AFIB"])
    assert ("II", 0.0, 10.0) in fibrillation.evidence[0]["AFIB"]


def test_ectopic_beats_are_the_evidence_of_ectopy() -> None:
    batch = draw(6, ["PVC"])
    rhythm = batch.heart.rhythm
    for row, evidence in enumerate(batch.evidence):
        early = [
            t
            for t, kind, used in zip(
                rhythm.qrs_s[row].tolist(), rhythm.kind[row], rhythm.qrs_used[row], strict=True
            )
            if used and kind == 1 and 0 < t < 9.9
        ]
        starts = {start for _, start, _ in evidence["PVC"]}
        assert all(any(abs(start - t) < 0.002 for start in starts) for t in early)


def test_repolarisation_evidence_is_on_leads_that_show_it() -> None:
    batch = draw(20, ["TINV"])
    for row, evidence in enumerate(batch.evidence):
        if "TINV" in evidence:
            t_mv = dict(zip(LEADS, batch.truth.measured.twelve_t_mv[row].tolist(), strict=True))
            assert all(t_mv[lead] < 0 for lead in leads(evidence["TINV"]))


def test_evidence_can_be_left_out() -> None:
    generator = torch.Generator().manual_seed(1)
    batch = simulate(2, generator=generator, rate_hz=100, with_evidence=False)
    assert batch.evidence == [{}, {}]
