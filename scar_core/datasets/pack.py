"""Datasets as packed stores: packing one, and listing the examples of one that was packed."""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scar_core.datasets.base import DatasetSpec, Example
from scar_core.errors import DatasetError
from scar_core.store import PackSettings, Row, Store, pack

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


def add_pack(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``data pack`` and ``data verify-pack``; each sets ``action``, which is to be called."""
    to_pack = subparsers.add_parser("pack", help="pack a dataset into a few large, fast files")
    to_pack.add_argument("name", metavar="NAME", help="dataset, or folder@DIRECTORY")
    to_pack.add_argument("--out", type=Path, required=True, help="folder of the packed store")
    to_pack.add_argument("--root", type=Path, help="folder of the datasets")
    to_pack.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    to_pack.add_argument(
        "--split", action="append", default=[], help="only this split; may be given again"
    )
    to_pack.add_argument(
        "--seconds", type=float, help="cut or pad every record to its first seconds"
    )
    to_pack.add_argument("--rate", type=float, help="resample every record to so many Hz")
    to_pack.add_argument(
        "--append", action="store_true", help="add what the store does not hold yet"
    )
    to_pack.set_defaults(action=_run_pack)
    verify = subparsers.add_parser("verify-pack", help="compare a packed store with its checksums")
    verify.add_argument("folder", type=Path, metavar="DIR", help="folder of the packed store")
    verify.set_defaults(action=_run_verify)


def _run_pack(arguments: argparse.Namespace) -> int:
    from scar_core.datasets import dataset

    rows, about = contents(dataset(arguments.name), arguments.root, arguments.split)
    told = _Told()
    store = pack(
        rows,
        arguments.out,
        workers=arguments.workers,
        progress=told,
        settings=PackSettings(seconds=arguments.seconds, rate_hz=arguments.rate),
        about=about,
        append=arguments.append,
    )
    failed = store.failures()
    told.end()
    shards = store.manifest["shards"]
    size = sum(shard["bytes"] for shard in shards)
    sys.stdout.write(
        f"{arguments.out} holds {len(store):,} records in {len(shards)} shards, "
        f"{size / 1e6:,.1f} MB; {len(failed)} could not be read\n"
    )
    sys.stdout.writelines(f"  {one.name}: {one.reason}\n" for one in failed[:20])
    if len(failed) > 20:
        sys.stdout.write(f"  and {len(failed) - 20} more, listed in each shard's SHARD.json\n")
    return 0


class _Told:
    """One line on standard error that says how far it is."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, total: int, failed: int) -> None:
        self._first = done if self._first is None else self._first
        speed = (done - self._first) / max(time.monotonic() - self._began, 1e-3)
        line = f"{done:,} of {total:,} records, {failed} failed, {speed:,.0f} a second"
        sys.stderr.write(f"\r{line:<76}")
        sys.stderr.flush()

    def end(self) -> None:
        """Begin a new line."""
        sys.stderr.write("\n")


def _run_verify(arguments: argparse.Namespace) -> int:
    store = Store.open(arguments.folder)
    problems = store.verify()
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    if not problems:
        sys.stdout.write(
            f"{arguments.folder}: all {len(store):,} records in "
            f"{len(store.manifest['shards'])} shards are what was packed\n"
        )
    return 1 if problems else 0
