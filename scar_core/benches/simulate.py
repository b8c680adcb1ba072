"""Simulated 12-lead 10-s records a second, by sampling rate."""

from pathlib import Path

from scar_core.benches import Bench, Figures


def _run(root: Path | None, checkpoint: Path | None) -> Figures:
    from scar_core.simulate.bench import bench_simulate as measure

    del root, checkpoint
    return {f"records_per_s at {rate}": round(speed, 1) for rate, speed in measure().items()}


BENCH = Bench("Simulated 12-lead 10-s records a second, by sampling rate", _run)
