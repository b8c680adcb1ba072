"""The predictors that a process holds: loaded on first use, the longest unused out first.

One whose files have been replaced is loaded anew within a second or so.

Nothing here imports torch before a predictor is made, so that the door opens at once.
"""

import logging
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from scar_core.config import checkpoint_dir, promoted_dir
from scar_core.errors import ConfigError, ScarError
from scar_core.leads import LEADS
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord

log = logging.getLogger(__name__)

METHODS = ("scar", "merl", "melp")
"""Methods with a shipped checkpoint that answers prompts; the first one is warmed at start."""
CALIBRATION = "calibration.json"
"""Written last when a checkpoint that answers prompts is promoted, before its folder is renamed."""
MEMORY_VARIABLE = "SCAR_MODEL_MEMORY_MB"
DEFAULT_MEMORY_MB = 2000.0
LOOK_S = 1.0
"""Least time between two looks whether a checkpoint has been replaced."""
WEIGHTS = "model.safetensors"


class PredictorLike(Protocol):
    """What the worker needs of a predictor."""

    @property
    def n_bytes(self) -> int:
        """Memory that its weights take."""

    @property
    def device(self) -> str:
        """Where it runs."""

    def predict(
        self,
        items: Sequence[tuple[ECGRecord, Scenario]],
        prompts: Mapping[str, str] | None = None,
    ) -> list[Prediction]:
        """Answer every item, in order; None as ``prompts`` means the predictor's own."""


Factory = Callable[[], PredictorLike]
Factories = Mapping[str, Factory]
Stamp = tuple[int, ...]


@dataclass(frozen=True)
class Stored:
    """Makes a predictor of the checkpoint in a folder.

    Attributes:
        folder: The checkpoint.
        device: As ``shipped`` takes it.
    """

    folder: Path
    device: str

    def __call__(self) -> PredictorLike:
        """Load it."""
        return _load(self.folder, self.device)

    def stamp(self) -> Stamp | None:
        """What tells these files from others of the same names; None while they are not there."""
        try:
            found = [(self.folder / name).stat() for name in (WEIGHTS, CALIBRATION)]
        except OSError:
            return None
        return tuple(n for one in found for n in (one.st_ino, one.st_size, one.st_mtime_ns))


@dataclass
class _Loaded:
    predictor: PredictorLike
    factory: Factory
    stamp: Stamp | None
    looked_s: float


def _stamp(factory: Factory) -> Stamp | None:
    return factory.stamp() if isinstance(factory, Stored) else None


def memory_limit_mb() -> float:
    """Return how much memory weights may take, from ``SCAR_MODEL_MEMORY_MB``.

    Raises:
        ConfigError: If it is no positive number.
    """
    text = os.environ.get(MEMORY_VARIABLE, "").strip() or str(DEFAULT_MEMORY_MB)
    try:
        limit = float(text)
    except ValueError:
        limit = -1.0
    if not 0 < limit < float("inf"):
        raise ConfigError(f"{MEMORY_VARIABLE} is {text!r}; give megabytes, such as 2000.")
    return limit


class Models:
    """The loaded predictors; everything but the attributes belongs to one thread.

    Attributes:
        status: ``"loading"`` until the first method is warm, then ``"ready"``, or ``"failed"``.
        error: The sentence that goes with ``"failed"``, else None.
    """

    def __init__(self, factories: Factories, *, max_mb: float | None = None) -> None:
        """Take a factory per method name; weights beyond ``max_mb`` (None: see above) leave."""
        self.status: Literal["loading", "ready", "failed"] = "loading"
        self.error: str | None = None
        self._factories = factories
        self._max_bytes = (memory_limit_mb() if max_mb is None else max_mb) * 2**20
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods that can be asked for."""
        return tuple(self._factories)

    @property
    def max_mb(self) -> float:
        """Megabytes that weights may take before the longest unused leave."""
        return self._max_bytes / 2**20

    @property
    def device(self) -> str | None:
        """Where the predictors run; None before the first one is loaded."""
        return next((one.predictor.device for one in tuple(self._loaded.values())), None)

    @property
    def loaded(self) -> dict[str, int]:
        """Bytes of weights by method, the longest unused first."""
        return {name: one.predictor.n_bytes for name, one in tuple(self._loaded.items())}

    def check(self, method: str) -> None:
        """Refuse a method that nobody here can answer for.

        Raises:
            ConfigError: If there is no such method.
        """
        if method not in self._factories:
            raise ConfigError(
                f"The method {method!r} is not known to the worker;"
                f" choose one of {', '.join(self.methods)}."
            )

    def get(self, method: str) -> PredictorLike:
        """Return the predictor of ``method``, loading it on first use and when it was replaced.

        A load that failed is tried again: the reason may have been removed meanwhile. Until it
        succeeds, a predictor that was replaced goes on answering, under its own digest.

        Raises:
            ConfigError: If there is no such method.
            ScarError: Whatever the factory raises.
        """
        if method in self._loaded:
            self._refresh(method)
        else:
            self.check(method)
            self._make(method, self._factories[method])
            if self.status == "failed" and method == self.methods[0]:
                self.status, self.error = "ready", None
        self._loaded.move_to_end(method)
        while len(self._loaded) > 1 and sum(self.loaded.values()) > self._max_bytes:
            name, _ = self._loaded.popitem(last=False)
            log.info("model left", extra={"method": name})
        return self._loaded[method].predictor

    def _make(self, method: str, factory: Factory) -> None:
        stamp = _stamp(factory)  # before loading: what is replaced meanwhile is loaded again
        self._loaded[method] = _Loaded(factory(), factory, stamp, time.monotonic())

    def _refresh(self, method: str) -> None:
        """Load a predictor anew if its files have been replaced."""
        one, now_s = self._loaded[method], time.monotonic()
        if now_s - one.looked_s < LOOK_S:
            return
        one.looked_s = now_s
        if _stamp(one.factory) in (None, one.stamp):
            return
        try:
            self._make(method, one.factory)
        except ScarError as error:
            log.warning("a replaced model cannot be loaded: %s", error, extra={"method": method})
        else:
            log.info("model replaced", extra={"method": method})

    def warm(self) -> None:
        """Load the first method and let it answer once, so that no user pays for first times."""
        try:
            self.get(self.methods[0]).predict([(_rehearsal(), Scenario())])
            self.status, self.error = "ready", None
        except ScarError as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("the models could not be made ready")
            self._fail(f"The models could not be made ready ({error!r}); see the worker's log.")

    def _fail(self, sentence: str) -> None:
        log.error(sentence)
        self.status, self.error = "failed", sentence


def _rehearsal() -> ECGRecord:
    time_s = np.arange(5000) / 500
    signal = np.tile(0.1 * np.sin(2 * np.pi * time_s), (len(LEADS), 1)).astype(np.float32)
    return ECGRecord(signal, LEADS, 500.0, np.ones(signal.shape, dtype=bool), name="rehearsal")


def shipped(device: str = "auto") -> Factories:
    """Return the factories of the methods whose checkpoints are shipped.

    Args:
        device: ``auto`` (the first GPU, else the CPU), ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        ConfigError: If the device is none of these; whether it is there, torch says when a model
            is loaded.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?", device):
        raise ConfigError(f"The device {device!r} is none; choose auto, cpu, cuda or cuda:N.")
    return Available(device)


class Available(Mapping[str, Factory]):
    """The shipped methods, then the checkpoints that this user has promoted since."""

    def __init__(self, device: str) -> None:
        """Load what is asked for on this device."""
        self._device = device

    def __getitem__(self, name: str) -> Factory:
        # Every gesture asks this; only a promoted name is worth a look at the disk.
        folder = checkpoint_dir() / name if name in METHODS else self._folders().get(name)
        if folder is None:
            raise KeyError(name)
        return Stored(folder, self._device)

    def __iter__(self) -> Iterator[str]:
        return iter(self._folders())

    def __len__(self) -> int:
        return len(self._folders())

    @staticmethod
    def _folders() -> dict[str, Path]:
        """Folder by name; a classifier answers no prompts: it has no calibration, and no place."""
        shipped = {name: checkpoint_dir() / name for name in METHODS}
        own = {path.parent.name: path.parent for path in promoted_dir().glob(f"*/{CALIBRATION}")}
        return shipped | {name: own[name] for name in sorted(own) if name not in shipped}


def _load(folder: Path, device: str) -> PredictorLike:
    import torch  # heavy, so not before it is needed

    from scar_core.methods.checkpoint import load_checkpoint
    from scar_core.serving.predictor import ServedPredictor, device_named

    # Page, browser and trainings want cores too, and threads that wait for each other lose
    # more by one busy core than they win: 500 ms an answer with two busy cores, 58 with one.
    torch.set_num_threads(min(4, max(1, (os.cpu_count() or 1) // 2)))
    where = device_named(device)
    return ServedPredictor(load_checkpoint(folder, where), where)
