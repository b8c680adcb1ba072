"""Say what is in a record."""

import argparse
import json
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, help="recording: .hea, .edf, .dcm, .xml, .csv …")
    parser.add_argument("--rate", type=float, help="Hz, where the file does not tell")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.formats import open_record
    from scar_core.inspect import as_text, describe

    description = describe(open_record(arguments.record, sampling_rate_hz=arguments.rate))
    print(json.dumps(description, indent=1) if arguments.json else as_text(description))
    return 0


COMMAND = Command("say what is in a record and what is absent", _add, _run)
