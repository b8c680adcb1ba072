"""What every format shares: leads that follow from I and II, units, sizes."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from scar_core.errors import RecordError
from scar_core.formats._assemble import MAX_VALUES, assemble, check_size, unit_scale
from scar_core.leads import LEADS
from tests.made import made_record

RECORD = made_record(4)


def values(*leads: str) -> NDArray[np.float32]:
    return RECORD.in_order(leads).signal.copy()


@pytest.mark.parametrize(
    ("leads", "derived"),
    [
        (("I", "II", "V1"), ("III", "aVR", "aVL", "aVF")),
        (("V1", "II", "aVL", "I"), ("III", "aVR", "aVF")),
        (("I", "II", "III", "aVR", "aVL", "aVF"), ()),
        (("I", "V1"), ()),
        (("II", "III", "aVF"), ()),
    ],
)
def test_what_follows_from_one_and_two_is_computed_and_said(
    leads: Sequence[str], derived: Sequence[str]
) -> None:
    record = assemble(values(*leads), leads, 100.0, name="a")
    assert record.lead_names == (*leads, *derived)
    expected = RECORD.in_order(record.lead_names)
    np.testing.assert_allclose(record.signal, expected.signal, atol=1e-6)
    assert record.present.all()
    said = f"Computed from I and II, because the file leaves them out: {', '.join(derived)}."
    assert record.notes == ((said,) if derived else ())


def test_what_is_computed_is_present_only_where_both_are() -> None:
    gaps = values("I", "II")
    gaps[0, 10:20] = np.nan
    gaps[1, 15:40] = np.nan
    record = assemble(gaps, ("I", "II"), 100.0, name="a")
    for lead in range(2, 6):
        assert not record.present[lead, 10:40].any()
        assert not record.signal[lead, 10:40].any()
        assert record.present[lead, 40:].all()
    flat = values("I", "II")
    flat[1] = 0.3
    assert assemble(flat, ("I", "II"), 100.0, name="a").lead_names == ("I", "II")


def test_z_scored_leads_give_no_others() -> None:
    record = assemble(values("I", "II"), ("I", "II"), 100.0, name="a", unit="sd")
    assert record.lead_names == ("I", "II")


def test_wrong_leads_are_still_found_where_others_are_computed() -> None:
    swapped = assemble(values("II", "I", "III"), ("I", "II", "III"), 100.0, name="a")
    assert "do not obey" in swapped.notes[-1]


@pytest.mark.filterwarnings("error")
def test_numbers_that_no_amplifier_gives_are_missing() -> None:
    broken = values("I", "V1")
    broken[0, :4] = [3e38, -3e38, np.inf, 2e9]
    record = assemble(broken, ("I", "V1"), 100.0, name="a")
    assert not record.present[0, :4].any()
    assert record.present[0, 4:].all()
    assert record.present[1].all()


def test_units() -> None:
    for unit in ("mV", "MV", "millivolts", " mv "):
        assert unit_scale(unit, "I") == ("mV", 1.0)
    for unit in ("uV", "µV", "\u03bcV", "microvolt"):
        assert unit_scale(unit, "I") == ("mV", 1e-3)
    assert unit_scale("V", "I") == ("mV", 1e3)
    assert unit_scale("nV", "I") == ("mV", 1e-6)
    assert unit_scale("sd", "I") == ("sd", 1.0)
    with pytest.raises(RecordError, match="unknown unit"):
        unit_scale("furlong", "I")


def test_sizes() -> None:
    check_size(12, MAX_VALUES // 12, "a")
    with pytest.raises(RecordError, match="cut it into shorter records"):
        check_size(len(LEADS), 10**12, "a")
