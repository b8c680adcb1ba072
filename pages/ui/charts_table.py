"""A chart's own numbers: as rows for a table, as CSV, as JSON, and as HTML."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from pages.ui.charts_kinds import (
    Bars,
    Chart,
    Flow,
    Heat,
    Lines,
    Points,
    Series,
    Treemap,
    Waterfall,
)
from pages.ui.text import common as text

Rows = list[dict[str, Any]]


def rows_of(chart: Chart) -> Rows:
    """Return a chart's numbers as rows that all have the same columns."""
    if isinstance(chart, Bars):
        return _bars(chart)
    if isinstance(chart, Lines):
        return _lines(chart)
    if isinstance(chart, Heat):
        return [
            {chart.y_title or " ": name, **{_column(c): v for c, v in pairs}}
            for name, row in zip(chart.rows, chart.values, strict=True)
            for pairs in [list(zip(chart.columns, row, strict=True))]
        ]
    if isinstance(chart, Points):
        return _points(chart)
    if isinstance(chart, Flow):
        return [
            {"from": chart.sources[i], "to": chart.targets[j], chart.unit or "value": value}
            for i, j, value in chart.links
        ]
    if isinstance(chart, Waterfall):
        pairs = zip(chart.labels, chart.values, strict=True)
        unit = chart.y_title or "value"
        rows = [{"part": label, unit: value} for label, value in pairs]
        return [*rows, {"part": chart.total_name or text.TOTAL, unit: chart.total}]
    return _treemap(chart)


def _ends(part: Series, index: int) -> dict[str, Any]:
    if part.low is None or part.high is None:
        return {}
    return {f"{part.name} low": part.low[index], f"{part.name} high": part.high[index]}


def _bars(chart: Bars) -> Rows:
    head = (chart.y_title if chart.horizontal else chart.x_title) or " "
    return [
        {head: label}
        | {k: v for s in chart.series for k, v in ({s.name: s.values[i]} | _ends(s, i)).items()}
        for i, label in enumerate(chart.labels)
    ]


def _lines(chart: Lines) -> Rows:
    places = sorted({float(x) for curve in chart.series for x in curve.x})
    at = [{float(x): i for i, x in enumerate(curve.x)} for curve in chart.series]
    rows: Rows = []
    for x in places:
        row: dict[str, Any] = {chart.x_title or "x": x}
        for curve, index in zip(chart.series, at, strict=True):
            i = index.get(x)
            row[curve.name] = None if i is None else curve.y[i]
            if curve.low is not None and curve.high is not None:
                row[f"{curve.name} low"] = None if i is None else curve.low[i]
                row[f"{curve.name} high"] = None if i is None else curve.high[i]
        rows.append(row)
    return rows


def _points(chart: Points) -> Rows:
    x_name, y_name = chart.x_title or "x", chart.y_title or "y"
    valued = any(group.values is not None for group in chart.groups)
    rows: Rows = []
    for group in chart.groups:
        for i in range(len(group.x)):
            row: dict[str, Any] = {"group": group.name}
            if len(group.ids):
                row["id"] = group.ids[i]
            row |= {x_name: float(group.x[i]), y_name: float(group.y[i])}
            for name, ends in ((x_name, group.x_ends), (y_name, group.y_ends)):
                if ends is not None:
                    low, high = ends[i] or (None, None)
                    row |= {f"{name} low": low, f"{name} high": high}
            if valued:
                row[chart.unit or "value"] = None if group.values is None else group.values[i]
            rows.append(row)
    return rows


def _treemap(chart: Treemap) -> Rows:
    rows: Rows = []
    for i, label in enumerate(chart.labels):
        row: dict[str, Any] = {"part": label, "of": chart.parents[i], "value": chart.values[i]}
        if len(chart.colours):
            row[chart.unit or "colour"] = chart.colours[i]
        rows.append(row)
    return rows


def _column(name: Any) -> str:  # noqa: ANN401 - a name or a number
    return name if isinstance(name, str) else f"{float(name):.4g}"


def csv_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Write rows as CSV, UTF-8; a value that is not there is an empty cell."""
    head = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, head, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _plain(v) for k, v in row.items()} for row in rows)
    return out.getvalue().encode()


def json_of(chart: Chart, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Write the chart's description and its rows as JSON; what is no number becomes null."""
    told = {"kind": type(chart).__name__, "chart": asdict(chart), "table": list(rows)}
    return json.dumps(_clean(told), ensure_ascii=False, indent=1, allow_nan=False).encode()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return "" if value is None or value != value else value


def _clean(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if hasattr(value, "tolist"):  # numpy's numbers and arrays
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value


def words(value: Any) -> str:  # noqa: ANN401 - any cell
    """Write one cell: numbers with four digits, nothing as an empty cell."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return str(value)
    number = float(value)
    return f"{number:,.0f}" if number == int(number) and abs(number) < 1e9 else f"{number:.4g}"


def table_html(title: str, rows: Sequence[Mapping[str, Any]], most: int = 300) -> str:
    """Write rows as an HTML table; the first column names the row.

    Args:
        title: Its caption.
        rows: What to write.
        most: Rows beyond this are left out, and a sentence says so.
    """
    head = list(dict.fromkeys(key for row in rows[:most] for key in row))
    top = "".join(f"<th scope='col'>{escape(key)}</th>" for key in head)
    body = "".join(
        "<tr>"
        + "".join(
            f"<th scope='row'>{cell}</th>" if column == 0 else f"<td>{cell}</td>"
            for column, key in enumerate(head)
            for cell in [escape(words(row.get(key)))]
        )
        + "</tr>"
        for row in rows[:most]
    )
    cut = f"<p class='note'>{text.first_rows(most, len(rows))}</p>" if len(rows) > most else ""
    return (
        f"<div class='wide' tabindex='0' role='region' aria-label='{escape(title, quote=True)}'>"
        f"<table class='plain'><caption>{escape(title)}</caption>"
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>{cut}"
    )
