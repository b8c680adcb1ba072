import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scar_core import errors
from scar_core.errors import RecordError, ScarError, WorkerUnavailable
from scar_core.leads import LEADS
from scar_core.record import ECGRecord
from scar_core.serving import wire
from tests.serving.fakes import make_record


@given(st.integers(1, 12), st.integers(1, 40), st.integers(0, 99), st.sampled_from(["mV", "sd"]))
def test_a_record_survives_the_journey(n_leads: int, n: int, seed: int, unit: str) -> None:
    rng = np.random.default_rng(seed)
    present = rng.random((n_leads, n)) < 0.5
    signal = np.where(present, rng.normal(size=present.shape), 0).astype(np.float32)
    record = ECGRecord(signal, LEADS[:n_leads], 333.3, present, unit=unit)  # type: ignore[arg-type]
    back = wire.decode_record(wire.encode_record(record))
    assert back.fingerprint() == record.fingerprint()
    np.testing.assert_array_equal(back.signal, signal)
    np.testing.assert_array_equal(back.present, present)
    assert (back.lead_names, back.sampling_rate_hz, back.unit) == (LEADS[:n_leads], 333.3, unit)


@given(st.binary(max_size=64))
def test_noise_is_refused_with_a_sentence(noise: bytes) -> None:
    with pytest.raises(RecordError):
        wire.decode_record(noise)


@given(st.data())
def test_a_damaged_record_never_ends_in_a_traceback(data: st.DataObject) -> None:
    good = bytearray(wire.encode_record(make_record(n_samples=5)))
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(good)))
    try:
        wire.decode_record(bytes(good[:cut] if data.draw(st.booleans()) else good))
    except RecordError as error:
        assert str(error)


def test_a_record_beyond_the_limit_is_refused_before_it_is_sent() -> None:
    n_samples = wire.MAX_RECORD_BYTES // (4 * 12)
    signal = np.zeros((12, n_samples), np.float32)
    record = ECGRecord(signal, LEADS, 500.0, np.ones(signal.shape, dtype=bool))
    with pytest.raises(RecordError, match="cut a window"):
        wire.encode_record(record)


@pytest.mark.parametrize(
    "kind", [errors.RecordError, errors.ConfigError, errors.CheckpointError, WorkerUnavailable]
)
def test_errors_keep_their_class(kind: type[ScarError]) -> None:
    status, answer = wire.error_to_json(kind("Why so."))
    back = wire.error_from_json(answer)
    assert status >= 400
    assert type(back) is kind
    assert str(back) == "Why so."


def test_private_errors_become_what_callers_catch() -> None:
    assert wire.error_to_json(wire.QueueFull("x")) == (
        429,
        {"error": "x", "kind": "WorkerUnavailable"},
    )
    assert wire.error_to_json(wire.DeadlinePassed("x"))[0] == 504
    assert wire.error_to_json(wire.RequestTooLarge("x")) == (
        413,
        {"error": "x", "kind": "ConfigError"},
    )
    assert type(wire.error_from_json({"kind": "SystemExit", "error": "x"})) is WorkerUnavailable
    assert type(wire.error_from_json({})) is WorkerUnavailable
