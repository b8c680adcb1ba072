"""``up`` around fakes: python -m tests.serving.fake_up PORT [SECONDS THE PAGE LIVES]."""

import sys

from scar_core.serving.up import run_up

if __name__ == "__main__":
    sys.exit(
        run_up(
            int(sys.argv[1]),
            browser=False,
            worker=("tests.serving.fake_worker",),
            page=lambda port, _host: ("tests.serving.fake_page", str(port), *sys.argv[2:]),
        )
    )
