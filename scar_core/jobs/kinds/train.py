"""Train a method, with live figures; after a kill it goes on from its last saved state.

Publishes ``metrics.jsonl`` while it lasts (a line for each step: losses, ``gradient_norm``,
``learning_rate``, ``records_per_s``), ``validation.jsonl`` (a line for each saved state:
``auroc``, ``auroc_random`` and, where PTB-XL is at hand, ``cmrs``, with intervals) and, when it is
finished, the folder ``checkpoint``, which other jobs take as ``NAME=job:ID``. SCAR and MELP of the
usual size took 1,400 MB.
"""

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checkpoints import folder_of
from scar_core.jobs.kinds._checks import (
    NAME,
    between,
    check_checkpoint,
    check_mixture,
    check_settings,
    known,
    listed,
    named_folder,
    trainable,
)
from scar_core.settings import with_overrides

if TYPE_CHECKING:
    from scar_core.training.config import TrainConfig

PRESETS = ("", "scar-paper", "merl-paper", "melp-paper")
PRECISIONS = ("", "bf16", "fp32")
_OURS = ("method", "data", "seed", "steps", "batch", "learning_rate", "precision", "save_every",
         "simulated_records", "init", "device")  # fmt: skip
"""Settings that have a parameter of their own, where they are checked."""


@dataclass(frozen=True)
class Train:
    """Parameters.

    Attributes:
        method: What is trained.
        preset: A published size of the method; empty: the size that fits a laptop.
        data: Mixture such as simulated:2,ptbxl:5; empty: that of the preset or method.
        seed: Decides initial weights, batches and noise.
        steps: Optimisation steps; 0: as many as the preset or method has.
        batch: Records in a step, of all processes together; 0: the usual number.
        learning_rate: Peak of the schedule; 0: the usual one.
        precision: bf16 or fp32; empty: the usual one.
        simulated_records: Size of the pool of simulated records, 0 simulates every batch afresh;
            -1: the usual size.
        save_every: Steps between saved states, of which a restart loses at most one interval.
        validate: Simulated records that judge every saved state where PTB-XL's validation records
            are not at hand; 0: nothing judges it.
        init: Checkpoint that the training begins with, as NAME, FOLDER or job:ID; empty: none.
        settings: Any other setting as NAME=VALUE, such as model.encoder.mixer=none.
        processes: Processes on each machine, each with a GPU of its own where there are GPUs.
        hosts: Other machines that take part, of those in SCAR_HOSTS; they see the same folders.
        relaunches: How often a training whose process died is started again without coming
            further.
    """

    method: str = "scar"
    preset: str = ""
    data: str = "simulated"
    seed: int = 0
    steps: int = 1000
    batch: int = 0
    learning_rate: float = 0.0
    precision: str = ""
    simulated_records: int = -1
    save_every: int = 100
    validate: int = 64
    init: str = ""
    settings: tuple[str, ...] = ()
    processes: int = 1
    hosts: tuple[str, ...] = ()
    relaunches: int = 3

    def __post_init__(self) -> None:
        known("method", self.method, trainable())
        known("preset", self.preset, PRESETS)
        known("precision", self.precision, PRECISIONS)
        if self.preset and self.preset.partition("-")[0] != self.method:
            raise ConfigError(f"{self.preset} is no size of {self.method}; choose the same method")
        for name, least, most in (
            ("seed", 0, 2**31), ("steps", 0, 10**8), ("batch", 0, 10**6), ("learning_rate", 0, 1),
            ("simulated_records", -1, 10**7), ("save_every", 1, 10**8), ("validate", 0, 2000),
            ("processes", 1, 64), ("relaunches", 0, 100),
        ):  # fmt: skip
            between(name, getattr(self, name), least, most)
        check_mixture(self.data)
        if self.init:
            self._init_text()
        check_settings(self.settings, _OURS)
        self._check_hosts()

    def _init_text(self) -> str:
        """The checkpoint as ``check_checkpoint`` takes it."""
        plain = re.fullmatch(NAME, self.init) and named_folder(self.init)
        text = self.init if plain else f"init={self.init}"
        check_checkpoint(text, random=False)
        return text

    def _check_hosts(self) -> None:
        listed("hosts", self.hosts)
        allowed = [host for host in os.environ.get("SCAR_HOSTS", "").split(",") if host]
        for host in self.hosts:
            if host not in allowed:
                raise ConfigError(
                    f"the machine {host!r} may not be used; the worker's SCAR_HOSTS names "
                    f"{', '.join(allowed) or 'none'}"
                )
        world = self.processes * (1 + len(self.hosts))
        if self.batch == 1 or self.batch % world:
            raise ConfigError(
                f"a batch of {self.batch} records does not divide among {world} processes; choose "
                "a multiple, at least 2"
            )


def config_of(asked: Train, work: Work) -> "TrainConfig":
    """The whole settings of a training on this machine.

    Raises:
        ConfigError: A setting that the method does not take.
    """
    from scar_core.training.config import config_from, laid_over
    from scar_core.training.presets import preset
    from scar_core.training.trainer import settings_of

    named: dict[str, Any] = {"method": asked.method, "seed": asked.seed}
    for name in ("data", "steps", "batch", "learning_rate", "precision"):
        if getattr(asked, name):
            named[name] = getattr(asked, name)
    if asked.simulated_records >= 0:
        named["simulated_records"] = asked.simulated_records
    if asked.init:
        named["init"] = folder_of(asked._init_text(), work).partition("=")[2]
    named["save_every"] = asked.save_every
    kind = work.device.partition(":")[0]
    named["device"] = work.device if asked.processes == 1 and not asked.hosts else kind
    under = preset(asked.preset) if asked.preset else {}
    config = config_from(with_overrides(laid_over(under, named), asked.settings))
    settings_of(config)
    return config


def _plan(asked: Train, run: Plan) -> Json:
    del asked  # the steps have it
    run.step("check")
    summary = run.step("train")
    return {"job": run.job, **summary}


def _check(asked: Train, work: Work) -> Json:
    """Refuse settings that only the method can judge, before any data is read."""
    from scar_core.settings import to_mapping

    config = config_of(asked, work)
    work.log(f"{config.steps} steps of {config.batch} records of {config.data}")
    return {"config": json.loads(json.dumps(to_mapping(config)))}


def _train(asked: Train, work: Work) -> Json:
    """Train, or go on training, until the last step."""
    from scar_core.jobs.kinds._running import Keeper, run_here

    keeper = Keeper(work, work.folder / "run", config_of(asked, work), asked.validate)
    keeper.bring()
    if asked.processes == 1 and not asked.hosts:
        run_here(keeper)
    else:
        from scar_core.jobs.kinds._ranks import run_ranks

        run_ranks(keeper, asked.processes, asked.hosts, asked.relaunches)
    return keeper.finish()


KIND = JobKind(
    title="Train a model",
    parameters=Train,
    plan=_plan,
    steps={"check": _check, "train": _train},
    lane="long",
    device="any",
    memory_mb=2000,
    names={"method": trainable(), "preset": PRESETS, "precision": PRECISIONS},
)
