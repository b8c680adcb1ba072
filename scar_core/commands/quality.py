"""Say what of a record was not measured, how good the rest is, and what seems exchanged."""

import argparse
import json
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, nargs="?", help="any file that can be read")
    parser.add_argument("--rate", type=float, help="Hz, where the file does not tell")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--score",
        action="store_true",
        help="score it on faults of known truth, and write the table",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the faults (default 0)")
    parser.add_argument("--records", type=int, help="simulated records to score (default 150)")
    parser.add_argument("--fit", action="store_true", help="fit the electrode model again first")
    parser.add_argument("--root", type=Path, help="folder of the datasets")
    parser.add_argument("--out", type=Path, help="folder of the table (default: assets/reports)")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.errors import ConfigError

    if arguments.fit:
        from scar_core.benches._quality_data import fit_model

        print(fit_model(arguments.root))
    if arguments.score:
        return _score(arguments)
    if arguments.record is None:
        if arguments.fit:
            return 0
        raise ConfigError("no record was given; name a file, or ask for --score.")
    from scar_core.formats import open_record
    from scar_core.inspect import describe_quality, quality_text

    said = describe_quality(open_record(arguments.record, sampling_rate_hz=arguments.rate))
    print(json.dumps(said, indent=1) if arguments.json else quality_text(said))
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from scar_core.benches.quality import RECORDS, as_markdown, score

    figures = score(arguments.root, arguments.seed, arguments.records or RECORDS)
    page = as_markdown(figures)
    folder = arguments.out or Path(__file__).resolve().parents[2] / "assets" / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("quality.md", page),
        ("quality.json", json.dumps(figures, indent=1) + "\n"),
    ):
        beside = folder / f"{name}.part"
        beside.write_text(text, encoding="utf-8")
        beside.rename(folder / name)
    print(page if not arguments.json else json.dumps(figures))
    return 0


COMMAND = Command("say what is absent, how good the signal is, what seems exchanged", _add, _run)
