"""Maps as inquiries use them: opened by name, with their embeddings and the records behind them.

A map's name is that of a shipped one, or ``job:ID`` for the result of a job.
"""

import os
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scar_core.analysis.map_records import Known, Records
from scar_core.analysis.neighbours import placement_error, usual_distance
from scar_core.embedding_map import (
    FILE,
    EmbeddingMap,
    Panel,
    embedding_file,
    map_folder,
    read_embedding,
    read_map,
)
from scar_core.errors import ConfigError
from scar_core.evaluation.zero_shot import Predictor
from scar_core.jobs.kinds._checks import confined

Floats = NDArray[np.float32]

JOB = "job:"
FOLDER = "folder@"
RECORDS = Records()


def _read(name: str, file: str) -> bytes:
    if not name.startswith(JOB):
        try:
            return (map_folder(name) / file).read_bytes()
        except OSError as error:
            raise ConfigError(
                f"the map {name!r} lacks {file} ({error.strerror}); make it again"
            ) from error
    from scar_core.jobs.places import places
    from scar_core.jobs.storage import Storage

    with Storage(places().storage_url).open(name.removeprefix(JOB), file) as source:
        return source.read()


@lru_cache(maxsize=4)
def _open(name: str, _home: str | None) -> EmbeddingMap:
    return read_map(_read(name, FILE))


def open_map(name: str) -> EmbeddingMap:
    """Open a map; a job's result never changes, so it is kept.

    Raises:
        ConfigError: There is none.
    """
    return _open(name, os.environ.get("SCAR_HOME"))


@lru_cache(maxsize=12)
def _embedding(name: str, method: str, view: str, _home: str | None) -> tuple[Floats, float]:
    values = read_embedding(_read(name, embedding_file(method, view)), len(open_map(name).names))
    return values, usual_distance(values)


def open_panel(model: Predictor, name: str, view: str) -> tuple[EmbeddingMap, Panel, Floats, float]:
    """Open a map's panel of the model that answers.

    Returns:
        The map, the panel, its embeddings (record, E), L2-normalised, and the chord above which an
        embedding is strange to it.

    Raises:
        ConfigError: There is none, or it was made with another checkpoint, whose embeddings cannot
            be compared.
    """
    whole = open_map(name)
    panel = whole.panel(model.checkpoint.method, view)
    if panel.checkpoint != model.checkpoint.digest:
        raise ConfigError(
            f"the map was made with checkpoint {panel.checkpoint[:12]} of {panel.method}, and the "
            f"worker has {model.checkpoint.digest[:12]}: their embeddings cannot be compared; make "
            "the map again"
        )
    values, limit = _embedding(name, panel.method, view, os.environ.get("SCAR_HOME"))
    return whole, panel, values, limit


@lru_cache(maxsize=12)
def _placing(name: str, method: str, view: str, home: str | None) -> float:
    values, _ = _embedding(name, method, view, home)
    return placement_error(values, open_map(name).panel(method, view).xy)


def placing_error(name: str, panel: Panel) -> float:
    """How far from their points a map's own records are placed: ``neighbours.placement_error``."""
    return _placing(name, panel.method, panel.view, os.environ.get("SCAR_HOME"))


def checked_rows(rows: Sequence[int], whole: EmbeddingMap, most: int) -> list[int]:
    """Return rows of a map.

    Raises:
        ConfigError: None, too many, or rows that the map does not have.
    """
    good = all(isinstance(row, int) and 0 <= row < len(whole.names) for row in rows)
    if not (good and 1 <= len(rows) <= most):
        raise ConfigError(
            f"{len(rows)} records of the map were named; name 1 to {most} by their rows, 0 to "
            f"{len(whole.names) - 1}"
        )
    return list(rows)


def find_record(whole: EmbeddingMap, row: int) -> Known:
    """Return the record behind a point; raises as ``find_known`` does."""
    return find_known(whole.datasets[row], whole.names[row], len(whole.names))


def find_known(dataset: str, name: str, population_size: int = 0) -> Known:
    """Return a record by dataset and name.

    Raises:
        ConfigError: A folder that the worker may not read.
        DatasetError: The dataset or the record is not here.
        RecordError: Its file cannot be used.
    """
    if dataset.startswith(FOLDER):
        dataset = f"{FOLDER}{confined(dataset.removeprefix(FOLDER))}"
    return RECORDS.find(dataset, name, population_size)
