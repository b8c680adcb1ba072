"""The results store for pages: read once, and again when a file of it changes."""

import json
from pathlib import Path
from typing import Any

import streamlit as st

from scar_core.results import PUBLISHED, read_published, read_results, results_dir

Stamp = tuple[tuple[str, int, int], ...]


def stamp_of(folder: Path) -> Stamp:
    """Names, sizes and times of a folder's results; empty if it is not there."""
    found = []
    try:
        paths = sorted(folder.glob("[!.]*.json"))
    except OSError:
        return ()
    for path in paths:
        try:
            about = path.stat()
        except OSError:
            continue
        found.append((path.name, about.st_size, about.st_mtime_ns))
    return tuple(found)


def damaged(folder: Path, stamp: Stamp) -> list[str]:
    """Names of files that are no JSON objects: cut, or written by something else."""
    bad = []
    for name, _, _ in stamp:
        try:
            good = isinstance(json.loads((folder / name).read_text(encoding="utf-8")), dict)
        except (OSError, ValueError):
            good = False
        if not good:
            bad.append(name)
    return bad


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, stamp: Stamp) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    place = Path(folder)
    return read_results(place), read_published(place), damaged(place, stamp)


def stored() -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """Return results, published figures, and names of damaged files; nobody may change them.

    The published figures are shipped: a store of one's own need not hold them.
    """
    folder = results_dir()
    found, published, bad = _read(str(folder), stamp_of(folder))
    if not published and PUBLISHED not in bad:
        published = read_published(Path(__file__).resolve().parents[2] / "assets" / "results")
    return found, published, bad
