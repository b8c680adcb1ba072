"""Datasets as packed stores: packing one, and listing the examples of one that was packed."""

from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.datasets.base import DatasetSpec, Example
from scar_core.errors import DatasetError
from scar_core.store import Row, Store

if TYPE_CHECKING:
    import pyarrow as pa


def rows_of(examples: Iterable[Example]) -> list[Row]:
    """Return what a store is to hold of each example."""
    return [
        Row(
            name=example.name,
            read=example.read,
            patient=example.patient,
            split=example.split,
            report=example.report,
            positive=example.positive,
            negative=example.negative,
            labels=example.labels,
            source=example.path.name,
            origin=example.origin,
        )
        for example in examples
    ]


def contents(
    spec: DatasetSpec, root: Path | None, splits: Sequence[str] = ()
) -> tuple[list[Row], dict[str, Any]]:
    """Return what a store of a dataset is to hold, for ``store.pack(rows, out, about=about)``.

    Args:
        spec: The dataset, of whatever files or packed itself.
        root: Folder of the datasets; None: the usual one.
        splits: Only these; none: all that it has.

    Returns:
        Its rows, and what the manifest says of them.

    Raises:
        DatasetError: The dataset is missing or incomplete, or has no such split.
    """
    examples = [
        example for split in splits or spec.splits for example in spec.examples(root, split)
    ]
    about = {
        "dataset": spec.name,
        "title": spec.title,
        "licence": spec.licence,
        "citation": spec.citation,
        "tasks": {task: list(labels) for task, labels in spec.tasks.items()},
    }
    return rows_of(examples), about


def packed_examples(spec: DatasetSpec, folder: Path) -> list[Example]:
    """List all examples of a packed dataset; each reads its record from the store.

    Raises:
        DatasetError: The store is of another dataset, unfinished or damaged.
    """
    store = Store.open(folder)
    named = str(store.manifest["about"].get("dataset", ""))
    if named.partition("@")[0] != spec.name.partition("@")[0]:
        raise DatasetError(
            f"{folder} holds {named or 'records of no dataset'} packed, not {spec.name}; name "
            "another folder by --root"
        )
    return examples_of_store(store)


def examples_of_store(store: Store) -> list[Example]:
    """List the examples of a store in its order.

    Equal texts and label sets are kept once, so that a million examples fit into memory.
    """
    table = store.table(
        ["name", "patient", "split", "report", "origin", "positive", "negative", "labels"]
    )
    # The cache keeps one result for all equal arguments.
    codes, text, labels = cache(frozenset[str]), cache(str), cache(_labels)
    return [
        Example(
            name=row["name"],
            path=store.folder,
            patient=text(row["patient"]),
            split=text(row["split"]),
            positive=codes(tuple(row["positive"])),
            negative=codes(tuple(row["negative"])),
            labels=labels(tuple((task, tuple(said)) for task, said in row["labels"])),
            report=text(row["report"]),
            opener=partial(store.read, number),
            origin=row["origin"],
        )
        for number, row in enumerate(_lines(table))
    ]


def _labels(found: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, ...]]:
    return dict(found)


def _lines(table: "pa.Table") -> Iterable[dict[str, Any]]:
    for part in table.to_batches(max_chunksize=4096):
        yield from part.to_pylist()
