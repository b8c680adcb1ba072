"""README's screenshots, taken again: ``python -m tests.browser.screenshot [NAME ...]``.

The whole product is started with the shipped checkpoints; each picture is a page in a state.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.browser.measure import ANSWER, CANVAS, ROOT, browser, product

PLACE = ROOT / "assets" / "screenshots"
RBBB = "record=gallery:right-bundle-branch-block"
REVEAL = ".st-key-show-rbbb button"
CHART = ".js-plotly-plot .main-svg"
MAP = ".heat-map canvas"


@dataclass(frozen=True)
class Shot:
    """One picture.

    Attributes:
        name: Of its file.
        link: Page and state.
        wait: What must be there before it is taken.
        press: What is pressed first.
        dark: Which theme.
        size: Width and height of the window, in pixels.
    """

    name: str
    link: str
    wait: tuple[str, ...] = ()
    press: tuple[str, ...] = ()
    dark: bool = False
    size: tuple[int, int] = (1400, 1000)


SHOTS = (
    Shot("masking", f"Masking?{RBBB}&hide=V1,V2&span=II:2-4.5", (CANVAS, ANSWER)),
    Shot("home", "", ("img.masked-ecg",)),
    Shot("redistribution", f"Redistribution?{RBBB}&hide=V1,V2", ("[data-answer]", MAP)),
    Shot("embeddings", "Embeddings", ("canvas",)),
    Shot("cmrs", "CMRS", (CHART,)),
    Shot("benchmarks", "Benchmarks", ("p.sentence",)),
    Shot("attribution", f"Attribution?{RBBB}", (CHART,)),
    Shot("training", "Training"),
    Shot("jobs", "Jobs"),
    Shot("learn", "Learn?case=rbbb", ("table.lesson",), (REVEAL,)),
    Shot("learn-dark", "Learn?case=rbbb", ("table.lesson",), (REVEAL,), dark=True),
    Shot("home-tablet", "", ("img.masked-ecg",), dark=True, size=(900, 1200)),
)


def wait_for(url: str, seconds: float = 60.0) -> None:
    """Return once a page answers; raises TimeoutError."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {seconds:g} s")


def take(running: Any, address: str, shot: Shot, folder: Path) -> Path:
    """Open a page, bring it into its state, and save what is seen."""
    width, height = shot.size
    page = running.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
    )
    page.set_default_timeout(120_000)
    page.goto(f"{address}/{shot.link}")
    page.wait_for_selector("[data-testid='stMain'] h1")
    page.wait_for_selector("p.worker.ready")
    for selector in shot.press:
        page.click(selector)
    for selector in shot.wait:
        page.wait_for_selector(selector)
    page.wait_for_selector("[data-test-script-state='notRunning']")
    page.wait_for_timeout(2000)  # bars and charts have settled
    place = folder / f"{shot.name}.png"
    page.screenshot(path=str(place))
    page.close()
    return place


def take_all(address: str, names: tuple[str, ...], folder: Path, tell: Callable[[str], Any]) -> int:
    """Take the pictures of a running product; return how many could not be taken."""
    failed = 0
    with browser() as running:
        for shot in SHOTS:
            if names and shot.name not in names:
                continue
            try:
                tell(f"{take(running, address, shot, folder)}\n")
            except Exception as error:
                failed += 1
                tell(f"{shot.name}: {str(error).splitlines()[0]}\n")
    return failed


def main() -> int:
    """Start the product, take the pictures, stop it; 1 if one could not be taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(s.name for s in SHOTS)}")
    parser.add_argument("--to", type=Path, default=PLACE, help="folder of the pictures")
    parser.add_argument("--address", help="of a product that already runs")
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    names = tuple(arguments.names)
    if arguments.address:
        return min(1, take_all(arguments.address, names, arguments.to, sys.stdout.write))
    with tempfile.TemporaryDirectory() as home, product(Path(home)) as port:
        address = f"http://localhost:{port}"
        wait_for(address)
        return min(1, take_all(address, names, arguments.to, sys.stdout.write))


if __name__ == "__main__":
    sys.exit(main())
