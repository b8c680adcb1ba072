"""A disk that is really full: database, scratch and results on a small one of their own."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.rig import Rig, lines, wait_for


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with 6 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk cannot be mounted here; root may")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_where_the_database_has_no_room_either_jobs_wait_and_go_on(
    small_disk: Path, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    ballast = small_disk / "ballast"
    rig = Rig(small_disk)
    try:
        rig.start()
        job = rig.submit("count", steps=6, pause_s=0.3, trace=str(trace)).id
        wait_for(lambda: len(lines(trace)) >= 2, "two steps")
        with ballast.open("wb") as file:
            while free := shutil.disk_usage(small_disk).free:
                file.write(b"0" * min(free, 4096))
                file.flush()
        time.sleep(4.0)
        reached = len(lines(trace))
        assert rig.book.show(job).state in ("running", "waiting", "failed")
        ballast.unlink()
        info = wait_for(lambda: one if (one := rig.book.show(job)).ended else None, "the end")
        if info.state == "failed":
            assert "full" in str(info.error)
            rig.book.retry(job)
        info = rig.ended(job)
        assert (info.state, info.summary["reached"]) == ("done", [0, 1, 2, 3, 4, 5])
        assert reached < 6
        for number in range(6):
            assert rig.book.file(job, f"numbers/{number}.txt") == f"a {number}\n".encode()
    finally:
        rig.close()
