"""The results store for pages: read once, and again when a file of it changes."""

import json
from pathlib import Path
from typing import Any

import streamlit as st

from scar_core.results import (
    PUBLISHED,
    own_results_dir,
    read_published,
    read_results,
    results_dir,
)

SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "results"
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
def _read(
    folders: tuple[str, ...], stamps: tuple[Stamp, ...]
) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    bad = [
        name
        for folder, stamp in zip(folders, stamps, strict=True)
        for name in damaged(Path(folder), stamp)
    ]
    return read_results(), read_published(), bad


def stored() -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """Return results, published figures, and names of damaged files; nobody may change them.

    The published figures are shipped: a store of one's own need not hold them.
    """
    folders = list(dict.fromkeys((results_dir(), own_results_dir())))
    stamps = tuple(map(stamp_of, folders))
    found, published, bad = _read(tuple(map(str, folders)), stamps)
    if not published and PUBLISHED not in bad:
        published = read_published(SHIPPED)
    return found, published, bad
