"""Numbers survive: half a step at most is lost, nothing clips, and what is absent stays absent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from scar_core.store.layout import (
    ABSENT,
    HIGHEST,
    STEP,
    as_tuples,
    lead_bits,
    lead_rows,
    plain,
    quantise,
    restore,
    steps_of,
)

VALUES = st.floats(-1e4, 1e4, width=32)


def restored(
    values: NDArray[np.int16], doublings: NDArray[np.uint8], step: float
) -> NDArray[np.float32]:
    signal = np.empty(values.shape, np.float32)
    restore(values, steps_of(doublings, step), signal)
    return signal


@given(
    signal=arrays(np.float32, (2, 7), elements=VALUES),
    present=arrays(np.bool_, (2, 7)),
    unit=st.sampled_from(sorted(STEP)),
)
@settings(deadline=None)
def test_half_a_step_at_most_is_lost(
    signal: NDArray[np.float32], present: NDArray[np.bool_], unit: str
) -> None:
    values, doublings = quantise(signal, present, STEP[unit])
    assert ((values != ABSENT) == present).all()
    back = restored(values, doublings, STEP[unit])
    wide = STEP[unit] * 2.0 ** doublings.astype(float)[:, None]
    # Float32 itself is coarser than half a step only where a lead is stored in wide steps.
    lost = np.abs(back.astype(np.float64) - signal)[present]
    assert (
        lost <= np.broadcast_to(wide / 2, signal.shape)[present] + 1e-7 * np.abs(signal)[present]
    ).all()
    again, same = quantise(np.where(present, back, np.float32(0)), present, STEP[unit])
    assert (again == values).all()
    assert (same == doublings).all()


@pytest.mark.parametrize(
    ("peak_mv", "width_mv"),
    [(0.0, 0.001), (10.0, 0.001), (32.767, 0.001), (-32.767, 0.001), (32.768, 0.002),
     (65.534, 0.002), (500.0, 0.016)],
)  # fmt: skip
def test_steps_widen_only_where_a_lead_would_clip(peak_mv: float, width_mv: float) -> None:
    signal = np.array([[peak_mv, 0.0], [1.0, -1.0]], np.float32)
    values, doublings = quantise(signal, np.ones((2, 2), bool), STEP["mV"])
    assert steps_of(doublings, STEP["mV"])[:, 0] == pytest.approx([width_mv, 0.001])
    assert np.abs(values).max() <= HIGHEST
    assert restored(values, doublings, STEP["mV"])[:, 0] == pytest.approx(
        [peak_mv, 1.0], abs=width_mv / 2 + 1e-6
    )


def test_what_stood_at_absent_samples_leaves_no_trace() -> None:
    signal = np.array([[1e30, 1.0]], np.float32)
    values, doublings = quantise(signal, np.array([[False, True]]), STEP["mV"])
    assert values.tolist() == [[ABSENT, 1000]]
    assert doublings.tolist() == [0]


@given(st.sets(st.integers(0, 11), min_size=1))
def test_leads_are_told_by_bits(rows: set[int]) -> None:
    assert lead_rows(lead_bits(np.array(sorted(rows)))).tolist() == sorted(rows)


def test_metadata_become_json_and_tuples_again() -> None:
    kept = {"age": 61.0, "dx": ("a", ("b",)), "n": np.int64(3), "row": np.arange(2), "x": None}
    assert as_tuples(plain(kept)) == {
        "age": 61.0, "dx": ("a", ("b",)), "n": 3, "row": (0, 1), "x": None,
    }  # fmt: skip
