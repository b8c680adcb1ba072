"""Write simulated records with known evidence, or compare the simulator with real ones."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=8, help="number of records (default 8)")
    parser.add_argument(
        "--out", type=Path, help="folder to write to (of --compare: assets/reports if not given)"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same records")
    parser.add_argument("--rate", type=float, default=500.0, help="Hz (default 500)")
    parser.add_argument(
        "--gallery", action="store_true", help="write the named cases of the gallery instead"
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="measure simulated and real records, and write how far apart they are",
    )
    parser.add_argument(
        "--records", type=int, default=400, help="simulated records of --compare (default 400)"
    )
    parser.add_argument("--root", type=Path, help="folder of the datasets, for --compare")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.errors import ConfigError

    if arguments.compare:
        return _compare(arguments)
    if arguments.out is None:
        raise ConfigError("no folder was given to write to; name one with --out.")
    from scar_core.simulate.write import write_gallery, write_records

    if arguments.gallery:
        print(f"wrote {write_gallery(arguments.out, arguments.seed)}")
        return 0
    written = write_records(arguments.out, arguments.n, arguments.seed, arguments.rate)
    print(f"wrote {len(written)} records to {arguments.out}, the first is {written[0].name}")
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    import json

    from scar_core.analysis.realism_compare import compare
    from scar_core.analysis.realism_figure import as_svg
    from scar_core.analysis.realism_report import as_markdown, differences

    figures = compare(arguments.root, arguments.records, arguments.seed)
    folder = arguments.out or Path(__file__).resolve().parents[2] / "assets" / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("simulator.md", as_markdown(figures)),
        ("simulator.json", json.dumps(figures, ensure_ascii=False) + "\n"),
        ("simulator.svg", as_svg(figures["rows"]["all"], figures["records"]["all"])),
    ):
        beside = folder / f"{name}.part"
        beside.write_text(text, encoding="utf-8")
        beside.rename(folder / name)
    for sentence in differences(figures["rows"]["all"]):
        print(sentence.replace("**", ""))
    print(f"wrote simulator.md, simulator.json and simulator.svg to {folder}")
    return 0


COMMAND = Command(
    "write simulated records with evidence, or compare them with real ones", _add, _run
)
