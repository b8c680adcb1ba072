"""Whole files of every kind, and the damage that is done to them."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom

from scar_core.leads import LEADS
from tests.formats.made_clinic import (
    MUSE_LEADS,
    aecg_file,
    aecg_set,
    dicom_file,
    dicom_group,
    edf_file,
    muse_file,
    muse_wave,
    watch_file,
)
from tests.formats.made_files import stored, wfdb_files
from tests.made import made_record

RECORD = made_record(12, seconds=2.0, rate_hz=250.0)
DIGITAL = dict(zip(LEADS, stored(RECORD), strict=True))

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Seed:
    """A readable record: its main file, all its files, and the rate if they do not say it."""

    kind: str
    name: str
    files: Files = field(repr=False)
    rate_hz: float | None = None


def made_seeds() -> list[Seed]:
    """One of every kind that is written here."""
    seeds = [*_wfdb(), *_arrays(), *_clinical()]
    rows = [",".join(("time", *LEADS))]
    rows += [
        f"{at / 250:.3f}," + ",".join(f"{value:.3f}" for value in column)
        for at, column in enumerate(RECORD.signal.T)
    ]
    plain = "\n".join(row.partition(",")[2].replace(",", ";") for row in rows)
    seeds.append(Seed("csv", "a.csv", {"a.csv": "\n".join(rows).encode()}))
    seeds.append(Seed("csv no time", "a.csv", {"a.csv": plain.encode()}, 250.0))
    return seeds


def _wfdb() -> list[Seed]:
    """Every storage format; the samples of most are noise, which is a record as well."""
    seeds = [
        Seed(f"wfdb {kind}", "a.hea", wfdb_files(RECORD, kind=kind, comments=("Age: 61", "Dx: 1")))
        for kind in ("16", "212", "16+24")
    ]
    rng = np.random.default_rng(1)
    bits = {8: 8, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 310: 32 / 3, 311: 32 / 3}
    for kind, width in bits.items():
        noise = rng.bytes(int(2 * 500 * width / 8) + 64)
        gain = 2 ** (width - 1) / 2
        lines = [f"b.dat {kind} {gain:.0f}/mV 16 0 0 0 0 {lead}" for lead in ("II", "V1")]
        header = "\n".join(["b 2 250 500", *lines]).encode()
        seeds.append(Seed(f"wfdb {kind}", "b.hea", {"b.hea": header, "b.dat": noise}))
    parts = {
        name: content
        for stem in ("s1", "s2")
        for name, content in wfdb_files(RECORD, stem=stem).items()
    }
    parts["m.hea"] = b"m/3 12 250 1250\ns1 500\n~ 250\ns2 500\n"
    seeds.append(Seed("wfdb segments", "m.hea", parts))
    return seeds


def _arrays() -> list[Seed]:
    """Files of numpy, MATLAB and HDF5."""
    import h5py
    from scipy.io import savemat

    def written(save: object, *arguments: object, **named: object) -> bytes:
        file = io.BytesIO()
        save(file, *arguments, **named)  # type: ignore[operator]
        return file.getvalue()

    signal = RECORD.signal
    digital = np.stack(list(DIGITAL.values())).astype(np.int16)
    struct = {"sex": "Male", "age": 61, "data": signal.astype(np.float64)}
    made = {
        "npy": written(np.save, signal),
        "npz": written(np.savez, signal=signal, leads=np.array(LEADS), sampling_rate_hz=250.0),
        "npz packed": written(np.savez_compressed, signal=signal),
        "mat": written(savemat, {"val": digital}),
        "mat packed": written(savemat, {"val": digital}, do_compression=True),
        "mat 4": written(savemat, {"val": digital}, format="4"),
        "mat struct": written(savemat, {"ECG": struct}),
    }
    seeds = [
        Seed(kind, f"a.{kind.split()[0]}", {f"a.{kind.split()[0]}": content}, 250.0)
        for kind, content in made.items()
    ]
    for kind, packing in (("hdf5", None), ("hdf5 packed", "gzip")):
        file = io.BytesIO()
        with h5py.File(file, "w") as store:
            store.create_dataset("tracings", data=signal.T[None], compression=packing)
            store.create_dataset("exam_id", data=np.array([7]))
        seeds.append(Seed(kind, "a.hdf5", {"a.hdf5": file.getvalue()}, 250.0))
    return seeds


def _clinical() -> list[Seed]:
    """What clinics and watches hand over."""
    eight = {lead: DIGITAL[lead] for lead in MUSE_LEADS}
    starts = ["0", "3"]
    group = dicom_group(DIGITAL)
    small = {lead: DIGITAL[lead] // 40 for lead in ("I", "V2")}
    big = dicom_file([dicom_group(DIGITAL, order=">")], syntax="1.2.840.10008.1.2.2", order=">")
    made = {
        "edf": edf_file(DIGITAL, samples=250),
        "edf gaps": edf_file(DIGITAL, samples=250, kind="EDF+D", starts=starts),
        "dcm": dicom_file([group, dicom_group(eight, label="MEDIAN", originality="DERIVED")]),
        "dcm page": dicom_file([group, dicom_group(eight, offset_ms="2500")]),
        "dcm big": big,
        "dcm bytes": dicom_file([dicom_group(small, kind="SB", unit="mV", sensitivity="0.04")]),
        "xml aecg": aecg_file([aecg_set(DIGITAL)], beat=[aecg_set(eight)]),
        "xml muse": muse_file([muse_wave(eight, kind="Median"), muse_wave(eight)]),
    }
    seeds = []
    for kind, content in made.items():
        name = f"a.{kind.split()[0]}"
        seeds.append(Seed(kind, name, {name: content}))
    for language in ("en", "de"):
        content = watch_file(np.tile(RECORD.signal[0], 2) * 1000.0, language=language)
        seeds.append(Seed(f"watch {language}", "a.csv", {"a.csv": content}))
    return seeds


def real_seeds(folder: Path) -> list[Seed]:
    """The smallest record of every collection, and one of pydicom's own."""
    seeds = []
    collections = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    collections += [path for path in sorted((folder / "cinc2021").glob("*")) if path.is_dir()]
    for collection in collections:
        headers = sorted(collection.rglob("*.hea"))[:200]
        found = [(sum(map(len, files.values())), head, files) for head in headers
                 if (files := _beside(head))]  # fmt: skip
        if found:
            _, head, files = min(found, key=lambda one: one[0])
            seeds.append(Seed(f"real {collection.name}", head.name, files))
    for path in sorted((folder / "cpsc2018_raw").glob("*.mat"))[:1]:
        seeds.append(Seed("real cpsc2018_raw", path.name, {path.name: path.read_bytes()}, 500.0))
    path = Path(pydicom.__file__).parent / "data" / "test_files" / "waveform_ecg.dcm"
    if path.is_file():
        seeds.append(Seed("real dicom", path.name, {path.name: path.read_bytes()}))
    return seeds


def real_records(folder: Path) -> list[Path]:
    """The main file of every record of every collection: its header, else its struct file."""
    structs = [path for path in folder.rglob("*.mat") if not path.with_suffix(".hea").exists()]
    return sorted([*folder.rglob("*.hea"), *structs])


def real_record(folder: Path, path: Path) -> Seed:
    """One of these with all files that its header names; its kind is its path in the folder.

    Struct files without a header get the rate that their makers state.
    """
    kind = str(path.relative_to(folder))
    if path.suffix == ".mat":
        return Seed(kind, path.name, {path.name: path.read_bytes()}, 500.0)
    return Seed(kind, path.name, _beside(path, None))


def _beside(head: Path, limit: int | None = 2_500_000) -> dict[str, bytes]:
    """A header and its signal files; nothing if these are missing or have more bytes than that."""
    names = {line.split()[0] for line in head.read_text(errors="replace").splitlines()[1:] if line}
    files = [head.parent / name for name in names if "/" not in name and not name.startswith("#")]
    there = sorted(path for path in files if path.is_file())
    if not there or (limit and sum(path.stat().st_size for path in there) > limit):
        return {}
    return {path.name: path.read_bytes() for path in (head, *there)}


TOKENS = (
    b"999999999999", b"1000000000000", b"-1", b"0", b"nan", b"inf", b"1e308", b"1e-308", b"1.5.2",
    b"../../etc/passwd", b"/etc/passwd", b"C:\\x", b"a/b", b"", b" ", b"\n", b"\r\n", b",", b";",
    b"<", b">", b"&x;", b"]]>", b'"', b"I", b"V1", b"mV", b"\0", b"\xff", b"\x7f" * 4,
    b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\x80" * 8, b"\0" * 64, b"\xff" * 64,
    "µé漢".encode(), b"(" * 50, b"9" * 400,
)  # fmt: skip

Edit = tuple[str, float, int]
"""What is done, where (0 is the file's start, 1 its end), and how much or with which token."""

ACTIONS = ("flip", "cut", "drop", "repeat", "put", "insert", "number", "swap")


def damaged(content: bytes, edits: Sequence[Edit]) -> bytes:
    """Return the content after every edit, in their order."""
    for action, where, amount in edits:
        at = min(int(where * len(content)), max(len(content) - 1, 0))
        token = TOKENS[amount % len(TOKENS)]
        size = 1 + amount % 97
        if action == "flip" and content:
            flipped = bytes([content[at] ^ (1 << amount % 8)])
            content = content[:at] + flipped + content[at + 1 :]
        elif action == "cut":
            content = content[:at]
        elif action == "drop":
            content = content[:at] + content[at + size :]
        elif action == "repeat":
            content = content[:at] + content[at : at + size] * 3 + content[at + size :]
        elif action == "put":
            content = content[:at] + token + content[at + len(token) :]
        elif action == "insert":
            content = content[:at] + token + content[at:]
        elif action == "swap":
            content = content[:at] + content[at + size : at + 2 * size] + content[at : at + size] \
                + content[at + 2 * size :]  # fmt: skip
        elif numbers := list(re.finditer(rb"\d+", content[:8192])):
            number = numbers[int(where * (len(numbers) - 1))]
            # Fields of fixed width keep their width, so that one field is wrong, not all.
            width = number.end() - number.start()
            kept = token[:width].ljust(width) if amount % 2 else token
            content = content[: number.start()] + kept + content[number.end() :]
    return content


def random_edits(rng: np.random.Generator) -> list[Edit]:
    """A few edits, more often near the ends of the file, where the structure is."""
    edits = []
    for _ in range(int(rng.choice((1, 1, 1, 2, 3, 8)))):
        where = float(rng.random())
        bent = {0: where, 1: where**6, 2: 1 - where**6}[int(rng.choice((0, 1, 1, 2)))]
        action = str(rng.choice(ACTIONS, p=(0.3, 0.08, 0.08, 0.06, 0.12, 0.08, 0.22, 0.06)))
        edits.append((action, bent, int(rng.integers(0, 10_000))))
    return edits
