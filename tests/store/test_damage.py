"""Damage is found and named, never read as an ECG."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from scar_core.errors import DatasetError
from scar_core.store import PackSettings, Store, pack
from scar_core.store.layout import FILES, INDEX, MANIFEST, RECEIPT, SIGNAL, TABLE
from tests.store.made import content, rows

SMALL = PackSettings(shard_records=3)
SHARD = Path("shards/00001")
EVERY_FILE = [*(SHARD / name for name in (*FILES, RECEIPT)), Path(MANIFEST)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    pack(rows(range(8)), folder, settings=SMALL)
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(sound, tmp_path / "copy"))


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def problems(folder: Path) -> str:
    """What opening and verifying say."""
    try:
        return "\n".join(Store.open(folder).verify())
    except DatasetError as error:
        return str(error)


@pytest.mark.parametrize("file", EVERY_FILE, ids=lambda path: path.name)
def test_every_flipped_bit_is_found(folder: Path, file: Path) -> None:
    """Anywhere in any file: the beginning, the end, and ten places between."""
    path = folder / file
    bits = 8 * path.stat().st_size
    rng = np.random.default_rng(0)
    for bit in (0, bits - 1, *rng.integers(0, bits, 10).tolist()):
        assert problems(folder) == ""
        flip(path, bit)
        assert str(file) in problems(folder), bit
        flip(path, bit)


@pytest.mark.parametrize("file", EVERY_FILE, ids=lambda path: path.name)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_truncation_is_found_and_packed_anew(
    sound: Path, folder: Path, file: Path, share: float
) -> None:
    path = folder / file
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert str(file) in problems(folder)
    if file.name == MANIFEST:
        with pytest.raises(DatasetError, match="delete it and run the same"):
            pack(rows(range(8)), folder, settings=SMALL)
        path.unlink()
    else:
        with pytest.raises(DatasetError, match=file.name):
            Store.open(folder).read(4)
        Store.open(folder).read(0)  # other shards are as good as ever
    pack(rows(range(8)), folder, settings=SMALL)
    assert content(folder) == content(sound)


@pytest.mark.parametrize("file", [SIGNAL, INDEX, TABLE, RECEIPT])
def test_missing_files_are_found_and_packed_anew(sound: Path, folder: Path, file: str) -> None:
    (folder / SHARD / file).unlink()
    assert file in problems(folder)
    pack(rows(range(8)), folder, settings=SMALL)
    assert content(folder) == content(sound)


def test_the_damaged_record_is_named(folder: Path) -> None:
    flip(folder / SHARD / SIGNAL, 8 * (12 * 200 * 2 + 100))
    assert "(records record 4); delete" in problems(folder)


def test_a_shard_of_another_store_is_no_replacement(folder: Path, tmp_path: Path) -> None:
    """Each file of it is sound by itself."""
    other = rows(range(8))
    other[3] = rows([77])[0]
    pack(other, tmp_path / "other", settings=SMALL)
    shutil.rmtree(folder / SHARD)
    shutil.copytree(tmp_path / "other" / SHARD, folder / SHARD)
    assert "is not the shard that MANIFEST.json names" in problems(folder)


def test_a_later_version_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scar_core.store.files.VERSION", 0)
    assert "version 1, and version 0 is read here" in problems(folder)
