"""``data pack`` and ``data verify-pack``."""

import argparse
import os
import sys
import time
from pathlib import Path


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
    from scar_core.datasets.pack import contents
    from scar_core.store import PackSettings, pack

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
    from scar_core.store import Store

    store = Store.open(arguments.folder)
    problems = store.verify()
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    if not problems:
        sys.stdout.write(
            f"{arguments.folder}: all {len(store):,} records in "
            f"{len(store.manifest['shards'])} shards are what was packed\n"
        )
    return 1 if problems else 0
