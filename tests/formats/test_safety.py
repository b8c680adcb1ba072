"""Files that promise too much, point elsewhere or lie: one sentence, little time and memory."""

import os
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scar_core.errors import RecordError
from scar_core.formats import open_record
from tests.formats.made_files import Files, edited, wfdb_files
from tests.made import made_record

GOOD = wfdb_files(made_record(2))
CPU_SECONDS = 2.0
MOST_BYTES = 100_000_000
"""Far below the gigabyte that is allowed: a refusal should cost next to nothing."""


@contextmanager
def cheap() -> Iterator[None]:
    """Fail if what happens inside takes long or much memory."""
    tracemalloc.start()
    began = time.process_time()
    try:
        yield
        assert time.process_time() - began < CPU_SECONDS
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def refused(files: Files, name: str = "a.hea") -> str:
    with cheap(), pytest.raises(RecordError) as caught:
        open_record(name, data=files)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a 12 100 400", "a 12 100 1000000000000"),
        ("a 12 100 400", "a 12 100 1e300"),
        ("a 12 100 400", "a 999999 100 400"),
        ("a 12 100 400", "a 12 1e300 400"),
        ("a.dat 16 ", "a.dat 16x9999 "),
        ("a.dat 16 ", "a.dat 16:401 "),
        ("a.dat 16 ", "a.dat 16+999999999 "),
        ("a.dat 16 ", "a.dat 516 "),
        ("a.dat 16 ", "a.dat 0 "),
        ("a.dat 16 ", "~ 16 "),
        ("a.dat 16 ", "/dev/zero 16 "),
        ("a.dat 16 ", "../../../../etc/passwd 16 "),
        ("a.dat 16 ", "..\\..\\windows\\win.ini 16 "),
        ("a.dat 16 ", "file:///etc/passwd 16 "),
        ("a.dat 16 ", "https://example.org/a.dat 16 "),
        ("1000(0)/mV", "1e-300(0)/mV"),
        ("1000(0)/mV", "1e300(999999999999)/mV"),
        ("1000(0)/mV", "1000(999999999999)/mV"),
    ],
)
def test_headers(old: str, new: str) -> None:
    assert refused(edited(GOOD, old, new))


def test_every_signal_is_said_not_to_be_stored() -> None:
    files = {"a.hea": GOOD["a.hea"].replace(b"a.dat 16 ", b"~ 0 ")}
    assert "no number at all" in refused(files)


def test_an_endless_header_and_an_endless_line() -> None:
    assert "more than the 1 MB" in refused(GOOD | {"a.hea": GOOD["a.hea"] + b"#\n" * 10**6})
    assert refused(GOOD | {"a.hea": b"a 12 100 400 " + b"9" * 900_000})
    assert refused(GOOD | {"a.hea": b"a " + b" " * 900_000})
    assert refused(GOOD | {"a.hea": (b"a 512 100 400\n" + b"a.dat 16 " * 90_000)})


def on_disk(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in GOOD.items():
        (folder / name).write_bytes(content)
    return folder / "a.hea"


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    path = on_disk(tmp_path / "here")
    secret = tmp_path / "secret.dat"
    secret.write_bytes(GOOD["a.dat"])
    (path.parent / "a.dat").unlink()
    (path.parent / "a.dat").symlink_to(secret)
    with pytest.raises(RecordError, match=r"names the signal file a\.dat, which is not there"):
        open_record(path)


def test_a_record_may_itself_be_a_link(tmp_path: Path) -> None:
    """Its files may lie beside the link, or beside what that points to."""
    path = on_disk(tmp_path / "there")
    links = tmp_path / "links"
    links.mkdir()
    for name in GOOD:
        (links / name).symlink_to(path.parent / name)
    assert open_record(links / "a.hea").fingerprint() == open_record(path).fingerprint()


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    path = on_disk(tmp_path)
    (tmp_path / "a.dat").unlink()
    os.mkfifo(tmp_path / "a.dat")
    with cheap(), pytest.raises(RecordError, match="which is not there"):
        open_record(path)
    with cheap(), pytest.raises(RecordError, match="no record"):
        open_record("/dev/zero")


def test_a_file_far_longer_than_its_header_says_is_read_in_part(tmp_path: Path) -> None:
    path = on_disk(tmp_path)
    os.truncate(tmp_path / "a.dat", 10**10)  # sparse: takes no room
    with cheap():
        assert open_record(path).n_samples == 400


def test_reading_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = on_disk(tmp_path / "here")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    open_record(path)
    open_record("a.hea", data=GOOD)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before
