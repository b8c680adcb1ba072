"""Exchanged electrodes and leads in wrong order are told in words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scar_core.formats import open_record
from scar_core.leads import LEADS, limb_residual
from scar_core.quality import assess
from scar_core.quality.electrodes import (
    GAINS,
    INDEPENDENT,
    LEAST_BEATS,
    WIRINGS,
    fit,
    gains,
    moments,
)
from scar_core.quality.faults import LEG_FAULTS, reordered, rewired
from tests.quality.hearts import heart, hearts

SEEN = ("RA/LA", "RA/LL", "RA>LA>LL", "RA>LL>LA", "V1/V3", "V1/V6", "V2/V5", "V3/V6", "V6–V1")


def potentials(record: np.ndarray) -> dict[str, np.ndarray]:
    """Electrodes against Wilson's terminal, from the definitions of the leads."""
    one, two = record[0], record[1]
    right = -(one + two) / 3
    found = {"RA": right, "LA": right + one, "LL": right + two}
    return found | dict(zip(LEADS[6:], record[6:], strict=True))


def leads_of(at: dict[str, np.ndarray]) -> np.ndarray:
    """The independent leads from electrode potentials."""
    centre = (at["RA"] + at["LA"] + at["LL"]) / 3
    limb = [at["LA"] - at["RA"], at["LL"] - at["RA"]]
    return np.stack([*limb, *(at[lead] - centre for lead in LEADS[6:])])


@pytest.mark.parametrize(
    ("name", "cables"),
    [
        ("RA/LA", {"RA": "LA", "LA": "RA"}), ("LA/LL", {"LA": "LL", "LL": "LA"}),
        ("RA/LL", {"RA": "LL", "LL": "RA"}), ("RA>LA>LL", {"RA": "LA", "LA": "LL", "LL": "RA"}),
        ("RA>LL>LA", {"RA": "LL", "LL": "LA", "LA": "RA"}), ("V2/V5", {"V2": "V5", "V5": "V2"}),
    ],
)  # fmt: skip
def test_wirings_against_electrode_potentials(name: str, cables: dict[str, str]) -> None:
    record = heart(0)
    at = potentials(record.signal.astype(float))
    moved = {cable: at[cables.get(cable, cable)] for cable in at}
    wrong = rewired(record, name, np.random.default_rng(0))
    rows = [LEADS.index(lead) for lead in INDEPENDENT]
    np.testing.assert_allclose(wrong.signal[rows], leads_of(moved), atol=2e-6)
    assert limb_residual(wrong.signal[:6]) < 1e-5  # the identities do not show it


@pytest.mark.parametrize("name", [*SEEN, *LEG_FAULTS])
def test_exchanges_are_named(name: str) -> None:
    named = [
        name in assess(rewired(record, name, np.random.default_rng(1))).electrodes
        for record in hearts()[:4]
    ]
    assert sum(named) >= 3


def test_normal_hearts_are_not_suspected() -> None:
    for record in hearts():
        assert assess(record).electrodes == ()


def test_words() -> None:
    rng = np.random.default_rng(0)
    said = assess(rewired(heart(0), "RA/LA", rng)).suspicions
    assert "right-arm and left-arm electrodes" in said[0]
    assert "dextrocardia" in said[0]
    assert "lead II is next to nothing" in assess(rewired(heart(0), "RA/RL", rng)).suspicions[
        0
    ].replace("Lead", "lead")


def test_leads_in_wrong_order_come_before_electrodes() -> None:
    for seed in range(4):
        wrong, done = reordered(heart(seed), np.random.default_rng(seed))
        found = assess(wrong)
        assert len(found.suspicions) == 1, done
        assert "Einthoven" in found.suspicions[0]
        assert "not checked" in found.unchecked[0]


def test_what_cannot_be_checked_is_said() -> None:
    record = heart(0)
    flat = record.signal.copy()
    flat[8] = 0
    assert "V3 not measured" in assess(replace(record, signal=flat)).unchecked[0]
    short = record.window(1.0)
    assert "fewer than three" in assess(short).unchecked[-1]
    noise = np.random.default_rng(0).normal(size=record.signal.shape).astype(np.float32)
    limbless = assess(replace(record, signal=noise).in_order(("II", "V1")))
    assert any("not all six" in text for text in limbless.unchecked)


def test_moments_do_not_depend_on_size_and_gains_undo_each_other() -> None:
    rng = np.random.default_rng(2)
    beat = rng.normal(size=(8, 200)).cumsum(axis=1)
    np.testing.assert_allclose(moments(beat), moments(7 * beat + 3), rtol=1e-6)
    model = fit([(1.0, [rng.normal(size=(8, 200)).cumsum(axis=1) for _ in range(5)])])
    swap = next(wiring for wiring in WIRINGS if wiring.name == "V2/V5")
    at = WIRINGS.index(swap)
    assert gains(beat, model)[0] == 0
    # An exchange undone is the record as it was: gains change their sign.
    np.testing.assert_allclose(
        gains(swap.matrix @ beat, model)[at], -gains(beat, model)[at], atol=1e-9
    )


def test_every_kind_has_a_threshold() -> None:
    assert {wiring.kind for wiring in WIRINGS[1:]} == set(GAINS)
    assert LEAST_BEATS >= 3


def test_real_records_with_arms_exchanged(real_ecg: Path) -> None:
    paths = sorted(real_ecg.glob("ptbxl/records500/**/*.hea"))[:6]
    records = [open_record(path) for path in paths]
    rng = np.random.default_rng(0)
    noticed = [bool(assess(rewired(record, "RA/LA", rng)).electrodes) for record in records]
    assert sum(noticed) >= len(records) - 1
