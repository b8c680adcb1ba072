"""Finished parts of an evaluation where the jobs' storage is no folder: they travel with the job.

Parts are small and many, so those of half a minute are kept together, as one file. Whoever goes on
with the step, on whatever machine, takes them in first.
"""

import os
import time
from itertools import count
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from scar_core.evaluation.parts import Parts
from scar_core.jobs.base import Work

SAVE_S = 30.0
"""A kill loses what was finished in so many seconds, if another machine goes on."""


class CarriedParts(Parts):
    """Parts in this machine's folder that are kept with the job as well."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work, self._fresh = work, dict[str, NDArray[np.float32]]()
        for number in count():
            if (kept := work.load(f"parts/{number}.npz")) is None:
                break
            with np.load(kept, allow_pickle=False) as bundle:
                for key in bundle.files:
                    super().put(key, bundle[key])
        self._number, self._due_s = number, time.monotonic() + SAVE_S
        self.made = 0

    def put(self, key: str, array: NDArray[np.float32]) -> None:
        """Keep a part here, and at times all new ones with the job."""
        super().put(key, array)
        self._fresh[key] = array
        if time.monotonic() >= self._due_s:
            path = self._work.folder / "parts.npz"
            np.savez(path, **cast("dict[str, Any]", self._fresh))
            self._work.save(f"parts/{self._number}.npz", path)
            self._number, self._fresh = self._number + 1, {}
            self._due_s = time.monotonic() + SAVE_S


def parts_of(work: Work) -> Parts:
    """Return where a job keeps finished parts.

    In a storage that is a folder all machines see them; with another one they travel with the job;
    without either they lie in this user's state.
    """
    url = os.environ.get("SCAR_STORAGE", "")
    if not url:
        return Parts()
    if "://" in url and not url.startswith("file://"):
        return CarriedParts(work)
    return Parts(Path(url.removeprefix("file://")).expanduser() / "evaluation")
