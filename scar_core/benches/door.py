"""Round trip through the worker's door with a model that does nothing."""

from pathlib import Path

from scar_core.benches import Bench, Figures


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    from scar_core.serving.bench import bench_door as measure

    del root, checkpoint
    return {name: round(value, 2) for name, value in vars(measure()).items()}


BENCH = Bench("Round trip through the worker's door with a model that does nothing", _run)
