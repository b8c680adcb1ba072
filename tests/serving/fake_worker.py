"""The real worker process around a fake predictor: python -m tests.serving.fake_worker."""

import os
import sys

from scar_core.serving import door
from scar_core.serving.logs import log_as_json
from scar_core.serving.process import Setup, run_worker
from tests.serving.fake_asker import ASKER, find
from tests.serving.fakes import FakePredictor

if __name__ == "__main__":
    if "--broken" in sys.argv:
        sys.exit("the models do not exist")
    delay_s = float(os.environ.get("FAKE_DELAY_S", "0"))
    factories = {"scar": lambda: FakePredictor(delay_s)}
    log_as_json("worker")
    vars(door)["inquiry"] = find
    executor = ("tests.serving.fake_executor",) if "--jobs" in sys.argv else None
    sys.exit(run_worker(Setup(factories=factories, asker=ASKER, executor=executor, rest_s=0.05)))
