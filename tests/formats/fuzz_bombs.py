"""Small files that promise, or unpack to, far more than fits into memory."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping

import numpy as np

from tests.formats.fuzz_seeds import DIGITAL, RECORD
from tests.formats.made_clinic import dicom_file, dicom_group, edf_file, muse_file, muse_wave
from tests.formats.made_files import wfdb_files


def unpacking(megabytes: int) -> bytes:
    """A raw deflate stream of so many million zeros, in a thousandth of that."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b"\0" * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + packer.flush()


def zipped(name: bytes, start: bytes, megabytes: int) -> bytes:
    """A ZIP archive of one member: ``start``, and zeros behind it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH) + unpacking(megabytes)
    size = len(start) + megabytes * 1_000_000
    about = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(data), size, len(name), 0)
    local = b"PK\3\4" + about + name + data
    central = (
        b"PK\1\2" + struct.pack("<H", 20) + about + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    )
    ending = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\5\6" + ending


def npy_head(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def hdf5_of(n_samples: int) -> bytes:
    """A data set of which no chunk was ever written: its zeros take no room in the file."""
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as store:
        store.create_dataset("tracings", (1, n_samples, 12), "f8", chunks=(1, 10_000, 12))
    return file.getvalue()


def mat_of(n_values: int, megabytes: int) -> bytes:
    """MATLAB 5: a compressed element, in it a matrix of doubles ``val``."""
    inner = struct.pack("<IIIIII", 14, 2**31 - 8, 6, 8, 6, 0)
    inner += struct.pack("<IIII", 5, 8, 12, n_values // 12)
    inner += struct.pack("<HH4s", 1, 3, b"val\0") + struct.pack("<II", 9, 8 * n_values)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"\x78\x9c" + packer.compress(inner) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += unpacking(megabytes)
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<HH", 0x100, 0x4D49)
    return head + struct.pack("<II", 15, len(packed)) + packed


def in_header(old: bytes, new: bytes) -> dict[str, bytes]:
    """A WFDB record with something else in its header."""
    files = wfdb_files(RECORD)
    assert old in files["a.hea"]
    return {**files, "a.hea": files["a.hea"].replace(old, new)}


EDF = edf_file(DIGITAL, samples=250)
GROUP = dicom_group(DIGITAL)
LENGTH = struct.pack("<HH2sHI", 0x3A, 0x10, b"UL", 4, 500)
MUSE = muse_file([muse_wave({"I": DIGITAL["I"]})])
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "haha">' + b"".join(
    b'<!ENTITY %c "%s">' % (at + 1, b"&%c;" % at * 10) for at in range(97, 107)
)
DEFLATED = "1.2.840.10008.1.2.1.99"
BOMBS: dict[str, tuple[str, Callable[[], Mapping[str, bytes]]]] = {
    "npy of 10^12": ("a.npy", lambda: {"a.npy": npy_head((12, 10**12))}),
    "npz of 10^12": ("a.npz", lambda: {"a.npz": zipped(b"ecg.npy", npy_head((12, 10**12)), 1)}),
    "npz of 2 GB": (
        "a.npz",
        lambda: {"a.npz": zipped(b"ecg.npy", npy_head((12, 2 * 10**7)), 1920)},
    ),
    "hdf5 of 10^10": ("a.hdf5", lambda: {"a.hdf5": hdf5_of(10**9)}),
    "mat of 2 GB": ("a.mat", lambda: {"a.mat": mat_of(2 * 10**8, 1600)}),
    "mat of 10^8 in 1 MB": ("a.mat", lambda: {"a.mat": mat_of(2 * 10**8, 1)}),
    "hea of 10^12": ("a.hea", lambda: in_header(b"a 12 250 500", b"a 12 250 1000000000000")),
    "hea of 10^12 in FLAC": (
        "a.hea",
        lambda: (
            in_header(b"a 12 250 500", b"a 12 250 1000000000000") | {"a.dat": b"fLaC" + bytes(200)}
        ),
    ),
    "hea of 10^9 per frame": ("a.hea", lambda: in_header(b"a.dat 16 ", b"a.dat 16x999999999 ")),
    "edf of 10^8": ("a.edf", lambda: {"a.edf": EDF[:236] + b"99999999" + EDF[244:]}),
    "dicom of 2^32": (
        "a.dcm",
        lambda: {"a.dcm": dicom_file([GROUP.replace(LENGTH, LENGTH[:-4] + b"\xff" * 4)])},
    ),
    "dicom of 1 GB": (
        "a.dcm",
        lambda: {"a.dcm": dicom_file([], syntax=DEFLATED) + unpacking(1000)},
    ),
    "xml that laughs": (
        "a.xml",
        lambda: {
            "a.xml": MUSE.replace(b'<!DOCTYPE RestingECG SYSTEM "restecg.dtd">', LAUGHS + b"]>")
        },
    ),
    "xml without end": (
        "a.xml",
        lambda: {"a.xml": MUSE.replace(b"<Diag", b"<a>" * 10**5 + b"<Diag")},
    ),
}
"""Small files that promise, or unpack to, far more than fits."""
