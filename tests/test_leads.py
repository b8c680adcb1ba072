"""Names, electrodes and limb-lead identities."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from scar_core.formats import open_record
from scar_core.leads import (
    ELECTRODES,
    LEADS,
    LIMB,
    PRECORDIAL,
    RESIDUAL_LIMIT,
    canonical_lead,
    derive_limb_leads,
    exchanged_limb_leads,
    is_modified_lead,
    lead_ranges,
    leads_of_electrode,
    limb_residual,
    recoverable_limb_leads,
    recovered_limb_leads,
    wrong_limb_order,
)
from tests.made import limb_leads


@pytest.mark.parametrize(
    ("name", "lead"),
    [
        *((lead, lead) for lead in LEADS),
        *((lead.upper(), lead) for lead in LEADS),
        *((lead.lower(), lead) for lead in LEADS),
        (" avf ", "aVF"),
        ("Lead I", "I"),
        ("lead_ii", "II"),
        ("MDC_ECG_LEAD_AVR", "aVR"),
        ("ECG V3", "V3"),
        ("V 1", "V1"),
        ("MLII", "II"),
        ("aV-L", "aVL"),
        ("MDC_ECG_LEAD_V6", "V6"),
        ("ECG Lead I", "I"),
        ("EKG-aVF", "aVF"),
        ("LEAD_AVL", "aVL"),
        ("LeadIII", "III"),
        ("Ableitung II", "II"),
        ("Abl. V2", "V2"),
        ("DII", "II"),
        ("\u2162", "III"),
        ("a\uff36\uff32", "aVR"),
        ("mod. V1", "V1"),
        ("CM5", "V5"),
        ("2:1", "I"),
        ("2:8", "V6"),
        ("2:62", "aVR"),
        ("5.6.3-9-61", "III"),
        ("5.6.3-9-3", "V1"),
        ("2:9", None),
        ("2:99", None),
        ("-aVR", None),
        ("ECG -aVR", None),
        ("V3R", None),
        ("CM7", None),
        ("Lead-I", "I"),
        ("Lead -I", None),
        ("Lead", None),
        ("Lead 4", None),
        ("vx", None),
        ("ECG", None),
        ("", None),
        ("V7", None),
        ("IV", None),
        ("-0.5", None),
    ],
)
def test_names(name: str, lead: str | None) -> None:
    assert canonical_lead(name) == lead


def test_monitor_leads_are_known_as_such() -> None:
    assert all(map(is_modified_lead, ("MLII", "mv5", "CM2", "mod. V1", "ECG MLI")))
    assert not any(map(is_modified_lead, (*LEADS, "MDC_ECG_LEAD_II", "", "M")))


def test_electrodes_take_the_leads_that_are_defined_with_them() -> None:
    wilson = {"RA", "LA", "LL"}
    uses = {
        "I": {"LA", "RA"}, "II": {"LL", "RA"}, "III": {"LL", "LA"},
        "aVR": wilson, "aVL": wilson, "aVF": wilson,
        **{lead: wilson | {lead} for lead in PRECORDIAL},
    }  # fmt: skip
    for electrode in ELECTRODES:
        assert leads_of_electrode(electrode) == tuple(x for x in LEADS if electrode in uses[x])


def test_any_two_limb_leads_determine_the_others() -> None:
    limb = limb_leads(np.random.default_rng(0), 300)
    for pair in combinations(range(6), 2):
        derived = derive_limb_leads({LIMB[row]: limb[row] for row in pair})
        for row, lead in enumerate(LIMB):
            np.testing.assert_allclose(derived[lead], limb[row], atol=1e-12)


def test_deriving_needs_two_limb_leads() -> None:
    row = np.zeros(3)
    with pytest.raises(ValueError, match="two limb leads"):
        derive_limb_leads({"I": row})
    with pytest.raises(ValueError, match="two limb leads"):
        derive_limb_leads({"I": row, "V1": row})


def test_recoverable() -> None:
    assert recoverable_limb_leads(["V1", "aVF"]) == ()
    assert recoverable_limb_leads(["aVF", "I", "V2"]) == ("II", "III", "aVR", "aVL")
    assert recoverable_limb_leads(LEADS) == ()


def test_recovery_equals_deriving_sample_by_sample() -> None:
    rng = np.random.default_rng(1)
    names = ("III", "I", "aVF", "aVR")
    limb = limb_leads(rng, 200)[[LIMB.index(name) for name in names]].astype(np.float32)
    limb += rng.normal(size=limb.shape).astype(np.float32) * 0.01
    visible = rng.random(limb.shape) < 0.5
    wanted = ~visible & (rng.random(limb.shape) < 0.8)
    shown = np.where(visible, limb, 0).astype(np.float32)
    signal, found = recovered_limb_leads(names, shown, visible, wanted)
    for at in range(limb.shape[1]):
        seen = {name: limb[[row], at] for row, name in enumerate(names) if visible[row, at]}
        for row, name in enumerate(names):
            expected = shown[row, at]
            if wanted[row, at] and len(seen) >= 2:
                expected = derive_limb_leads(seen, [name])[name][0]
            assert found[row, at] == (wanted[row, at] and len(seen) >= 2)
            assert signal[row, at] == pytest.approx(expected, abs=1e-6)


def test_right_leads_pass_and_offsets_do_not_matter() -> None:
    limb = limb_leads(np.random.default_rng(2), 500)
    assert limb_residual(limb) == pytest.approx(0, abs=1e-7)
    limb += np.arange(6)[:, None]
    assert wrong_limb_order(limb) is None


@pytest.mark.parametrize("pair", list(combinations(range(6), 2)))
def test_every_exchange_is_named(pair: tuple[int, int]) -> None:
    limb = limb_leads(np.random.default_rng(3), 500)
    limb[list(pair)] = limb[list(pair[::-1])]
    said = wrong_limb_order(limb)
    assert said is not None
    assert f"{LIMB[pair[0]]} and {LIMB[pair[1]]} seem to be swapped" in said


@pytest.mark.parametrize("row", range(6))
def test_every_wrong_sign_is_named(row: int) -> None:
    limb = limb_leads(np.random.default_rng(4), 500)
    limb[row] *= -1
    said = wrong_limb_order(limb)
    assert said is not None
    assert f"{LIMB[row]} seems to have the wrong sign" in said


def test_a_turn_of_three_and_a_hopeless_case() -> None:
    rng = np.random.default_rng(5)
    limb = limb_leads(rng, 500)
    said = wrong_limb_order(limb[[1, 2, 0, 3, 4, 5]])
    assert said is not None
    assert "the leads named III, I, II seem to be I, II, III" in said
    said = wrong_limb_order(rng.normal(size=(6, 500)))
    assert said is not None
    assert "no exchange or sign change explains it" in said


def test_constant_leads_cannot_be_judged() -> None:
    limb = limb_leads(np.random.default_rng(6), 100)
    limb[2] = 0
    assert wrong_limb_order(limb) is None
    assert np.isnan(limb_residual(np.zeros((6, 100))))
    assert wrong_limb_order(np.zeros((6, 1))) is None
    with pytest.raises(ValueError, match="shape"):
        limb_residual(np.zeros((5, 100)))


def test_lead_ranges() -> None:
    assert lead_ranges(LEADS) == "I, II, III, aVR, aVL, aVF, V1–V6"
    assert lead_ranges(["V6", "V2", "V1", "II"]) == "II, V1, V2, V6"
    assert lead_ranges([]) == ""


def test_real_records(real_ecg: Path) -> None:
    """Right as stored; aVL and aVF exchanged are found out in every one of them."""
    paths = [
        *sorted(real_ecg.glob("cinc2021/*/*.hea"))[::6],
        *sorted(real_ecg.glob("ptbxl/records500/**/*.hea"))[::4],
        *sorted(real_ecg.glob("ludb/data/*.hea"))[::40],
    ]
    assert len(paths) > 20
    for path in paths:
        record = open_record(path).in_order(LIMB)
        limb = record.signal[:, record.present.all(axis=0)]
        assert limb_residual(limb) < RESIDUAL_LIMIT / 4, path
        said = wrong_limb_order(limb[[0, 1, 2, 3, 5, 4]])
        assert said is not None
        assert "aVL and aVF seem to be swapped" in said, path


@pytest.mark.parametrize(("one", "other"), [("RA", "LA"), ("LA", "LL"), ("RA", "LL"), ("LA", "RA")])
def test_exchanged_electrodes_show_other_leads(one: str, other: str) -> None:
    """Potentials are drawn, cables exchanged, and the leads computed by their definition."""
    rng = np.random.default_rng(3)
    at = {name: rng.normal(size=50) for name in ("RA", "LA", "LL")}

    def leads(p: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return derive_limb_leads({"I": p["LA"] - p["RA"], "II": p["LL"] - p["RA"]})

    right, wrong = leads(at), leads(at | {one: at[other], other: at[one]})
    for name, (source, sign) in exchanged_limb_leads(one, other).items():
        np.testing.assert_allclose(wrong[name], sign * right[source], atol=1e-12)


def test_only_two_limb_electrodes_can_be_exchanged() -> None:
    for pair in (("RA", "RA"), ("V1", "RA"), ("RL", "RA")):
        with pytest.raises(ValueError, match="can be exchanged"):
            exchanged_limb_leads(*pair)
