"""Train a method, or resume its training."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--method", help="method (default scar, or the preset's)")
    parser.add_argument("--preset", help="a published size: scar-paper, merl-paper or melp-paper")
    parser.add_argument("--data", help="mixture, such as simulated:2,grafted:1,ptbxl:5,georgia:0.5")
    parser.add_argument("--root", type=Path, help="folder of the datasets (default: SCAR_DATA)")
    parser.add_argument("--out", type=Path, help="folder of the run (default: runs/METHOD)")
    parser.add_argument("--seed", type=int, help="decides weights, batches and noise")
    parser.add_argument("--steps", type=int, help="optimisation steps")
    parser.add_argument("--batch", type=int, help="records in a step")
    parser.add_argument("--device", help="torch device")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="any other setting, such as model.encoder.mixer=none",
    )  # fmt: skip


def _run(arguments: argparse.Namespace) -> int:
    from scar_core.settings import with_overrides
    from scar_core.training.config import config_from, laid_over
    from scar_core.training.presets import preset
    from scar_core.training.progress import follow

    named = {
        name: value
        for name in ("method", "data", "seed", "steps", "batch", "device")
        if (value := getattr(arguments, name)) is not None
    }
    under = preset(arguments.preset) if arguments.preset else {}
    config = config_from(with_overrides(laid_over(under, named), arguments.settings))
    name = arguments.preset or config.method
    return follow(config, arguments.out or Path("runs") / name, arguments.root)


COMMAND = Command("train a method, or resume its training", _add, _run)
