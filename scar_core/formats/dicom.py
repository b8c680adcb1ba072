"""DICOM waveforms: 12-lead, general and ambulatory ECGs, in one or several multiplex groups.

A value is the stored integer times sensitivity and correction factor, plus the baseline, all in
the channel's own unit. Groups are placed by their time offsets (a printed page stores four times
three leads); those that a device derived, such as median beats, are passed over.
Format: DICOM PS3.3, C.10.9 (checked 2025).
"""

import re
import warnings
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from scar_core.errors import RecordError
from scar_core.formats._assemble import assemble, check_rate, check_size, match_leads, unit_scale
from scar_core.formats._parts import Part, joined
from scar_core.formats._patient import patient
from scar_core.formats._source import Source
from scar_core.formats.base import Format
from scar_core.leads import canonical_lead
from scar_core.record import ECGRecord

FILE_LIMIT = 200_000_000
MAX_GROUPS = 1000

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_KINDS = {"SB": "i1", "UB": "u1", "SS": "i2", "US": "u2", "SL": "i4", "UL": "u4"}
_DERIVED = ("MEDIAN", "REPRESENTATIVE", "AVERAGE", "TEMPLATE")
_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def _sniff(head: bytes, name: str) -> bool:
    return head[128:132] == b"DICM"


def _read(source: Source, sampling_rate_hz: float | None) -> ECGRecord:
    name = source.name
    content = source.read(name, FILE_LIMIT)
    if not _sniff(content[:132], name):
        msg = (
            f"{name} is no DICOM file: 'DICM' does not follow its first 128 bytes; export it anew."
        )
        raise RecordError(msg)
    # The package inflates such a file whole, however large that gets.
    if _DEFLATED in content:
        msg = f"{name} is a deflated DICOM file; export it in an uncompressed transfer syntax."
        raise RecordError(msg)
    try:
        # What is odd but readable is not worth a warning on the server's console.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts, notes, metadata = _parts(content, sampling_rate_hz, name)
    except RecordError:
        raise
    except Exception as error:
        # Damaged elements surface as whatever pydicom happens to raise, when they are first used.
        msg = f"{name} is a damaged or truncated DICOM file; get the complete file."
        raise RecordError(msg) from error
    together = joined(parts, name)
    return assemble(
        together.values,
        together.leads,
        together.rate_hz,
        name=source.stem,
        metadata=metadata,
        notes=[*dict.fromkeys(notes), *together.notes],
    )


def _parts(
    content: bytes, sampling_rate_hz: float | None, name: str
) -> tuple[list[Part], list[str], dict[str, Any]]:
    """Return the groups that hold leads, notes on them, and what is told of the patient."""
    import pydicom

    data: Any = pydicom.dcmread(BytesIO(content))
    groups = list(data.get("WaveformSequence") or ())[:MAX_GROUPS]
    if not groups:
        kind = getattr(data.get("SOPClassUID"), "name", "of unknown kind")
        msg = f"{name} is a DICOM file without waveforms ({kind}); give a whole ECG waveform."
        raise RecordError(msg)
    measured = [group for group in groups if not _is_derived(group)]
    parts, notes = [], []
    for group in measured:
        labels = [_label(channel) for channel in group.ChannelDefinitionSequence]
        if any(map(canonical_lead, labels)):
            leads, said = match_leads(labels, name)
            parts.append(_part(group, leads, sampling_rate_hz, data.is_little_endian, name))
            notes += [*said, *_computed(group, leads)]
    if not parts:
        found = "derived beats only" if not measured else "no known lead"
        msg = f"{name} holds {found}; export the ECG as it was recorded, with its lead names."
        raise RecordError(msg)
    return parts, notes, _about(data)


def _is_derived(group: Any) -> bool:  # noqa: ANN401 - a pydicom data set
    label = str(group.get("MultiplexGroupLabel") or "").upper()
    derived = str(group.get("WaveformOriginality") or "").upper() == "DERIVED"
    return derived or any(word in label for word in _DERIVED)


def _label(channel: Any) -> str:  # noqa: ANN401 - a pydicom data set
    """Return what names the channel's lead: its code, else its meaning, else a label."""
    source = (channel.get("ChannelSourceSequence") or [{}])[0]
    code, meaning = (str(source.get(key) or "") for key in ("CodeValue", "CodeMeaning"))
    # "Lead I (Einthoven)" and "Lead aVR, augmented voltage" are explained, not named, behind.
    plain = re.split(r"[(,]", meaning)[0].strip()
    told = [code, plain, str(channel.get("ChannelLabel") or "")]
    return next((label for label in told if canonical_lead(label)), plain or told[2])


def _part(
    group: Any,  # noqa: ANN401 - a pydicom data set
    leads: dict[str, int],
    sampling_rate_hz: float | None,
    little: bool,
    name: str,
) -> Part:
    rate_hz = sampling_rate_hz or float(group.SamplingFrequency)
    check_rate(rate_hz, name)
    n_channels, n_samples = len(group.ChannelDefinitionSequence), int(group.NumberOfWaveformSamples)
    check_size(n_channels, n_samples, name)
    said, bits = str(group.WaveformSampleInterpretation), int(group.WaveformBitsAllocated)
    kind = _KINDS.get(said)
    if kind is None or bits != 8 * int(kind[1]):
        msg = (
            f"{name} stores samples as {said!r} of {bits} bits, which is not read; known are "
            f"{', '.join(_KINDS)}."
        )
        raise RecordError(msg)
    dtype = np.dtype(kind).newbyteorder("<" if little else ">")
    stored = group.WaveformData
    if int(group.NumberOfWaveformChannels) != n_channels or n_samples < 1:
        msg = (
            f"{name} declares {group.NumberOfWaveformChannels} channels of {n_samples} samples "
            f"and describes {n_channels}; export it anew."
        )
        raise RecordError(msg)
    if not isinstance(stored, bytes) or len(stored) < n_channels * n_samples * dtype.itemsize:
        msg = (
            f"{name} is truncated: it holds {len(stored)} of the "
            f"{n_channels * n_samples * dtype.itemsize} bytes of its samples; get the complete "
            "file."
        )
        raise RecordError(msg)
    digital = np.frombuffer(stored, dtype, n_channels * n_samples).reshape(n_samples, n_channels)
    values = np.empty((len(leads), n_samples), np.float32)
    padding = _padding(group.get("WaveformPaddingValue"), dtype)
    for row, (lead, at) in zip(values, leads.items(), strict=True):
        gain, baseline = _scale(group.ChannelDefinitionSequence[at], lead, name)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not present
            row[:] = digital[:, at] * gain + baseline
        if padding is not None:
            row[digital[:, at] == padding] = np.nan
    start_s = float(group.get("MultiplexGroupTimeOffset") or 0.0) / 1000
    return Part(start_s, rate_hz, tuple(leads), values)


def _padding(told: Any, dtype: np.dtype[Any]) -> int | None:  # noqa: ANN401 - bytes or a number
    """Return the stored integer that stands for "no sample"."""
    if isinstance(told, bytes):
        told = (
            np.frombuffer(told[: dtype.itemsize], dtype)[0] if len(told) >= dtype.itemsize else None
        )
    return None if told is None else int(told)


def _scale(channel: Any, lead: str, name: str) -> tuple[float, float]:  # noqa: ANN401
    """Return millivolts per unit, and those of a stored 0."""
    units = channel.get("ChannelSensitivityUnitsSequence")
    if channel.get("ChannelSensitivity") is None or not units:
        msg = f"{name} does not state the sensitivity of lead {lead}, so no amplitudes; export it."
        raise RecordError(msg)
    scale = unit_scale(str(units[0].get("CodeValue") or units[0].get("CodeMeaning")), lead)[1]
    factor = channel.get("ChannelSensitivityCorrectionFactor")
    gain = float(channel.ChannelSensitivity) * (1.0 if factor is None else float(factor)) * scale
    return gain, float(channel.get("ChannelBaseline") or 0.0) * scale


def _computed(group: Any, leads: dict[str, int]) -> Sequence[str]:  # noqa: ANN401
    channels = group.ChannelDefinitionSequence
    derived = [
        lead for lead, at in leads.items() if channels[at].get("ChannelDerivationDescription")
    ]
    return [f"Computed by the device, not measured: {', '.join(derived)}."] if derived else []


def _about(data: Any) -> dict[str, Any]:  # noqa: ANN401 - a pydicom data set
    age = re.fullmatch(r"(\d{1,3})([DWMY])", str(data.get("PatientAge") or "").strip())
    texts = [
        str(note.get("UnformattedTextValue") or "").strip()
        for note in data.get("WaveformAnnotationSequence") or ()
    ]
    return patient(
        sex=str(data.get("PatientSex") or ""),
        age_years=int(age[1]) * _YEARS[age[2]] if age else None,
        report=". ".join(filter(None, texts)),
    )


FORMAT = Format("dicom", "DICOM ECG waveform (.dcm)", (".dcm", ".dicom"), _sniff, _read)
