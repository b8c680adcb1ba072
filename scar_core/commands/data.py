"""Datasets: what there is, whether it is whole, and how to get it."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from scar_core.commands import Command
from scar_core.commands._pack import add_pack

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_list(words: Subparsers) -> None:
    one = words.add_parser("list", help="say which datasets there are, and where")
    one.add_argument("--root", type=Path, help="folder of the datasets (default: SCAR_DATA)")
    one.add_argument("--json", action="store_true", help="print JSON")
    one.set_defaults(action=_run_list)


def _add_verify(words: Subparsers) -> None:
    one = words.add_parser("verify", help="read every file of a dataset; prints JSON")
    one.add_argument("name", metavar="NAME", help="dataset, or folder@DIRECTORY")
    one.add_argument("--root", type=Path, help="folder of the datasets (default: SCAR_DATA)")
    one.set_defaults(action=_run_verify)


def _add_download(words: Subparsers) -> None:
    one = words.add_parser("download", help="fetch a dataset, or go on with it")
    one.add_argument("name", metavar="NAME", help="dataset")
    one.add_argument("--records", type=int, metavar="N", help="only so many records (default all)")
    one.add_argument("--root", type=Path, help="folder of the datasets (default: SCAR_DATA)")
    one.add_argument("--base-url", default="", help="another server of the same files")
    one.add_argument("--jobs", type=int, default=4, help="files at a time (default 4)")
    one.add_argument("--timeout", type=float, default=30.0, help="seconds without a byte (30)")
    one.set_defaults(action=_run_download)


WORDS: tuple[Callable[[Subparsers], None], ...] = (
    _add_list,
    _add_verify,
    _add_download,
    add_pack,
)
"""Each adds sub-commands, and sets ``action`` to what runs one."""


def _add(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(title="what to do", required=True, metavar="WHAT")
    for add in WORDS:
        add(words)


def _run(arguments: argparse.Namespace) -> int:
    return int(arguments.action(arguments))


def _run_list(arguments: argparse.Namespace) -> int:
    from scar_core.datasets import dataset, dataset_names
    from scar_core.errors import DatasetError

    told: list[dict[str, Any]] = []
    for spec in map(dataset, dataset_names()):
        try:
            where = str(spec.locate(arguments.root))
        except DatasetError:
            where = ""
        told.append(
            {
                "name": spec.name,
                "title": spec.title,
                "licence": spec.licence,
                "citation": spec.citation,
                "size": spec.size,
                "splits": list(spec.splits),
                "how split": spec.how_split,
                "tasks": {task: len(labels) for task, labels in spec.tasks.items()},
                "url": spec.url,
                "folder": where or None,
                "get": spec.how(arguments.root),
            }
        )
    if arguments.json:
        print(json.dumps(told, indent=1))
        return 0
    for one in told:
        tasks = ", ".join(f"{task} {n}" for task, n in one["tasks"].items()) or "findings only"
        print(f"{one['name']}: {one['title']} ({one['licence']})")
        print(f"  {one['size']}; {'/'.join(one['splits'])}; labels: {tasks}")
        print(f"  found in {one['folder']}" if one["folder"] else f"  to get it: {one['get']}")
    return 0


def _run_verify(arguments: argparse.Namespace) -> int:
    from scar_core.datasets import dataset
    from scar_core.datasets._verify import verify

    spec = dataset(arguments.name)
    line = _Line()
    found = verify(spec, arguments.root, lambda done, all_: line(f"{done:,} of {all_:,} files"))
    line.end()
    told = {"dataset": spec.name, **found.to_json()}
    if not found.sound:
        told["to mend it"] = spec.how(arguments.root)
    print(json.dumps(told, indent=1))
    return 0 if found.sound else 1


def _run_download(arguments: argparse.Namespace) -> int:
    from scar_core.datasets import dataset
    from scar_core.datasets._download import Wish, download
    from scar_core.datasets._fetch import Patience

    spec = dataset(arguments.name)
    wish = Wish(
        root=arguments.root,
        base_url=arguments.base_url,
        records=arguments.records,
        jobs=arguments.jobs,
        patience=Patience(timeout_s=arguments.timeout),
    )
    line = _Line()
    try:
        folder = download(
            spec,
            wish,
            lambda there, all_, n: line(f"{there:,} of {all_:,} files, {n / 1e6:,.1f} MB came"),
        )
    finally:
        line.end()
    print(f"{folder} holds {spec.title} ({spec.licence}: {spec.citation})")
    return 0


class _Line:
    """One line on standard error that says how far it is, rewritten ten times a second."""

    def __init__(self) -> None:
        self._shown = ""
        self._last = ""
        self._at = 0.0

    def __call__(self, text: str) -> None:
        self._last = text
        if time.monotonic() - self._at >= 0.1:
            self._show()

    def _show(self) -> None:
        self._at, self._shown = time.monotonic(), self._last
        sys.stderr.write(f"\r{self._last:<78}")
        sys.stderr.flush()

    def end(self) -> None:
        """Show the last state and begin a new line."""
        if self._last and self._last != self._shown:
            self._show()
        if self._shown:
            sys.stderr.write("\n")


COMMAND = Command("list, verify, download or pack datasets", _add, _run)
