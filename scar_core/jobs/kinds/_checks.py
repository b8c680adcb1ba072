"""What parameters of jobs are checked for before anything is queued; nothing here loads torch.

Files are checked on the machine that checks: another one may lack them, and says so in its step.
"""

import os
import pkgutil
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import scar_core
from scar_core.config import checkpoint_dir, promoted_dir, state_dir
from scar_core.datasets import dataset, dataset_names
from scar_core.datasets.base import data_root
from scar_core.errors import ConfigError, DatasetError
from scar_core.evaluation.tasks import task_labels
from scar_core.evaluation.views import RATIO_VIEWS, VIEWS, check_view
from scar_core.jobs.names import checked_job
from scar_core.settings import with_overrides
from scar_core.training.mixture import GRAFTED, SIMULATED, parse_mixture

RANDOM = "random"
CONFIG = "config.json"
JOB = "job:"
"""Begins what names a checkpoint that a job trained: ``NAME=job:ID``."""
ALL_VIEWS = VIEWS + RATIO_VIEWS
NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}"
"""What a checkpoint may be called: it becomes part of files' names."""
_NO_METHODS = {"base", "checkpoint", "contract"}


def trainable() -> tuple[str, ...]:
    """Names of the methods that can be trained, found without loading any."""
    folder = str(Path(scar_core.__file__).parent / "methods")
    names = {info.name for info in pkgutil.iter_modules([folder])}
    return tuple(sorted(n for n in names - _NO_METHODS - {RANDOM} if not n.startswith("_")))


def shipped() -> tuple[str, ...]:
    """Names of the checkpoints that are shipped with the program."""
    return tuple(sorted(path.parent.name for path in checkpoint_dir().glob(f"*/{CONFIG}")))


def named_folder(name: str) -> Path | None:
    """Folder of a checkpoint that goes by its name alone, shipped or promoted; None: none."""
    folders = [home / name for home in (checkpoint_dir(), promoted_dir())]
    return next((folder for folder in folders if (folder / CONFIG).is_file()), None)


def datasets() -> tuple[str, ...]:
    """Names of the datasets that can be chosen in a form."""
    return tuple(name for name in dataset_names() if name != "folder")


def known(what: str, value: str, choices: Collection[str]) -> None:
    """Refuse a value that is none of the choices.

    Raises:
        ConfigError: It is none.
    """
    if value not in choices:
        raise ConfigError(f"there is no {what} {value!r}; choose one of: {', '.join(choices)}")


def between(what: str, value: float, least: float, most: float = float("inf")) -> None:
    """Refuse a number outside of its limits, both of which are allowed.

    Raises:
        ConfigError: It is outside.
    """
    if not least <= value <= most:
        limit = f"at least {least:g}" if most == float("inf") else f"{least:g} to {most:g}"
        raise ConfigError(f"{what} is {value:g}; expected {limit}")


def listed(what: str, values: Sequence[object], kind: type = str, *, least: int = 0) -> None:
    """Refuse a list with too few entries, with one of another type, or with one twice.

    Raises:
        ConfigError: It is such a list.
    """
    strange = [one for one in values if not isinstance(one, kind) or isinstance(one, bool)]
    if strange or len(values) < least or len(set(values)) < len(values):
        raise ConfigError(
            f"{what} is {list(values)!r}; expected {f'at least {least}' if least else 'any number'}"
            f" of type {kind.__name__}, each once"
        )


def roots() -> list[Path]:
    """Folders that a job may name files in: data, state, checkpoints, and ``SCAR_FOLDERS``."""
    more = [text for text in os.environ.get("SCAR_FOLDERS", "").split(os.pathsep) if text]
    named = [data_root(), state_dir(), checkpoint_dir(), *map(Path, more)]
    return [path.expanduser().resolve() for path in named]


def confined(text: str) -> Path:
    """Return a path that lies in one of the folders that jobs may use.

    Args:
        text: Absolute, or below the folder of the datasets.

    Raises:
        ConfigError: It leads elsewhere.
    """
    path = (data_root() / Path(text).expanduser()).resolve()
    if not any(path.is_relative_to(root) for root in roots()):
        raise ConfigError(
            f"{text} lies outside of the folders that jobs may use "
            f"({', '.join(map(str, roots()))}); move it there, or name its folder in SCAR_FOLDERS"
        )
    return path


def check_checkpoint(text: str, *, random: bool = True) -> str:
    """Return the name of a checkpoint given as ``NAME``, ``NAME=FOLDER`` or ``NAME=job:ID``.

    Raises:
        ConfigError: There is none, or it lies where jobs may not read.
    """
    name, equals, folder = text.partition("=")
    plain = bool(re.fullmatch(NAME, name))
    if not equals:
        if not plain or not (named_folder(name) or (random and name == RANDOM)):
            own = sorted(path.parent.name for path in promoted_dir().glob(f"*/{CONFIG}"))
            known("checkpoint", name, [*shipped(), *own, *([RANDOM] if random else [])])
        return name
    if not folder or not plain:
        raise ConfigError(
            f"{text!r} names no checkpoint; write scar, NAME=FOLDER, or NAME=job:ID of a training"
        )
    if folder.startswith(JOB):
        checked_job(folder.removeprefix(JOB))
    elif not (confined(folder) / CONFIG).is_file():
        raise ConfigError(
            f"{folder} is no checkpoint: {CONFIG} is missing there; name a folder that a training "
            "wrote"
        )
    return name


def check_checkpoints(what: str, texts: Sequence[str], *, random: bool = True) -> None:
    """Refuse checkpoints that are not there, or of which two have one name.

    Raises:
        ConfigError: One of them cannot be used.
    """
    listed(what, texts, least=1)
    listed(what, [check_checkpoint(text, random=random) for text in texts])


def check_views(views: Sequence[str]) -> None:
    """Refuse views that there are not.

    Raises:
        ConfigError: One of them is unknown, or named twice.
    """
    listed("views", views)
    for view in views:
        check_view(view)


def check_dataset(name: str, split: str = "", tasks: Sequence[str] = ()) -> None:
    """Refuse a dataset whose files are not here, or that lacks a split or a task.

    Args:
        name: As ``datasets.dataset`` takes it; a folder has to lie where jobs may read.
        split: The split; empty: none is needed.
        tasks: Label sets that it must have.

    Raises:
        ConfigError: The data cannot be used so; test-only data has no split to train on.
    """
    kind, at, directory = name.partition("@")
    if at and kind == "folder" and str(confined(directory)) != directory.rstrip("/"):
        raise ConfigError(f"{name} is no whole path; write folder@{confined(directory)}")
    try:
        spec = dataset(name)
        spec.locate(None)
        for task in tasks:
            task_labels(name, task)
    except DatasetError as error:
        raise ConfigError(str(error)) from error
    if split and split not in spec.splits:
        raise ConfigError(
            f"{spec.title} has no {split} split here, only {', '.join(spec.splits)}; choose "
            "another dataset for that"
        )


def check_settings(settings: Sequence[str], own: Collection[str]) -> None:
    """Refuse training settings that have a place of their own, or that lead out of our folders.

    Args:
        settings: As NAME=VALUE. Whether the method takes them is found out later.
        own: Settings that are parameters of the job.

    Raises:
        ConfigError: One of them is such a setting.
    """
    listed("settings", settings)
    given = with_overrides({}, settings)
    for name in own:
        if name in given:
            raise ConfigError(f"{name} is a parameter of its own; leave it out of settings")
    check_mixture(str(given.get("data", "")))
    for text in _texts(given):
        if text.startswith(("/", "~")) or ".." in text:
            confined(text)


def check_mixture(data: str) -> None:
    """Refuse a mixture with data that is not here, or that may not be trained on.

    Raises:
        ConfigError: It is such a mixture.
    """
    names = parse_mixture(data) if data else ()
    if GRAFTED in names and not set(names) - {GRAFTED, SIMULATED}:
        raise ConfigError(
            f"{data} grafts the beats of no records; name a dataset beside it, such as "
            "grafted:1,ptbxl:4"
        )
    for name in names:
        if name not in (SIMULATED, GRAFTED):
            check_dataset(name, "train")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
