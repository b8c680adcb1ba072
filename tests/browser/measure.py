"""How long a gesture takes to a new diagnosis, in a real headless Chromium.

``python -m tests.browser.measure`` starts the product, measures, and prints the figures as JSON;
pages that are named after it ("Guided cases") are measured alone, without the figures of the start.
The clock runs inside the page: from the pointer's release to the first frame painted after
``data-answer-id`` changed, so neither the driver nor its polling is measured.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CANVAS = "canvas[data-ready='1']"
ANSWER = "[data-answer-id]"
_WATCH = """() => {
  if (window.scarWatch) return;
  const w = window.scarWatch = {times: [], from: null};
  const id = () => (document.querySelector('[data-answer-id]') || {dataset: {}}).dataset.answerId;
  let last = id();
  addEventListener('pointerup', () => { w.from = performance.now(); }, true);
  new MutationObserver(() => {
    const now = id();
    if (now === undefined || now === last) return;
    last = now;
    if (w.from === null) return;
    const from = w.from;
    w.from = null;
    requestAnimationFrame(() => setTimeout(() => w.times.push(performance.now() - from), 0));
  }).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


@dataclass(frozen=True)
class GestureTimes:
    """Milliseconds from the end of each gesture to its diagnosis on the page.

    Attributes:
        ms: One value per gesture, in the order made.
        first_page_ms: From the request of the page to its first diagnosis.
    """

    ms: tuple[float, ...]
    first_page_ms: float

    def quantile(self, q: float) -> float:
        """Return the q-quantile of ``ms`` (nearest rank)."""
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


@contextmanager
def browser() -> Iterator[Any]:
    """Run a headless Chromium; ends it afterwards."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        try:
            yield running
        finally:
            running.close()


def drag(page: Any, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """Drag over the paper; positions are fractions of its width and height."""
    box = page.locator(CANVAS).bounding_box()

    def at(where: tuple[float, float]) -> tuple[float, float]:
        return box["x"] + where[0] * box["width"], box["y"] + where[1] * box["height"]

    page.mouse.move(*at(start))
    page.mouse.down()
    for step in range(1, 6):
        part = step / 5
        page.mouse.move(
            *at(tuple(a + (b - a) * part for a, b in zip(start, stop, strict=True)))  # type: ignore[arg-type]
        )
    page.mouse.up()


def figures(row: str) -> list[float]:
    """Read the figures of a finding's row: now, or before, now and change."""
    return [float(word) for word in re.findall(r"\d\.\d\d", row)]


def timed_gestures(
    page: Any, url: str, *, gestures: int, warm_up: int = 3, pause_ms: int = 700
) -> GestureTimes:
    """Drag over one lead after the other on a fresh browser page and time each diagnosis.

    Args:
        page: A Playwright page; the caller closes it.
        url: Address of the masking page; a worker must be up.
        gestures: How many to time; each hides another stretch of some lead.
        warm_up: Gestures made before, not timed.
        pause_ms: Rest between gestures, so that a reader's pace is measured and not a queue.

    Returns:
        The times, and how long the page itself took.

    Raises:
        playwright.sync_api.TimeoutError: A diagnosis did not change within ten seconds.
    """
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(CANVAS, timeout=60_000)
    page.wait_for_selector(ANSWER, timeout=60_000)
    first_page_ms = 1000 * (time.perf_counter() - began)
    page.wait_for_timeout(1500)
    page.evaluate(_WATCH)
    for number in range(warm_up + gestures):
        row = (number * 5) % 12
        y = (0.6 + row) / 12.35 + 0.015
        x = 0.2 + 0.05 * (number // 12)
        drag(page, (x, y), (x + 0.03, y))
        page.wait_for_function("n => window.scarWatch.times.length > n", arg=number, timeout=10_000)
        page.wait_for_timeout(pause_ms)
    times = page.evaluate("() => window.scarWatch.times")
    return GestureTimes(tuple(times[warm_up:]), first_page_ms)


def measure_gesture(url: str, *, gestures: int = 40) -> GestureTimes:
    """Time gestures in a browser of its own; see ``timed_gestures``.

    Raises:
        ImportError: Playwright is not installed.
    """
    with browser() as running:
        page = running.new_page(viewport={"width": 1400, "height": 1000})
        return timed_gestures(page, url, gestures=gestures)


@contextmanager
def product(home: Path) -> Iterator[int]:
    """Start the whole product on a port and state folder of its own; yields the port at once.

    Args:
        home: Folder of the worker's files.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    running = subprocess.Popen(
        [sys.executable, "-m", "scar_core", "up", "--no-browser", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"SCAR_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        running.terminate()
        running.wait(20)


def measure_start(page: Any, port: int) -> tuple[float, float]:
    """Return the seconds until a product that is just being started can be used, and answers.

    Returns:
        Until the paper takes gestures, and until the first diagnosis is on the page.
    """
    began = time.perf_counter()
    while time.perf_counter() - began < 60:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    page.goto(f"http://localhost:{port}/Masking")
    page.wait_for_selector(CANVAS, timeout=60_000)
    usable_s = time.perf_counter() - began
    page.wait_for_selector(ANSWER, timeout=60_000)
    return usable_s, time.perf_counter() - began


def main() -> None:
    """Start the product, measure, stop it."""
    only = sys.argv[1:]
    from tests.browser.measure_pages import measure_all

    size = {"width": 1400, "height": 1000}
    with tempfile.TemporaryDirectory() as home, browser() as running:
        page = running.new_page(viewport=size)
        with product(Path(home)) as port:
            usable_s, answered_s = measure_start(page, port)
            page.close()
            if only:
                found = measure_all(running, f"http://localhost:{port}", only)
                sys.stdout.write(json.dumps(found) + "\n")
                return
            page = running.new_page(viewport=size)
            times = timed_gestures(page, f"http://localhost:{port}/Masking", gestures=40)
            page.close()
            of_pages = measure_all(running, f"http://localhost:{port}")
    figures: dict[str, Any] = {
        "gesture_ms_p50": round(times.quantile(0.5), 1),
        "gesture_ms_p95": round(times.quantile(0.95), 1),
        "gestures": len(times.ms),
        "start_to_usable_page_s": round(usable_s, 2),
        "start_to_first_diagnosis_s": round(answered_s, 2),
        "page_to_first_diagnosis_ms": round(times.first_page_ms),
    }
    sys.stdout.write(json.dumps(figures | of_pages) + "\n")


if __name__ == "__main__":
    main()
