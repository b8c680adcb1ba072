"""The table of a shard as Parquet: who each record is of, and what is true of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from scar_core.store.packing import Row

Shape = tuple[tuple[str, ...], float, int, str]
"""Leads, Hz, samples and unit of a packed record."""


def schema() -> "pa.Schema":
    """Columns of a table; the same in every shard, whatever is empty in it."""
    import pyarrow as pa

    texts = pa.list_(pa.string())
    return pa.schema(
        [
            ("name", pa.string()),
            ("patient", pa.string()),
            ("split", pa.string()),
            ("report", pa.string()),
            ("source", pa.string()),
            ("origin", pa.string()),
            ("positive", texts),
            ("negative", texts),
            ("labels", pa.map_(pa.string(), texts)),
            ("leads", texts),
            ("rate_hz", pa.float64()),
            ("samples", pa.int32()),
            ("unit", pa.string()),
        ]
    )


def write_table(rows: Sequence["Row"], path: Path, shapes: Sequence[Shape]) -> None:
    """Write the table of the records that were packed, in their order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = [
        {
            "name": row.name,
            "patient": row.patient,
            "split": row.split,
            "report": row.report,
            "source": row.source,
            "origin": row.origin,
            "positive": sorted(row.positive),
            "negative": sorted(row.negative),
            "labels": [(task, list(labels)) for task, labels in row.labels.items()],
            "leads": list(leads),
            "rate_hz": rate_hz,
            "samples": samples,
            "unit": unit,
        }
        for row, (leads, rate_hz, samples, unit) in zip(rows, shapes, strict=True)
    ]
    pq.write_table(pa.Table.from_pylist(lines, schema()), path, compression="zstd")


def read_tables(paths: Sequence[Path], columns: Sequence[str] | None) -> "pa.Table":
    """Read tables one after another; None: all columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = schema() if columns is None else pa.schema([schema().field(c) for c in columns])
    parts = [
        pq.ParquetFile(path).read(None if columns is None else list(columns)).cast(wanted)
        for path in paths
    ]
    return pa.concat_tables(parts) if parts else wanted.empty_table()
