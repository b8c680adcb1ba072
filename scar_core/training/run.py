"""A training run: a folder with a checkpoint, metrics, and a state to resume from."""

import io
import json
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from scar_core.errors import ConfigError
from scar_core.methods import method
from scar_core.methods.checkpoint import (
    CONFIG,
    TOKENIZER,
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
    write_beside,
)
from scar_core.settings import to_mapping
from scar_core.training.config import TrainConfig, learning_rate_at
from scar_core.training.data import Mixture, open_mixture
from scar_core.training.language import tokenizer_for
from scar_core.training.processes import first, joined, wait_for_all
from scar_core.training.trainer import Trainer, settings_of

STATE, METRICS = "state.pt", "metrics.jsonl"

Opener = Callable[[TrainConfig, Path | None], Mixture]


@cache
def commit() -> str:
    """Short hash of the checked-out commit, with ``+`` if files differ; empty outside of git.

    Asked once: what is checked out while a training runs is not what it runs.
    """
    here = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],  # noqa: S607
            cwd=here, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return described.stdout.strip()


def save(trainer: Trainer, folder: Path) -> None:
    """Write the averaged weights as a checkpoint, then the state that a resumed run needs."""
    if not first():
        return
    config, language = trainer.config, trainer.mixture.language
    save_checkpoint(
        folder,
        name=config.method,
        settings=trainer.settings,
        contract=config.contract,
        tokenizer=trainer.tokenizer,
        weights=trainer.average,
        origin={
            "steps": trainer.step,
            "seed": config.seed,
            "data": config.data,
            "commit": commit(),
            "began_with": trainer.began_with,
            "reports": len(language.told) if language else 0,
            "training": to_mapping(config),
        },
    )
    buffer = io.BytesIO()
    torch.save(trainer.state(), buffer)
    write_beside(folder / STATE, buffer.getvalue())


def is_finished(config: TrainConfig, folder: Path) -> bool:
    """Whether a run has done all its steps.

    Raises:
        ConfigError: The folder holds a run with other settings.
    """
    if not (folder / STATE).is_file():
        return False
    _check_same(_as_it_began(config, folder), folder)
    done: int = torch.load(folder / STATE, weights_only=True, map_location="cpu", mmap=True)["step"]
    return done >= config.steps


def resume(
    config: TrainConfig, folder: Path, root: Path | None, opened: Opener | None = None
) -> Trainer:
    """Make the trainer of a run, continued from its last saved state if it has one.

    Args:
        config: Settings; those of the saved run, unless there is none.
        folder: The run.
        root: Folder of the datasets.
        opened: Opens the records, if not ``open_mixture``.

    Raises:
        ConfigError: The folder holds a run with other settings.
    """
    _check_device(config.device)
    settings_of(config)  # refuse before any data is read
    state = folder / STATE
    if state.is_file():
        config = _as_it_began(config, folder)
        _check_same(config, folder)
    mixture = (opened or open_mixture)(config, root)
    if not state.is_file():
        _drop_metrics_after(folder / METRICS, 0)  # of a run that was killed before it saved
        if config.init:
            return _begin_with(load_checkpoint(Path(config.init)), config, mixture)
        return Trainer(config, mixture, _tokenizer_of(config, mixture))
    kept = folder / TOKENIZER
    tokenizer = kept.read_text(encoding="utf-8") if kept.is_file() else ""
    trainer = Trainer(config, mixture, tokenizer)
    trainer.restore(torch.load(state, weights_only=True, map_location=config.device))
    _drop_metrics_after(folder / METRICS, trainer.step)
    return trainer


def _tokenizer_of(config: TrainConfig, mixture: Mixture) -> str:
    """Learn the tokenizer of a method that reads texts; empty for one that does not."""
    if method(config.method).kind == "classifier":
        return ""
    return tokenizer_for(mixture, config.seed, settings_of(config).text.vocabulary)


def _begin_with(start: Checkpoint, config: TrainConfig, mixture: Mixture) -> Trainer:
    """Make a trainer that begins with a checkpoint's weights; a classifier may have other tasks."""
    trainer = Trainer(config, mixture, start.tokenizer)
    spec, wanted = method(config.method), trainer.settings
    same = start.method == config.method and start.contract == config.contract
    if same:
        theirs = spec.configure(start.settings)
        if spec.kind == "classifier":
            theirs = replace(theirs, tasks=wanted.tasks)
        same = theirs == wanted
    if not same:
        raise ConfigError(
            f"{config.init} is a checkpoint of method {start.method} with other settings or "
            "another contract; begin with one of the same shape, or leave init empty"
        )
    own, given = trainer.model.state_dict(), start.weights()
    if spec.kind == "classifier" and spec.configure(start.settings).tasks != wanted.tasks:
        given = {name: value for name, value in given.items() if not name.startswith("heads.")}
    trainer.model.load_state_dict({**own, **given})
    trainer.average = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    trainer.began_with = start.digest
    return trainer


def _check_device(device: str) -> None:
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"device {device!r} cannot be used here ({reason}); choose another, such as cpu"
        ) from error


def _as_it_began(config: TrainConfig, folder: Path) -> TrainConfig:
    """Let a run compute as it began, wherever it goes on."""
    if config.precision != "auto":
        return config
    return replace(config, precision=_saved_settings(folder)["precision"])


def _saved_settings(folder: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["origin"][
        "training"
    ]
    return settings


def _check_same(config: TrainConfig, folder: Path) -> None:
    saved = _saved_settings(folder)
    free = {"device", "save_every", "tensorboard", "resident_records"}
    since = {  # what runs did before there was such a setting
        "accumulate": 1,
        "grafted_records": 4096,
        "language_texts": 0,
        "compiled": False,
        "lambda_language": TrainConfig.lambda_language,
    }
    other = {
        name
        for name, value in to_mapping(config).items()
        if name not in free and saved.get(name, since.get(name)) != value
    }
    if other:
        raise ConfigError(
            f"{folder} holds a run with other settings ({', '.join(sorted(other))}); "
            "choose another --out, or give the same settings to resume it"
        )


def _drop_metrics_after(path: Path, step: int) -> None:
    if first() and path.is_file():
        lines = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.endswith("}") and json.loads(line)["step"] <= step
        ]
        write_beside(path, "".join(f"{line}\n" for line in lines).encode())


def train(
    config: TrainConfig,
    folder: Path,
    root: Path | None = None,
    *,
    on_step: Callable[[dict[str, float]], None] = lambda figures: None,
    opened: Opener | None = None,
) -> Generator[int, None, None]:
    """Train, or go on training, and yield after every step.

    Closing the iterator saves the state first. A kill, or an exception in the middle of a step,
    loses what came after the last saved state, and the repeated steps come out the same. Of several
    processes the first one writes the files; what batch normalisation remembers is its own.

    Args:
        config: Settings.
        folder: The run's folder.
        root: Folder of the datasets.
        on_step: Called with each step's figures.
        opened: Opens the records, if not ``open_mixture``.

    Yields:
        The number of finished steps.
    """
    commit()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"a run cannot be written to {folder} ({error.strerror}); choose another --out"
        ) from error
    with joined(config.device):
        trainer = resume(config, folder, root, opened)
        wait_for_all()  # until all have read what the first one is about to replace
        yield from _steps(trainer, folder, on_step)


def _steps(
    trainer: Trainer, folder: Path, on_step: Callable[[dict[str, float]], None]
) -> Generator[int, None, None]:
    config, last_saved = trainer.config, trainer.step
    try:
        with _log(config, folder) as write:
            while trainer.step < config.steps:
                began = time.perf_counter()
                figures = trainer.run_step()
                seconds = time.perf_counter() - began
                figures |= {
                    "step": trainer.step,
                    "learning_rate": learning_rate_at(trainer.step - 1, config),
                    "records_per_s": config.batch / seconds,
                }
                write(figures)
                on_step(figures)
                if trainer.step % config.save_every == 0 or trainer.step == config.steps:
                    save(trainer, folder)
                    last_saved = trainer.step
                yield trainer.step
        if not config.steps and not (folder / STATE).is_file():
            save(trainer, folder)
    except GeneratorExit:  # closed between two steps
        if trainer.step != last_saved:
            save(trainer, folder)
        raise


@contextmanager
def _log(config: TrainConfig, folder: Path) -> Iterator[Callable[[dict[str, float]], None]]:
    """Open the run's figures for writing: JSON lines, and TensorBoard's files if asked for."""
    if not first():
        yield lambda figures: None
        return
    board = _board(folder) if config.tensorboard else None
    with (folder / METRICS).open("a", encoding="utf-8") as metrics:

        def write(figures: dict[str, float]) -> None:
            metrics.write(json.dumps(figures) + "\n")
            metrics.flush()
            if board is not None:
                for name, value in figures.items():
                    board.add_scalar(name, value, int(figures["step"]))

        yield write
    if board is not None:
        board.close()


def _board(folder: Path) -> Any:  # noqa: ANN401 - an optional package's type
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError(
            "tensorboard is true, but the package tensorboard is not installed; install it, or "
            f"follow {folder / METRICS}"
        ) from error
    return SummaryWriter(str(folder / "tensorboard"))
