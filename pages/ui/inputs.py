"""Where ECGs come from: the gallery of simulated cases, a folder of records, an upload."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.text import inputs as text
from scar_core.errors import ConfigError, RecordError
from scar_core.findings import FINDINGS
from scar_core.formats import formats, open_record
from scar_core.missing import Span, absent
from scar_core.record import ECGRecord

GALLERY = Path(__file__).resolve().parents[2] / "assets" / "gallery"
SIGNALS_ONLY = ".dat"
"""A file that never says anything without its header."""
SELDOM = (".txt", SIGNALS_ONLY)
"""Suffixes of files that in a folder are mostly something else."""
WINDOW_S = 10.0
MAX_LISTED = 2000


@dataclass(frozen=True)
class Case:
    """One record that can be picked by name.

    Attributes:
        key: What a link calls it, ``gallery:NAME`` or ``folder:NAME``.
        title: What people call it.
        path: Its main file.
        findings: Finding codes that are true of it, where known.
        report: Report text, where known.
        evidence: Where each finding can be seen, by finding code.
    """

    key: str
    title: str
    path: Path
    findings: tuple[str, ...] = ()
    report: str = ""
    evidence: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)

    @property
    def finding_names(self) -> tuple[str, ...]:
        """The findings in words; codes that nobody knows stay as they are."""
        return tuple(FINDINGS[c].name if c in FINDINGS else c for c in self.findings)


def gallery_cases(folder: Path = GALLERY) -> tuple[Case, ...]:
    """Return the simulated cases that are shipped; empty if there are none."""
    try:
        about = (folder / "index.json").stat()
    except OSError:
        return ()
    return _gallery(folder, (about.st_size, about.st_mtime_ns))


@st.cache_resource(max_entries=4, show_spinner=False)
def _gallery(folder: Path, stamp: tuple[int, int]) -> tuple[Case, ...]:
    """Read a gallery's index; kept until the file changes."""
    del stamp
    try:
        rows = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    cases = []
    for row in rows if isinstance(rows, list) else []:
        path = folder / str(row.get("file", ""))
        if path.suffix == "":
            path = path.with_suffix(".hea")
        if not (row.get("name") and path.is_file()):
            continue
        cases.append(
            Case(
                key=f"gallery:{row['name']}",
                title=str(row.get("title") or row["name"]),
                path=path,
                findings=tuple(row.get("findings") or ()),
                report=str(row.get("report") or ""),
                evidence=_evidence(row.get("evidence")),
            )
        )
    return tuple(cases)


def _evidence(told: Any) -> dict[str, tuple[Span, ...]]:  # noqa: ANN401 - from a file
    """Read evidence from the index; what cannot be read is left out, not guessed."""
    found: dict[str, tuple[Span, ...]] = {}
    for code, spans in (told or {}).items():
        try:
            found[code] = tuple(Span(s["lead"], s["start_s"], s["stop_s"]) for s in spans)
        except (TypeError, KeyError, ConfigError):
            continue
    return found


def folder_cases(folder: Path) -> tuple[Case, ...]:
    """Return the records that lie directly in a folder, by file name.

    Raises:
        RecordError: The folder is not there or cannot be listed.
    """
    listed = set(record_suffixes()) - set(SELDOM)
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix.lower() in listed)
    except OSError as error:
        raise RecordError(text.no_folder(folder, error.strerror)) from error
    headers = {p.stem for p in files if p.suffix.lower() == ".hea"}
    files = [p for p in files if p.suffix.lower() != ".mat" or p.stem not in headers]
    return tuple(Case(f"folder:{p.name}", p.stem, p) for p in files[:MAX_LISTED])


def records_folder(chosen: str | None = None) -> Path | None:
    """Return the records folder: the reader's choice, else what ``SCAR_RECORDS`` names."""
    named = (os.environ.get("SCAR_RECORDS", "") if chosen is None else chosen).strip()
    return Path(named).expanduser() if named else None


def record_suffixes() -> tuple[str, ...]:
    """Return the suffixes of all formats, sorted; ``.mat`` is also WFDB's."""
    return tuple(sorted({".mat"}.union(*(form.suffixes for form in formats()))))


def format_titles() -> str:
    """Return what people call the formats, for a sentence."""
    return ", ".join(form.title for form in formats())


def main_file(names: Sequence[str]) -> str:
    """Return which of the uploaded files is the record.

    Raises:
        RecordError: There is none among them, or more than one.
    """
    kinds = {name: Path(name).suffix.lower() for name in names}
    beside = {SIGNALS_ONLY} | ({".mat"} if ".hea" in kinds.values() else set())
    mains = [name for name, kind in kinds.items() if kind not in beside]
    if len(mains) == 1:
        return mains[0]
    if mains:
        raise RecordError(text.several(mains))
    raise RecordError(text.no_header(names))


def read_upload(files: Mapping[str, bytes], sampling_rate_hz: float | None = None) -> ECGRecord:
    """Read an uploaded record.

    Raises:
        RecordError: The files are no usable record.
    """
    main = main_file(tuple(files))
    return open_record(main, data=files, sampling_rate_hz=sampling_rate_hz)


@st.cache_resource(max_entries=32, show_spinner=False)
def _read_file(path: str, _stamp: float) -> ECGRecord:
    return open_record(Path(path))


def read_case(case: Case) -> ECGRecord:
    """Read a case's record; kept until the file changes.

    Raises:
        RecordError: The file is not there or no usable record.
    """
    try:
        stamp = case.path.stat().st_mtime
    except OSError as error:
        raise RecordError(text.gone(case.path.name)) from error
    return _read_file(str(case.path), stamp)


@lru_cache(maxsize=8)
def ten_seconds(record: ECGRecord, start_s: float) -> tuple[ECGRecord, float]:
    """Return the stretch that the page shows, twelve leads in order, and where it begins.

    What ``missing.absent`` finds counts as not recorded; that takes long for a gesture, so
    the last ones are kept. A record shorter than ten seconds is not padded here.
    """
    latest = max(0.0, record.duration_s - WINDOW_S)
    start_s = min(max(start_s, 0.0), latest)
    shown = record
    if record.duration_s > WINDOW_S:
        shown = record.window(WINDOW_S, start_s)
    gaps = absent(shown)
    if (gaps & shown.present).any():
        shown = replace(
            shown,
            signal=shown.signal * ~gaps,
            present=~gaps,
            notes=(*shown.notes, text.TAKEN_AS_ABSENT),
        )
    return shown.in_order(), start_s


def as_stored(record: ECGRecord, start_s: float) -> ECGRecord:
    """Return the stretch that the page shows, before anything in it counts as not recorded."""
    if record.duration_s <= WINDOW_S:
        return record.in_order()
    return record.window(WINDOW_S, start_s).in_order()
