"""A map of embeddings: the same records as several methods place them, under several views.

A map is a folder, or the result of a job, with

* ``projection.json``: ``EmbeddingMap.to_json``, everything that a page draws;
* ``embeddings/METHOD_VIEW.npy``: float16 (record, E), L2-normalised, in the order of the records:
  what new embeddings are placed by, and sentences are compared with.

Numbers travel as base64 of little-endian arrays: 20,000 records are a megabyte, not ten.
"""

import base64
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scar_core.errors import ConfigError
from scar_core.findings import FINDINGS

SHIPPED = Path(__file__).resolve().parents[1] / "assets" / "maps"
FILE = "projection.json"
FORMAT = 1
MAX_RECORDS = 20_000
UNKNOWN = -1
"""Truth of a finding that nobody assessed."""

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Paced", ("PACE",)),
    ("Atrial fibrillation or flutter", ("AFIB", "AFLT")),
    ("Left bundle branch block", ("CLBBB",)),
    ("Right bundle branch block", ("CRBBB",)),
    ("Infarction", ("MI",)),
    ("Hypertrophy", ("HYP",)),
    ("ST-T changes", ("STTC",)),
    ("Normal", ("NORM",)),
)
"""One group for each record, for colours: the first that is true of it."""
OTHER = "Something else"


def group_of(positive: Iterable[str]) -> str:
    """Name the group of a record by its findings, closed under implication; never empty."""
    true = set(positive)
    return next((name for name, codes in GROUPS if true & set(codes)), OTHER)


def embedding_file(method: str, view: str) -> str:
    """Name of the file with a method's embeddings under a view."""
    return f"embeddings/{method}_{view}.npy"


@dataclass(frozen=True, eq=False)
class Panel:
    """One method under one view.

    Attributes:
        method: Name of the method.
        view: Name of the view (``evaluation.views``).
        checkpoint: Digest of the checkpoint.
        xy: Float32 (record, 2), the picture.
        missing: Float32 (record,), share of the record's samples that was not read: absent or
            hidden by the view.
        error: Float32 (record,), mean squared distance of probability and truth over the findings
            that are known (Brier score) when the method is asked with each finding's first wording;
            NaN where none is known.
        quality: ``analysis.embedding_quality``'s dictionary.
    """

    method: str
    view: str
    checkpoint: str
    xy: NDArray[np.float32]
    missing: NDArray[np.float32]
    error: NDArray[np.float32]
    quality: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """The same records as several methods place them.

    Attributes:
        title: For people.
        names: Of the records, each unique within its dataset.
        datasets: Of each record, as ``datasets.dataset`` knows it; ``simulated:SEED`` where record
            *i* is drawn anew, as ``simulate.write`` draws it.
        codes: Findings, the columns of ``truth``.
        truth: Int8 (record, finding): 1 true, 0 absent, −1 unknown; closed under implication.
        panels: Every method under every view.
        seed: Of views and picture.
        notes: Sentences on how the map was made.
    """

    title: str
    names: tuple[str, ...]
    datasets: tuple[str, ...]
    codes: tuple[str, ...]
    truth: NDArray[np.int8]
    panels: tuple[Panel, ...]
    seed: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.names)
        fits = len(self.datasets) == n and self.truth.shape == (n, len(self.codes))
        fits &= all(
            p.xy.shape == (n, 2) and p.missing.shape == (n,) and p.error.shape == (n,)
            for p in self.panels
        )
        unknown = [code for code in self.codes if code not in FINDINGS]
        if not (0 < n <= MAX_RECORDS and self.panels and fits) or unknown:
            raise ConfigError(
                f"the map {self.title!r} of {n} records does not fit together"
                f"{': unknown findings ' + ', '.join(unknown) if unknown else ''}; every panel "
                f"needs a place for each of 1 to {MAX_RECORDS} records"
            )

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods, in order of their first panel."""
        return tuple(dict.fromkeys(panel.method for panel in self.panels))

    @property
    def views(self) -> tuple[str, ...]:
        """Views, in order of their first panel."""
        return tuple(dict.fromkeys(panel.view for panel in self.panels))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """``group_of`` each record."""
        return tuple(group_of(self.positive(row)) for row in range(len(self.names)))

    def positive(self, row: int) -> tuple[str, ...]:
        """Codes of the findings that are true of a record."""
        return tuple(self.codes[k] for k in np.flatnonzero(self.truth[row] == 1))

    def panel(self, method: str, view: str) -> Panel:
        """Return a method's panel under a view.

        Raises:
            ConfigError: The map has none.
        """
        for panel in self.panels:
            if (panel.method, panel.view) == (method, view):
                return panel
        raise ConfigError(
            f"the map {self.title!r} has no {method!r} under the view {view!r}; it has "
            f"{', '.join(self.methods)} under {', '.join(self.views)}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return a dict of JSON types; ``from_json`` reverses it."""
        return {
            "format": FORMAT,
            "title": self.title,
            "seed": self.seed,
            "notes": list(self.notes),
            "names": list(self.names),
            "datasets": _runs(self.datasets),
            "codes": list(self.codes),
            "truth": _packed(self.truth, "i1"),
            "panels": [
                {
                    "method": p.method,
                    "view": p.view,
                    "checkpoint": p.checkpoint,
                    "xy": _packed(p.xy, "<f4"),
                    "missing": _packed(p.missing, "<f4"),
                    "error": _packed(p.error, "<f4"),
                    "quality": dict(p.quality),
                }
                for p in self.panels
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "EmbeddingMap":
        """Rebuild a map.

        Raises:
            ConfigError: It is no map, or of another format.
        """
        try:
            if data["format"] != FORMAT:
                raise ConfigError(
                    f"the map is of format {data['format']!r}, not {FORMAT}: make it again"
                )
            names, codes = tuple(map(str, data["names"])), tuple(map(str, data["codes"]))
            n = len(names)
            return cls(
                title=str(data["title"]),
                names=names,
                datasets=tuple(str(name) for name, times in data["datasets"] for _ in range(times)),
                codes=codes,
                truth=_unpacked(data["truth"], "i1", (n, len(codes))),
                panels=tuple(_panel(one, n) for one in data["panels"]),
                seed=int(data["seed"]),
                notes=tuple(map(str, data["notes"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"this is no map of embeddings ({error!r}); make it again") from error


def _panel(data: Mapping[str, Any], n: int) -> Panel:
    return Panel(
        method=str(data["method"]),
        view=str(data["view"]),
        checkpoint=str(data["checkpoint"]),
        xy=_unpacked(data["xy"], "<f4", (n, 2)),
        missing=_unpacked(data["missing"], "<f4", (n,)),
        error=_unpacked(data["error"], "<f4", (n,)),
        quality=dict(data["quality"]),
    )


def _runs(names: tuple[str, ...]) -> list[list[Any]]:
    """Write equal neighbours once, with how many they are."""
    runs: list[list[Any]] = []
    for name in names:
        if runs and runs[-1][0] == name:
            runs[-1][1] += 1
        else:
            runs.append([name, 1])
    return runs


def _packed(values: NDArray[Any], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def _unpacked(text: str, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    values = np.frombuffer(base64.b64decode(text), dtype=kind).reshape(shape)
    return values.astype(values.dtype.newbyteorder("="))


def write_embedding(values: NDArray[Any]) -> bytes:
    """Return the content of an embeddings file."""
    to = io.BytesIO()
    np.save(to, np.asarray(values, np.float16), allow_pickle=False)
    return to.getvalue()


def read_embedding(content: bytes, records: int) -> NDArray[np.float32]:
    """Read an embeddings file: float32 (record, E), L2-normalised again after rounding.

    Raises:
        ConfigError: It is none, or has another number of records.
    """
    try:
        values = np.load(io.BytesIO(content), allow_pickle=False).astype(np.float32)
    except (ValueError, OSError, EOFError) as error:
        raise ConfigError(
            f"the map's embeddings cannot be read ({error}); make it again"
        ) from error
    if values.ndim != 2 or len(values) != records or not np.isfinite(values).all():
        raise ConfigError(
            f"the map's embeddings have shape {values.shape} for {records} records; make it again"
        )
    norm = np.linalg.norm(values, axis=1, keepdims=True).clip(1e-12)
    return np.asarray(values / norm, np.float32)


def map_folder(name: str, root: Path = SHIPPED) -> Path:
    """Return the folder of a shipped map.

    Raises:
        ConfigError: There is none of that name.
    """
    if name not in shipped_maps(root):
        raise ConfigError(f"there is no map {name[:60]!r}; choose one from the list")
    return root / name


def shipped_maps(root: Path = SHIPPED) -> tuple[str, ...]:
    """Names of the maps that come with the program, sorted."""
    return tuple(sorted(file.parent.name for file in root.glob(f"*/{FILE}")))


def read_map(content: bytes) -> EmbeddingMap:
    """Read the content of a ``projection.json``.

    Raises:
        ConfigError: It is none.
    """
    try:
        data = json.loads(content)
    except ValueError as error:
        raise ConfigError(f"this is no map of embeddings ({error}); make it again") from error
    if not isinstance(data, dict):
        raise ConfigError("this is no map of embeddings, which is a JSON object; make it again")
    return EmbeddingMap.from_json(data)
