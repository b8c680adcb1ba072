"""Files of clinics, telephones and sleep laboratories, written byte by byte and line by line.

Reader and writer share no code. A writer takes (lead, sample) integers and says what one unit is
worth; the tests then know every value that must come back.
"""

import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Stored = Mapping[str, NDArray[np.int_]]
"""Integers (sample,) by label."""

MUSE_LEADS = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
DICOM_CODES = {
    "I": 1, "II": 2, "III": 61, "aVR": 62, "aVL": 63, "aVF": 64,
    "V1": 3, "V2": 4, "V3": 5, "V4": 6, "V5": 7, "V6": 8,
}  # fmt: skip


def edf_file(
    stored: Stored,
    *,
    samples: int,
    record_s: str = "1",
    unit: str = "uV",
    physical: tuple[str, str] = ("-32768", "32767"),
    kind: str = "",
    starts: Sequence[str] = (),
    declared: int | None = None,
    patient: str = "X X X X",
) -> bytes:
    """EDF of data records with ``samples`` of each signal; with ``starts`` they carry times.

    A signal named otherwise than the first may have its own length: its share of each record.
    """
    n_records = len(next(iter(stored.values()))) // samples
    shares = {label: len(values) // n_records for label, values in stored.items()}
    labels = [*stored, *(["EDF Annotations"] if starts else [])]
    sizes = [*shares.values(), *([20] if starts else [])]
    count = n_records if declared is None else declared
    head = f"{'0':<8}{patient:<80}{'Startdate 02-MAR-2002 X X X':<80}02.03.0210.11.12"
    head += f"{256 * (len(labels) + 1):<8}{kind:<44}{count:<8}{record_s:<8}{len(labels):<4}"
    head += "".join(f"{label:<16}" for label in labels) + " " * 80 * len(labels)
    columns = [unit, *physical, "-32768", "32767"]
    for column in columns:
        head += "".join(f"{'' if label[:3] == 'EDF' else column:<8}" for label in labels)
    head += " " * 80 * len(labels) + "".join(f"{size:<8}" for size in sizes)
    content = (head + " " * 32 * len(labels)).encode("latin-1")
    for n in range(n_records):
        for label, values in stored.items():
            share = shares[label]
            content += values[n * share : (n + 1) * share].astype("<i2").tobytes()
        if starts:
            content += f"+{starts[n]}\x14\x14\0".encode().ljust(40, b"\0")
    return content


def element(group: int, number: int, kind: str, value: bytes, order: str = "<") -> bytes:
    """One DICOM element with an explicit type."""
    value += (b"\0" if kind in ("OB", "OW", "UI") else b" ") * (len(value) % 2)
    head = struct.pack(order + "HH", group, number) + kind.encode()
    if kind in ("OB", "OW", "SQ", "UT"):
        return head + struct.pack(order + "HI", 0, len(value)) + value
    return head + struct.pack(order + "H", len(value)) + value


def sequence(group: int, number: int, items: Sequence[bytes], order: str = "<") -> bytes:
    """One DICOM sequence of items."""
    packed = [struct.pack(order + "HHI", 0xFFFE, 0xE000, len(item)) + item for item in items]
    return element(group, number, "SQ", b"".join(packed), order)


def dicom_group(
    stored: Stored,
    *,
    rate_hz: str = "250",
    sensitivity: str = "1",
    correction: str = "1",
    baseline: str = "0",
    unit: str = "uV",
    kind: str = "SS",
    label: str = "RHYTHM",
    originality: str = "ORIGINAL",
    offset_ms: str = "0",
    padding: int | None = None,
    scheme: str = "MDC",
    order: str = "<",
) -> bytes:
    """One multiplex group; ``scheme`` says how leads are named: MDC, SCPECG or by words."""

    def e(group: int, number: int, vr: str, value: bytes | str | int) -> bytes:
        if isinstance(value, int):
            value = struct.pack(order + "H", value)
        return element(
            group, number, vr, value.encode() if isinstance(value, str) else value, order
        )

    channels = []
    for name in stored:
        code = {"MDC": "2:", "SCPECG": "5.6.3-9-"}.get(scheme, "") + str(DICOM_CODES.get(name, 99))
        words = code if scheme in ("MDC", "SCPECG") else "X"
        source = e(8, 0x100, "SH", words) + e(8, 0x102, "SH", scheme)
        source += e(8, 0x104, "LO", f"Lead {name} (Einthoven)")
        units = e(8, 0x100, "SH", unit) + e(8, 0x102, "SH", "UCUM") + e(8, 0x104, "LO", "volts")
        channels.append(
            sequence(0x3A, 0x208, [source], order)
            + e(0x3A, 0x210, "DS", sensitivity)
            + sequence(0x3A, 0x211, [units], order)
            + e(0x3A, 0x212, "DS", correction)
            + e(0x3A, 0x213, "DS", baseline)
            + e(0x3A, 0x21A, "US", 16)
        )
    dtype = order + {"SS": "i2", "US": "u2", "SB": "i1", "UB": "u1"}[kind]
    samples = np.stack(list(stored.values()), axis=1).astype(dtype)
    wide = "OW" if kind[1] == "S" else "OB"
    pad = b"" if padding is None else np.array(padding, dtype).tobytes()
    return (
        e(0x18, 0x1068, "DS", offset_ms)
        + e(0x3A, 0x4, "CS", originality)
        + e(0x3A, 0x5, "US", len(stored))
        + element(0x3A, 0x10, "UL", struct.pack(order + "I", len(samples)), order)
        + e(0x3A, 0x1A, "DS", rate_hz)
        + e(0x3A, 0x20, "SH", label)
        + sequence(0x3A, 0x200, channels, order)
        + e(0x5400, 0x1004, "US", 8 * int(dtype[-1]))
        + e(0x5400, 0x1006, "CS", kind)
        + (e(0x5400, 0x100A, wide, pad) if pad else b"")
        + e(0x5400, 0x1010, wide, samples.tobytes())
    )


def dicom_file(
    groups: Sequence[bytes], *, syntax: str = "1.2.840.10008.1.2.1", order: str = "<"
) -> bytes:
    """A file of multiplex groups: preamble, file meta information, a patient and the groups."""
    meta = element(2, 2, "UI", b"1.2.840.10008.5.1.4.1.1.9.1.1")
    meta += element(2, 3, "UI", b"1.2.3") + element(2, 0x10, "UI", syntax.encode())
    meta = element(2, 0, "UL", struct.pack("<I", len(meta))) + meta
    data = element(8, 0x16, "UI", b"1.2.840.10008.5.1.4.1.1.9.1.1", order)
    data += element(0x10, 0x10, "PN", b"Nobody", order) + element(0x10, 0x40, "CS", b"F", order)
    data += element(0x10, 0x1010, "AS", b"061Y", order)
    data += sequence(0x40, 0xB020, [element(0x70, 0x6, "UT", b"Sinus rhythm", order)], order)
    if groups:
        data += sequence(0x5400, 0x100, groups, order)
    return b"\0" * 128 + b"DICM" + meta + data


def aecg_set(
    stored: Stored,
    *,
    head: str = '<head value="20021122091000.000"/>',
    increment: str = '<increment value="0.004" unit="s"/>',
    scale: str = '<scale value="1" unit="uV"/>',
    origin: str = '<origin value="0" unit="uV"/>',
) -> str:
    """One sequence set: time, then the leads."""
    sequences = [
        f'<code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">{head}{increment}</value>'
    ]
    sequences += [
        f'<code code="MDC_ECG_LEAD_{lead.upper()}" codeSystem="2.16.840.1.113883.6.24"/>'
        f'<value xsi:type="SLIST_PQ">{origin}{scale}<digits>{" ".join(map(str, digits))}</digits>'
        "</value>"
        for lead, digits in stored.items()
    ]
    body = "\n".join(f"<component><sequence>{s}</sequence></component>" for s in sequences)
    return f"<component><sequenceSet>{body}</sequenceSet></component>"


def aecg_file(sets: Sequence[str], *, kind: str = "RHYTHM", beat: Sequence[str] = ()) -> bytes:
    """A document with one series, and with a representative beat derived from it."""
    derived = "".join(beat)
    if beat:
        code = '<code code="REPRESENTATIVE_BEAT"/>'
        derived = f"<derivation><derivedSeries>{code}{derived}</derivedSeries></derivation>"
    said = '<annotation><code code="MDC_ECG_INTERPRETATION_STATEMENT"/><value>Sinus</value>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made -->\n'
        '<AnnotatedECG xmlns="urn:hl7-org:v3"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<componentOf><subjectDemographicPerson><name>Nobody</name>"
        '<administrativeGenderCode code="M"/><birthTime value="19530508"/>'
        "</subjectDemographicPerson></componentOf>"
        f'<component><series><code code="{kind}"/>'
        '<effectiveTime><low value="20021122091000.000"/></effectiveTime>'
        f"{''.join(sets)}{derived}<subjectOf><annotationSet><component>{said}"
        "</annotation></component></annotationSet></subjectOf>"
        "</series></component></AnnotatedECG>"
    ).encode()


def muse_wave(
    stored: Stored,
    *,
    kind: str = "Rhythm",
    base: str = "250",
    exponent: str = "0",
    per_bit: str = "4.88",
    declared: int | None = None,
    off: str = "FALSE",
) -> str:
    """One waveform."""
    leads = ""
    for lead, digits in stored.items():
        text = b64encode(digits.astype("<i2").tobytes()).decode()
        lines = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))
        count = len(digits) if declared is None else declared
        leads += (
            f"<LeadData><LeadByteCountTotal>{2 * count}</LeadByteCountTotal>"
            f"<LeadSampleCountTotal>{count}</LeadSampleCountTotal>"
            f"<LeadAmplitudeUnitsPerBit>{per_bit}</LeadAmplitudeUnitsPerBit>"
            "<LeadAmplitudeUnits>MICROVOLTS</LeadAmplitudeUnits>"
            f"<LeadID>{lead}</LeadID><LeadSampleSize>2</LeadSampleSize><LeadOff>{off}</LeadOff>"
            f"<LeadDataCRC32>1</LeadDataCRC32><WaveFormData>\n{lines}\n</WaveFormData></LeadData>\n"
        )
    return (
        f"<Waveform><WaveformType>{kind}</WaveformType><NumberofLeads>{len(stored)}</NumberofLeads>"
        f"<SampleBase>{base}</SampleBase><SampleExponent>{exponent}</SampleExponent>{leads}</Waveform>"
    )


def muse_file(waves: Sequence[str]) -> bytes:
    """A resting ECG, with the document type that such files carry."""
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        '<!DOCTYPE RestingECG SYSTEM "restecg.dtd">\n<RestingECG>'
        "<PatientDemographics><PatientLastName>Nobody</PatientLastName>"
        "<PatientAge>61</PatientAge><AgeUnits>YEARS</AgeUnits><Gender>FEMALE</Gender>"
        "</PatientDemographics><Diagnosis><DiagnosisStatement><StmtFlag>ENDSLINE</StmtFlag>"
        "<StmtText>Normal sinus rhythm</StmtText></DiagnosisStatement></Diagnosis>"
        f"{''.join(waves)}</RestingECG>"
    ).encode("latin-1")


def watch_file(microvolts: NDArray[np.float64], *, language: str = "en", rate: str = "") -> bytes:
    """The file of a watch; in German the decimal sign is a comma."""
    if language == "de":
        head = "Name,Niemand II\nGeburtsdatum,01.01.1970\nKlassifizierung,Sinusrhythmus\n"
        head += (
            f"Abtastrate,{rate or '512,000'}\xa0Hertz\n\n\nAbleitung,Ableitung I\nEinheit,µV\n\n"
        )
    else:
        head = 'Name,Nobody\nDate of Birth,"Jan 1, 1970"\nRecorded Date,2020-01-01 10:00:00 +0000\n'
        head += (
            'Classification,Sinus Rhythm\nSymptoms,\nSoftware Version,1.90\nDevice,"Watch7,12"\n'
        )
        head += f"Sample Rate,{rate or '512'} hertz\n\n\nLead,Lead I\nUnit,µV\n\n"
    numbers = "\n".join(f"{value:.3f}" for value in microvolts)
    return (head + (numbers.replace(".", ",") if language == "de" else numbers) + "\n").encode()
