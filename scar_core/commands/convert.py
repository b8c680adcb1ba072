"""Turn published weights into a checkpoint of this program."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method", choices=["ecgfm"], help="whose weights they are")
    parser.add_argument("file", type=Path, help="file as it was published")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint folder to write")


def _run(arguments: argparse.Namespace) -> int:
    import hashlib

    from scar_core.methods._ecgfm_official import read_official
    from scar_core.methods.checkpoint import save_checkpoint

    found = read_official(arguments.file)
    save_checkpoint(
        arguments.out,
        name=arguments.method,
        settings=found.config,
        contract=found.contract,
        tokenizer="",
        weights=found.weights,
        origin={
            "converted_from": arguments.file.name,
            "sha256": hashlib.sha256(arguments.file.read_bytes()).hexdigest(),
            "missing": list(found.missing),
            "unexpected": list(found.unexpected),
        },
    )
    print(f"missing, left as they begin: {', '.join(found.missing) or 'none'}")
    print(f"unexpected, not used: {', '.join(found.unexpected) or 'none'}")
    print(
        f"wrote {arguments.out}; it has no labels yet: train them with 'train --method ecgfm "
        f"--init {arguments.out}' at its settings and contract"
    )
    return 0


COMMAND = Command("turn published weights into a checkpoint", _add, _run)
