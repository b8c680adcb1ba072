"""Serve the real pages with the stand-in worker: python -m tests.browser.serve PORT [GALLERY].

Only tests run this; the product has no switch for it.
"""

import sys
from pathlib import Path
from typing import Any

from streamlit.web import bootstrap

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from pages.ui import inputs, worker
    from tests.app.explain_fakes import fake_asks
    from tests.app.fake_jobs import TRAIN, FakeJobs
    from tests.app.fake_worker import FakeClient

    client = FakeClient()
    client.delay_s = 0.015
    client.asks |= fake_asks()
    worker.connect = lambda: client
    queue: Any = FakeJobs()
    queue.known["train"] = TRAIN
    worker.jobs = lambda: queue
    worker.start = lambda anew=False: None
    if len(sys.argv) > 2:
        inputs.gallery_cases.__defaults__ = (Path(sys.argv[2]),)
    options = {"server.port": int(sys.argv[1]), "server.headless": True}
    bootstrap.load_config_options(options)
    bootstrap.run(str(ROOT / "app.py"), False, [], options)


if __name__ == "__main__":
    main()
