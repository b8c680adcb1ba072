"""Write simulated records with known evidence."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=8, help="number of records (default 8)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same records")
    parser.add_argument("--rate", type=float, default=500.0, help="Hz (default 500)")
    parser.add_argument(
        "--gallery", action="store_true", help="write the named cases of the gallery instead"
    )


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.simulate.write import write_gallery, write_records

    if arguments.gallery:
        print(f"wrote {write_gallery(arguments.out, arguments.seed)}")
        return 0
    written = write_records(arguments.out, arguments.n, arguments.seed, arguments.rate)
    print(f"wrote {len(written)} records to {arguments.out}, the first is {written[0].name}")
    return 0


COMMAND = Command("write simulated records with evidence", _add, _run)
