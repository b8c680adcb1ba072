"""README's screenshot, taken again: ``python -m tests.browser.screenshot``."""

import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from tests.browser.measure import ANSWER, CANVAS, ROOT, browser, product

CASE = "Masking?record=gallery:right-bundle-branch-block&hide=V1,V2&span=II:2-4.5"
PLACE = ROOT / "assets" / "screenshots" / "masking.png"


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


def main() -> None:
    """Start the product, open a case with parts hidden, and save what is seen."""
    with tempfile.TemporaryDirectory() as home, product(Path(home)) as port, browser() as running:
        url = f"http://localhost:{port}/"
        wait_for(url)
        page = running.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(url + CASE)
        page.wait_for_selector(CANVAS, timeout=60_000)
        page.wait_for_selector(ANSWER, timeout=60_000)
        page.wait_for_timeout(2000)  # the bars have settled
        page.screenshot(path=str(PLACE))
    sys.stdout.write(f"{PLACE}\n")


if __name__ == "__main__":
    main()
