"""``up`` around fakes: python -m tests.serving.fake_up PORT [SECONDS THE PAGE LIVES] [--host X]."""

import sys

from scar_core.serving.address import LOOPBACK
from scar_core.serving.up import run_up

if __name__ == "__main__":
    words = sys.argv[1:]
    host = words.pop() if "--host" in words else LOOPBACK
    lives = [word for word in words[1:] if word != "--host"]
    sys.exit(
        run_up(
            int(words[0]),
            host=host,
            browser=False,
            worker=("tests.serving.fake_worker",),
            page=lambda port, _host: ("tests.serving.fake_page", str(port), *lives),
        )
    )
