"""The results store: one JSON file for each evaluation, which commands write and pages read.

A result is an object with

* ``schema`` (1), ``name`` (of the file), ``what`` (``zero-shot``, ``cmrs``, ``missingness``,
  ``linear-probe``, ``ablation``, ``lambda``, ``architecture``, ``sources`` or ``efficiency``);
* ``dataset``, ``dataset_title``, ``task``, ``split``, ``records``, ``patients`` where it is about
  records;
* ``configuration``: everything that was asked for, ``seed`` among it; ``commit``;
* ``rows``: one for each method and view (or share of labels, or variant). Every row has
  ``method``, ``title``, ``checkpoint`` (hash), ``source`` (``in-source``, ``cross-source`` or
  ``untrained``) and ``contamination``; then, as far as they apply, ``view``, ``macro_auroc`` with
  ``interval``, ``macro_auprc``, ``macro_f1``, ``per_label`` and ``greyed`` (name to figures),
  ``left_out``, ``ece`` with ``reliability``, and ``cmrs``: ``score``, ``interval``, ``variants``,
  ``sensitivity``, ``decomposition`` (lists of ``name``, ``share``, ``score`` by ``type``, ``lead``,
  ``severity``, ``label``, ``record``);
* ``comparisons``: paired differences with ``p`` and ``p_holm``, the latter for all comparisons of
  the file together; ``comparisons_made`` is their number;
* ``notes``: sentences on what the figures do and do not say.

``published.json`` holds what other people printed, never mixed with ours.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from scar_core.config import state_dir
from scar_core.errors import ConfigError

SCHEMA = 1
PUBLISHED = "published.json"


def results_dir() -> Path:
    """Return the folder of the results: ``SCAR_RESULTS``, else the one shipped with the program."""
    named = os.environ.get("SCAR_RESULTS")
    if named:
        return Path(named).expanduser()
    return Path(__file__).resolve().parents[1] / "assets" / "results"


def own_results_dir() -> Path:
    """Return where jobs write results: ``SCAR_RESULTS``, else a folder of the user's state.

    The shipped ones stay as they are: a program that was installed may not change itself.
    """
    return results_dir() if os.environ.get("SCAR_RESULTS") else state_dir() / "results"


def result_name(what: str, configuration: Mapping[str, Any], *about: str) -> str:
    """Name of an evaluation's file: readable, and the same whenever the same is asked for.

    Args:
        what: Kind of evaluation.
        configuration: Everything that was asked for, as JSON types; hashes of weights do not
            belong in it, so that figures of newer weights take the older ones' place.
        about: Dataset, task, split.
    """
    text = json.dumps(configuration, sort_keys=True)
    readable = [re.sub(r"[^\w.-]+", "-", part) for part in (what, *about)]
    return "_".join([*readable, hashlib.sha256(text.encode()).hexdigest()[:6]])


def write_result(content: Mapping[str, Any], folder: Path | None = None) -> Path:
    """Write a result under its ``name``, whole or not at all.

    Args:
        content: See the module's docstring; without NaN.
        folder: Where to; None: ``results_dir()``.

    Raises:
        ConfigError: The folder cannot be written.
    """
    folder = folder or results_dir()
    path = folder / f"{content['name']}.json"
    beside = folder / f".{path.name}.{os.getpid()}"
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise ConfigError(
            f"the result cannot be written to {folder} ({error.strerror}); give another folder "
            "with --results"
        ) from error
    return path


def read_results(folder: Path | None = None) -> list[dict[str, Any]]:
    """Read all results, by name; files that are no result of this schema are passed over.

    Args:
        folder: Where from; None: those that are shipped and the user's own together, of one name
            the newest; with ``SCAR_RESULTS`` its folder alone.
    """
    folders = [folder] if folder else dict.fromkeys((results_dir(), own_results_dir()))
    newest: dict[str, Path] = {}
    for one in folders:
        for path in one.glob("[!.]*.json"):
            other = newest.get(path.name)
            if other is None or _written(path) >= _written(other):
                newest[path.name] = path
    return list(_results([newest[name] for name in sorted(newest)]))


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # taken away meanwhile
        return 0


def _results(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        if path.name != PUBLISHED:
            content = _read(path)
            if content.get("schema") == SCHEMA and isinstance(content.get("rows"), list):
                yield content


def read_published(folder: Path | None = None) -> dict[str, Any]:
    """Read the published figures: ``tables`` by number and ``others``; empty if they are missing.

    Every figure of it is to be shown as "published", with its source.
    """
    return _read((folder or results_dir()) / PUBLISHED)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
