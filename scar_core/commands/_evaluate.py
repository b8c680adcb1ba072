"""What ``evaluate`` shows: a bar while it works, one JSON object or a table when it is done."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

_WIDTH = 24
_TOP = (
    "macro_auroc", "interval", "macro_auprc", "macro_f1", "per_label", "greyed", "left_out",
    "checkpoint", "method", "view", "source", "contamination", "cmrs", "records",
)  # fmt: skip


class Bar:
    """A line on standard error that says what is being done and how far it is."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._said = ""
        self._next = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are done; where nobody looks, one line for each part."""
        if not self._live:
            if what != self._said:
                sys.stderr.write(f"{what}: {total}\n")
                sys.stderr.flush()
            self._said = what
            return
        if time.monotonic() < self._next and done < total:
            return
        self._next = time.monotonic() + 0.1
        full = _WIDTH * done // max(1, total)
        sys.stderr.write(f"\r\033[K{what} [{'#' * full:<{_WIDTH}}] {done}/{total}")
        sys.stderr.flush()

    def close(self) -> None:
        """Take the line away."""
        if self._live:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def as_json(results: Sequence[Mapping[str, Any]]) -> str:
    """One object: the first row's figures on top, and all results in whole below ``results``."""
    first = results[0]
    row = first["rows"][0]
    top = {name: row[name] for name in _TOP if name in row}
    about = {
        name: first[name] for name in ("what", "dataset", "task", "split", "seed", "commit", "name")
        if name in first
    }  # fmt: skip
    return json.dumps({**top, **about, "results": list(results)}, allow_nan=False)


def as_table(result: Mapping[str, Any]) -> str:
    """The rows of a result for people."""
    about = " ".join(str(result.get(name, "")) for name in ("dataset", "task", "split")).strip()
    records = result.get("records")
    head = f"{result['what']}  {about}" + (f"  {records} records" if records else "")
    columns = [_cells(row) for row in result["rows"]]
    names = list(dict.fromkeys(name for row in columns for name in row))
    table = [names, *([row.get(name, "") for name in names] for row in columns)]
    widths = [max(len(row[k]) for row in table) for k in range(len(names))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in table]  # fmt: skip
    notes = [f"- {note}" for note in result.get("notes", ())]
    return "\n".join([head, "", *lines, "", *notes])


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    cells = {"method": str(row["method"])}
    for name in ("view", "variant", "task"):
        if row.get(name):
            cells[name] = str(row[name])
    if "macro_auroc" in row:
        cells["AUROC"] = _with_interval(100 * row["macro_auroc"], row.get("interval"), 100)
    if "macro_auprc" in row:
        cells["AUPRC"] = f"{100 * row['macro_auprc']:.1f}"
    if row.get("macro_f1") is not None:
        cells["F1"] = f"{100 * row['macro_f1']:.1f}"
    if "cmrs" in row:
        score = row["cmrs"]["score"]
        cells["CMRS"] = "–" if score is None else _with_interval(score, row["cmrs"]["interval"], 1)
    if "ece" in row:
        cells["ECE"] = f"{row['ece']:.3f}"
    if "gflop" in row:
        cells |= _costs(row)
    return cells | {"source": str(row["source"])}


def _costs(row: Mapping[str, Any]) -> dict[str, str]:
    speed = row.get("training_records_per_s")  # grids do not measure it
    return {
        "parameters": f"{row['parameters'] / 1e6:.2f} M",
        "to encode": f"{row['parameters_to_encode'] / 1e6:.2f} M",
        "GFLOPs": f"{row['gflop']:.2f}",
        "training": "–" if speed is None else f"{speed:.1f} records/s",
        **{f"batch {size}": f"{value:.2f} ms" for size, value in row["ms_per_record"].items()},
    }


def _with_interval(value: float, interval: Sequence[float] | None, scale: float) -> str:
    if interval is None:
        return f"{value:.1f}"
    return f"{value:.1f} ({scale * interval[0]:.1f}–{scale * interval[1]:.1f})"
