"""Make the map of simulated records that the embeddings page shows when there is no other."""

import argparse
from pathlib import Path

from scar_core.commands import Command


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=1000, help="number of records (default 1000)")
    parser.add_argument("--seed", type=int, default=77, help="of everything (default 77)")
    parser.add_argument(
        "--methods", default="scar,merl,melp", help="methods (default scar,merl,melp)"
    )
    parser.add_argument("--views", default="full,random", help="views (default full,random)")
    parser.add_argument("--out", type=Path, help="folder (default assets/maps/simulated)")


def _run(arguments: argparse.Namespace) -> int:
    import json

    from scar_core.analysis.map_making import simulated_map
    from scar_core.config import checkpoint_dir
    from scar_core.embedding_map import FILE, SHIPPED, embedding_file, write_embedding
    from scar_core.evaluation.zero_shot import Predictor
    from scar_core.methods.checkpoint import write_beside

    out: Path = arguments.out or SHIPPED / "simulated"
    names = [name.strip() for name in arguments.methods.split(",") if name.strip()]
    views = [view.strip() for view in arguments.views.split(",") if view.strip()]
    predictors = {name: Predictor.load(checkpoint_dir() / name) for name in names}

    def say(what: str, done: int, total: int) -> None:
        if done % 100 == 0 or total < 100:
            print(f"{what}: {done} of {total}", flush=True)

    made, embedded = simulated_map(predictors, arguments.n, views, arguments.seed, say)
    (out / "embeddings").mkdir(parents=True, exist_ok=True)
    for one in embedded:
        write_beside(out / embedding_file(one.method, one.view), write_embedding(one.embedding))
    text = json.dumps(made.to_json(), allow_nan=False, separators=(",", ":"))
    write_beside(out / FILE, (text + "\n").encode())
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    print(f"wrote {out}: {len(made.names)} records, {len(made.panels)} panels, {size / 1e6:.2f} MB")
    return 0


COMMAND = Command("make a map of embeddings of simulated records", _add, _run)
