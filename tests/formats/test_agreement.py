"""One record, written in every format that can hold it, is read as the same record."""

import numpy as np
import pytest

from scar_core.formats import open_record
from scar_core.leads import LEADS
from tests.formats.made_clinic import (
    aecg_file,
    aecg_set,
    dicom_file,
    dicom_group,
    edf_file,
    muse_file,
    muse_wave,
)
from tests.formats.made_files import stored, wfdb_files
from tests.made import made_record

RECORD = made_record(13, seconds=3.0, rate_hz=250.0)
DIGITAL = dict(zip(LEADS, stored(RECORD), strict=True))
"""Microvolts."""

ROWS = "\n".join(",".join(f"{value / 1000:.3f}" for value in row) for row in stored(RECORD).T)
WRITTEN = {
    "a.csv": f"# sampling_rate_hz: 250\n{','.join(LEADS)}\n{ROWS}\n".encode(),
    "a.edf": edf_file(DIGITAL, samples=250),
    "gaps.edf": edf_file(DIGITAL, samples=250, kind="EDF+D", starts=["0", "1", "2"]),
    "a.dcm": dicom_file([dicom_group(DIGITAL)]),
    "aecg.xml": aecg_file([aecg_set(DIGITAL)]),
    "muse.xml": muse_file([muse_wave(DIGITAL, per_bit="1")]),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_formats_agree(name: str) -> None:
    expected = open_record("a", data=wfdb_files(RECORD))
    record = open_record(name, data={name: WRITTEN[name]})
    assert (record.lead_names, record.sampling_rate_hz) == (LEADS, 250.0)
    assert record.unit == "mV"
    np.testing.assert_array_equal(record.present, expected.present)
    np.testing.assert_allclose(record.signal, expected.signal, atol=1e-6)


def test_the_order_of_leads_in_a_file_does_not_matter() -> None:
    turned = dict(reversed(DIGITAL.items()))
    plain = open_record("a.dcm", data={"a.dcm": WRITTEN["a.dcm"]})
    for name, content in (
        ("a.edf", edf_file(turned, samples=250)),
        ("a.dcm", dicom_file([dicom_group(turned)])),
        ("a.xml", aecg_file([aecg_set(turned)])),
    ):
        record = open_record(name, data={name: content}).in_order()
        np.testing.assert_allclose(record.signal, plain.signal, atol=1e-6)
