"""A server of the real pages with the stand-in worker, and a real browser page on it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.records import make_gallery, make_record, write_wfdb
from tests.browser.measure import CANVAS, CHROMIUM, browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def _browser_there() -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is not there (Debian's package chromium)")
    pytest.importorskip("playwright", reason="no browser driver: install playwright")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running pages; the first record has V6 and a second of II not recorded."""
    gallery = tmp_path_factory.mktemp("gallery")
    make_gallery(gallery)
    folder = tmp_path_factory.mktemp("records")
    record = make_record()
    record.present[11] = False
    record.present[1, 500:1000] = False
    write_wfdb(folder, "gaps", record)
    (folder / "bad.hea").write_text("nothing of the kind\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "server.log"
    environment = os.environ | {
        "SCAR_RECORDS": str(folder),
        "SCAR_HOME": str(tmp_path_factory.mktemp("home")),
        "OMP_NUM_THREADS": "1",
    }
    with log.open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.serve", str(port), str(gallery)],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
        )
    address = f"http://localhost:{port}"
    try:
        _wait_for(address, child, log)
        yield address
    finally:
        child.terminate()
        child.wait(10)


def _wait_for(address: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        if child.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)  # noqa: S310 - ours
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the pages did not start: {log.read_text()[-600:]}")


@pytest.fixture(scope="module")
def context(_browser_there: None) -> Iterator[Any]:
    """One browser window with its cache, for a module: no event loop stays for other tests."""
    with browser() as running:
        yield running.new_context(viewport={"width": 1400, "height": 1000}, has_touch=True)


@pytest.fixture
def page(context: Any, server: str) -> Iterator[Any]:
    """A page whose every outside request, script error and Python traceback fails the test."""
    opened = context.new_page()
    opened.set_default_timeout(90_000)  # a busy machine is slow, not wrong
    outside: list[str] = []
    errors: list[str] = []

    def note(url: str) -> None:
        if not url.startswith((server, server.replace("http", "ws"), "data:", "blob:")):
            outside.append(url)

    opened.on("request", lambda request: note(request.url))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    tracebacks = opened.locator("[data-testid='stException']").count()
    opened.close()
    assert not outside, f"requests to the outside: {outside}"
    assert not errors, f"script errors: {errors}"
    assert not tracebacks


def settled(page: Any) -> None:
    """Wait until the script has run to its end, and with it the URL is written."""
    page.wait_for_timeout(150)
    page.wait_for_selector("[data-test-script-state='notRunning']")
    page.wait_for_timeout(50)


def open_masking(page: Any, server: str, query: str = "") -> None:
    """Open the masking page and wait for the first answer."""
    page.goto(f"{server}/Masking{query}")
    page.wait_for_selector(CANVAS)
    page.wait_for_selector("[data-answer-id]")
    settled(page)
