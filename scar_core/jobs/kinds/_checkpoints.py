"""Checkpoints that jobs work with: shipped, in a folder, or published by another job."""

import shutil
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from scar_core.errors import ConfigError
from scar_core.jobs.base import Work
from scar_core.jobs.kinds._checks import JOB, confined, named_folder

if TYPE_CHECKING:
    from scar_core.evaluation.subjects import Subject

FOLDER = "checkpoint"
"""Under which a training publishes its checkpoint."""
FILES = ("config.json", "tokenizer.json", "calibration.json", "model.safetensors")
"""Of a checkpoint; weights last, so that a folder with weights is complete."""


def bring(job: str, names: dict[str, bool], folder: Path) -> None:
    """Copy files that another job published.

    Args:
        job: Its identity.
        names: Which, each with whether it must be there.
        folder: Where to; a file that is there already is kept.

    Raises:
        ConfigError: The job has no such file.
    """
    from scar_core.jobs.places import places
    from scar_core.jobs.storage import Storage

    storage = Storage(places().storage_url)
    for name, needed in names.items():
        path = folder / name
        if path.is_file():
            continue
        try:
            source = storage.open(job, name)
        except ConfigError:
            if needed:
                raise
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        with source, beside.open("wb") as target:
            shutil.copyfileobj(source, target)
        beside.replace(path)


def folder_of(text: str, work: Work) -> str:
    """Return a checkpoint as ``load_subject`` takes it, brought here if a job published it.

    Args:
        text: ``NAME``, ``NAME=FOLDER`` or ``NAME=job:ID``.
        work: Of the step that needs it.
    """
    name, equals, folder = text.partition("=")
    if not equals:
        home = named_folder(name)
        return f"{name}={home}" if home else name
    if not folder.startswith(JOB):
        return f"{name}={confined(folder)}"
    job = folder.removeprefix(JOB)
    home = work.folder / "checkpoints" / job
    needed = {f"{FOLDER}/{one}": one in (FILES[0], FILES[-1]) for one in FILES}
    bring(job, needed, home)
    return f"{name}={home / FOLDER}"


@lru_cache(maxsize=4)
def _loaded(text: str, device: str) -> "Subject":
    from scar_core.evaluation.subjects import load_subject

    return load_subject(text, device)


def subject_of(text: str, work: Work) -> "Subject":
    """Load a checkpoint for a step; the steps of a process share it.

    Raises:
        CheckpointError: It cannot be used.
    """
    return _loaded(folder_of(text, work), work.device)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that the copy is whole or not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, beside)
    beside.replace(target)
